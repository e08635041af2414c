"""Nudges are rare and reach whoever holds the case; orders are numbered, dated, answered once, and move nothing else."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest

from engine.cases import (
    ActNotUnderstood,
    NudgedAlready,
    OrderRow,
    OrderUnknown,
    act,
    case_orders,
    case_view,
    nudged_today,
    nudges_on,
    orders_to,
    papers,
)
from engine.cases.orders import NobodyToNudge, OrderAnswered, OrderNotYours
from engine.clock import Lamp
from engine.notices import inbox
from engine.people import ActNotAllowed, CaseUnknown, officer_by_login
from engine.store import tables
from tests.hall import Hall
from tests.pressing import all_press

ORDER = {"department": "nr", "text": "请说明未按期审查的原因。", "reply": "3wd"}


def told(hall: Hall, login: str) -> list[str]:
    """An officer's inbox, the newest first, once the jobs are done."""
    hall.duties()
    with hall.database.reading() as tx:
        return [m.text for m in inbox(tx, hall.officer(login))]


def orders(hall: Hall, case_id: int, login: str = "zhou") -> list[OrderRow]:
    with hall.database.reading() as tx:
        return case_orders(tx, hall.officer(login), hall.case(case_id).case_no, hall.now)


def ordered(hall: Hall) -> tuple[int, str]:
    """A case under review with one order on it; the order's number."""
    case_id = hall.accepted()
    hall.acts("zhou", case_id, "order", **ORDER)
    return case_id, orders(hall, case_id)[0].number


def at_once(hall: Hall, logins: list[str], case_id: int, act_name: str, **details: Any) -> tuple[int, list[Exception]]:
    """All press together. How many won, and what the others were told."""
    won, lost = [], []
    barrier = threading.Barrier(len(logins))

    def press(login: str) -> None:
        barrier.wait()
        try:
            with hall.database.writing() as tx:
                act(tx, officer_by_login(tx, login), case_id, act_name, details, now=hall.now)
            won.append(login)
        except Exception as refused:
            lost.append(refused)

    all_press(threading.Thread(target=press, args=(login,)) for login in logins)
    return len(won), lost


# ---------------------------------------------------------------- nudge
def test_a_nudge_reaches_the_holder_and_the_chief_representative(hall: Hall) -> None:
    case_id = hall.accepted()
    hall.claim("qian", case_id, "review")
    hall.acts("zhou", case_id, "nudge", text="明日开工仪式，请今日审完。")
    for login in ("qian", "sun"):
        assert told(hall, login)[0].endswith("绿色通道协调员周延催办“审查”：明日开工仪式，请今日审完。")
    assert told(hall, "zhou") == []
    assert told(hall, "zhao") == []  # the clerk's step is done
    assert hall.acts_of(case_id)[-1] == "nudge"
    assert hall.flaws(case_id) == []


def test_an_unclaimed_task_is_nudged_in_its_pool(hall: Hall) -> None:
    case_id = hall.accepted()
    hall.acts("zheng", case_id, "nudge")
    assert told(hall, "qian")[0].endswith("催办“审查”")
    assert told(hall, "zhao") != []


def test_once_per_officer_case_and_working_day(hall: Hall) -> None:
    case_id = hall.at("2026-03-06", "10:21").accepted()  # a Friday
    hall.acts("zhou", case_id, "nudge")
    with pytest.raises(NudgedAlready, match="2026年3月6日 10:21") as refused:
        hall.at("2026-03-06", "16:00").acts("zhou", case_id, "nudge")
    assert "2026年3月9日 可以再催" in refused.value.advice
    hall.acts("zheng", case_id, "nudge")  # another officer
    hall.acts("zhou", hall.accepted(), "nudge")  # another case
    hall.at("2026-03-07").acts("zhou", case_id, "nudge")  # Saturday: the nudge of Monday
    with pytest.raises(NudgedAlready):
        hall.at("2026-03-09").acts("zhou", case_id, "nudge")
    hall.at("2026-03-10").acts("zhou", case_id, "nudge")
    with hall.database.reading() as tx:
        assert [n.by for n in nudges_on(tx, [case_id])[case_id]] == ["周延", "周延", "郑言", "周延"]
        assert nudged_today(tx, hall.officer("zhou"), [case_id], hall.now) == {case_id: hall.now}
        assert nudged_today(tx, hall.officer("zheng"), [case_id], hall.now) == {}


def test_two_nudges_at_once_are_one(hall: Hall) -> None:
    case_id = hall.accepted()
    won, lost = at_once(hall, ["zhou"] * 6, case_id, "nudge")
    assert won == 1
    assert [type(e) for e in lost] == [NudgedAlready] * 5
    assert len(hall.rows(tables.nudges, case_id)) == 1
    assert hall.acts_of(case_id).count("nudge") == 1


