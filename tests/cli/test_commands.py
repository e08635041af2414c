"""The list of commands: each is where it says, and is read alone."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from api.cli import COMMANDS, Elsewhere
from tests.cli.conftest import Run

DEAR = ("sqlalchemy", "alembic", "flask", "lxml", "SpiffWorkflow", "gunicorn")


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda one: str(one.name))
def test_the_list_says_what_the_command_says_of_itself(listed: Elsewhere) -> None:
    command = listed.read()
    assert isinstance(command, click.Command)
    assert command.name == listed.name
    assert command.help is not None
    assert listed.short_help is not None
    assert " ".join(command.help.split()).startswith(listed.short_help)


@pytest.mark.parametrize(
    ("words", "dear"),
    [
        ("--help", ()),
        ("workday add 2025-09-26 20", ()),
        ("clock explain 2025-09-08 20wd", ()),
        ("lint bpmn/GH02", ("sqlalchemy", "lxml", "SpiffWorkflow")),
    ],
)
def test_a_command_reads_no_more_than_it_needs(words: str, dear: tuple[str, ...]) -> None:
    told = f"""
import sys
from api.cli import main
try:
    main({words.split()})
finally:
    print(*(name for name in {DEAR} if name in sys.modules), sep=",")
"""
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ",".join(dear)


def test_a_word_that_is_no_command_is_answered_with_one_that_is_like_it(run: Run) -> None:
    done = run("lnt")
    assert done.exit_code == 2
    assert "lint" in done.output
