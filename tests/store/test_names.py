"""The index of names: every piece of a name finds it, in every script, and only what has it; the database keeps it itself."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import BIGGEST_KEY, Database, Tx, names, tables
from tests.store.rows import bare_case

KEPT = (
    *(
        "王强",
        "王强生物制药（临州）有限公司",
        "李王",
        "临州 50%_制药有限公司",
        "ABC公司",
        "abc Ltd.",
        "𬬻业有限公司",
        "é\"'*^-:()",
    ),
    *("王", "公司公司公司", "A  B", "有限公司"),
)


@pytest.fixture
def named(database: Database) -> Database:
    with database.writing() as tx:
        first = bare_case(tx)
        one = tx.execute(sa.select(tables.cases).where(tables.cases.c.id == first)).one()._mapping
        tx.execute(tables.cases.update().values(applicant_name="某"))
        for n, name in enumerate(KEPT):
            tx.insert(tables.cases, **{**one, "id": 100 + n, "case_no": f"N-{n}", "applicant_name": name})
    return database


def found(tx: Tx, text: str, older_than: int = BIGGEST_KEY, limit: int = 100) -> list[str]:
    """What has all pieces of it, the newest first, and then the text in its name."""
    c, said = tables.cases, names.said(tx.dialect, text)
    way = names.by_name(tx.dialect, said)
    named = sa.select(c.c.applicant_name).select_from(way.source).join(c, c.c.id == way.case_id).where(*way.conditions)
    named = named.where(way.order < older_than, names.holds(tx.dialect, c.c.applicant_name, said))
    return [r.applicant_name for r in tx.rows(named.order_by(way.order.desc()).limit(limit))]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_text_finds_the_names_that_have_it_and_no_others(named: Database, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(KEPT))
    at = data.draw(st.integers(0, len(name) - 1))
    text = name[at : at + data.draw(st.integers(1, 6))].strip() or name
    if data.draw(st.booleans()):
        text += data.draw(st.sampled_from(["王", "x", "%", '"', "公"]))
    having = [kept for kept in reversed(KEPT) if names.folded(text) in names.folded(kept)]
    with named.reading() as tx:
        assert found(tx, text) == having
        assert found(tx, text, 100 + len(KEPT), 2) == having[:2]


def test_the_newest_first_from_a_place_on(named: Database) -> None:
    with named.reading() as tx:
        assert found(tx, "公司") == ["有限公司", "公司公司公司", "𬬻业有限公司", "ABC公司", KEPT[3], KEPT[1]]
        assert found(tx, "公司", 111) == ["公司公司公司", "𬬻业有限公司", "ABC公司", KEPT[3], KEPT[1]]


def test_a_name_that_was_put_right_is_found_by_what_it_is_now(named: Database) -> None:
    c = tables.cases
    with named.writing() as tx:
        tx.execute(c.update().where(c.c.id == 100).values(applicant_name="汪强"))
        tx.execute(c.update().values(query_digest="7"))
    with named.reading() as tx:
        assert found(tx, "汪") == ["汪强"]
        assert "王强" not in found(tx, "王强")


def test_what_was_rolled_back_is_not_found(named: Database) -> None:
    def file_and_fail() -> None:
        with named.writing() as tx:
            one = tx.execute(sa.select(tables.cases).where(tables.cases.c.id == 100)).one()._mapping
            tx.insert(tables.cases, **{**one, "id": 999, "case_no": "N-999", "applicant_name": "从未申请"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        file_and_fail()
    with named.reading() as tx:
        assert found(tx, "从未") == []


def test_an_act_that_changes_no_name_writes_nothing_of_the_index(named: Database) -> None:
    """A case's row changes with every act; what the index weighs must not show it."""

    def weight(tx: Tx) -> Any:
        asked = "SELECT xmin::text, ctid::text FROM case_names WHERE case_id = 100"
        if tx.dialect == "sqlite":
            asked = "SELECT count(*), sum(length(block)) FROM case_names_data"
        return tuple(tx.execute(sa.text(asked)).one())

    with named.reading() as tx:
        before = weight(tx)
    with named.writing() as tx:
        c = tables.cases
        tx.execute(c.update().where(c.c.id == 100).values(query_digest="another", applicant_name=KEPT[0]))
    with named.reading() as tx:
        assert weight(tx) == before