def test_only_from_upstream(hall: Hall) -> None:
    case_id = hall.accepted()
    for login in ("zhao", "qian"):
        with pytest.raises(ActNotAllowed):
            hall.acts(login, case_id, "nudge")
    with pytest.raises(CaseUnknown):
        hall.acts("li", case_id, "nudge")
    hall.acts("sun", case_id, "nudge")


def test_nobody_is_nudged_while_the_applicant_has_it(hall: Hall) -> None:
    case_id = hall.file("GH02", missing=("land_contract",)).case_id
    hall.does("zhao", case_id, "intake", "request_correction", items=[{"material": "land_contract", "problem": "缺"}])
    with pytest.raises(NobodyToNudge):
        hall.acts("zhou", case_id, "nudge")


# ---------------------------------------------------------------- order
def test_an_order_is_numbered_dated_written_and_told(hall: Hall) -> None:
    case_id = hall.at("2026-03-06").accepted()
    done = hall.acts("zhou", case_id, "order", **ORDER)
    (order,) = orders(hall, case_id)
    assert order.number == done.told["paper"] == "督〔2026〕1号"
    assert order.reply_due_on == date(2026, 3, 11)
    assert (order.lamp, order.words) == (Lamp.GREEN, "剩 3 日")
    with hall.database.reading() as tx:
        paper = papers(tx, case_id)[-1]
    assert (paper.kind, paper.title) == ("order", "督办单")
    assert "自然资源和规划局：" in paper.body
    assert "请于2026年3月11日前书面回复" in paper.body
    assert told(hall, "sun")[0].endswith("督〔2026〕1号，3月11日前回复：请说明未按期审查的原因。")
    assert told(hall, "qian") == []
    assert hall.case(case_id).phase == "accepted"
    assert hall.flaws(case_id) == []


def test_numbers_of_an_office_have_no_gaps(hall: Hall) -> None:
    case_id = hall.accepted()
    hall.acts("zhou", case_id, "order", **ORDER)
    with pytest.raises(ActNotUnderstood):
        hall.acts("zhou", case_id, "order", **{**ORDER, "text": ""})
    hall.acts("zheng", hall.accepted(), "order", **ORDER)
    hall.at("2027-01-05").acts("zhou", case_id, "order", **ORDER)
    numbers = [r.number for r in reversed(orders(hall, case_id))]
    assert numbers == ["督〔2026〕1号", "督〔2027〕1号"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"text": " "}, "/text"),
    ({"reply": "0wd"}, "/reply"),
    ({"reply": "3cd"}, "/reply"),
    ({"reply": "61wd"}, "/reply"),
    ({"reply": "三天"}, "/reply"),
    ({"department": "ee"}, "/department"),  # has no part in the case and may not learn of it
]


@pytest.mark.parametrize(("wrong", "place"), WRONG)
def test_an_order_without_its_parts_is_refused(hall: Hall, wrong: dict[str, Any], place: str) -> None:
    case_id = hall.accepted()
    with pytest.raises(ActNotUnderstood) as refused:
        hall.acts("zhou", case_id, "order", **{**ORDER, **wrong})
    assert [f.place for f in refused.value.faults] == [place]
    assert orders(hall, case_id) == []


def test_a_chief_representative_nudges_but_does_not_order(hall: Hall) -> None:
    with pytest.raises(ActNotAllowed):
        hall.acts("sun", hall.accepted(), "order", **ORDER)


# ---------------------------------------------------------------- answer
def test_an_answer_stops_the_clock_and_goes_back(hall: Hall) -> None:
    case_id, number = ordered(hall)
    order = orders(hall, case_id)[0]
    assert hall.clock(case_id, "order", f"order:{order.id}") is not None
    hall.later(days=1).acts("qian", case_id, "answer_order", order=number, reply="用地红线有争议，明日审完。")
    answered = orders(hall, case_id)[0]
    assert (answered.reply, answered.replied_by, answered.replied_at) == (
        "用地红线有争议，明日审完。",
        "钱立",
        hall.now,
    )
    assert answered.lamp is None
    assert hall.clock(case_id, "order", f"order:{order.id}") is None
    assert told(hall, "zhou")[0].endswith(f"{number}由 钱立 回复：用地红线有争议，明日审完。")
    with hall.database.reading() as tx:
        assert orders_to(tx, hall.officer("sun"), hall.now) == []
    assert hall.acts_of(case_id)[-1] == "answer_order"
    assert hall.flaws(case_id) == []


