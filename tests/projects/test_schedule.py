"""The three back-schedules on the real calendar: what must hold for every plan, and a plan counted out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import Day, OfficeTime, Span, Unit, WorkCalendar, shipped_notices
from engine.projects import PrerequisiteCycle, Work, latest_start, schedule, working_days

TIME = OfficeTime(WorkCalendar.of(shipped_notices()))
FIRST_DAY_COUNTS = OfficeTime(TIME.calendar, count_start_day=True)
TODAY, TARGET = date(2026, 3, 2), date(2026, 6, 30)


def work(code: str, days: int, *needs: str, **real: object) -> Work:
    return Work(code, f"事项{code}", Span(days), tuple(tuple(n.split("|")) for n in needs), **real)  # type: ignore[arg-type]


def days(works: list[Work], target: date = TARGET, today: date = TODAY) -> dict[str, tuple[str, str, int | None]]:
    found = schedule(works, target, today, TIME)
    return {c: (f"{d.latest_start.on:%m-%d}", f"{d.latest_finish.on:%m-%d}", d.slack) for c, d in found.items()}


# ---------------------------------------------------------------- counted by hand
CHAIN = [work("A", 3), work("B", 7, "A"), work("C", 5, "A", "B"), work("D", 4, "A"), work("E", 3, "C", "D")]


def test_back_from_the_target_over_the_holidays() -> None:
    """The Dragon Boat holiday (19 June) lies in C's five days; from 2 March to 3 June there are 21 + 21 + 19 + 3 working
    days: a Qingming Monday and three days of May are off, Saturday 9 May is made up."""
    assert days(CHAIN) == {
        "A": ("06-03", "06-08", 64),
        "B": ("06-08", "06-17", 64),
        "C": ("06-17", "06-25", 64),
        "D": ("06-18", "06-25", 72),
        "E": ("06-25", "06-30", 64),
    }


def test_the_longest_chain_is_critical() -> None:
    found = schedule(CHAIN, TARGET, TODAY, TIME)
    assert [c for c, d in found.items() if d.critical] == ["A", "B", "C", "E"]
    assert found["B"].waits_for == ("A",)


def test_forward_from_today_and_from_real_dates() -> None:
    plan = [
        work("A", 3, started_on=date(2026, 2, 25), done_on=date(2026, 2, 27)),
        work("B", 7, "A", started_on=date(2026, 2, 27), due=Day(date(2026, 3, 10))),
        work("C", 5, "B"),
    ]
    found = schedule(plan, date(2026, 3, 20), TODAY, TIME)
    assert found["A"].slack is None
    assert found["B"].earliest_finish == Day(date(2026, 3, 10))
    assert found["B"].slack == 3
    assert found["C"].earliest_start == Day(date(2026, 3, 10))
    assert found["C"].earliest_finish == Day(date(2026, 3, 17))
    assert found["C"].waits_for == ("B",)


def test_what_is_late_already_finishes_today_at_the_earliest_and_has_less_than_no_slack() -> None:
    plan = [work("A", 3, started_on=date(2026, 2, 2), due=Day(date(2026, 2, 5))), work("B", 5, "A")]
    found = schedule(plan, date(2026, 3, 6), TODAY, TIME)
    assert found["A"].earliest_finish == Day(TODAY)
    assert (found["A"].slack, found["B"].slack) == (-1, -1)


def test_any_one_of_the_alternatives_meets_a_need() -> None:
    plan = [work("A", 3), work("B", 20), work("C", 5, "A|B")]
    found = schedule(plan, TARGET, TODAY, TIME)
    assert found["C"].earliest_start == found["A"].earliest_finish
    granted = [work("A", 3, done_on=date(2026, 2, 27)), work("B", 20), work("C", 5, "A|B")]
    assert schedule(granted, TARGET, TODAY, TIME)["C"].waits_for == ()


def test_a_need_that_the_plan_does_not_hold_is_none() -> None:
    assert days([work("C", 5, "A|B")]) == {"C": ("06-23", "06-30", 77)}


def test_what_started_without_its_need_must_have_it_before_its_own_decision() -> None:
    plan = [work("A", 3), work("B", 5, "A", started_on=date(2026, 3, 2), due=Day(date(2026, 3, 9)))]
    found = schedule(plan, date(2026, 3, 20), TODAY, TIME)
    assert found["A"].latest_finish == Day(date(2026, 3, 20))
    assert found["B"].earliest_finish == Day(date(2026, 3, 9))


def test_a_cycle_is_refused_with_its_names() -> None:
    with pytest.raises(PrerequisiteCycle) as refused:
        schedule([work("A", 1, "C"), work("B", 1, "A"), work("C", 1, "B"), work("D", 1)], TARGET, TODAY, TIME)
    told = str(refused.value)
    assert all(f"事项{c}（{c}）" in told for c in "ABC")
    assert "事项D" not in told
    assert refused.value.faults[0].place == "/items"


def test_a_work_that_names_itself_is_no_cycle_of_two() -> None:
    with pytest.raises(PrerequisiteCycle):
        schedule([work("A", 1, "A")], TARGET, TODAY, TIME)


def test_past_the_published_calendar_dates_are_provisional() -> None:
    known = TIME.calendar.known_through
    plan = [work("A", 3), work("B", 5, "A")]
    after = schedule(plan, known + timedelta(30), TODAY, TIME)
    assert after["B"].latest_start.provisional
    assert after["A"].latest_start.provisional
    assert not after["A"].earliest_finish.provisional
    before = schedule(plan, known, TODAY, TIME)
    assert not before["A"].latest_start.provisional


def test_an_empty_plan_has_no_dates() -> None:
    assert schedule([], TARGET, TODAY, TIME) == {}


# ---------------------------------------------------------------- for every plan
spans = st.one_of(
    st.integers(0, 40).map(Span),
    st.integers(0, 70).map(lambda n: Span(n, Unit.CD)),
    st.integers(0, 6).map(lambda n: Span(n, Unit.MO)),
)
civil = st.dates(date(2025, 6, 1), date(2027, 6, 30))
times = st.sampled_from([TIME, FIRST_DAY_COUNTS])


@st.composite
def plans(draw: st.DrawFn) -> list[Work]:
    """Up to nine works, each needing some that came before it, some of them begun or done."""
    works: list[Work] = []
    for i in range(draw(st.integers(1, 9))):
        earlier = [w.code for w in works]
        needs = (
            draw(st.lists(st.lists(st.sampled_from(earlier), min_size=1, max_size=2), max_size=3)) if earlier else []
        )
        made = Work(chr(65 + i), f"事项{i}", draw(spans), tuple(tuple(n) for n in needs))
        state = draw(st.sampled_from(["none", "none", "none", "running", "done"]))
        since = TODAY - timedelta(draw(st.integers(0, 60)))
        if state == "running":
            made = Work(
                made.code,
                made.name,
                made.promise,
                made.needs,
                since,
                Day(TODAY + timedelta(draw(st.integers(-20, 60)))),
            )
        elif state == "done":
            made = Work(made.code, made.name, made.promise, made.needs, since, None, TODAY)
        works.append(made)
    return works


@given(by=civil, promise=spans, time=times)
def test_the_latest_start_is_in_time_and_the_next_day_is_too_late(by: date, promise: Span, time: OfficeTime) -> None:
    start = latest_start(by, promise, time).on
    assert time.calendar.is_working(start)
    assert time.add(start, promise).on <= by
    following = time.next_working_day(start).on
    assert time.add(following, promise).on > by


@settings(max_examples=150)
@given(plan=plans(), target=civil, time=times)
def test_what_holds_for_every_plan(plan: list[Work], target: date, time: OfficeTime) -> None:
    found = schedule(plan, target, TODAY, time)
    works = {w.code: w for w in plan}
    open_slack = [d.slack for d in found.values() if d.slack is not None]
    for code, d in found.items():
        assert d.latest_finish.on <= target
        assert time.add(d.latest_start.on, works[code].promise).on <= d.latest_finish.on
        assert d.critical == (d.slack is not None and d.slack == min(open_slack))
        if works[code].started_on is None and works[code].done_on is None:
            assert d.earliest_start.on >= TODAY
            assert d.slack == working_days(d.earliest_start.on, d.latest_start.on, time)
            for before in d.waits_for:
                assert found[before].latest_finish.on <= d.latest_start.on
    if open_slack:
        assert any(d.critical for d in found.values())


@settings(max_examples=150)
@given(plan=plans(), target=civil, data=st.data())
def test_one_more_prerequisite_never_makes_a_latest_start_later(
    plan: list[Work], target: date, data: st.DataObject
) -> None:
    before = schedule(plan, target, TODAY, TIME)
    place = data.draw(st.integers(0, len(plan) - 1))
    wanted = data.draw(st.sampled_from([w.code for w in plan[:place]] or [""]))
    if not wanted:
        return
    chosen = plan[place]
    more = Work(
        chosen.code,
        chosen.name,
        chosen.promise,
        (*chosen.needs, (wanted,)),
        chosen.started_on,
        chosen.due,
        chosen.done_on,
    )
    after = schedule([more if w.code == chosen.code else w for w in plan], target, TODAY, TIME)
    assert all(after[c].latest_start.on <= before[c].latest_start.on for c in before)
    assert all(after[c].earliest_finish.on >= before[c].earliest_finish.on for c in before)


@settings(max_examples=100)
@given(plan=plans(), target=civil)
def test_a_plan_that_uses_its_latest_dates_still_meets_the_target(plan: list[Work], target: date) -> None:
    """Everything that has not begun starts on its latest start: nothing starts before its needs are met."""
    found = schedule(plan, target, TODAY, TIME)
    works = {w.code: w for w in plan}
    for code, d in found.items():
        if works[code].started_on is not None or works[code].done_on is not None:
            continue
        for need in works[code].needs:
            ends = [
                TIME.add(found[c].latest_start.on, works[c].promise).on
                for c in need
                if c in works and works[c].started_on is None and works[c].done_on is None
            ]
            if ends and len(ends) == len(need):
                assert min(ends) <= d.latest_start.on
