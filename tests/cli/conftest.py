"""The command line in this process: words in, exit code and lines out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from api.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """`run("lint", path)`, with input= for what is typed and url= for the database."""

    def go(*words: object, url: str = "", **more: str) -> Result:
        given = ["--database", url] if url else []
        home = {"LIANSHEN_HOME": str(tmp_path / "home")}
        done = CliRunner().invoke(main, [*given, *map(str, words)], env=home, input=more.get("input"))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    yield go
    structlog.reset_defaults()  # the log went to the streams of a command that is over