def test_two_answers_at_once_are_one_and_the_loser_is_told_whose(hall: Hall) -> None:
    case_id, number = ordered(hall)
    won, lost = at_once(hall, ["qian", "sun"], case_id, "answer_order", order=number, reply="已办")
    assert won == 1
    (refused,) = lost
    assert isinstance(refused, OrderAnswered)
    assert refused.facts["officer"] == orders(hall, case_id)[0].replied_by
    assert hall.acts_of(case_id).count("answer_order") == 1


def test_another_department_does_not_answer(hall: Hall) -> None:
    case_id, number = ordered(hall)
    with pytest.raises(CaseUnknown):
        hall.acts("li", case_id, "answer_order", order=number, reply="无关")
    with hall.database.writing() as tx:
        tx.insert_once(tables.case_departments, case_id=case_id, department_id=officer_by_login(tx, "li").department_id)
    with pytest.raises(OrderNotYours, match="发给自然资源和规划局"):
        hall.acts("li", case_id, "answer_order", order=number, reply="无关")
    with pytest.raises(OrderUnknown):
        hall.acts("qian", case_id, "answer_order", order="督〔2026〕9号", reply="无关")


def test_a_stand_in_answers_for_the_department_of_the_absent(hall: Hall) -> None:
    """He is a head himself, and would otherwise answer for his own department, which was not asked."""
    case_id, number = ordered(hall)
    hall.hire("mo", "lz-901", like="li", roles=["head"])
    hall.stand_in("sun", "mo")
    hall.acts("mo", case_id, "answer_order", order=number, reply="本周内办结。")
    (row,) = orders(hall, case_id)
    assert row.reply == "本周内办结。"
    with hall.database.reading() as tx:
        entry = tx.execute(tables.journal.select().where(tables.journal.c.act == "answer_order")).one()
    assert (entry.actor, entry.acting_for) == ("officer:mo", "sun")


def test_the_lamp_of_an_order_turns_by_the_sweep_and_names_the_order(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").accepted()
    hall.acts("zhou", case_id, "order", **{**ORDER, "reply": "2wd"})
    hall.at("2026-03-04", "17:30").duties()
    assert orders(hall, case_id)[0].lamp is Lamp.RED
    flags = [r for r in told(hall, "sun") if "督办回复时限超回复期限" in r]
    assert len(flags) == 1
    assert any("督办回复时限超回复期限" in r for r in told(hall, "zhou"))
    with hall.database.reading() as tx:
        (open_,) = orders_to(tx, hall.officer("zhao"), hall.at("2026-03-05").now)
    assert (open_.lamp, open_.words) == (Lamp.RED, "超回复期限 1 日")


def test_an_overdue_order_is_no_lamp_of_the_case_or_of_its_tasks(hall: Hall) -> None:
    """The department owes an answer; the limits of the case, and the work of other departments in it, stay as they are."""
    case_id, twin = hall.at("2026-03-02").accepted(), hall.accepted()
    hall.acts("zhou", case_id, "order", **{**ORDER, "reply": "1wd"})
    hall.at("2026-03-03", "17:30").duties()
    assert hall.clock(case_id, "order", f"order:{orders(hall, case_id)[0].id}").lamp == "red"
    task, other = hall.task(case_id, "review"), hall.task(twin, "review")
    assert (task.lamp, task.due_on) == (other.lamp, other.due_on) == ("yellow", date(2026, 3, 4))
    with hall.database.reading() as tx:
        assert case_view(tx, hall.officer("zhou"), hall.case(case_id).case_no, hall.now)["lamp"] == "yellow"
    assert hall.flaws(case_id) == []


def test_the_end_of_the_case_ends_the_order(hall: Hall) -> None:
    case_id, _ = ordered(hall)
    hall.applicant(case_id, "withdraw")
    (order,) = orders(hall, case_id)
    assert order.lapsed
    assert order.lamp is None
    with hall.database.reading() as tx:
        assert orders_to(tx, hall.officer("sun"), hall.now) == []


def test_a_stranger_learns_of_no_order(hall: Hall) -> None:
    case_id, _ = ordered(hall)
    with pytest.raises(CaseUnknown):
        orders(hall, case_id, "li")
    with hall.database.reading() as tx:
        assert orders_to(tx, hall.officer("li"), hall.now) == []


def test_a_second_click_is_answered_as_the_first(hall: Hall) -> None:
    case_id = hall.accepted()
    for _ in range(2):
        with hall.database.writing() as tx:
            done = act(tx, officer_by_login(tx, "zhou"), case_id, "order", ORDER, now=hall.now, request_id="once")
    assert done.told["paper"] == "督〔2026〕1号"
    assert len(orders(hall, case_id)) == 1
