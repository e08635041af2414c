"""退回: inside a branch, or before a split with the siblings withdrawn; never over a line that the law drew."""

from __future__ import annotations

from typing import Any

import pytest

from engine.cases import Done, preview_send_back, send_back
from engine.cases.desk import SendBackNotLawful, TaskNotYours
from engine.catalogue import publish
from engine.errors import NotNow
from engine.people import office_by_code, officer_by_login
from engine.store import tables
from tests.drawings import PARALLEL, matter
from tests.hall import Hall


@pytest.fixture
def parallel(hall: Hall) -> int:
    """A case whose preparation is done: three departments' steps a, b (then c) lie open at once."""
    hall.hire("clerk", "p-0", like="zhao", roles=["clerk", "reviewer", "approver", "head"])
    with hall.database.writing() as tx:
        publish(tx, office_by_code(tx, "lz"), matter("QQ01", **PARALLEL), officer_by_login(tx, "wu"), "", hall.now)
    case_id = hall.file("QQ01").case_id
    hall.does("clerk", case_id, "intake", "accept")
    hall.does("clerk", case_id, "prepare", "pass")
    return case_id


def back(hall: Hall, login: str, task_id: int, target: str, **more: Any) -> Done:
    with hall.database.writing() as tx:
        return send_back(tx, officer_by_login(tx, login), task_id, target, "材料有出入", now=hall.now, **more)


def open_steps(hall: Hall, case_id: int) -> list[str]:
    return [t.step for t in hall.rows(tables.tasks, case_id) if t.state in ("open", "claimed")]


def test_before_the_split_withdraws_the_siblings(hall: Hall, parallel: int) -> None:
    mine = hall.claim("clerk", parallel, "a")
    with hall.database.writing() as tx:
        shown = preview_send_back(tx, officer_by_login(tx, "clerk"), mine, "prepare", now=hall.now)
    assert (shown.allowed, [s.node for s in shown.withdrawn]) == (True, ["b"])
    assert open_steps(hall, parallel) == ["a", "b"], "a preview changes nothing"
    done = back(hall, "clerk", mine, "prepare")
    assert done.told["withdrawn"] == ["b"]
    assert open_steps(hall, parallel) == ["prepare"]
    assert [t.state for t in hall.rows(tables.tasks, parallel) if t.step in "ab"] == ["withdrawn", "withdrawn"]
    assert hall.acts_of(parallel)[-1] == "send_back"
    assert hall.flaws(parallel) == []


def test_inside_a_branch_leaves_the_siblings_alone(hall: Hall, parallel: int) -> None:
    hall.does("li", parallel, "b", "pass")
    mine = hall.claim("li", parallel, "c")
    back(hall, "li", mine, "b")
    assert open_steps(hall, parallel) == ["a", "b"]
    hall.does("li", parallel, "b", "pass")
    hall.does("li", parallel, "c", "pass")
    hall.does("clerk", parallel, "a", "pass")
    assert open_steps(hall, parallel) == ["decide"]


def test_a_returned_branch_does_not_open_the_join(hall: Hall, parallel: int) -> None:
    """a done, c sent back: a second pass of b and c is needed, a is not asked again."""
    hall.does("clerk", parallel, "a", "pass")
    hall.does("li", parallel, "b", "pass")
    back(hall, "li", hall.claim("li", parallel, "c"), "b")
    assert open_steps(hall, parallel) == ["b"]
    hall.does("li", parallel, "b", "pass")
    hall.does("li", parallel, "c", "pass")
    assert open_steps(hall, parallel) == ["decide"]


def test_every_visit_has_its_own_step_clock(hall: Hall, parallel: int) -> None:
    hall.at("2026-03-09")
    back(hall, "clerk", hall.claim("clerk", parallel, "a"), "prepare")
    task = hall.task(parallel, "prepare")
    assert hall.clock(parallel, "step", f"task:{task.id}").due_on.isoformat() == "2026-03-11"


def test_never_back_over_acceptance_or_the_decision(hall: Hall, parallel: int) -> None:
    mine = hall.claim("clerk", parallel, "a")
    with pytest.raises(SendBackNotLawful):
        back(hall, "clerk", mine, "intake")
    hall.completes("clerk", mine, "pass")
    hall.does("li", parallel, "b", "pass")
    hall.does("li", parallel, "c", "pass")
    hall.does("clerk", parallel, "decide", "grant")
    delivery = hall.claim("clerk", parallel, "deliver")
    with pytest.raises(SendBackNotLawful):
        back(hall, "clerk", delivery, "decide")


@pytest.mark.parametrize("target", ["b", "decide", "nowhere"])
def test_anything_else_is_not_now_with_the_reason(hall: Hall, parallel: int, target: str) -> None:
    mine = hall.claim("clerk", parallel, "a")
    with pytest.raises(NotNow) as refused:
        back(hall, "clerk", mine, target)
    assert str(refused.value)
    assert open_steps(hall, parallel) == ["a", "b"]


def test_only_who_has_the_task_returns_it(hall: Hall, parallel: int) -> None:
    with pytest.raises(TaskNotYours):
        back(hall, "clerk", hall.task(parallel, "a").id, "prepare")


def test_a_second_click_is_the_same_return(hall: Hall, parallel: int) -> None:
    mine = hall.claim("clerk", parallel, "a")
    first = back(hall, "clerk", mine, "prepare", request_id="r-1")
    assert back(hall, "clerk", mine, "prepare", request_id="r-1") == first
    assert hall.acts_of(parallel).count("send_back") == 1


def test_a_drawn_return_and_a_sent_one_mix(hall: Hall) -> None:
    """GH02 draws decide → review; qian may also send nothing back from review over acceptance."""
    case_id = hall.accepted()
    for _ in range(3):
        hall.does("qian", case_id, "review", "pass")
        hall.does("sun", case_id, "decide", "return", opinion="面积有出入")
    hall.does("qian", case_id, "review", "pass")
    back(hall, "sun", hall.claim("sun", case_id, "decide"), "review")
    assert open_steps(hall, case_id) == ["review"]
    assert hall.flaws(case_id) == []
