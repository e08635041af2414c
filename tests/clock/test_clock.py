"""One clock: pauses in every position, open pauses, units, months, extensions, the kinds and their rules, the stored form."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.clock import (
    GROUND_NAMES,
    RULES,
    Approver,
    AtDue,
    Clock,
    ClockKind,
    CountedFrom,
    Extension,
    ExtensionRule,
    Ground,
    Lamp,
    Limit,
    Pause,
    Source,
    Span,
    Stop,
    Unit,
    WorkCalendar,
    check_planned,
    limit_of,
    shipped_notices,
)
from engine.clock.clock import ExtensionNotValid, PauseNotValid
from engine.clock.counting import Gap, union
from engine.clock.limits import PlannedTooLong, SpanNotUnderstood
from engine.clock.stored import StoredNotUnderstood
from tests.clock.reckoning import OFFICE, STOPS, at, clock, day, limit, pause
from tests.clock.test_calendar import next_year


def due(made: Clock) -> str:
    day = made.due(OFFICE)
    return "unknown" if day is None else f"{day}{' projected' if day.projected else ''}"


# plain: accepted Mon 2025-11-03, 10 working days, due Mon 2025-11-17
@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ([], "2025-11-17"),
        (["2025-11-05 2025-11-05"], "2025-11-17"),  # begun and ended on one day: nothing
        (["2025-11-03 2025-11-05"], "2025-11-19"),  # begun on the day of acceptance: day 0 is used up anyway
        (["2025-10-20 2025-11-04"], "2025-11-18"),  # begun before the clock: only what lies after day 0
        (["2025-10-20 2025-11-03"], "2025-11-17"),
        (["2025-11-07 2025-11-09"], "2025-11-17"),  # a weekend
        (["2025-11-05 2025-11-07", "2025-11-07 2025-11-11"], "2025-11-21"),  # touching: a union
        (["2025-11-05 2025-11-10", "2025-11-06 2025-11-07"], "2025-11-20"),  # one inside the other
        (["2025-11-17 2025-12-01"], "2025-11-17"),  # begun on the due day: too late
        (["2025-11-18 2025-12-01"], "2025-11-17"),
        (["2025-11-14 2025-11-18"], "2025-11-19"),  # begun on day nine
        (
            ["2025-11-14 2025-11-18", "2025-11-18 2025-11-20"],
            "2025-11-21",
        ),  # the first moves the due day past the second
        (["2025-11-18 2025-11-20", "2025-11-14 2025-11-17"], "2025-11-18"),
    ],
)
def test_where_a_pause_lies(pauses: list[str], expected: str) -> None:
    made = clock("2025-11-03", "10wd", *(pause(*p.split()) for p in pauses))
    assert due(made) == expected


def test_only_the_grounds_that_the_limit_lists_count() -> None:
    both = (
        pause("2025-11-04", "2025-11-06", Ground.HEARING),
        pause("2025-11-05", "2025-11-14", Ground.OPINION_REQUEST),
    )
    water = limit("10wd", grounds={Ground.OPINION_REQUEST: Stop("取水许可条例 第19条")})
    assert due(Clock(ClockKind.STATUTORY, limit("10wd"), day("2025-11-03"), both)) == "2025-11-19"
    assert due(Clock(ClockKind.STATUTORY, water, day("2025-11-03"), both)) == "2025-11-26"
    assert due(Clock(ClockKind.STATUTORY, limit("10wd", grounds={}), day("2025-11-03"), both)) == "2025-11-17"


def test_a_ground_without_a_basis_stops_nothing() -> None:
    idle = limit("10wd", grounds={Ground.HEARING: Stop("")})
    assert not idle.stops(Ground.HEARING)
    assert (
        due(Clock(ClockKind.STATUTORY, idle, day("2025-11-03"), (pause("2025-11-04", "2025-11-06"),))) == "2025-11-17"
    )


@pytest.mark.parametrize("kind", list(ClockKind))
def test_which_kinds_a_special_procedure_stops(kind: ClockKind) -> None:
    stopped = clock("2025-11-03", "10wd", pause("2025-11-04", "2025-11-06"), kind=kind)
    decision = {
        ClockKind.PROMISED,
        ClockKind.STATUTORY,
        ClockKind.STAGE_PROMISED,
        ClockKind.STAGE_STATUTORY,
        ClockKind.STEP,
    }
    assert due(stopped) == ("2025-11-19" if kind in decision else "2025-11-17")


# ---------------------------------------------------------------- open pauses
def test_an_open_pause_is_projected_with_its_planned_length() -> None:
    made = clock("2026-11-16", "8wd", pause("2026-11-19", planned="9wd"))
    assert due(made) == "2026-12-09 projected"
    assert made.due_at(OFFICE) == at("2026-12-09T17:00")
    assert (made.used(OFFICE, day("2026-11-23")), made.left(OFFICE, day("2026-11-23"))) == (3, 5)
    assert made.paused_days(OFFICE, day("2026-11-23")) == 2
    ended = replace(made, pauses=(pause("2026-11-19", "2026-12-02", planned="9wd"),))
    assert due(ended) == "2026-12-09"


def test_an_open_pause_without_a_plan_leaves_the_date_open() -> None:
    made = clock("2026-11-16", "8wd", pause("2026-11-19"))
    assert due(made) == "unknown"
    assert made.due_at(OFFICE) is None
    assert (made.used(OFFICE, day("2026-12-31")), made.left(OFFICE, day("2026-12-31"))) == (3, 5)
    assert made.overdue_days(OFFICE, day("2027-12-31")) == 0


def test_an_open_pause_past_its_plan_lasts_at_least_until_today() -> None:
    made = clock("2026-11-16", "8wd", pause("2026-11-19", planned="2wd"))
    first, later = made.due(OFFICE), made.due(OFFICE, day("2026-12-01"))
    assert first is not None
    assert later is not None
    assert (first.on, later.on) == (day("2026-11-30"), day("2026-12-08"))
    assert made.used(OFFICE, day("2026-12-01")) == 3


def test_an_open_pause_begun_on_the_due_day_changes_nothing() -> None:
    assert due(clock("2025-11-03", "10wd", pause("2025-11-17"))) == "2025-11-17"
    assert due(clock("2025-11-03", "10wd", pause("2025-11-14"))) == "unknown"


def test_a_planned_end_past_the_calendar_makes_the_date_provisional() -> None:
    made = clock("2026-12-01", "3wd", pause("2026-12-02", planned="20wd"))
    assert due(made) == "2027-01-04 provisional projected"
    settled = replace(OFFICE, calendar=WorkCalendar.of((*shipped_notices(), next_year())))
    assert made.due(settled) is not None
    assert not made.due(settled).provisional  # type: ignore[union-attr]


def test_the_longest_open_pause_counts() -> None:
    made = clock(
        "2025-11-03", "10wd", pause("2025-11-05", planned="5wd"), pause("2025-11-06", None, Ground.HEARING, "2wd")
    )
    assert due(made) == "2025-11-24 projected"
    assert [p.ground for p in made.paused_by(OFFICE, day("2025-11-07"))] == [Ground.EXPERT_REVIEW, Ground.HEARING]
    assert due(clock("2025-11-03", "10wd", pause("2025-11-05", planned="5wd"), pause("2025-11-06"))) == "unknown"


def test_an_open_pause_inside_a_closed_one_is_projected_still() -> None:
    inside = pause("2025-11-06", None, Ground.HEARING, "2wd")
    assert due(clock("2025-11-03", "10wd", pause("2025-11-05", "2025-11-12"), inside)) == "2025-11-24 projected"
    assert due(clock("2025-11-03", "10wd", pause("2025-11-05", "2025-11-06"), inside)) == "2025-11-20 projected"


def test_a_plan_that_ends_as_the_clock_begins_takes_nothing() -> None:
    assert due(clock("2025-11-05", "3wd", pause("2025-11-03", planned="2wd"))) == "2025-11-10"


def test_of_two_gaps_the_later_end_decides_what_is_certain() -> None:
    a, b, c = day("2026-12-01"), day("2026-12-28"), day("2026-12-30")
    unsure, sure = Gap(a, b, provisional=True), Gap(a, b)
    assert union([unsure, sure]) == union([sure, unsure]) == (unsure,)
    assert union([unsure, Gap(a, c)]) == (Gap(a, c),)
    assert union([sure, Gap(a, c, provisional=True)]) == (Gap(a, c, provisional=True),)
    assert union([Gap(b, c), Gap(a, b)]) == (Gap(a, c),)
    assert union([Gap(a, None), Gap(b, c, projected=True)]) == (Gap(a, None, projected=True),)
    assert union([Gap(a, a), Gap(b, a)]) == ()


def test_a_stopped_clock_ends_its_open_pause() -> None:
    made = replace(clock("2025-11-03", "10wd", pause("2025-11-05")), stopped_on=day("2025-11-12"))
    assert made.used(OFFICE, day("2025-12-31")) == 2
    assert made.paused_days(OFFICE, day("2025-12-31")) == 5
    assert made.paused_by(OFFICE, day("2025-11-10")) == ()
    assert due(made) == "2025-11-24"


# ---------------------------------------------------------------- calendar days and months
def test_a_pause_removes_calendar_days_before_the_roll() -> None:
    made = clock("2026-01-20", "30cd", pause("2026-01-26", "2026-01-28"))
    assert due(made) == "2026-02-24"  # day 30 is 02-21, Spring Festival still: 02-24 as without the pause
    assert due(clock("2026-01-20", "30cd", pause("2026-01-26", "2026-02-02"))) == "2026-02-26"


def test_the_roll_stays_on_a_make_up_saturday() -> None:
    assert due(clock("2026-01-29", "30cd")) == "2026-02-28"


def test_the_roll_that_passes_the_known_calendar_is_provisional() -> None:
    assert due(clock("2026-11-24", "30cd")) == "2026-12-24"
    assert due(clock("2026-11-25", "30cd")) == "2026-12-25 provisional"
    holiday = next_year(number="演示", changes="国办发明电〔2025〕7号", year=2026, off=["2026-12-24"], work=[])
    office = replace(OFFICE, calendar=WorkCalendar.of((*shipped_notices(), holiday)))
    rolled = clock("2026-11-24", "30cd").due(office)
    assert (str(rolled), office.calendar.known(day("2026-12-24"))) == ("2026-12-25 provisional", True)


def test_calendar_days_look_at_the_last_days_only() -> None:
    calendar = WorkCalendar.of(n for n in shipped_notices() if n.year != 2022)
    office = replace(OFFICE, calendar=calendar)
    long = clock("2021-12-20", "420cd").due(office)
    assert long is not None
    assert not long.provisional
    assert office.add(day("2021-12-20"), Span(200)).provisional


def test_months_with_a_pause_and_their_days() -> None:
    made = clock("2025-08-31", "6mo", pause("2025-09-01", "2025-09-11"))
    assert due(made) == "2026-03-10"
    assert made.used(OFFICE, day("2025-09-30")) == 20
    assert made.left(OFFICE, day("2025-09-30")) == 181 - 20


def test_overdue_is_counted_in_the_limits_unit() -> None:
    assert clock("2025-09-08").overdue_days(OFFICE, day("2025-10-11")) == 0
    assert clock("2025-09-08").overdue_days(OFFICE, day("2025-10-14")) == 2
    assert clock("2025-09-10", "30cd").overdue_days(OFFICE, day("2025-10-14")) == 4
    late = replace(clock("2025-09-08"), stopped_on=day("2025-10-13"))
    assert late.overdue_days(OFFICE, day("2026-01-01")) == 1


# ---------------------------------------------------------------- same-day limits
def test_half_a_day_is_the_same_working_day() -> None:
    assert Span.parse("0.5wd") == Span(0)
    assert due(clock("2025-10-30", "0wd")) == "2025-10-30"
    assert due(clock("2025-10-01", "0wd")) == "2025-10-09"
    assert clock("2025-10-30", "0wd").used(OFFICE, day("2025-10-30")) == 0
    assert due(clock("2025-10-30", "0wd", pause("2025-10-20", "2025-11-20"))) == "2025-10-30"


def test_a_fact_earlier_than_the_start_uses_nothing() -> None:
    accepted_on_saturday = replace(clock("2026-11-30"), stopped_on=day("2026-11-28"))
    assert accepted_on_saturday.used(OFFICE, day("2026-12-01")) == 0
    assert accepted_on_saturday.overdue_days(OFFICE, day("2026-12-01")) == 0


# ---------------------------------------------------------------- values that are refused
@pytest.mark.parametrize(
    "text", ["", "3", "wd", "-1wd", "1.5wd", "03wd", "3 wd", "3d", "10000wd", "121mo", "３wd", "0.5cd"]
)
def test_lengths_that_are_none(text: str) -> None:
    with pytest.raises(SpanNotUnderstood) as refused:
        Span.parse(text)
    assert text in str(refused.value)


@pytest.mark.parametrize("text", ["0wd", "3wd", "60cd", "6mo", "9999cd", "120mo"])
def test_lengths_print_back(text: str) -> None:
    assert str(Span.parse(text)) == text


def test_words_of_a_length() -> None:
    assert [Span.parse(t).words for t in ("20wd", "60cd", "6mo", "0wd")] == [
        "20 个工作日",
        "60 个自然日",
        "6 个月",
        "当日",
    ]


def test_a_pause_that_cannot_be() -> None:
    with pytest.raises(PauseNotValid, match="早于"):
        pause("2025-11-05", "2025-11-04")
    with pytest.raises(PauseNotValid, match="计划"):
        pause("2025-11-05", planned="0wd")


@pytest.mark.parametrize("span", ["10cd", "1mo", "0wd"])
def test_an_extension_in_another_unit_is_not_valid(span: str) -> None:
    granted = Extension(Span.parse(span), at("2025-10-01T10:00"), Approver.HEAD)
    with pytest.raises(ExtensionNotValid):
        Clock(ClockKind.STATUTORY, limit(), day("2025-09-08"), (), (granted,))


# ---------------------------------------------------------------- the vocabulary
def test_the_eight_grounds_of_article_45_and_no_site_visit() -> None:
    eight = {"hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review"}
    assert {str(g) for g in Ground if g.in_article_45} == eight
    assert "site_visit" not in {str(g) for g in Ground}
    assert set(GROUND_NAMES) == set(Ground)


def test_every_kind_has_its_rule() -> None:
    assert set(RULES) == set(ClockKind)
    assert len(ClockKind) == 13
    dark = {kind for kind, rule in RULES.items() if rule.late is Lamp.DARK_RED}
    assert dark == {ClockKind.STATUTORY, ClockKind.DELIVERY, ClockKind.STAGE_STATUTORY}
    assert {rule.late for kind, rule in RULES.items() if kind not in dark} == {Lamp.RED}
    assert {kind for kind, rule in RULES.items() if rule.at_due is AtDue.DEEMED_ACCEPTANCE} == {ClockKind.NOTICE}
    assert not RULES[ClockKind.STAGE_PROMISED].extendable


@pytest.mark.parametrize(
    ("kind", "span", "counted_from", "src", "extension"),
    [
        (ClockKind.NOTICE, "5wd", CountedFrom.RECEIVED, Source.S, None),
        (ClockKind.STATUTORY, "20wd", CountedFrom.ACCEPTED, Source.S, (Span(10), Approver.HEAD)),
        (ClockKind.DELIVERY, "10wd", CountedFrom.DECIDED, Source.S, None),
        (ClockKind.STAGE_STATUTORY, "45wd", CountedFrom.ACCEPTED, Source.S, (Span(15), Approver.GOVERNMENT)),
        (ClockKind.CORRECTION, "30wd", CountedFrom.RECEIVED, Source.D, None),
    ],
)
def test_limits_that_the_law_gives(
    kind: ClockKind, span: str, counted_from: CountedFrom, src: Source, extension: Any
) -> None:
    law = limit_of(kind)
    assert law is not None
    assert (str(law.span), law.counted_from, law.src) == (span, counted_from, src)
    rule = law.extension
    assert (None if rule is None else (rule.longest, rule.approver)) == extension
    assert bool(law.cited) is (src is Source.S)
    assert set(law.grounds) == (
        set(Ground.__members__.values()) & {g for g in Ground if g.in_article_45} if extension else set()
    )


def test_kinds_without_a_limit_of_their_own() -> None:
    assert limit_of(ClockKind.PROMISED) is None
    plain = limit_of(Span(5))
    assert (plain.span, plain.grounds, plain.verified) == (Span(5), {}, False)


def test_an_unverified_limit_cites_nothing() -> None:
    assert limit(src=Source.G).cited == ""
    assert limit().cited == "行政许可法 第42条"


def test_the_longest_planned_length() -> None:
    evaluated = limit(grounds={Ground.EVALUATION: Stop("条例 第10条", Span(30))})
    check_planned(evaluated, Ground.EVALUATION, Span(30))
    check_planned(evaluated, Ground.HEARING, Span(300))
    for planned in (Span(31), Span(30, Unit.CD)):
        with pytest.raises(PlannedTooLong, match="委托评估最长 30 个工作日"):
            check_planned(evaluated, Ground.EVALUATION, planned)


# ---------------------------------------------------------------- the stored form
FULL = Clock(
    ClockKind.STATUTORY,
    Limit(
        Span(20),
        CountedFrom.ACCEPTED,
        {**STOPS, Ground.EVALUATION: Stop("条例 第10条", Span(30))},
        ExtensionRule(Span(10), Approver.HEAD, "行政许可法 第42条"),
        "行政许可法 第42条",
        Source.S,
        (Ground.ARCHAEOLOGY,),
    ),
    day("2025-09-08"),
    (pause("2025-09-15", "2025-10-20"), pause("2025-10-21", planned="30cd")),
    (Extension(Span(10), at("2025-09-30T10:21:07.000123"), Approver.HEAD),),
    day("2025-12-01"),
)


@pytest.mark.parametrize("made", [FULL, clock("2025-09-08"), clock("2025-08-31", "6mo")])
def test_a_clock_goes_into_a_row_and_comes_back(made: Clock) -> None:
    row = json.loads(json.dumps(made.to_json()))
    assert Clock.from_json(row) == made
    assert Clock.from_json(row).to_json() == made.to_json()
    assert hash(Clock.from_json(row)) == hash(made)
    for part in (made.limit, *made.pauses, *made.extensions):
        assert type(part).from_json(json.loads(json.dumps(part.to_json()))) == part


def test_the_stored_form_is_stable() -> None:
    assert FULL.to_json()["extensions"] == [
        {"span": "10wd", "approved_at": "2025-09-30T02:21:07.000123+00:00", "approver": "head"}
    ]
    assert FULL.to_json()["pauses"][1] == {
        "ground": "expert_review",
        "basis": "行政许可法 第45条",
        "started_on": "2025-10-21",
        "ended_on": None,
        "planned": "30cd",
    }
    assert FULL.to_json()["limit"]["grounds"]["evaluation"] == {"basis": "条例 第10条", "longest": "30wd"}
    assert set(FULL.to_json()) == {"kind", "limit", "started_on", "pauses", "extensions", "stopped_on"}


def test_a_field_with_a_default_may_be_missing() -> None:
    row = {"kind": "step", "limit": {"span": "3wd", "counted_from": "received"}, "started_on": "2025-09-08"}
    assert Clock.from_json(row) == Clock(ClockKind.STEP, Limit(Span(3), CountedFrom.RECEIVED), day("2025-09-08"))


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"kind": "tea"}, "clock/kind"),
        ({"kind": None}, "clock/kind"),
        ({"started_on": "yesterday"}, "clock/started_on"),
        ({"limit": 20}, "clock/limit"),
        ({"limit": {"span": "20wd"}}, "clock/limit/counted_from"),
        ({"limit": {"span": "20", "counted_from": "received"}}, "clock/limit/span"),
        ({"limit": {"span": "20wd", "counted_from": "received", "grounds": []}}, "clock/limit/grounds"),
        ({"pauses": {}}, "clock/pauses"),
        ({"pauses": [{"ground": "tea", "basis": "", "started_on": "2025-09-08"}]}, "clock/pauses/0/ground"),
        (
            {"pauses": [{"ground": "hearing", "basis": "", "started_on": "2025-09-08", "ended_on": "2025-09-07"}]},
            "clock/pauses/0",
        ),
        ({"colour": "red"}, "clock/colour"),
    ],
)
def test_a_row_that_nobody_wrote_is_refused_with_its_place(changed: dict[str, Any], place: str) -> None:
    with pytest.raises(StoredNotUnderstood) as refused:
        Clock.from_json({**clock("2025-09-08").to_json(), **changed})
    assert refused.value.facts["place"] == place
    assert refused.value.faults[0].place == f"/{place}"


def test_no_row_at_all() -> None:
    with pytest.raises(StoredNotUnderstood):
        Clock.from_json([])
    with pytest.raises(StoredNotUnderstood):
        Pause.from_json(None)


def test_grounds_cannot_be_changed_from_outside() -> None:
    given = {Ground.HEARING: Stop("x")}
    made = limit(grounds=given)
    given.clear()
    assert made.stops(Ground.HEARING)
    with pytest.raises(TypeError):
        made.grounds[Ground.TENDER] = Stop("y")  # type: ignore[index]
