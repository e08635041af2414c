"""What the law allows and lets follow: extensions, silence, the promise beside the statute."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.clock import (
    Approver,
    Clock,
    ClockKind,
    CountedFrom,
    Extension,
    ExtensionNotLawful,
    ExtensionRule,
    Limit,
    Source,
    Span,
    check_extension,
    compare_promise,
    deemed_acceptance,
    extend,
    limit_of,
)
from engine.clock.clock import ExtensionNotValid
from engine.clock.law import (
    ExtendedAlready,
    ExtensionAfterEnd,
    ExtensionTooLate,
    ExtensionTooLong,
    NotExtendable,
    WrongApprover,
)
from engine.errors import NotLawful
from tests.clock.reckoning import OFFICE, at, clock, day, limit, pause

RULE = ExtensionRule(Span(10), Approver.HEAD, "行政许可法 第42条")
# accepted 2025-09-08, due Sat 2025-10-11 (make-up)
STATUTORY = Clock(ClockKind.STATUTORY, limit(extension=RULE), day("2025-09-08"))


def granted(span: str = "10wd", when: str = "2025-09-30T10:00", by: Approver = Approver.HEAD) -> Extension:
    return Extension(Span.parse(span), at(when), by)


def test_an_extension_adds_to_the_same_run() -> None:
    longer = extend(STATUTORY, granted(), OFFICE)
    assert longer.total == Span(30)
    assert str(longer.due(OFFICE)) == "2025-10-24"
    assert str(extend(clock_v27(), granted(when="2025-09-20T10:00"), OFFICE).due(OFFICE)) == "2025-10-17"


def clock_v27() -> Clock:
    return Clock(ClockKind.STATUTORY, limit(extension=RULE), day("2025-09-01"))


def test_an_extension_after_a_pause() -> None:
    paused = replace(STATUTORY, pauses=(pause("2025-09-15", "2025-10-20"),))
    assert str(paused.due(OFFICE)) == "2025-11-10"
    # lawful until the due day that the pause has moved
    assert str(extend(paused, granted(when="2025-11-10T16:59"), OFFICE).due(OFFICE)) == "2025-11-24"


def test_an_open_pause_holds_the_door_open() -> None:
    for planned in (None, "2wd"):
        paused = replace(STATUTORY, pauses=(pause("2025-09-15", planned=planned),))
        check_extension(paused, granted(when="2026-03-02T10:00"), OFFICE)


@pytest.mark.parametrize(
    ("made", "extension", "error"),
    [
        (STATUTORY, granted(when="2025-10-11T17:00"), ExtensionTooLate),
        (STATUTORY, granted(when="2025-12-01T09:00"), ExtensionTooLate),
        (STATUTORY, granted(by=Approver.MAIN_HEAD), WrongApprover),
        (STATUTORY, granted(by=Approver.GOVERNMENT), WrongApprover),
        (STATUTORY, granted("11wd"), ExtensionTooLong),
        (replace(STATUTORY, extensions=(granted("5wd"),)), granted("5wd"), ExtendedAlready),
        (replace(STATUTORY, stopped_on=day("2025-09-29")), granted(), ExtensionAfterEnd),
        (replace(STATUTORY, limit=limit()), granted(), NotExtendable),
        (replace(STATUTORY, kind=ClockKind.STAGE_PROMISED), granted(), NotExtendable),
        (replace(STATUTORY, kind=ClockKind.DELIVERY), granted(), NotExtendable),
    ],
)
def test_what_is_not_lawful(made: Clock, extension: Extension, error: type[ExtensionNotLawful]) -> None:
    with pytest.raises(error) as refused:
        extend(made, extension, OFFICE)
    assert isinstance(refused.value, NotLawful)
    assert made.rule.label in str(refused.value)
    assert refused.value.advice


def test_the_last_moment() -> None:
    check_extension(STATUTORY, granted(when="2025-10-11T16:59:59"), OFFICE)
    with pytest.raises(ExtensionTooLate, match="2025年10月11日届满"):
        check_extension(STATUTORY, granted(when="2025-10-11T17:00"), OFFICE)


@pytest.mark.parametrize("span", ["10cd", "0wd", "1mo"])
def test_another_unit_is_not_valid(span: str) -> None:
    with pytest.raises(ExtensionNotValid):
        extend(STATUTORY, granted(span), OFFICE)


def test_the_article_is_named_only_where_it_is_verified() -> None:
    for src, basis in ((Source.S, "行政许可法 第42条"), (Source.G, "")):
        made = replace(STATUTORY, limit=limit(extension=RULE, src=src))
        with pytest.raises(ExtensionNotLawful) as refused:
            extend(made, granted("11wd"), OFFICE)
        assert refused.value.facts["basis"] == basis


def test_the_promise_follows_the_statute_by_its_rule() -> None:
    promised = clock("2025-09-08", "8wd", kind=ClockKind.PROMISED)
    with pytest.raises(NotExtendable):
        extend(promised, granted(when="2025-09-10T10:00"), OFFICE)
    longer = extend(promised, granted(when="2025-09-10T10:00"), OFFICE, rule=RULE)
    assert longer.total == Span(18)
    stage = clock("2025-09-08", "8wd", kind=ClockKind.STAGE_PROMISED)
    with pytest.raises(NotExtendable):
        extend(stage, granted(when="2025-09-10T10:00"), OFFICE, rule=RULE)


def test_the_main_heads_forty_days_and_the_governments_fifteen() -> None:
    main = limit(extension=ExtensionRule(Span(40), Approver.MAIN_HEAD))
    made = Clock(ClockKind.STATUTORY, main, day("2025-09-08"))
    assert extend(made, granted("40wd", by=Approver.MAIN_HEAD), OFFICE).total == Span(60)
    stage_limit = limit_of(ClockKind.STAGE_STATUTORY)
    assert stage_limit is not None
    stage = Clock(ClockKind.STAGE_STATUTORY, stage_limit, day("2025-08-15"))
    assert str(stage.due(OFFICE)) == "2025-10-23"
    assert str(extend(stage, granted("15wd", by=Approver.GOVERNMENT), OFFICE).due(OFFICE)) == "2025-11-13"


# ---------------------------------------------------------------- silence
def notice(received: str, span: str = "5wd") -> Clock:
    return Clock(ClockKind.NOTICE, Limit(Span.parse(span), CountedFrom.RECEIVED, src=Source.S), day(received))


def test_silence_at_once() -> None:
    """Real-estate registration: not refused on the spot is accepted."""
    deemed = deemed_acceptance(notice("2025-09-26", "0wd"), OFFICE)
    assert deemed is not None
    assert (str(deemed.due), str(deemed.holds_from), deemed.accepted_on) == (
        "2025-09-26",
        "2025-09-28",
        day("2025-09-26"),
    )


def test_silence_past_the_published_calendar_is_provisional() -> None:
    deemed = deemed_acceptance(notice("2026-12-17"), OFFICE)
    assert deemed is not None
    assert (str(deemed.due), str(deemed.holds_from)) == ("2026-12-24", "2026-12-25 provisional")


@pytest.mark.parametrize(("stopped", "silent"), [("2025-10-10", False), ("2025-09-29", False), ("2025-10-11", True)])
def test_a_notice_in_time_is_no_silence(stopped: str, silent: bool) -> None:
    made = replace(notice("2025-09-26"), stopped_on=day(stopped))
    assert (deemed_acceptance(made, OFFICE) is not None) is silent


@pytest.mark.parametrize("kind", [k for k in ClockKind if k is not ClockKind.NOTICE])
def test_no_other_silence_decides_anything(kind: ClockKind) -> None:
    assert deemed_acceptance(replace(notice("2025-09-26"), kind=kind), OFFICE) is None


# ---------------------------------------------------------------- promise and statute
def both(promised: str, statutory: str, start: str, received: str | None = None) -> tuple[Clock, Clock]:
    return (
        clock(start, promised, kind=ClockKind.PROMISED),
        clock(received or start, statutory, kind=ClockKind.STATUTORY),
    )


def test_three_working_days_can_end_after_seven_calendar_days() -> None:
    compared = compare_promise(*both("3wd", "7cd", "2025-09-30", "2025-09-29"), OFFICE)
    assert (str(compared.promised), str(compared.statutory)) == ("2025-10-11", "2025-10-09")
    assert (compared.keeps, compared.shown, str(compared.due)) == (False, ClockKind.STATUTORY, "2025-10-09")


def test_a_promise_that_keeps() -> None:
    compared = compare_promise(*both("8wd", "20wd", "2025-09-26"), OFFICE)
    assert (compared.keeps, compared.shown, str(compared.due)) == (True, ClockKind.PROMISED, "2025-10-14")
    equal = compare_promise(*both("20wd", "20wd", "2025-09-26"), OFFICE)
    assert (equal.keeps, equal.shown) == (True, ClockKind.PROMISED)


def test_a_pause_that_stops_only_one_of_them() -> None:
    held = pause("2025-09-29")
    promised, statutory = both("8wd", "20wd", "2025-09-26")
    only_promise = compare_promise(replace(promised, pauses=(held,)), statutory, OFFICE)
    assert (only_promise.keeps, only_promise.shown, str(only_promise.due)) == (None, ClockKind.STATUTORY, "2025-10-30")
    only_statute = compare_promise(promised, replace(statutory, pauses=(held,)), OFFICE)
    assert (only_statute.keeps, only_statute.shown, str(only_statute.due)) == (None, ClockKind.PROMISED, "2025-10-14")
    neither = compare_promise(replace(promised, pauses=(held,)), replace(statutory, pauses=(held,)), OFFICE)
    assert (neither.keeps, neither.due) == (None, None)
