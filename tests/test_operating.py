"""What whoever keeps the machine running does on the command line: found, back up, restore, come back."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from api.app import create_app
from api.cli import main
from engine.config import Settings
from engine.store import Database, newest

MATTER = Path(str(resources.files("bpmn"))) / "GH02"
HALL = """
offices:
  - code: lz
    name: 临州市政务服务中心
    region: CN
    level: city
    departments:
      - {code: nr, name: 自然资源和规划局, windows: [{code: nr-1, name: 自然资源窗口}]}
    officers:
      - {login: zhao, name: 赵敏, identity: lz-001, department: nr, post: 窗口工作人员, roles: [clerk], windows: [nr-1]}
      - {login: feng, name: 冯宁, identity: lz-008, department: nr, post: 系统管理员, roles: [admin]}
"""


@pytest.fixture
def founded(tmp_path: Path) -> Path:
    """The home of a small hall."""
    (tmp_path / "hall.yaml").write_text(HALL, "utf-8")
    done = run(tmp_path / "home", "found", str(tmp_path / "hall.yaml"))
    assert done.exit_code == 0, done.stderr
    return tmp_path / "home"


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
    assert "hall.yaml:1:11" in done.stderr


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise("abcdefghij")
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS + "officers:\n  - {login: x, name: x, identity: x, department: nr, post: x, roles: [*j]}\n",
        "officers: &a\n  - *a\n",
        "officers: " + "[" * 5000 + "]" * 5000,
        "officers: [" + "x, " * 100_001 + "]",
        "officers: !!python/object/apply:os.system [id]",
        "\0",
    ],
    ids=["laughs", "endless", "deep", "long", "object", "nul"],
)
def test_a_description_that_would_burst_is_refused_fast(founded: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "people.yaml").write_text(text, "utf-8")
    done = run(founded, "account", "add", str(tmp_path / "people.yaml"), "--as", "feng")
    assert done.exit_code == 6
    assert "people.yaml" in done.stderr
    assert len(done.stderr) < 1000


def test_a_port_that_there_is_not(tmp_path: Path) -> None:
    """The system would take it for another one: 99999 for 34463."""
    assert run(tmp_path, "serve", "--port", "99999", "--workers", "2").exit_code == 2
    assert run(tmp_path, "serve", "--port", "65535", "--workers", "2").exit_code == 8, "SQLite has one serving process"


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        serve = [Path(sys.executable).with_name("lianshen"), "serve", "--port", str(taken.getsockname()[1])]
        environ = {**os.environ, "LIANSHEN_HOME": str(tmp_path)}
        done = subprocess.run(serve, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 8
    assert "127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_backed_up_and_restored(founded: Path, tmp_path: Path) -> None:
    """The drill of the manual, and that nobody else may read the copy."""
    copy = tmp_path / "copies" / "b.db"
    assert run(founded, "backup", str(copy)).exit_code == 0
    assert copy.stat().st_mode & 0o077 == 0
    assert list(copy.parent.iterdir()) == [copy]
    assert run(founded, "backup", str(copy)).exit_code == 5
    shutil.rmtree(founded)
    founded.mkdir()
    shutil.copy(copy, founded / "lianshen.db")
    assert run(founded, "verify").exit_code == 0
    assert "lz" in run(founded, "doctor").stdout


def test_a_backup_that_cannot_be_written(founded: Path) -> None:
    done = run(founded, "backup", "/proc/nowhere/b.db")
    assert done.exit_code == 8
    assert "备份没有成功" in done.stderr


def test_a_database_of_another_release_can_be_backed_up(founded: Path, tmp_path: Path) -> None:
    """Before an upgrade the new program is often there already: it must copy what it will change."""
    with closing(sqlite3.connect(founded / "lianshen.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'of-old'")
    done = run(founded, "verify")
    assert done.exit_code == 8
    assert newest() in done.stderr
    assert run(founded, "backup", str(tmp_path / "b.db")).exit_code == 0


def test_tables_of_a_later_release_are_left_alone(founded: Path) -> None:
    with closing(sqlite3.connect(founded / "lianshen.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    done = run(founded, "serve", "--port", "0")
    assert done.exit_code == 8
    assert "9999" in done.stderr


def test_why_the_database_is_gone_is_for_the_log(founded: Path) -> None:
    """Whoever asks learns that it is gone; addresses and paths he does not learn."""
    database = Database.open(f"sqlite:///{founded}/lianshen.db")
    (founded / "lianshen.db").write_text("neither tables nor rows, but long enough for a header")
    client = create_app(Settings(founded, str(database.engine.url)), database).test_client()
    with capture_logs() as logged:
        answers = [client.get(address) for address in ("/healthz", "/metrics")]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert not any("not a database" in answer.get_data(as_text=True) for answer in answers)
    assert ["not a database" in line["why"] for line in logged] == [True, True]
    database.close()


def test_accounts_by_the_command_line(founded: Path) -> None:
    assert run(founded, "account", "reset", "zhao", "--as", "feng").stdout.startswith("zhao ")
    assert run(founded, "account", "reset", "zhao", "--as", "zhao").exit_code == 4
    assert run(founded, "account", "close", "zhao", "--as", "feng", "--reason", "调离").exit_code == 0
    assert run(founded, "account", "close", "feng", "--as", "feng", "--reason", "调离").exit_code == 5
