"""What whoever keeps the machine running does on the command line: found, back up, restore, come back."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from engine.store import newest

MATTER = Path(str(resources.files("bpmn"))) / "GH02"
HALL = Path(str(resources.files("api.demo").joinpath("hall.yaml")))


def run(home: Path, *words: str, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, words, env={"LIANSHEN_HOME": str(home), **(env or {})})


def test_a_wrong_environment_is_told_in_chinese(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", env={"LIANSHEN_PORT": "abc", "LIANSHEN_PROT": "1"})
    assert done.exit_code == 6
    assert "LIANSHEN_PORT" in done.stderr
    assert "LIANSHEN_PROT" in done.stderr


@pytest.mark.parametrize(
    "words", [["doctor"], ["verify"], ["backup", "{}/b.db"], ["publish", str(MATTER), "--as", "wu"]]
)
def test_an_empty_database_is_told_to_be_empty(tmp_path: Path, words: list[str]) -> None:
    done = run(tmp_path, *(word.format(tmp_path) for word in words))
    assert done.exit_code == 8
    assert "还是空的" in done.stderr


def test_a_description_that_is_no_yaml(tmp_path: Path) -> None:
    (tmp_path / "hall.yaml").write_text("offices: [", "utf-8")
    done = run(tmp_path, "found", str(tmp_path / "hall.yaml"))
    assert done.exit_code == 6
    assert "hall.yaml:2:1" in done.stderr


def test_a_port_that_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert done.exit_code == 8
    assert "127.0.0.1" in done.stderr


def test_founded_backed_up_restored(tmp_path: Path) -> None:
    """The drill of the manual, and that nobody else may read the copy."""
    home, copy = tmp_path / "home", tmp_path / "copies" / "b.db"
    assert run(home, "found", str(HALL)).exit_code == 0
    assert run(home, "backup", str(copy)).exit_code == 0
    assert copy.stat().st_mode & 0o077 == 0
    assert list(copy.parent.iterdir()) == [copy]
    assert run(home, "backup", str(copy)).exit_code == 5
    shutil.rmtree(home)
    home.mkdir()
    shutil.copy(copy, home / "lianshen.db")
    assert run(home, "verify").exit_code == 0
    assert "lz" in run(home, "doctor").stdout


def test_a_backup_that_cannot_be_written(tmp_path: Path) -> None:
    assert run(tmp_path, "found", str(HALL)).exit_code == 0
    done = run(tmp_path, "backup", "/proc/nowhere/b.db")
    assert done.exit_code == 8
    assert "备份没有成功" in done.stderr


def test_a_database_of_another_release_can_be_backed_up(tmp_path: Path) -> None:
    """Before an upgrade the new program is often there already: it must copy what it will change."""
    assert run(tmp_path, "found", str(HALL)).exit_code == 0
    with sqlite3.connect(tmp_path / "lianshen.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'of-old'")
    connection.close()
    done = run(tmp_path, "verify")
    assert done.exit_code == 8
    assert newest() in done.stderr
    assert run(tmp_path, "backup", str(tmp_path / "b.db")).exit_code == 0


def test_passwords_by_the_command_line(tmp_path: Path) -> None:
    assert run(tmp_path, "found", str(HALL)).exit_code == 0
    assert run(tmp_path, "account", "reset", "zhao", "--as", "feng").stdout.startswith("zhao ")
    assert run(tmp_path, "account", "reset", "zhao", "--as", "zhao").exit_code == 4
    assert run(tmp_path, "account", "close", "zhao", "--as", "feng", "--reason", "调离").exit_code == 0
    assert run(tmp_path, "account", "close", "feng", "--as", "feng", "--reason", "调离").exit_code == 5
