"""The time proof: equal to every path and day by hand; what it counts, what it tells apart, what it leaves open."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from random import Random

import pytest

from engine.clock import CountedFrom, Ground, Limit, OfficeTime, Source, Span, Stop, WorkCalendar, shipped_notices
from engine.diagrams import Diagram, read
from engine.diagrams.timeproof import (
    Against,
    ApartKind,
    CalledMatter,
    Prerequisite,
    TimeProof,
    latest_behind,
    prove_time,
)

from .plain_time import ONE, Count, Trial, picture

YEARS = {years: WorkCalendar.of(n for n in shipped_notices() if n.year in years) for years in ((2026,), (2025, 2026))}
ONE_YEAR, TWO_YEARS = YEARS.values()
STOPS = {Ground.EXPERT_REVIEW: Stop("行政许可法 第45条")}
COUNTS = {(calendar, first): Count(calendar, first) for calendar in YEARS.values() for first in (False, True)}
LIMITS = ["0wd", "3wd", "8wd", "20wd", "45wd", "7cd", "30cd", "60cd", "2mo"]


def limit(span: str, counted_from: CountedFrom = CountedFrom.ACCEPTED) -> Limit:
    return Limit(Span.parse(span), counted_from, STOPS, src=Source.S)


def equal_by_hand(seed: int, calendar: WorkCalendar, most: int) -> int:
    """One random drawing against two limits, with and without a return, on every start day of a calendar; returns how many start
    days were compared."""
    random = Random(seed)
    counted_from = random.choice([CountedFrom.ACCEPTED, CountedFrom.RECEIVED])
    drawn = picture(random, counted_from is CountedFrom.RECEIVED, most)
    starts_count = random.random() < 0.2
    time = OfficeTime(calendar, count_start_day=starts_count)
    spans = random.sample(LIMITS, 2)
    diagram = read({"a.bpmn": drawn.bpmn}).usable()
    limits = [limit(span, counted_from) for span in spans]
    proof = prove_time(diagram, *limits, time, returns=1, slack_with_returns=True)
    assert proof.decided
    assert (proof.returned is not None) == (drawn.back is not None)
    assert proof.through_on is not None
    count, days = COUNTS[calendar, starts_count], 0
    assert proof.from_on == calendar.known_from
    trials = []
    for found, returns in ((proof.straight, 0), (proof.returned, 1)):
        for against in (found.promised, found.statutory) if found is not None else ():
            assert against is not None
            span = against.limit.span
            trials.append((against, Trial(drawn, count, (span.n, str(span.unit)), returns)))
    for against, trial in trials:
        compare(against, trial, proof.from_on, proof.through_on)
        days += against.days
    assert max(trial.last_end(proof.through_on) for _, trial in trials) <= calendar.known_through
    assert max(trial.last_end(proof.through_on + ONE) for _, trial in trials) > calendar.known_through
    return days


def compare(against: Against, trial: Trial, proof_from: date, proof_through: date) -> None:
    plain = trial.found(proof_from, proof_through)
    assert (against.slack, against.worst_on) == (plain.slack, plain.worst_on)
    assert (against.ends_on, against.due_on) == (plain.ends[plain.worst_on], trial.due(plain.worst_on))
    assert (against.broken, against.days) == (plain.broken, len(plain.ends))
    assert against.kept == (plain.broken == 0)
    assert sum(leg.days for leg in against.path) == plain.longest_there
    assert {one.element: (one.days, one.on) for one in against.slacks} == plain.slacks


@pytest.mark.parametrize("seed", range(40))
def test_the_proof_equals_every_path_and_day_by_hand(seed: int) -> None:
    assert equal_by_hand(seed, ONE_YEAR, most=3) > 0


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(500))
def test_the_proof_equals_every_path_and_day_of_two_years_by_hand(seed: int) -> None:
    assert equal_by_hand(seed, TWO_YEARS, most=8) > 0


# ---------------------------------------------------------------- what counts and what does not
Draw = Callable[..., Diagram]
OFFICE = OfficeTime(WorkCalendar.of(shipped_notices()))
INTAKE = (
    '<startEvent id="filed"/><sequenceFlow id="a" sourceRef="filed" targetRef="intake"/>'
    '<userTask id="intake" name="受理" ls:kind="intake" ls:department="nr" ls:limit="2wd"><extensionElements>'
    '<ls:outcome code="accept"/></extensionElements></userTask>'
)


def step(name: str, limit: str, kind: str = "review", more: str = "", department: str = "nr") -> str:
    own = f' ls:limit="{limit}"' if limit else ""
    return f'<userTask id="{name}" name="{name}" ls:kind="{kind}" ls:department="{department}"{own}{more}/>'


def decided() -> str:
    outcomes = '<extensionElements><ls:outcome code="grant"/></extensionElements>'
    return f'<userTask id="decide" ls:kind="decide" ls:department="nr" ls:limit="1wd">{outcomes}</userTask>'


def chain(*names: str) -> str:
    flows = pairwise(names)
    return "".join(f'<sequenceFlow id="{a}-{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in flows)


def proved(diagram: Diagram, promised: Limit, statutory: Limit | None = None, **given: object) -> TimeProof:
    return prove_time(diagram, promised, statutory, given.pop("time", OFFICE), **given)  # type: ignore[arg-type]


def longest(proof: TimeProof) -> int:
    assert proof.straight.promised is not None
    return proof.straight.promised.longest


def test_steps_in_a_row_add_up_and_what_stands_before_acceptance_is_apart(draw: Draw) -> None:
    diagram = draw(INTAKE + step("review", "3wd") + decided() + chain("intake", "review", "decide"))
    proof = proved(diagram, limit("4wd"))
    against = proof.straight.promised
    assert against is not None
    assert (against.longest, against.slack, against.kept, against.even) == (4, 0, True, True)
    assert [(leg.element, leg.days) for leg in against.path] == [("review", 3), ("decide", 1)]
    assert dict(against.shares) == {"nr": 4}
    assert [(one.kind, one.words) for one in proof.apart] == [(ApartKind.BEFORE, "受理最长 2 个工作日")]
    assert [s.element for s in against.way.passed] == ["review", "review-decide", "decide"]
    assert longest(proved(diagram, limit("9wd", CountedFrom.RECEIVED))) == 6


def test_of_branches_at_the_same_time_the_longest_counts_and_the_others_have_slack(draw: Draw) -> None:
    diagram = draw(
        INTAKE
        + '<parallelGateway id="split"/><parallelGateway id="join"/>'
        + step("long", "5wd", department="ee")
        + step("short", "2wd")
        + decided()
        + chain("intake", "split", "long", "join", "decide")
        + chain("split", "short", "join")
    )
    against = proved(diagram, limit("8wd")).straight.promised
    assert against is not None
    assert dict(against.shares) == {"ee": 5, "nr": 1}
    assert {one.element: one.days for one in against.slacks} == {"long": 2, "short": 5, "decide": 2}


def test_a_special_procedure_counts_nothing_for_the_limits_that_it_stops(draw: Draw) -> None:
    ground = ' ls:ground="expert_review"><extensionElements><ls:outcome code="end"/></extensionElements></userTask>'
    special = step("special", "20wd", "special").removesuffix("/>") + ground
    diagram = draw(
        INTAKE + step("review", "3wd") + special + decided() + chain("intake", "review", "special", "decide")
    )
    proof = proved(diagram, limit("8wd"), Limit(Span(15), CountedFrom.ACCEPTED))
    assert longest(proof) == 4
    assert [one.words for one in proof.apart if one.kind is ApartKind.PAUSE] == ["专家评审最长 20 个工作日"]
    assert proof.straight.statutory is not None
    assert (proof.straight.statutory.longest, proof.straight.statutory.kept) == (
        24,
        False,
    )  # it stops only what lists it


def test_what_nobody_limits_is_counted_as_nothing_and_said(draw: Draw) -> None:
    wait = '<receiveTask id="wait" name="等图审"/>'
    diagram = draw(INTAKE + step("review", "") + wait + decided() + chain("intake", "review", "wait", "decide"))
    proof = proved(diagram, limit("8wd"))
    assert longest(proof) == 1
    assert [one.words for one in proof.unlimited] == [
        "“review”没有环节时限，不计",
        "“等图审”等待消息，时间由对方定，不计",
    ]


def test_a_return_is_counted_once_beside_the_straight_course(draw: Draw) -> None:
    back = (
        '<userTask id="decide" ls:kind="decide" ls:department="nr" ls:limit="1wd"/><exclusiveGateway id="asked"/>'
        '<sequenceFlow id="again" sourceRef="asked" targetRef="review"><conditionExpression>${outcome == \'return\'}'
        '</conditionExpression></sequenceFlow><endEvent id="end"/><sequenceFlow id="over" sourceRef="asked" targetRef="end">'
        "<conditionExpression>${outcome == 'grant'}</conditionExpression></sequenceFlow>"
    )
    diagram = draw(INTAKE + step("review", "2wd") + back + chain("intake", "review", "decide", "asked"))
    proof = proved(diagram, limit("5wd"))
    assert proof.returned is not None
    assert proof.returned.promised is not None
    assert (longest(proof), proof.returned.promised.longest) == (3, 6)
    assert (proof.straight.kept, proof.returned.kept) == (True, False)
    assert [leg.element for leg in proof.returned.promised.path] == ["review", "decide", "review", "decide"]
    twice = proved(diagram, limit("5wd"), returns=2).returned
    assert twice is not None
    assert twice.promised is not None
    assert twice.promised.longest == 9


def stage(draw: Draw) -> Diagram:
    calls = "".join(f'<callActivity id="{code.lower()}" calledElement="{code}"/>' for code in ("GH01", "TZ02", "ZR01"))
    summing = step("summary", "1wd", "summary")
    return draw(
        INTAKE
        + '<parallelGateway id="split"/><parallelGateway id="join"/>'
        + calls
        + summing
        + chain("intake", "split", "gh01", "join", "summary")
        + chain("split", "tz02", "join")
        + chain("split", "zr01", "join")
    )


def matter(code: str, promised: str, *awaits: Prerequisite, department: str = "nr") -> CalledMatter:
    return CalledMatter(code, f"事项{code}", department, Span.parse(promised), awaits)


def test_a_stage_counts_its_matters_by_their_promises_one_after_its_prerequisite(draw: Draw) -> None:
    needs = Prerequisite(("GH01",), ("land", "allotted"))
    called = [matter("GH01", "8wd"), matter("TZ02", "10wd", needs, department="ndrc"), matter("ZR01", "9wd")]
    proof = proved(stage(draw), limit("15wd"), called={one.code: one for one in called})
    against = proof.straight.promised
    assert against is not None
    assert (against.longest, against.slack, dict(against.shares)) == (18, -3, {"nr": 8, "ndrc": 10})
    assert {one.element: one.days for one in against.slacks} == {"gh01": -3, "tz02": -3, "zr01": 6}
    assert [one.title for one in proof.apart if one.kind is ApartKind.AFTER] == ["summary"]


def test_matters_that_wait_for_each_other_are_no_proof(draw: Draw) -> None:
    called = [matter("GH01", "8wd", Prerequisite(("TZ02",))), matter("TZ02", "10wd", Prerequisite(("GH01",)))]
    proof = proved(stage(draw), limit("15wd"), called={one.code: one for one in called})
    assert not proof.decided
    assert proof.bounds == ("事项互为前置，先后没有计入",)
    assert [one.words for one in proof.unlimited] == ["“zr01”（ZR01）没有已公布的承诺时限，不计"]


def test_without_a_calendar_that_reaches_so_far_nothing_is_proved(draw: Draw) -> None:
    diagram = draw(INTAKE + step("review", "3wd") + decided() + chain("intake", "review", "decide"))
    nothing = proved(diagram, limit("8wd"), time=OfficeTime(WorkCalendar.of([])))
    assert (nothing.decided, nothing.straight.promised, nothing.from_on) == (False, None, None)
    too_long = proved(diagram, limit("999wd"), time=OfficeTime(ONE_YEAR))
    assert (too_long.decided, too_long.straight.promised) == (False, None)


def test_a_decision_that_no_way_leads_to_is_no_end_of_the_limit(draw: Draw) -> None:
    """Whoever retargets the way to the decision is not told that the promise holds."""
    proof = proved(draw(INTAKE + step("review", "3wd") + decided() + chain("intake", "review")), limit("8wd"))
    assert (proof.decided, proof.straight.promised) == (False, None)
    assert proof.bounds == ("图上没有从时限起算走到决定的路径",)


def test_calendar_days_and_working_days_part_around_spring_festival(draw: Draw) -> None:
    """Received on 2018-02-14: the seventh calendar day is in the holidays and moves to 22 February; that is the first of four working
    days, the third is a Saturday that is worked."""
    diagram = draw(INTAKE + step("review", "1wd") + decided() + chain("intake", "review", "decide"))
    against = proved(diagram, limit("7cd", CountedFrom.RECEIVED)).straight.promised
    assert against is not None
    assert (against.kept, against.mostly_broken, against.even) == (False, False, False)
    assert (against.longest, against.slack) == (4, -3)
    assert [day.isoformat() for day in (against.worst_on, against.due_on, against.ends_on)] == [
        "2018-02-14",
        "2018-02-22",
        "2018-02-26",
    ]


def test_a_promise_beside_a_statute_of_another_unit() -> None:
    assert latest_behind(limit("5wd"), limit("20wd"), OFFICE) is None
    assert latest_behind(limit("3wd"), limit("30cd"), OFFICE) is None
    found = latest_behind(limit("3wd"), limit("7cd"), OFFICE)
    assert found is not None
    worst, late = found
    assert (OFFICE.add(worst, Span.parse("3wd")).on - OFFICE.add(worst, Span.parse("7cd")).on).days == late > 0
    assert latest_behind(limit("30wd", CountedFrom.RECEIVED), limit("3wd"), OFFICE) is None
