"""The time proof: equal to every path and day by hand; what it counts, what it tells apart, what it leaves open."""

from datetime import date
from random import Random

import pytest

from engine.clock import CountedFrom, Ground, Limit, OfficeTime, Source, Span, Stop, WorkCalendar, shipped_notices
from engine.diagrams import read
from engine.diagrams.timeproof import Against, prove_time

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
    assert equal_by_hand(seed, ONE_YEAR, most=4) > 0


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(500))
def test_the_proof_equals_every_path_and_day_of_two_years_by_hand(seed: int) -> None:
    assert equal_by_hand(seed, TWO_YEARS, most=8) > 0
