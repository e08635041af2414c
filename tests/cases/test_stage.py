"""A stage of joint approval: its matters are cases of their own, heard by message, clocks by the law's arithmetic."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import Filed, act, complete, matters_of, verify_case
from engine.people import officer_by_login
from engine.store import tables
from tests.hall import APPLICATIONS, Hall

ANSWERS = {**APPLICATIONS["BA01"], "land": "allotted"}


def stage(hall: Hall, **more: Any) -> Filed:
    """The stage filed and accepted at the joint window."""
    filed = hall.at("2026-03-02").file("BA01", by="chen", answers=ANSWERS)
    hall.at("2026-03-03").does("chen", filed.case_id, "intake", "accept", **more)
    hall.duties()
    return filed


def standing(hall: Hall, filed: Filed) -> dict[str, str]:
    with hall.database.reading() as tx:
        return {m.code: m.words for m in matters_of(tx, filed.case_id)}


def child(hall: Hall, filed: Filed, code: str) -> Any:
    c, m = tables.cases, tables.matters
    with hall.database.reading() as tx:
        found = sa.select(c).join(m, m.c.id == c.c.matter_id).where(c.c.master_id == filed.case_id, m.c.code == code)
        return tx.execute(found).one()


def test_one_acceptance_accepts_every_matter(hall: Hall) -> None:
    filed = stage(hall)
    assert standing(hall, filed) == {"TZ01": "办理中", "GH01": "办理中", "GH02": "等待前置", "HP02": "等待前置"}
    one = child(hall, filed, "GH01")
    assert (one.phase, one.accepted_on, one.acceptance_mode) == ("accepted", date(2026, 3, 3), "joint")
    assert one.received_on == date(2026, 3, 2)
