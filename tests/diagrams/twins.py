"""What is known of the matter of a twin, as it stands in its `case.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.clock import CountedFrom, Limit, OfficeTime, Span, WorkCalendar, shipped_notices
from engine.diagrams import MatterFacts

TWINS = Path(__file__).parent / "rules"


def facts_of(code: str) -> MatterFacts:
    """Lists are sets; a limit is written `20wd accepted`, and is counted by the shipped calendar."""
    given: dict[str, Any] = json.loads((TWINS / code / "case.json").read_text("utf-8")).get("facts", {})
    sets = {key: _set(value) for key, value in given.items()}
    for kind in {"promised", "statutory"} & sets.keys():
        span, counted_from = given[kind].split()
        sets[kind] = Limit(Span.parse(span), CountedFrom(counted_from))
        sets["time"] = OfficeTime(WorkCalendar.of(shipped_notices()))
    return MatterFacts(**sets)


def _set(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _set(some) for key, some in value.items()}
    return frozenset(value) if isinstance(value, list) else value
