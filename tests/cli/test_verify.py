"""`lianshen verify`: clean where nothing was touched; whatever is changed behind the program's back is found and named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import Upload, add_files
from engine.store import Database, tables
from engine.store.columns import Json, Word
from tests.cli.conftest import Run
from tests.hall import Hall

J, P, T, C, H = tables.journal, tables.payloads, tables.tasks, tables.clocks, tables.possessions
K = tables.cases
PDF = Upload("红线图.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n%%EOF\n")


@dataclass
class Kept:
    """A hall with one case that has a past, for all tests here: each puts back what it changed. `rich` is another one, with
    everything beside it that a case can have."""

    url: str
    database: Database
    case_id: int
    case_no: str
    rich: int


@pytest.fixture(scope="module")
def kept(shared_hall_url: str) -> Iterator[Kept]:
    database = Database.open(shared_hall_url)
    hall = Hall(database).at("2026-03-02")
    case_id = hall.accepted("GH02")
    hall.at("2026-03-05").duties()
    hall.acts("sun", case_id, "extend", span="5wd", reason="衔接规划")
    hall.does("qian", case_id, "review", "pass")
    yield Kept(shared_hall_url, database, case_id, hall.case(case_id).case_no, eventful(hall))
    database.close()


def eventful(hall: Hall) -> int:
    """From filing to the end, with a correction, a file, two trips, a special procedure, a nudge and an order on the way."""
    case_id = hall.at("2026-03-05").file("XF01", missing=("planning_permit",)).case_id
    with hall.database.writing() as tx:
        add_files(tx, hall.officer("lin"), case_id, {"fire_design": [PDF]}, hall.now)
    items = [{"material": "planning_permit", "problem": "没有提交"}]
    hall.does("lin", case_id, "intake", "request_correction", items=items)
    hall.at("2026-03-06").applicant(case_id, "receive_correction", materials=["planning_permit"], channel="web")
    hall.does("lin", case_id, "intake", "accept")
    hall.acts("lin", case_id, "transfer_hq", receiver="消防科", reason="看图")
    hall.at("2026-03-09").acts("lin", case_id, "return_from_hq", opinion="可以")
    hall.acts("zhou", case_id, "nudge", text="抓紧")
    number = hall.acts("zhou", case_id, "order", department="hurd", text="说明进度", reply="3wd").told["paper"]
    hall.acts("xu", case_id, "answer_order", order=number, reply="已在办")
    hall.does("xu", case_id, "review", "pass")
    hall.does("gao", case_id, "expert_start", "start", ground="expert_review", planned="10wd", reason="新技术")
    hall.at("2026-03-20").does("xu", case_id, "expert_end", "end", result="同意")
    hall.at("2026-03-23").does("tang", case_id, "check", "pass")
    hall.at("2026-03-24").does("gao", case_id, "decide", "refuse", reasons="疏散宽度不足", basis="建筑设计防火规范")
    hall.at("2026-03-25").does("lin", case_id, "deliver", "delivered", method="pickup", receiver="江映")
    return case_id


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
        J.c.n
        == sa.select(tables.processes.c.journal_n).where(tables.processes.c.case_id == k.case_id).scalar_subquery(),
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
    assert (done.exit_code, done.stdout) == (0, "核验 2 件办件，0 处不符\n")


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_is_found(run: Run, kept: Kept, name: str) -> None:
    table, where, values, said = TAMPERED[name]
    with changed(kept.database, table, where(kept), values):
        done = run("verify", url=kept.url)
    assert done.exit_code == 1
    assert said in done.stdout
    assert kept.case_no in done.stdout or "office" in name
    assert run("verify", url=kept.url).exit_code == 0


# ---------------------------------------------------------------- every column that the journal tells
def another(table: sa.Table, name: str) -> Any:
    """Another value than any that this column holds in the rich case, of its own type and lawful for the database."""
    lawful = {
        "phase": "terminated",
        "result": "granted",
        "channel": "post",
        "acceptance_mode": "tolerant",
        "state": "not_needed" if table.name == "materials" else "withdrawn",
        "round": 7,
        "size": 7,
        "filed_at": datetime(2020, 1, 1, tzinfo=UTC),
        "accepted_at": datetime(2020, 1, 1, tzinfo=UTC),
        "person_id": sa.select(sa.func.max(tables.persons.c.id)).scalar_subquery(),
        "matter_id": sa.select(sa.func.min(tables.matters.c.id)).scalar_subquery(),
        "version_id": sa.select(sa.func.min(tables.versions.c.id)).scalar_subquery(),
        "office_id": sa.select(sa.func.max(tables.offices.c.id)).scalar_subquery(),
        "master_id": sa.select(sa.func.min(tables.journal.c.n)).scalar_subquery(),
        "source_id": sa.select(sa.func.min(tables.cases.c.id)).scalar_subquery(),
        "lower_id": sa.select(sa.func.min(tables.journal.c.n)).scalar_subquery(),
        "told_n": 7,
        **dict.fromkeys(("officer_id", "issued_by", "replied_by", "approved_by"), some_other(tables.officers)),
        "department_id": some_other(tables.departments),
        "window_id": some_other(tables.windows),
    }
    if name in lawful:
        return lawful[name]
    kept = table.c[name]
    if isinstance(kept.type, sa.Date):
        return PAST
    if isinstance(kept.type, sa.Text | Word):
        return "elsewhere"
    return {"altered": True} if isinstance(kept.type, Json) else LATER


def some_other(table: sa.Table) -> Any:
    """Nobody and nothing of this office: the last of another one."""
    return sa.select(sa.func.max(table.c.id)).scalar_subquery()


TOLD: dict[sa.Table, str] = {
    K: "case_no office_id matter_id version_id channel applicant_name applicant answers project_code master_id lower_id phase"
    " result acceptance_mode received_at received_on accepted_at accepted_on decided_at decided_on served_at closed_at filed_at",
    tables.materials: "key name rule state promised_on brought_at source_id",
    tables.material_files: "key name media_type size brought_at brought_by",
    tables.corrections: "round items asked_at brought_at",
    tables.pauses: "ground basis reason planned started_on ended_on ended_at approved_by",
    tables.transfers: "receiver reason back_at told_n",
    tables.nudges: "nudged_on at text officer_id",
    tables.orders: "office_id department_id number text reply_due_on issued_by issued_at reply replied_by replied_at",
    tables.papers: "office_id number title digest issued_at",
    T: "step name kind form department_id window_id officer_id claimed_at outcome person_id done_at matter_id",
}


def test_everything_of_a_case_is_told_or_known_not_to_be() -> None:
    """A column that is added later must be told to the journal, or be named here with the reason."""
    not_told = {
        "id",
        "query_digest",  # who has the secret reads the progress; told, it would lie where officers read
    }
    assert {c.name for c in K.c} == not_told | set(TOLD[K].split())


@pytest.mark.parametrize("table", TOLD, ids=lambda table: table.name)
def test_a_column_that_was_altered_is_found(kept: Kept, table: sa.Table) -> None:
    key = table.c.id if table is K else table.c.case_id
    with kept.database.reading() as tx:
        done = table.c.state == "done" if table is T else sa.true()
        one = tx.value(sa.select(sa.func.max(table.c.id)).where(key == kept.rich, done))
    for name in TOLD[table].split():
        with changed(kept.database, table, table.c.id == one, {name: another(table, name)}):
            assert flaws_of(kept, kept.rich), name
    assert flaws_of(kept, kept.rich) == []


def flaws_of(kept: Kept, case_id: int) -> list[str]:
    return Hall(kept.database).flaws(case_id)


@pytest.mark.parametrize(
    "table",
    [tables.materials, tables.corrections, tables.pauses, tables.transfers, tables.papers, tables.material_files],
)
def test_a_fact_that_was_taken_away_is_found(kept: Kept, table: sa.Table) -> None:
    with changed(kept.database, table, table.c.case_id == kept.rich, None):
        assert any("登记却没有了" in told for told in flaws_of(kept, kept.rich))


def test_an_extension_that_was_altered_or_invented_is_found(kept: Kept) -> None:
    e = tables.extensions
    for name in ("span", "approver", "reason", "approved_at", "approved_by"):
        with changed(kept.database, e, e.c.case_id == kept.case_id, {name: another(e, name)}):
            assert flaws_of(kept, kept.case_id), name
    with changed(kept.database, e, e.c.case_id == kept.case_id, {"case_id": kept.rich}):
        assert any("没有办理记录" in told for told in flaws_of(kept, kept.rich))


def test_who_holds_a_task_is_held_against_the_journal(kept: Kept) -> None:
    with kept.database.reading() as tx:
        wu = tx.value(sa.select(tables.officers.c.id).where(tables.officers.c.login == "wu"))
    values = {"state": "claimed", "officer_id": wu, "claimed_at": LATER}
    with changed(kept.database, T, sa.and_(T.c.case_id == kept.case_id, T.c.state == "open"), values):
        assert any("state" in told for told in flaws_of(kept, kept.case_id))


def test_a_task_that_was_done_and_is_said_to_be_withdrawn_is_found(kept: Kept) -> None:
    one = sa.select(sa.func.max(T.c.id)).where(T.c.case_id == kept.rich, T.c.state == "done").scalar_subquery()
    with changed(kept.database, T, T.c.id == one, {"state": "withdrawn"}):
        assert any("state 登记为 withdrawn，办理记录为 done" in told for told in flaws_of(kept, kept.rich))


@pytest.mark.parametrize("column", ["window_id", "department_id", "name", "kind", "form", "step", "matter_id"])
def test_an_open_task_that_is_not_as_its_step_is_drawn_is_found(kept: Kept, column: str) -> None:
    """Moved to another window it would lie in the pool of people who have no part in the case."""
    with changed(
        kept.database, T, sa.and_(T.c.case_id == kept.case_id, T.c.state == "open"), {column: another(T, column)}
    ):
        assert flaws_of(kept, kept.case_id)
    assert flaws_of(kept, kept.case_id) == []


def test_a_lamp_that_would_never_turn_is_found(kept: Kept) -> None:
    running = sa.and_(C.c.case_id == kept.case_id, C.c.kind == "statutory", C.c.state == "running")
    for values in ({"alert_at": None}, {"alert_at": LATER}, {"lamp": "yellow"}):
        with changed(kept.database, C, running, values):
            assert any("灯色或下次查看的时刻" in told for told in flaws_of(kept, kept.case_id))
    assert flaws_of(kept, kept.case_id) == []


@pytest.mark.parametrize(
    "values", [{"holder": "applicant"}, {"window_id": some_other(tables.windows)}], ids=["holder", "window"]
)
def test_who_holds_the_case_is_held_against_where_it_lies(kept: Kept, values: dict[str, Any]) -> None:
    with changed(kept.database, H, sa.and_(H.c.case_id == kept.case_id, H.c.until_at.is_(None)), values):
        assert any("不是现在持有办件的" in told for told in flaws_of(kept, kept.case_id))
    assert flaws_of(kept, kept.case_id) == []


def test_a_task_that_was_taken_away_is_found(kept: Kept) -> None:
    last_done = sa.select(sa.func.max(T.c.id)).where(T.c.case_id == kept.rich, T.c.state == "done").scalar_subquery()
    with changed(kept.database, T, T.c.id == last_done, None):
        assert any("登记却没有了" in told for told in flaws_of(kept, kept.rich))


def test_who_sees_a_case_without_having_had_it_is_found(kept: Kept) -> None:
    part = tables.case_departments
    with kept.database.writing() as tx:
        seen = sa.select(part.c.department_id).where(part.c.case_id == kept.case_id)
        d = tables.departments
        stranger = tx.value(sa.select(sa.func.min(d.c.id)).where(d.c.id.not_in(seen)))
        tx.execute(part.insert().values(case_id=kept.case_id, department_id=stranger))
    assert any("能看到办件的部门" in told for told in flaws_of(kept, kept.case_id))
    with kept.database.writing() as tx:
        tx.execute(part.delete().where(part.c.case_id == kept.case_id, part.c.department_id == stranger))
    assert flaws_of(kept, kept.case_id) == []


def test_a_file_and_a_version_whose_bytes_were_altered_are_found(run: Run, kept: Kept) -> None:
    b, f, v = tables.blobs, tables.material_files, tables.version_files
    for holds, said in (
        (sa.select(f.c.digest).where(f.c.case_id == kept.rich), "材料文件“红线图.pdf”的内容与摘要不符"),
        (sa.select(sa.func.min(v.c.digest)).where(v.c.version_id == 1), "第 1 版的原文件与摘要不符"),
    ):
        with changed(kept.database, b, b.c.digest.in_(holds), {"body": b"other"}):
            assert said in run("verify", url=kept.url).stdout


def test_a_version_that_nobody_published_is_found(run: Run, kept: Kept) -> None:
    m, v = tables.matters, tables.versions
    with changed(kept.database, v, v.c.id == 1, {"content_hash": "0" * 64}):
        assert "第 1 版与发布记录不符" in run("verify", url=kept.url).stdout
    with changed(kept.database, m, m.c.code == "GH02", {"running_number": None}):
        assert "事项 GH02 登记运行第 None 版" in run("verify", url=kept.url).stdout


def test_of_what_applicants_wrote_only_the_place_is_told(run: Run, kept: Kept) -> None:
    with changed(kept.database, K, K.c.id == kept.rich, {"applicant_name": "赵强"}):
        told = run("verify", url=kept.url).stdout
    assert "applicant_name" in told
    assert "赵强" not in told
    assert "王强" not in told


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
        with changed(kept.database, K, K.c.id == kept.case_id, {"decided_on": PAST}):
            assert flaws_of(kept, kept.case_id), "what the header tells is known without"


def test_each_payload_may_be_removed_by_law_alone(kept: Kept) -> None:
    for case_id in (kept.case_id, kept.rich):
        with kept.database.reading() as tx:
            numbers = [r.n for r in tx.rows(sa.select(P.c.n).where(P.c.stream == f"case:{case_id}"))]
        for n in numbers:
            with changed(kept.database, P, sa.and_(P.c.stream == f"case:{case_id}", P.c.n == n), None):
                assert flaws_of(kept, case_id) == [], n


def test_a_chain_that_is_gone_is_found(run: Run, kept: Kept) -> None:
    with changed(kept.database, J, J.c.stream == f"case:{kept.case_id}", None):
        assert run("verify", url=kept.url).exit_code == 1
