"""`lianshen verify`: clean where nothing was touched; whatever is changed behind the program's back is found and named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine.store import Database, tables
from tests.cli.conftest import Run
from tests.hall import Hall

J, P, T, C, H = tables.journal, tables.payloads, tables.tasks, tables.clocks, tables.possessions


@dataclass
class Kept:
    """A hall with one case that has a past, for all tests here: each puts back what it changed."""

    url: str
    database: Database
    case_id: int
    case_no: str


@pytest.fixture(scope="module")
def kept(shared_hall_url: str) -> Iterator[Kept]:
    database = Database.open(shared_hall_url)
    hall = Hall(database).at("2026-03-02")
    case_id = hall.accepted("GH02")
    hall.at("2026-03-05").duties()
    hall.does("qian", case_id, "review", "pass")
    yield Kept(shared_hall_url, database, case_id, hall.case(case_id).case_no)
    database.close()


@contextmanager
def changed(database: Database, table: sa.Table, where: Any, values: dict[str, Any] | None) -> Iterator[None]:
    """Rows are changed, or taken away where there are no values; afterwards they are as they were."""
    with database.writing() as tx:
        rows = [dict(r._mapping) for r in tx.rows(sa.select(table).where(where))]
        assert rows
        tx.execute(table.delete().where(where) if values is None else table.update().where(where).values(**values))
    yield
    with database.writing() as tx:
        for row in rows:
            itself = sa.and_(*(key == row[key.name] for key in table.primary_key.columns))
            if not tx.execute(table.update().where(itself).values(**row)).rowcount:
                tx.execute(table.insert().values(**row))


def record(n: int) -> Callable[[Kept], Any]:
    return lambda k: sa.and_(J.c.stream == f"case:{k.case_id}", J.c.n == n)


def last(k: Kept) -> Any:
    return sa.and_(
        J.c.stream == f"case:{k.case_id}",
        J.c.n == sa.select(tables.cases.c.journal_n).where(tables.cases.c.id == k.case_id).scalar_subquery(),
    )


def of_case(table: sa.Table, *more: Any) -> Callable[[Kept], Any]:
    return lambda k: sa.and_(table.c.case_id == k.case_id, *more)


PAST, LATER = date(2020, 1, 1), datetime(2030, 1, 1, tzinfo=UTC)
Where = Callable[[Kept], Any]
TAMPERED: dict[str, tuple[sa.Table, Where, dict[str, Any] | None, str]] = {
    "a record is rewritten": (
        J,
        record(3),
        {"header": sa.func.replace(J.c.header, "accept", "refuse")},
        "第 3 条记录：本条摘要与内容不符",
    ),
    "a record is no record": (J, record(3), {"header": "nothing"}, "第 3 条记录：本条摘要与内容不符"),
    "a record says another act": (J, record(3), {"act": "withdraw"}, "第 3 条记录：检索列“act”与记录正文不符"),
    "a record says another hour": (J, record(2), {"at": LATER}, "第 2 条记录：检索列“at”与记录正文不符"),
    "a record has another digest": (J, record(2), {"hash": "0" * 64}, "第 3 条记录：与上一条的摘要接不上"),
    "a record is of no known format": (J, record(2), {"format": 99}, "第 2 条记录：格式 99 不认识"),
    "a record in the middle is gone": (J, record(2), None, "第 3 条记录：序号不连续"),
    "the last record is gone": (J, last, None, "链尾与主体登记不符"),
    "what was submitted is rewritten": (
        P,
        lambda k: sa.and_(P.c.stream == f"case:{k.case_id}", P.c.n == 1),
        {"body": sa.func.replace(P.c.body, "王强", "赵强")},
        "第 1 条记录：材料正文与其摘要不符",
    ),
    "the office's chain is rewritten": (
        P,
        lambda k: sa.and_(P.c.stream == "office:1", P.c.n == 1),
        {"body": "{}"},
        "lz：第 1 条记录：材料正文与其摘要不符",
    ),
    "the state is another": (tables.processes, of_case(tables.processes), {"state": b"{}"}, "流程状态与登记的摘要不符"),
    "the state is gone": (tables.processes, of_case(tables.processes), None, "没有流程状态"),
    "a due day is another": (
        C,
        of_case(C, C.c.kind == "promised"),
        {"due_on": PAST},
        "promised 的到期日登记为 2020-01-01",
    ),
    "a clock cannot be read": (
        C,
        of_case(C, C.c.kind == "promised"),
        {"clock": {"broken": True}},
        "promised 的时钟读不懂",
    ),
    "a possession has a gap": (H, of_case(H, H.c.until_at.is_not(None)), {"until_at": H.c.from_at}, "持有记录："),
    "a possession is gone": (H, of_case(H, H.c.until_at.is_(None)), None, "持有记录：最后一段与办件的结束时间不符"),
    "a task is of no token": (T, of_case(T, T.c.state == "open"), {"token": "999"}, "不是流程正在等的一步"),
    "an open task is closed": (
        T,
        of_case(T, T.c.state == "open"),
        {"state": "withdrawn", "done_at": T.c.arrived_at},
        "没有对应的任务",
    ),
}


def test_nothing_was_touched(run: Run, kept: Kept) -> None:
    done = run("verify", url=kept.url)
    assert (done.exit_code, done.stdout) == (0, "核验 1 件办件，0 处不符\n")


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_is_found(run: Run, kept: Kept, name: str) -> None:
    table, where, values, said = TAMPERED[name]
    with changed(kept.database, table, where(kept), values):
        done = run("verify", url=kept.url)
    assert done.exit_code == 1
    assert said in done.stdout
    assert kept.case_no in done.stdout or "office" in name
    assert run("verify", url=kept.url).exit_code == 0


def test_a_chain_without_its_case_is_found(run: Run, kept: Kept) -> None:
    """Whoever takes a whole case away leaves its records behind."""
    here, gone = f"case:{kept.case_id}", "case:999"
    for was, becomes, said in ((here, gone, "case:999：主体记录不存在"), (gone, here, "0 处不符")):
        with kept.database.writing() as tx:
            tx.execute(J.update().where(J.c.stream == was).values(stream=becomes))
        assert said in run("verify", url=kept.url).stdout


def test_what_was_submitted_may_be_removed_by_law(run: Run, kept: Kept) -> None:
    with changed(kept.database, P, P.c.stream == f"case:{kept.case_id}", None):
        assert run("verify", url=kept.url).exit_code == 0


def test_a_chain_that_is_gone_is_found(run: Run, kept: Kept) -> None:
    with changed(kept.database, J, J.c.stream == f"case:{kept.case_id}", None):
        assert run("verify", url=kept.url).exit_code == 1
