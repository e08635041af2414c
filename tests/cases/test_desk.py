"""Claim, give back, transfer, complete: one winner, no restart of clocks, no stale pages, no double effects."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import (
    CaseChanged,
    Done,
    TaskTaken,
    TaskUnknown,
    claim,
    complete,
    give_back,
    hand_over,
    task_etag,
    task_view,
    transfer,
    verify_case,
)
from engine.cases.case import StateAltered, open_case
from engine.cases.desk import NoSeat, OutcomeUnknown, TaskNotYours, TaskOver, TaskStale
from engine.people import SYSTEM, officer_by_login
from engine.store import RequestReused, tables
from forms import FormNotAnswered
from tests.hall import REVIEWS, Hall
from tests.pressing import all_press


def complete_as(hall: Hall, login: str, task_id: int, outcome: str, **more: Any) -> Done:
    more = {"answers": REVIEWS["GH02"], "details": {}, **more}
    with hall.database.writing() as tx:
        return complete(tx, officer_by_login(tx, login), task_id, outcome, now=hall.now, **more)


def etag(hall: Hall, task_id: int) -> str:
    with hall.database.reading() as tx:
        return task_etag(tx.execute(sa.select(tables.tasks).where(tables.tasks.c.id == task_id)).one())


# ---------------------------------------------------------------- claim
def test_sixteen_claim_one_wins_the_others_are_told_who(hall: Hall) -> None:
    case_id = hall.accepted()
    task_id = hall.task(case_id, "review").id
    rivals = [hall.hire(f"r{i}", f"r-{i}", like="qian", name=f"审查{i}") for i in range(16)]
    won: list[str] = []
    lost: list[TaskTaken] = []
    barrier = threading.Barrier(len(rivals))

    def press(login: str) -> None:
        barrier.wait()
        try:
            with hall.database.writing() as tx:
                claim(tx, officer_by_login(tx, login), task_id, now=hall.now)
            won.append(login)
        except TaskTaken as taken:
            lost.append(taken)

    all_press(threading.Thread(target=press, args=(r.login,)) for r in rivals)
    assert len(won) == 1
    assert len(lost) == 15
    winner = next(r.name for r in rivals if r.login == won[0])
    assert {e.facts["officer"] for e in lost} == {winner}
    assert {e.facts["at"] for e in lost} == {hall.now}
    assert hall.acts_of(case_id).count("claim") == 2  # the intake's and this one
    assert hall.flaws(case_id) == []


def test_claiming_ones_own_task_again_is_no_error(hall: Hall) -> None:
    case_id = hall.accepted()
    task_id = hall.claim("qian", case_id, "review")
    with hall.database.writing() as tx:
        claim(tx, officer_by_login(tx, "qian"), task_id, now=hall.now)
    assert hall.acts_of(case_id).count("claim") == 2


def test_the_clock_of_a_step_never_restarts(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    task = hall.task(case_id, "review")
    before = hall.clock(case_id, "step", f"task:{task.id}")
    hall.hire("qian2", "lz-900", like="qian")
    hall.at("2026-03-03").claim("qian", case_id, "review")
    with hall.database.writing() as tx:
        transfer(tx, officer_by_login(tx, "qian"), task.id, "qian2", "请假", now=hall.now)
    with hall.database.writing() as tx:
        give_back(tx, officer_by_login(tx, "qian2"), task.id, now=hall.now)
    after = hall.clock(case_id, "step", f"task:{task.id}")
    assert (after.clock, after.due_at) == (before.clock, before.due_at)
    assert hall.task(case_id, "review").arrived_at == task.arrived_at


def test_a_claim_writes_no_clock(hall: Hall) -> None:
    """Nothing of them has changed: what an act does not move it leaves alone, and every act would pay for all clocks."""
    case_id, updated = hall.accepted(), list[str]()

    def note(_: Any, __: Any, said: str, *more: Any) -> None:
        updated.extend(re.findall(r"(?:^|[(] ?|[)] )UPDATE (\w+)", said))

    sa.event.listen(hall.database.engine, "before_cursor_execute", note)
    hall.claim("qian", case_id, "review")
    assert set(updated) == {"tasks", "processes", "possessions"}
    hall.acts("sun", case_id, "extend", span="5wd", reason="衔接详细规划")
    assert "clocks" in updated


def test_only_who_sits_there_takes_over(hall: Hall) -> None:
    case_id = hall.accepted()
    task_id = hall.claim("qian", case_id, "review")
    with pytest.raises(NoSeat, match="李原"), hall.database.writing() as tx:
        transfer(tx, officer_by_login(tx, "qian"), task_id, "li", "请假", now=hall.now)


def test_a_leaving_officer_hands_over_case_by_case(hall: Hall) -> None:
    cases = [hall.accepted() for _ in range(3)]
    for case_id in cases:
        hall.claim("qian", case_id, "review")
    hall.hire("qian2", "lz-900", like="qian")
    with hall.database.writing() as tx:
        assert hand_over(tx, officer_by_login(tx, "sun"), "qian", "qian2", "调离", now=hall.now) == 3
    hall.duties()
    assert {hall.task(c, "review", "claimed").officer_id for c in cases} == {hall.officer("qian2").id}
    with hall.database.writing() as tx:
        hand_over(tx, officer_by_login(tx, "sun"), "qian2", None, "调离", now=hall.now)
    hall.duties()
    assert [hall.task(c, "review").state for c in cases] == ["open"] * 3
    assert all(hall.flaws(c) == [] for c in cases)


# ---------------------------------------------------------------- complete
def test_a_task_is_claimed_before_it_is_done(hall: Hall) -> None:
    case_id = hall.accepted()
    with pytest.raises(TaskNotYours, match="还没有签收"):
        complete_as(hall, "qian", hall.task(case_id, "review").id, "pass")


def test_another_ones_task_is_not_done(hall: Hall) -> None:
    case_id = hall.accepted()
    hall.hire("qian2", "lz-900", like="qian")
    task_id = hall.claim("qian", case_id, "review")
    with pytest.raises(TaskNotYours, match="由 钱立 签收"):
        complete_as(hall, "qian2", task_id, "pass")


def test_a_done_task_is_over(hall: Hall) -> None:
    case_id = hall.accepted()
    task_id = hall.claim("qian", case_id, "review")
    complete_as(hall, "qian", task_id, "pass")
    with pytest.raises(TaskOver):
        complete_as(hall, "qian", task_id, "pass")
    with pytest.raises(TaskOver), hall.database.writing() as tx:
        claim(tx, officer_by_login(tx, "qian"), task_id, now=hall.now)


def test_an_unknown_task_and_a_strangers_are_alike(hall: Hall) -> None:
    case_id = hall.accepted()
    answers = []
    for task_id in (999_999, hall.task(case_id, "review").id):
        with pytest.raises(TaskUnknown) as unknown, hall.database.writing() as tx:
            claim(tx, officer_by_login(tx, "li"), task_id, now=hall.now)
        answers.append((unknown.value.code, str(unknown.value)))
    assert answers[0] == answers[1]


def test_an_outcome_that_is_not_drawn(hall: Hall) -> None:
    case_id = hall.accepted()
    task_id = hall.claim("qian", case_id, "review")
    with pytest.raises(OutcomeUnknown) as refused:
        complete_as(hall, "qian", task_id, "grant")
    assert "pass" in refused.value.advice


def test_a_wrong_form_leaves_nothing(hall: Hall) -> None:
    case_id = hall.accepted()
    task_id = hall.claim("qian", case_id, "review")
    before = hall.acts_of(case_id)
    with pytest.raises(FormNotAnswered):
        complete_as(hall, "qian", task_id, "pass", answers={"opinion": ""})
    assert hall.acts_of(case_id) == before
    assert hall.task(case_id, "review", "claimed").outcome is None


# ---------------------------------------------------------------- stale pages and double clicks
def test_a_page_is_stale_by_its_task(hall: Hall) -> None:
    case_id = hall.accepted()
    page = etag(hall, hall.task(case_id, "review").id)
    task_id = hall.claim("qian", case_id, "review")
    with pytest.raises(TaskStale):
        complete_as(hall, "qian", task_id, "pass", etag=page)
    complete_as(hall, "qian", task_id, "pass", etag=etag(hall, task_id))


def test_lamps_and_others_never_make_a_page_stale(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted("XF01")
    task_id = hall.claim("xu", case_id, "review")
    page = etag(hall, task_id)
    revision = hall.case(case_id).revision
    hall.at("2026-03-20").duties()
    hall.acts("lin", case_id, "transfer_hq", receiver="科室", reason="会商")
    assert hall.clock(case_id, "promised").lamp == "red"
    assert hall.case(case_id).revision > revision
    with hall.database.reading() as tx:
        assert task_view(tx, officer_by_login(tx, "xu"), task_id)["etag"] == page
    complete_as(hall, "xu", task_id, "pass", answers=REVIEWS["XF01"], etag=page)


def test_a_case_that_moved_under_its_lock_is_not_overwritten(hall: Hall) -> None:
    """The net below the lock: nobody moves a case that another act holds, and if somebody did, the second is undone whole."""
    case_id = hall.accepted()
    before = hall.case(case_id)
    away = tables.processes.update().where(tables.processes.c.case_id == case_id).values(revision=99)
    with (
        pytest.raises(CaseChanged, match=before.case_no),
        hall.database.writing() as tx,
        open_case(tx, case_id, hall.now) as case,
    ):
        case.told("nudge", SYSTEM, reason="催办")
        tx.execute(away)
    assert hall.case(case_id) == before
    with hall.database.reading() as tx:
        assert list(verify_case(tx, case_id)) == []


def test_a_state_that_was_altered_is_not_gone_on_from(hall: Hall) -> None:
    """Set on the decision by hand, a case would be granted without a review; the act's own digest would then be that of the
    altered state, and nobody could find it any more."""
    case_id = hall.accepted()
    p = tables.processes
    here = p.c.case_id == case_id
    with hall.database.writing() as tx:
        state = tx.value(sa.select(p.c.state).where(here))
        tx.execute(p.update().where(here).values(state=state.replace(b'"review",16', b'"decide",16')))
    with pytest.raises(StateAltered, match=hall.case(case_id).case_no):
        hall.does("sun", case_id, "review", "grant")
    assert hall.acts_of(case_id)[-1] == "claim"
    assert any("流程状态与登记的摘要不符" in told for told in hall.flaws(case_id))
    with hall.database.writing() as tx:
        tx.execute(p.update().where(here).values(state=state))
    hall.completes("sun", hall.task(case_id, "review", "claimed").id, "pass")
    assert hall.flaws(case_id) == []


def test_a_second_click_is_success_once(hall: Hall) -> None:
    case_id = hall.accepted()
    task_id = hall.claim("qian", case_id, "review")
    first = complete_as(hall, "qian", task_id, "pass", request_id="click-1")
    assert complete_as(hall, "qian", task_id, "pass", request_id="click-1") == first
    assert hall.acts_of(case_id).count("review") == 1
    with pytest.raises(RequestReused):
        complete_as(
            hall, "qian", task_id, "pass", answers={**REVIEWS["GH02"], "opinion": "另一说法"}, request_id="click-1"
        )


def test_two_clicks_at_once_have_one_effect(hall: Hall) -> None:
    case_id = hall.accepted()
    task_id = hall.claim("qian", case_id, "review")
    answers: list[Done] = []
    barrier = threading.Barrier(8)

    def press() -> None:
        barrier.wait()
        answers.append(complete_as(hall, "qian", task_id, "pass", request_id="click-1"))

    all_press(threading.Thread(target=press) for _ in range(8))
    assert len(answers) == 8
    assert all(a == answers[0] for a in answers)
    assert hall.acts_of(case_id).count("review") == 1


def test_one_request_id_at_once_for_several_cases_is_taken_by_one(hall: Hall) -> None:
    """Each holds a case of its own, so nobody waits for anybody before the answers are kept: the others are undone whole."""
    cases = [hall.accepted() for _ in range(4)]
    tasks = {hall.claim("qian", case_id, "review"): case_id for case_id in cases}
    won, lost = list[int](), list[int]()
    barrier = threading.Barrier(len(tasks))

    def press(task_id: int) -> None:
        barrier.wait()
        try:
            complete_as(hall, "qian", task_id, "pass", request_id="click-1")
            won.append(task_id)
        except RequestReused:
            lost.append(task_id)

    all_press(threading.Thread(target=press, args=(task_id,)) for task_id in tasks)
    assert (len(won), len(lost)) == (1, 3)
    assert [hall.acts_of(case_id).count("review") for case_id in cases] == [int(tasks[won[0]] == c) for c in cases]
    assert [hall.flaws(case_id) for case_id in cases] == [[]] * 4
    complete_as(hall, "qian", lost[0], "pass", request_id="click-2")


def test_a_request_id_is_not_shared_between_officers(hall: Hall) -> None:
    """Knowing another one's request id tells nothing of his answer."""
    case_id = hall.accepted()
    task_id = hall.claim("qian", case_id, "review")
    complete_as(hall, "qian", task_id, "pass", request_id="click-1")
    hall.hire("qian2", "lz-900", like="qian")
    with pytest.raises(RequestReused):
        complete_as(hall, "qian2", task_id, "pass", request_id="click-1")


@pytest.mark.parametrize("hall_url", ["postgresql"], indirect=True)
def test_who_waited_for_a_case_sees_all_of_it_as_it_is_now(hall: Hall) -> None:
    """Not its row alone: its tasks and who holds it, too, which PostgreSQL reads as they were before the wait."""
    case_id = hall.accepted()
    task = hall.task(case_id, "review")
    seen: list[tuple[str, str]] = []

    def wait() -> None:
        with hall.database.writing() as tx, open_case(tx, case_id, hall.now) as case:
            seen.append((case.tasks()[0].state, case.row.hold_holder))

    waiter = threading.Thread(target=wait)
    with hall.database.writing() as tx:
        claim(tx, officer_by_login(tx, "qian"), task.id, now=hall.now)
        waiter.start()
        locked = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        with hall.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
            while other.execute(locked).scalar_one() == 0:
                pass
    waiter.join()
    assert seen == [("claimed", "officer")]
