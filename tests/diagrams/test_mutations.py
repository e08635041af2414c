"""Good drawings have no error, and of one fault in a good drawing a rule tells at the very element where it is."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import pytest

from engine.diagrams import Finding, Reading, Severity, lint_reading, read
from tests.diagrams.mutations import KINDS, Good, Mutation, mutations, shipped, twins

EACH = 6
FEWER = {"connection_unknown", "return_into_a_branch"}
"""Kinds for which the good drawings do not have so many places."""


@lru_cache(maxsize=1)
def goods() -> list[Good]:
    return [*shipped(), *twins()]


@lru_cache(maxsize=1)
def few() -> list[Mutation]:
    return mutations(goods(), EACH)


@lru_cache(maxsize=1)
def all_of_them() -> list[Mutation]:
    return mutations(goods(), 1_000_000)


def told(reading: Reading, good: Good) -> tuple[Finding, ...]:
    return lint_reading(reading, good.facts).findings


@lru_cache(maxsize=256)
def told_of_good(name: str) -> tuple[Finding, ...]:
    (good,) = (good for good in goods() if good.name == name)
    return told(good.reading, good)


def missed(mutation: Mutation) -> str:
    """Nothing where the fault is told where it is; else what was told instead."""
    before = {(f.rule, f.element) for f in told_of_good(mutation.good.name)}
    found = {(f.rule, f.element) for f in told(read(mutation.files(), mutation.good.main), mutation.good)} - before
    return "" if found & mutation.fault.right else f"{mutation.name}: {sorted(found) or 'nothing'}"


def test_the_good_ones_have_no_error() -> None:
    """Those that are shipped; of the good twins test_rules says that there is no finding at all."""
    names = [good.name for good in goods() if not good.name.startswith("twin ")]
    findings = [(name, f) for name in names for f in told_of_good(name)]
    assert [(name, f.rule, f.element) for name, f in findings if f.severity is Severity.ERROR] == []


def test_there_are_two_hundred_faults_of_twenty_kinds() -> None:
    counts = Counter(mutation.kind for mutation in few())
    assert counts.keys() == KINDS.keys()
    assert {kind for kind, count in counts.items() if count < EACH} <= FEWER
    assert len(counts) >= 20
    assert sum(counts.values()) >= 200
    assert len({mutation.good.name for mutation in few()}) >= 20, "not always the same drawing"


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_is_told_where_it_is(kind: str) -> None:
    assert [said for m in few() if m.kind == kind and (said := missed(m))] == []


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_every_place_where_a_fault_of_a_kind_can_be(kind: str) -> None:
    assert [said for m in all_of_them() if m.kind == kind and (said := missed(m))] == []
