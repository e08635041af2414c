"""A step that is drawn for one officer (指定经办人): it is his when it comes, and nobody's who is not there any more."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.cases import give_back
from engine.catalogue import MatterNotPublishable, export, publish
from engine.people import office_by_code, officer_by_login
from engine.store import tables
from tests.hall import Hall

STEP = b'<bpmn:userTask id="review" name="\xe5\xae\xa1\xe6\x9f\xa5" '


def publish_for(hall: Hall, login: str) -> None:
    """GH02 with its review drawn for this officer."""
    with hall.database.writing() as tx:
        running, files = export(tx, office_by_code(tx, "lz"), "GH02")
        drawing = files["matter.bpmn"]
        assert drawing.count(STEP) == 1
        drawn = {**files, "matter.bpmn": drawing.replace(STEP, STEP + f'ls:officer="{login}" '.encode())}
        publish(tx, hall.office, drawn, None, "指定经办人", hall.now, over=running.number)


def test_it_is_his_at_once(hall: Hall) -> None:
    publish_for(hall, "qian")
    case_id = hall.accepted()
    task = hall.task(case_id, "review", "claimed")
    assert (task.officer_id, task.claimed_at) == (hall.officer("qian").id, hall.now)
    assert hall.acts_of(case_id)[-1] == "hand_over"
    assert hall.flaws(case_id) == []
    hall.completes("qian", task.id, "pass")
    assert hall.flaws(case_id) == []


def test_he_may_give_it_back(hall: Hall) -> None:
    publish_for(hall, "qian")
    case_id = hall.accepted()
    with hall.database.writing() as tx:
        give_back(tx, officer_by_login(tx, "qian"), hall.task(case_id, "review", "claimed").id, now=hall.now)
    assert hall.task(case_id, "review", "open").officer_id is None
    assert hall.flaws(case_id) == []


def test_who_has_left_the_window_gets_nothing(hall: Hall) -> None:
    publish_for(hall, "qian")
    with hall.database.writing() as tx:
        tx.execute(
            sa.delete(tables.officer_windows).where(tables.officer_windows.c.officer_id == hall.officer("qian").id)
        )
    case_id = hall.accepted()
    assert hall.task(case_id, "review", "open").officer_id is None
    assert hall.flaws(case_id) == []


def test_who_may_not_finish_it_gets_nothing(hall: Hall) -> None:
    publish_for(hall, "zhao")  # the clerk sits at the window and holds no review
    case_id = hall.accepted()
    assert hall.task(case_id, "review", "open").officer_id is None


def test_a_stranger_cannot_be_named(hall: Hall) -> None:
    with pytest.raises(MatterNotPublishable) as refused:
        publish_for(hall, "kermit")
    (fault,) = refused.value.faults
    assert (fault.code, fault.place) == ("officer-unknown", "review")
    assert fault.line > 1
    assert "kermit" in fault.sentence
