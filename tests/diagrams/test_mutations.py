"""Good drawings have no error, and of one fault in a good drawing a rule tells at the very element where it is."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import pytest

from engine.diagrams import Finding, lint_files
from tests.diagrams.mutations import KINDS, Good, Mutation, mutations, shipped, twins

EACH = 10
FEWER = {"connection_unknown", "return_into_a_branch"}
"""Kinds for which the good drawings do not have so many places."""


@lru_cache(maxsize=1)
def goods() -> list[Good]:
    return [*shipped(), *twins()]


@lru_cache(maxsize=1)
def few() -> list[Mutation]:
    return mutations(goods(), EACH)


def told(files: dict[str, bytes], good: Good) -> tuple[Finding, ...]:
    return lint_files(files, good.main, good.facts).findings


@lru_cache(maxsize=256)
def told_of_good(name: str) -> frozenset[tuple[str, str]]:
    (good,) = (good for good in goods() if good.name == name)
    return frozenset((f.rule, f.element) for f in told(dict(good.files), good))


def missed(mutation: Mutation) -> str:
    """Nothing where the fault is told where it is; else what was told instead."""
    found = {(f.rule, f.element) for f in told(mutation.files(), mutation.good)} - told_of_good(mutation.good.name)
    return "" if found & mutation.fault.right else f"{mutation.name}: {sorted(found) or 'nothing'}"


def test_the_good_ones_have_no_error() -> None:
    wrong = [
        (good.name, f.rule, f.element)
        for good in goods()
        for f in told(dict(good.files), good)
        if f.severity == "error"
    ]
    assert wrong == []


def test_there_are_two_hundred_faults_of_twenty_kinds() -> None:
    counts = Counter(mutation.kind for mutation in few())
    assert counts.keys() == KINDS.keys()
    assert {kind for kind, count in counts.items() if count < EACH} == FEWER
    assert len(counts) >= 20
    assert sum(counts.values()) >= 200
    drawings = {mutation.good.name for mutation in few()}
    assert len(drawings) >= 20, "not always the same drawing"


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_is_told_where_it_is(kind: str) -> None:
    assert [said for m in few() if m.kind == kind and (said := missed(m))] == []


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_every_place_where_a_fault_of_a_kind_can_be(kind: str) -> None:
    everywhere = mutations(goods(), 1_000_000)
    assert [said for m in everywhere if m.kind == kind and (said := missed(m))] == []
