"""The lamp and the due day that stand on a task are those of its clocks, after whatever moved them."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from engine.cases import worst
from engine.clock import ClockKind, Lamp
from engine.store import tables
from engine.supervision import publish_notice
from tests.hall import Hall

EXPERTS = {"ground": "expert_review", "planned": "10wd", "reason": "新技术"}
P, S, N, SPECIAL, STEP, TOLERANCE = (
    ClockKind.PROMISED,
    ClockKind.STATUTORY,
    ClockKind.NOTICE,
    ClockKind.SPECIAL,
    ClockKind.STEP,
    ClockKind.TOLERANCE,
)
GREEN, YELLOW, RED, DARK, GREY = Lamp.GREEN, Lamp.YELLOW, Lamp.RED, Lamp.DARK_RED, Lamp.GREY


def stands(hall: Hall, case_id: int, step: str, state: str = "open") -> tuple[str, date | None]:
    task = hall.task(case_id, step, state)
    assert hall.flaws(case_id) == []
    return task.lamp, task.due_on


@pytest.mark.parametrize(
    ("clocks", "shown"),
    [
        ([], GREEN),
        ([(N, GREEN)], GREEN),
        ([(P, YELLOW), (S, GREEN)], YELLOW),
        ([(P, RED), (S, YELLOW), (STEP, GREEN)], RED),
        ([(P, RED), (S, DARK)], DARK),
        ([(P, GREY), (S, GREY), (SPECIAL, GREEN)], GREY),
        ([(P, GREY), (S, GREY), (STEP, GREEN), (TOLERANCE, GREEN)], GREY),
        ([(P, GREY), (S, GREY), (SPECIAL, YELLOW)], YELLOW),
        ([(P, GREY), (S, GREEN), (SPECIAL, GREEN)], GREEN),  # the statute does not know the ground and runs on
    ],
)
def test_the_gravest_clock_of_several(clocks: list[tuple[ClockKind, Lamp]], shown: Lamp) -> None:
    assert worst(clocks) is shown


def test_a_new_task_has_its_own_step_and_the_earliest_day(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02").case_id
    assert stands(hall, case_id, "intake") == ("green", date(2026, 3, 3)), (
        "the step's day, before the five of the notice"
    )
    hall.does("zhao", case_id, "intake", "accept")
    assert stands(hall, case_id, "review") == ("green", date(2026, 3, 4))


def test_the_sweep_turns_the_task_with_its_clock(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.at("2026-03-04", "00:00").duties()
    assert stands(hall, case_id, "review") == ("yellow", date(2026, 3, 4))
    hall.at("2026-03-04", "17:00").duties()
    assert stands(hall, case_id, "review")[0] == "red"
    hall.at("2026-04-08").duties()
    assert stands(hall, case_id, "review") == ("dark_red", date(2026, 3, 4))


def test_an_act_before_the_sweep_turns_it_too(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.at("2026-03-06").claim("qian", case_id, "review")
    assert stands(hall, case_id, "review", "claimed")[0] == "red"


def test_a_pause_makes_it_grey_and_its_end_gives_the_new_day(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    hall.at("2026-03-03").does("gao", case_id, "expert_start", "start", **EXPERTS)
    assert stands(hall, case_id, "expert_end") == ("grey", date(2026, 3, 17)), "until the planned day"
    hall.at("2026-03-16", "00:00").duties()
    assert stands(hall, case_id, "expert_end")[0] == "yellow", "the planned length itself is nearly over"
    hall.at("2026-03-16").does("xu", case_id, "expert_end", "end", result="同意")
    assert stands(hall, case_id, "check") == ("green", date(2026, 3, 18))


def test_an_extension_moves_the_day(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.does("qian", case_id, "review", "pass")
    hall.at("2026-03-04").duties()
    with hall.database.writing() as tx:  # the step's own day is the earlier one and would hide the promise's
        tx.execute(tables.clocks.delete().where(tables.clocks.c.case_id == case_id, tables.clocks.c.kind == "step"))
    hall.acts("sun", case_id, "extend", span="10wd", reason="需要衔接在编规划")
    assert stands(hall, case_id, "decide") == ("green", date(2026, 3, 19))


def test_a_step_of_one_branch_does_not_colour_another(hall: Hall) -> None:
    """Only its own step clock; a second task of the case keeps its lamp."""
    case_id = hall.at("2026-03-02").accepted()
    review = hall.task(case_id, "review")
    values = {c.name: getattr(review, c.name) for c in tables.tasks.c if c.name != "id"}
    with hall.database.writing() as tx:
        other = tx.insert(tables.tasks, **{**values, "token": "elsewhere", "step": "elsewhere"})
    hall.at("2026-03-04", "00:00").duties()
    with hall.database.reading() as tx:
        row = tx.execute(sa.select(tables.tasks).where(tables.tasks.c.id == other)).one()
    assert (row.lamp, row.due_on) == ("yellow", date(2026, 3, 5)), "the promise's, not the other step's day"
    assert hall.task(case_id, "review").due_on == date(2026, 3, 4)


def test_a_new_notice_moves_the_day(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    told = {"number": "测试〔2026〕2号", "year": 2026, "issued_on": "2026-03-02", "changes": "国办发明电〔2025〕7号"}
    notice = {**told, "off": ["2026-03-04"], "work": [], "src": "P"}
    with hall.database.writing() as tx:
        publish_notice(tx, hall.office, notice, hall.officer("feng"), hall.now)
    hall.duties()
    assert stands(hall, case_id, "review")[1] == date(2026, 3, 5)


def test_a_task_that_says_otherwise_is_a_flaw(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    with hall.database.writing() as tx:
        tx.execute(tables.tasks.update().where(tables.tasks.c.case_id == case_id).values(lamp="red"))
    (flaw,) = hall.flaws(case_id)
    assert "任务“审查”登记的灯色为 red、到期日为 2026-03-04，时限为 green、2026-03-04" in flaw
    with hall.database.writing() as tx:
        tx.execute(tables.tasks.update().where(tables.tasks.c.case_id == case_id).values(lamp="green", matter_id=0))
    assert "任务“审查”登记的事项不是本件的事项" in " ".join(hall.flaws(case_id))
