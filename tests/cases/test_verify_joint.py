"""`verify` of joint work: matters of a stage, signers, opinions are told row by row; whatever is changed behind the program's
back is found, column by column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import send_back
from engine.people import officer_by_login
from engine.store import tables
from tests.cases.test_joint import accepted, signs
from tests.cli.test_verify import changed
from tests.hall import Hall
from tests.joint import Joint

M, S, P = tables.stage_matters, tables.signers, tables.opinions
PAST, LATER = date(2020, 1, 1), datetime(2030, 1, 1, tzinfo=UTC)


@dataclass
class Kept:
    """A hall with a stage under way and a case that was countersigned, for all tests here: each puts back what it changed."""

    hall: Hall
    stage: Joint
    signed: int

    def case_of(self, table: sa.Table) -> int:
        return self.stage.filed.case_id if table is M else self.signed

    def flaws(self) -> list[str]:
        return self.stage.flaws() + self.hall.flaws(self.signed)


@pytest.fixture(scope="module")
def kept(shared_hall: Hall) -> Kept:
    hall = shared_hall.at("2026-03-02")
    with hall.database.writing() as tx:
        tx.execute(tables.offices.update().where(tables.offices.c.code == "lz").values(silence_basis="本市规则第八条"))
    return Kept(hall, a_stage(hall), countersigned(hall))


def a_stage(hall: Hall) -> Joint:
    """One matter is granted, one paused, one runs although its prerequisite was not there, two wait, one will never be."""
    stage = Joint.filing(hall, "BA01", land="auctioned").accepted(
        held=[{"matter": "ZR01", "reason": "等待公告"}], tolerant=["HP02"]
    )
    hall.acts("chen", stage.filed.case_id, "release_matter", matter="ZR01")
    hall.acts("chen", stage.filed.case_id, "drop_matter", matter="SL01", reason="不需要")
    hall.duties()
    hall.acts("sun", stage.child("ZR01").id, "start_special", ground="auction", planned="10wd", reason="土地拍卖")
    hall.at("2026-03-04")
    stage.ends("TZ01")
    return stage


def countersigned(hall: Hall) -> int:
    """In turn, twice; then one department joins and another is left out. One opinion is given, one counts as silent, one owed."""
    hall.at("2026-03-02")
    case_id = accepted(hall, "ee,hurd,ndrc", "in_turn")
    for department in ("met", "cad"):
        hall.acts("sun", case_id, "ask_opinion", department=department, question="有无意见", reply="3wd")
    hall.acts("zeng", case_id, "answer_opinion", answer="conditions", text="补做防雷设计")
    signs(hall, case_id, "ee")
    signs(hall, case_id, "hurd", "object", "退距不足")
    hall.at("2026-03-06").duties()
    hall.acts("sun", case_id, "ask_opinion", department="police", question="交通有无意见", reply="3wd")
    task = hall.claim("sun", case_id, "check")
    with hall.database.writing() as tx:
        send_back(tx, officer_by_login(tx, "sun"), task, "countersign", "修改后再会签", now=hall.now)
    hall.acts("sun", case_id, "add_signer", department="met", weight="2")
    hall.acts("sun", case_id, "remove_signer", department="ee", reason="与本件无关")
    return case_id


# ---------------------------------------------------------------- what may be changed in each table, and in which row
Forged = Mapping[str, tuple[str, Any]]
"""Of each column the row that is changed, and what it becomes: lawful for the database."""


def some(column: sa.Column[Any], *where: Any, most: Any = sa.func.min) -> Any:
    return sa.select(most(column)).where(*where).scalar_subquery()


D = tables.departments
NDRC_OF_ANOTHER_OFFICE = some(D.c.id, D.c.code == "ndrc", most=sa.func.max)

MATTERS: Forged = {
    "token": ("TZ01", "999"),
    "code": ("TZ01", "GH03"),
    "optional": ("TZ01", True),
    "state": ("GH02", "open"),
    "reason": ("SL01", "弄丢了"),
    "tolerant": ("GH02", True),
    "open_at": ("ZR01", LATER),
    "open_on": ("TZ01", PAST),
    "child_id": ("TZ01", some(tables.cases.c.id)),
    "told_n": ("TZ01", 99),
    "pauses": ("ZR01", []),
    "ending": ("TZ01", "refused"),
    "failed": ("SL01", "TZ01"),
    "ended_on": ("TZ01", PAST),
}
SIGNERS: Forged = {
    "token": ("1 1", "999"),
    "step": ("1 1", "review"),
    "round": ("1 1", 7),
    "place": ("2 2", 7),
    "department_id": ("1 3", NDRC_OF_ANOTHER_OFFICE),
    "weight": ("2 4", 1),
    "state": ("1 3", "removed"),
    "verdict": ("1 2", "agree"),
    "opinion": ("1 2", "没有意见"),
    "person_id": ("1 2", some(tables.persons.c.id)),
    "asked_at": ("1 2", None),
    "signed_at": ("1 1", LATER),
    "reason": ("2 1", "有关"),
}
OPINIONS: Forged = {
    "department_id": ("police", NDRC_OF_ANOTHER_OFFICE),
    "question": ("cad", "别的"),
    "due_on": ("cad", PAST),
    "asked_by": ("met", some(tables.officers.c.id)),
    "asked_at": ("met", LATER),
    "answer": ("met", "agree"),
    "text": ("cad", "没有意见"),
    "person_id": ("cad", some(tables.persons.c.id)),
    "answered_at": ("met", LATER),
}
COLUMNS = {M: MATTERS, S: SIGNERS, P: OPINIONS}


def there(kept: Kept, table: sa.Table, row: str) -> Any:
    """The condition by which a row is found: a matter by its code, a signer by round and place, an opinion by its department."""
    here = table.c.case_id == kept.case_of(table)
    if table is M:
        return sa.and_(here, M.c.code == row)
    if table is S:
        number, place = row.split()
        return sa.and_(here, S.c.round == int(number), S.c.place == int(place))
    department = sa.select(D.c.id).where(D.c.code == row, D.c.office_id == kept.hall.office.id)
    return sa.and_(here, P.c.department_id == department.scalar_subquery())


def test_nothing_was_touched(kept: Kept) -> None:
    assert kept.flaws() == []
    assert {m.words for m in kept.stage.matters().values()} == {"准予", "办理中", "等待前置", "未启动"}
    assert {r.state for r in kept.hall.rows(S, kept.signed)} == {"signed", "spared", "removed", "waiting", "asked"}
    assert [r.answer for r in kept.hall.rows(P, kept.signed)] == ["conditions", "silent", None]


@pytest.mark.parametrize("table", COLUMNS, ids=lambda table: table.name)
def test_every_column_is_held_against_the_journal(kept: Kept, table: sa.Table) -> None:
    assert {c.name for c in table.c} == {"id", "case_id", *COLUMNS[table]}, "what is added later is told too"
    case_id = kept.case_of(table)
    for name, (row, value) in COLUMNS[table].items():
        with changed(kept.hall.database, table, there(kept, table, row), {name: value}):
            assert any("办理记录" in told for told in kept.hall.flaws(case_id)), name
    assert kept.hall.flaws(case_id) == []


@pytest.mark.parametrize(
    ("table", "row", "other"),
    [
        (M, "GH02", {"code": "GH03"}),
        (S, "2 3", {"place": 9, "state": "removed"}),
        (P, "police", {}),
    ],
    ids=["matter", "signer", "opinion"],
)
def test_a_row_that_was_taken_away_or_slipped_in_is_found(
    kept: Kept, table: sa.Table, row: str, other: dict[str, Any]
) -> None:
    database, case_id = kept.hall.database, kept.case_of(table)
    with changed(database, table, there(kept, table, row), None):
        assert any("登记却没有了" in told for told in kept.hall.flaws(case_id))
    with database.writing() as tx:
        one = tx.execute(sa.select(table).where(there(kept, table, row))).one()
        slipped = tx.insert(table, **{name: value for name, value in one._mapping.items() if name != "id"} | other)
    assert any("没有办理记录" in told for told in kept.hall.flaws(case_id))
    with database.writing() as tx:
        tx.execute(table.delete().where(table.c.id == slipped))
    assert kept.hall.flaws(case_id) == []


def test_a_place_at_which_two_signers_stand_is_found(kept: Kept) -> None:
    """No key of the database forbids it; the journal knows of one."""
    with changed(kept.hall.database, S, there(kept, S, "2 4"), {"place": 3}):
        assert any("登记了不止一次" in told for told in kept.hall.flaws(kept.signed))


def test_by_which_case_a_paper_came_is_held_against_the_journal(kept: Kept) -> None:
    m, child = tables.materials, kept.stage.child("HP02").id
    came = sa.and_(m.c.case_id == child, m.c.source_id == kept.stage.child("TZ01").id)
    with changed(kept.hall.database, m, came, {"source_id": kept.signed}):
        assert any("source_id" in told for told in kept.hall.flaws(child))


@pytest.mark.parametrize("which", ["the stage", "the signed case"])
def test_of_joint_work_too_every_payload_may_be_removed_by_law(kept: Kept, which: str) -> None:
    """What is told later of a matter, a signer or an opinion of which nothing is known any more is no flaw."""
    case_id = kept.signed if which == "the signed case" else kept.stage.filed.case_id
    body = tables.payloads
    with kept.hall.database.reading() as tx:
        numbers = [r.n for r in tx.rows(sa.select(body.c.n).where(body.c.stream == f"case:{case_id}"))]
    for n in numbers:
        with changed(kept.hall.database, body, sa.and_(body.c.stream == f"case:{case_id}", body.c.n == n), None):
            assert kept.hall.flaws(case_id) == [], n
