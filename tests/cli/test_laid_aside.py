"""`lianshen jobs`: why a job was laid aside, and doing it again."""

from __future__ import annotations

from click.testing import CliRunner

from api.cli import main
from engine.store import Database, jobs, tables
from tests.store.rows import NOON, bare_case


def said(url: str, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--database", url, "jobs", *words])
    return done.exit_code, done.output


def test_what_was_laid_aside_is_listed_and_taken_up_again(database: Database, database_url: str) -> None:
    with database.writing() as tx:
        jobs.enqueue(tx, "notice", run_at=NOON, case_id=bare_case(tx))
        tx.execute(tables.jobs.update().values(state="dead", attempts=8, last_error="RuntimeError: 打印机没纸"))
    assert said(database_url, "list") == (
        0,
        "1  notice  T-1  试过 8 次  2026-11-24 04:00  RuntimeError: 打印机没纸\n",
    )
    code, told = said(database_url, "resume", "1", "77")
    assert (code, "没有编号为 77 的搁置的工作" in told) == (3, True)
    assert said(database_url, "list")[1] != "", "one wrong number, and nothing is touched"
    assert said(database_url, "resume", "1") == (0, "1 件工作将重新做\n")
    assert said(database_url, "list") == (0, "")
    with database.reading() as tx:
        assert (jobs.backlog(tx, NOON).waiting, jobs.backlog(tx, NOON).dead) == (1, 0)
