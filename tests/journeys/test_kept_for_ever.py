"""A database of journal format 1 is kept for ever: every release opens, verifies and continues it (docs/journal.md)."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.cases import case_journal, case_view
from engine.store import Database, demand_newest, migrate, tables
from tests.cli.conftest import Run
from tests.hall import Hall

FIXTURE = Path(__file__).parent.parent / "fixtures" / "format-1.sqlite.sql"
FROZEN = "f6793536211b71f915ceddbf21289dc53c2b497009bce20ac96017d8d07e2e77"
CASE = "XF01-2026-00001"
ACTS = [
    "receive",
    "claim",
    "request_correction",
    "receive_correction",
    "claim",
    "accept",
    "claim",
    "review",
    "claim",
    "start_special",
    "flag",
    "flag",
    "claim",
    "end_special",
]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The database as the program of that time left it."""
    file = tmp_path / "format-1.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(FIXTURE.read_text("utf-8"))
    return file


@pytest.fixture
def hall(kept: Path) -> Iterator[Hall]:
    """The same, brought to the tables of this release."""
    database = Database.open(f"sqlite:///{kept}")
    migrate(database)
    demand_newest(database)
    yield Hall(database).at("2026-03-26", "10:00")
    database.close()


def test_nobody_makes_it_anew() -> None:
    assert hashlib.sha256(FIXTURE.read_bytes()).hexdigest() == FROZEN


def test_a_stranger_can_check_it(kept: Path) -> None:
    """With two tables and a hash function, as docs/journal.md says it, and with nothing of this program."""

    def sha(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    columns = "j.stream, j.n, j.header, j.payload_digest, j.previous, j.hash, p.salt, p.body"
    joined = "journal j JOIN payloads p ON p.stream = j.stream AND p.n = j.n ORDER BY j.stream, j.n"
    with closing(sqlite3.connect(kept)) as connection:
        rows = connection.execute(f"SELECT {columns} FROM {joined}").fetchall()
    ends: dict[str, tuple[int, str]] = {}
    for stream, n, header, payload, previous, chained, salt, body in rows:
        told = json.loads(header)
        assert (n, previous) == (ends.get(stream, (0, ""))[0] + 1, ends.get(stream, (0, ""))[1])
        assert chained == sha(f"{previous}\n{header}")
        assert payload == told["payload"] == sha(salt + body)
        assert (told["format"], told["hash"], told["stream"], told["n"]) == (1, "sha256", stream, n)
        ends[stream] = (n, chained)
    assert {stream: n for stream, (n, _) in ends.items()} == {"case:1": len(ACTS), "office:1": 1}


def test_every_chain_is_clean_in_this_release(hall: Hall, kept: Path, run: Run) -> None:
    done = run("verify", url=f"sqlite:///{kept}")
    assert (done.exit_code, done.stdout) == (0, "核验 1 件办件，0 处不符\n")


def test_it_is_shown(hall: Hall) -> None:
    with hall.database.reading() as tx:
        shown = case_view(tx, hall.officer("zheng"), CASE, hall.now)
        told = case_journal(tx, hall.officer("zheng"), CASE)
    assert (shown["phase"], shown["applicant_name"], shown["version"]["number"]) == (
        "accepted",
        "临州文汇剧院管理有限公司",
        1,
    )
    assert [row["act"] for row in told] == ACTS
    correction = next(row["payload"] for row in told if row["act"] == "request_correction")
    assert correction["items"] == [{"material": "planning_permit", "problem": "没有提交工程规划许可证"}]
    promised = next(c for c in shown["clocks"] if c["kind"] == "promised")
    # accepted on 6 March, 7 working days; (10 March, 25 March] stood still: 9, 10, 26, 27, 30, 31 March, 1 April
    assert str(promised["due_on"]) == "2026-04-01"
    assert [t["step"] for t in shown["tasks"] if t["state"] == "open"] == ["check"]


def test_it_goes_on(hall: Hall, kept: Path, run: Run) -> None:
    """The next steps up to the end, in this release's journal behind that one's."""
    assert hall.pool("tang") == ["check"]
    hall.does("tang", 1, "check", "pass", {"checked": ["clauses", "opinion", "experts"], "opinion": "同意。"})
    hall.does("gao", 1, "decide", "grant", text="消防设计审查合格。")
    hall.at("2026-03-27").does("lin", 1, "certificate", "made")
    hall.does("lin", 1, "deliver", "delivered", method="pickup", receiver="江映")
    assert hall.case(1).phase == "closed"
    assert hall.acts_of(1)[: len(ACTS)] == ACTS
    assert hall.acts_of(1)[-1] == "close"
    assert len(hall.rows(tables.papers, 1)) == 6
    assert hall.flaws(1) == []
    hall.database.close()
    assert run("verify", url=f"sqlite:///{kept}").exit_code == 0
