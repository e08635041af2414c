"""Lamps: the day rule, the last hour, pauses, and that nothing changes between one next moment and the following."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import (
    GROUND_NAMES,
    LAMP_RULES,
    Approver,
    Clock,
    ClockKind,
    Extension,
    Ground,
    Lamp,
    LampState,
    OfficeTime,
    Pause,
    Span,
    lamp,
    lamp_words,
    office_zone,
    sentence,
)
from tests.clock.reckoning import CALENDAR, OFFICE, STOPS, at, clock, day, days, limit, pause

PROMISED = ClockKind.PROMISED


def look(made: Clock, when: str) -> LampState:
    return lamp(made, OFFICE, at(when))


def turns(made: Clock, since: str) -> list[tuple[str, str]]:
    """Every lamp from a moment on: (local moment, lamp), stepping from next_at to next_at."""
    when, seen = at(since), []
    while True:
        state = lamp(made, OFFICE, when)
        local = when.astimezone(OFFICE.zone)
        seen.append((f"{local:%m-%dT%H:%M}", str(state.lamp)))
        if state.next_at is None:
            return seen
        assert state.next_at > when
        when = state.next_at


@pytest.mark.parametrize(
    ("span", "yellow"),
    [("2wd", 1), ("3wd", 2), ("8wd", 7), ("10wd", 9), ("20wd", 18), ("30cd", 27), ("45wd", 41), ("60cd", 54)],
)
def test_the_day_on_which_it_turns_yellow(span: str, yellow: int) -> None:
    made = clock("2025-11-03", span)
    state = look(made, "2025-11-03T10:00")
    assert (state.lamp, state.rule) == (Lamp.GREEN, "L1")
    assert state.next_at is not None
    turned = OFFICE.civil(state.next_at)
    assert state.next_at == OFFICE.day_starts_at(turned)
    assert made.used(OFFICE, turned) == yellow
    assert made.used(OFFICE, turned - timedelta(1)) == yellow - 1
    assert f"= {yellow} 日" in state.arithmetic


def test_one_life() -> None:
    assert turns(clock("2025-11-03", "8wd", kind=PROMISED), "2025-11-03T10:00") == [
        ("11-03T10:00", "green"),
        ("11-12T00:00", "yellow"),
        ("11-13T17:00", "red"),
    ]


@pytest.mark.parametrize("span", ["0wd", "1wd", "1cd"])
def test_a_day_or_less_turns_in_the_last_hour(span: str) -> None:
    start = "2025-11-04" if span == "0wd" else "2025-11-03"
    assert turns(clock(start, span), f"{start}T09:30") == [
        (f"{start[5:]}T09:30", "green"),
        ("11-04T16:00", "yellow"),
        ("11-04T17:00", "dark_red"),
    ]


def test_the_rule_and_its_arithmetic() -> None:
    made = clock("2025-11-03", "8wd")
    assert look(made, "2025-11-12T10:00").rule == "L2"
    assert look(made, "2025-11-12T10:00").arithmetic == "时限 8 个工作日，第 min(8−1, ⌈0.9×8⌉=8) = 7 日 0 时起临期"
    assert look(made, "2025-11-14T10:00").arithmetic == LAMP_RULES["L5"]
    short = look(clock("2025-11-03", "1wd"), "2025-11-04T16:30")
    assert (short.rule, short.arithmetic) == ("L3", LAMP_RULES["L3"])
    assert look(clock("2025-11-03", "1wd"), "2025-11-04T10:00").arithmetic == LAMP_RULES["L1"]
    assert look(clock("2025-11-03", "8wd", pause("2025-11-04")), "2025-11-04T10:00").arithmetic == LAMP_RULES["L6"]


@pytest.mark.parametrize("kind", list(ClockKind))
def test_late_by_kind(kind: ClockKind) -> None:
    made = clock("2025-11-03", "8wd", kind=kind)
    assert look(made, "2025-11-13T16:59:59").lamp is Lamp.YELLOW
    state = look(made, "2025-11-13T17:00")
    dark = kind in (ClockKind.STATUTORY, ClockKind.DELIVERY, ClockKind.STAGE_STATUTORY)
    assert (state.lamp, state.rule, state.next_at) == (
        Lamp.DARK_RED if dark else Lamp.RED,
        "L5" if dark else "L4",
        None,
    )


def test_a_pause_is_grey_until_it_ends() -> None:
    open_ = clock("2026-11-16", "8wd", pause("2026-11-19", planned="9wd"), kind=PROMISED)
    state = look(open_, "2026-11-23T10:00")
    assert (state.lamp, state.rule, state.next_at) == (Lamp.GREY, "L6", None)
    # nothing falls due while the pause is open, not even on the projected day
    assert look(open_, "2026-12-09T17:00").lamp is Lamp.GREY
    assert look(open_, "2027-03-01T10:00").lamp is Lamp.GREY
    assert look(clock("2026-11-16", "8wd", pause("2026-11-19")), "2027-03-01T10:00").lamp is Lamp.GREY
    ended = clock("2026-11-16", "8wd", pause("2026-11-19", "2026-12-02"), kind=PROMISED)
    assert turns(ended, "2026-11-16T10:00") == [
        ("11-16T10:00", "green"),
        ("11-19T00:00", "grey"),
        ("12-02T00:00", "green"),
        ("12-08T00:00", "yellow"),
        ("12-09T17:00", "red"),
    ]


def test_a_pause_in_the_yellow_days_returns_to_yellow() -> None:
    assert turns(clock("2025-11-03", "8wd", pause("2025-11-12", "2025-11-17"), kind=PROMISED), "2025-11-11T10:00") == [
        ("11-11T10:00", "green"),
        ("11-12T00:00", "grey"),
        ("11-17T00:00", "yellow"),
        ("11-18T17:00", "red"),
    ]


@pytest.mark.parametrize("begun", ["2025-11-13", "2025-11-14"])
def test_nobody_hides_a_late_case_behind_a_pause(begun: str) -> None:
    made = clock("2025-11-03", "8wd", pause(begun), kind=PROMISED)
    assert look(made, "2025-11-13T16:00").lamp is Lamp.YELLOW
    assert look(made, "2025-11-20T10:00").lamp is Lamp.RED


def test_a_ground_that_does_not_stop_the_limit_is_not_grey() -> None:
    made = clock("2025-11-03", "8wd", pause("2025-11-05", None, Ground.ARCHAEOLOGY))
    assert look(made, "2025-11-06T10:00").lamp is Lamp.GREEN


def test_a_stopped_clock_is_done() -> None:
    state = look(replace(clock("2025-11-03", "8wd"), stopped_on=day("2025-11-20")), "2025-12-01T10:00")
    assert (state.lamp, state.next_at, state.rule) == (Lamp.DONE, None, "L0")


def test_an_extension_moves_the_yellow_day() -> None:
    granted = Extension(Span(10), at("2025-09-30T10:00"), Approver.HEAD)
    made = replace(clock("2025-09-01"), extensions=(granted,))
    state = look(made, "2025-09-30T11:00")
    assert state.next_at is not None
    assert made.used(OFFICE, OFFICE.civil(state.next_at)) == 27


def test_before_its_first_day_a_clock_is_green() -> None:
    assert look(clock("2026-11-30", "5wd", kind=ClockKind.NOTICE), "2026-11-27T19:00").lamp is Lamp.GREEN


def test_every_rule_has_words() -> None:
    assert set(LAMP_RULES) == {f"L{i}" for i in range(7)}
    assert [lamp.word for lamp in Lamp] == ["正常", "临期", "超承诺", "超法定", "暂停", "未开始", "办结"]


@pytest.mark.parametrize(
    ("made", "when", "words"),
    [
        (clock("2025-11-03", "8wd"), "2025-11-10T10:00", "剩 3 日"),
        (clock("2025-11-03", "8wd"), "2025-11-12T10:00", "临期 剩 1 日"),
        (clock("2025-11-03", "8wd"), "2025-11-13T10:00", "今日 17:00"),
        (clock("2025-11-03", "1wd"), "2025-11-04T10:00", "今日 17:00"),
        (clock("2025-11-03", "8wd", kind=PROMISED), "2025-11-13T18:00", "超承诺"),
        (clock("2025-11-03", "8wd", kind=PROMISED), "2025-11-14T10:00", "超承诺 1 日"),
        (clock("2025-11-03", "8wd"), "2025-11-17T10:00", "超法定 2 日"),
        (clock("2025-11-03", "8wd", pause("2025-11-05")), "2025-11-06T10:00", "暂停 专家评审"),
        (replace(clock("2025-11-03", "8wd"), stopped_on=day("2025-11-05")), "2025-11-06T10:00", "办结"),
    ],
)
def test_words_of_a_list(made: Clock, when: str, words: str) -> None:
    assert lamp_words(made, OFFICE, at(when)) == words


# ---------------------------------------------------------------- the property that the sweep stands on
OFFICES = [OFFICE, OfficeTime(CALENDAR, zone=office_zone("Europe/Berlin")), OfficeTime(CALENDAR, count_start_day=True)]


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    start = draw(st.dates(date(2025, 1, 1), date(2026, 12, 20)))
    span = draw(st.sampled_from(["0wd", "1wd", "2wd", "3wd", "8wd", "20wd", "1cd", "7cd", "30cd", "1mo"]))
    pauses = []
    for begun, length in draw(st.lists(st.tuples(st.integers(-5, 40), st.integers(0, 20)), max_size=3)):
        first = start + timedelta(begun)
        kind = draw(st.sampled_from(["closed", "closed", "planned", "open"]))
        pauses.append(
            Pause(
                draw(st.sampled_from(sorted(STOPS))),
                "依据",
                first,
                first + timedelta(length) if kind == "closed" else None,
                Span(length + 1) if kind == "planned" else None,
            )
        )
    kind = draw(st.sampled_from([ClockKind.PROMISED, ClockKind.STATUTORY, ClockKind.NOTICE]))
    return Clock(kind, limit(span), start, tuple(pauses))


@settings(deadline=None, max_examples=120)
@given(clocks(), st.sampled_from(OFFICES))
def test_stepping_from_next_to_next_visits_every_change(made: Clock, office: OfficeTime) -> None:
    begin = office.day_starts_at(made.started_on - timedelta(8))
    second = timedelta(seconds=1)
    watched: list[datetime] = []
    for d in days(made.started_on - timedelta(8), made.started_on + timedelta(100)):
        edges = (office.day_starts_at(d), office.closes_at(d) - timedelta(hours=1), office.closes_at(d))
        watched += [moment for edge in edges for moment in (edge - second, edge)]
    state, visited = lamp(made, office, begin), 0
    for moment in sorted(w for w in watched if w >= begin):
        while state.next_at is not None and state.next_at <= moment:
            turned = lamp(made, office, state.next_at)
            assert turned.lamp is not state.lamp
            state, visited = turned, visited + 1
        assert lamp(made, office, moment).lamp is state.lamp
        assert lamp(made, office, moment).next_at == state.next_at
    assert visited <= 4 + 2 * len(made.pauses)


def test_an_open_pause_overrun_before_the_clock_began_holds_it_from_the_start() -> None:
    made = clock("2025-01-01", "1wd", pause("2024-12-30", planned="1wd"), kind=PROMISED)
    state = look(made, "2025-01-01T10:00")
    assert (state.lamp, state.next_at) == (Lamp.GREY, None)
    assert lamp_words(made, OFFICE, at("2025-01-01T10:00")) == "暂停 专家评审"


@settings(deadline=None, max_examples=300)
@given(clocks(), st.sampled_from(OFFICES), st.integers(-10, 120), st.integers(0, 24 * 60 - 1))
def test_lamp_words_sentence_and_story_tell_the_same(made: Clock, office: OfficeTime, later: int, minute: int) -> None:
    now = office.day_starts_at(made.started_on + timedelta(later)) + timedelta(minutes=minute)
    today = office.civil(now)
    shown = lamp(made, office, now).lamp
    held = made.paused_by(office, today)
    assert (shown is Lamp.GREY) is bool(held)
    told, listed, story = sentence(made, office, now), lamp_words(made, office, now), made.explain(office, today)
    names = {GROUND_NAMES[p.ground] for p in held}
    assert all(name in told and name in listed for name in names)
    late = shown in (Lamp.RED, Lamp.DARK_RED)
    assert late is (("超" in told and "暂停" not in told) or "没有按期" in told)
    assert late is listed.startswith("超")
    assert (story.used, story.left) == (made.used(office, today), made.left(office, today))
    assert story.due == made.due(office, today)
    assert all(a.on + timedelta(1) == b.on for a, b in pairwise(story.days))
    if story.due is not None and story.due.provisional:
        assert "暂定" in told or shown in (Lamp.GREY, Lamp.RED, Lamp.DARK_RED)
