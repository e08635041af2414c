"""The time proof of a published version: what the office's calendar and the matters that it calls make of it today.

It follows from the version's bytes, the published calendar and the promises of the called matters, and is worked out again from
them whenever somebody asks; nothing of it is stored as a fact (docs/decisions/0025-time-proof.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from ..clock import ClockKind, OfficeTime, Unit
from ..diagrams import Against, CalledMatter, Diagram, Prerequisite, Proofs, TimeProof, prove_time
from ..people import Office, office_time
from ..store import Tx
from .guide import Guide
from .version import Content, Version, nodes, running_guides


def called_matters(tx: Tx, of: Office, diagram: Diagram) -> dict[str, CalledMatter]:
    """What time takes with the matters that a drawing calls, as the office runs them; what it does not run is left out."""
    codes = _codes(diagram)
    return called_by(diagram, running_guides(tx, of.id, codes)) if codes else {}


def called_by(diagram: Diagram, guides: Mapping[str, Guide]) -> dict[str, CalledMatter]:
    """The same by guides that are at hand, by code."""
    return {code: _called(guides[code]) for code in sorted(_codes(diagram) & guides.keys())}


def _codes(diagram: Diagram) -> set[str]:
    return {code for node in nodes(diagram) if (code := diagram.matter_called(node))}


def _called(guide: Guide) -> CalledMatter:
    awaits = tuple(Prerequisite(need.codes, need.when) for need in guide.needs)
    return CalledMatter(guide.code, guide.name, guide.department, guide.limits[ClockKind.PROMISED].span, awaits)


def prove_guide(diagram: Diagram, guide: Guide, time: OfficeTime, called: Mapping[str, CalledMatter]) -> TimeProof:
    """The proof of a drawing with the limits of a guide."""
    limits = guide.limits[ClockKind.PROMISED], guide.limits[ClockKind.STATUTORY]
    return prove_time(diagram, *limits, time, called=called, department=guide.department)


def time_proof(tx: Tx, of: Office, version: Version) -> TimeProof:
    """The proof of a version by the calendar that the office knows now."""
    called = called_matters(tx, of, version.content.diagram)
    return proof_of(version.content, office_time(tx, of), called)


def proof_of(content: Content, time: OfficeTime, called: Mapping[str, CalledMatter]) -> TimeProof:
    """The same for a content that is at hand."""
    return _proved(_Same(content.hash, content), time, tuple(sorted(called.items())))


def follows_calendar(content: Content, called: Mapping[str, CalledMatter]) -> bool:
    """Whether another calendar can make another proof: only where something of it is counted in other days than working days."""
    spans = [content.guide.limits[kind].span for kind in (ClockKind.PROMISED, ClockKind.STATUTORY)]
    spans += [matter.promised for matter in called.values()]
    drawn = list(nodes(content.diagram))
    limits = {node.work.limit for node in drawn if node.work is not None and node.work.limit}
    waits = any(event.kind == "timer" for node in drawn for event in node.events)
    return waits or any(not limit.endswith(Unit.WD) for limit in (*limits, *map(str, spans)))


def summary(proof: TimeProof) -> dict[str, Any]:
    """The proof in short, as the journal keeps it with the publishing."""
    return {
        "decided": proof.decided,
        "from": _day(proof.from_on),
        "through": _day(proof.through_on),
        **_both(proof.straight),
        "returns": proof.returns if proof.returned is not None else 0,
        "returned": _both(proof.returned) if proof.returned is not None else None,
    }


def _both(proofs: Proofs) -> dict[str, Any]:
    return {"kept": proofs.kept, "promised": _short(proofs.promised), "statutory": _short(proofs.statutory)}


def _short(against: Against | None) -> dict[str, Any] | None:
    if against is None:
        return None
    counts = {name: getattr(against, name) for name in ("kept", "longest", "slack", "broken", "days")}
    return {"limit": str(against.limit.span), **counts, "worst_on": _day(against.worst_on)}


def _day(on: date | None) -> str | None:
    return on.isoformat() if on is not None else None


@dataclass(frozen=True)
class _Same:
    """A content that is known by its hash."""

    hash: str
    content: Content = field(compare=False)


@lru_cache(maxsize=256)
def _proved(of: _Same, time: OfficeTime, called: tuple[tuple[str, CalledMatter], ...]) -> TimeProof:
    """Kept by what it follows from: equal bytes, calendar and promises have one proof."""
    return prove_guide(of.content.diagram, of.content.guide, time, dict(called))
