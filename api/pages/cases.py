"""Cases: all that an officer may see, and one of them whole: where it is, whose hands it went through, how its time is
counted, what was done. Reading only; what can be done leads to the pages of tasks and acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from engine.cases import PHASE_NAMES, Phase, case_facts, case_id_of, case_view, clocks_of, drawn_of
from engine.clock import RULES, Lamp, Story, sentence
from engine.reports import CasesAsked, Holding, cases_page, holdings, record, waiting

from ..here import here
from . import fields
from .look import SEES_CASES, now, officer, officers_only, page, today
from .picture import picture
from .ruler import ruler

pages = Blueprint("cases", __name__)
MOST = 50
WIDE = 1000.0


@dataclass(frozen=True)
class Stretch:
    """One piece of the possession bar, in the bar's own units; words: only where they fit."""

    x: float
    width: float
    kind: str
    words: str
    title: str


@dataclass(frozen=True)
class Told:
    """One clock as the case page tells it."""

    label: str
    lamp: Lamp | None
    say: str
    story: Story
    verified: bool
    basis: str


@pages.get("/cases")
@officers_only(*SEES_CASES)
def listing() -> Response:
    """The cases that an officer may see, the newest first; found by number or applicant."""
    phase, lamp = request.args.get("phase", ""), request.args.get("lamp", "")
    asked = CasesAsked(
        query=request.args.get("q", "").strip(),
        phase=Phase(phase) if phase in set(Phase) else None,
        lamp=Lamp(lamp) if lamp in set(Lamp) else None,
        open=request.args.get("open") == "1",
    )
    after = request.args.get("after", "0")
    with here().database.reading() as tx:
        found = cases_page(tx, officer(), now(), asked, limit=MOST, after=int(after) if after.isdecimal() else 0)
    shown: dict[str, Any] = {
        "found": found,
        "asked": asked,
        "query": asked.query,
        "phases": PHASE_NAMES,
        "module": "cases.listing",
    }
    return page("cases.html", **shown)


@pages.get("/cases/<string:case_no>")
@officers_only(*SEES_CASES)
def show(case_no: str) -> Response:
    """One case whole."""
    with here().database.reading() as tx:
        case_id = case_id_of(tx, case_no)
        case = case_facts(tx, officer(), case_id, now())
        seen = case_view(tx, officer(), case_no, now())
        notes = record(tx, case_id)[::-1]
        held = holdings(tx, [case_id], now())[case_id]
        why = waiting(tx, [case_id], now())[case_id]
        clocks = _clocks(tx, case_no, seen["clocks"])
        diagram = drawn_of(tx, case_id)
    time = case.time
    drawn = ruler(time.clock, time.time, today(), time.say, time.statutory) if time.clock is not None else None
    shown: dict[str, Any] = {
        "seen": seen,
        "notes": notes,
        "held": _bar(held),
        "days": sum(h.days for h in held),
        "why": why,
        "clocks": clocks,
        "ruler": drawn,
        "picture": picture(diagram),
        "marks": _marks(seen["tasks"]),
        "applied": fields.written(case.application, case.answers),
        "papers": {p.number: p for p in case.papers},
        "acts": [o for o in case.acts if not o.why_not],
        "module": "cases.listing",
    }
    return page("case.html", case=case, case_no=case.case_no, **shown)


def _marks(tasks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """How far each drawn step has come: its last visit counts. done, now, or nothing where nobody has been."""
    marks: dict[str, str] = {}
    for task in tasks:
        state = {"done": "done", "open": "now", "claimed": "now"}.get(task["state"])
        if state is not None:
            marks[task["step"]] = state
    return marks


def _bar(held: Sequence[Holding]) -> list[Stretch]:
    """The stretches in proportion to their working days; one that took no time is left out."""
    whole = sum(h.days for h in held)
    found: list[Stretch] = []
    x = 0.0
    for one in held:
        if not one.days:
            continue
        width = WIDE * one.days / whole
        words = f"{one.label} {one.days:.1f}"
        kind = {"applicant": "app", "third_party": "exp", "hq": "hq", "upper_level": "hq", "system": "sys"}.get(
            one.holder, "win"
        )
        fits = width > 14 * len(words)
        found.append(
            Stretch(round(x, 1), round(max(width - 2, 1), 1), kind, words if fits else "", f"{words} 个工作日")
        )
        x += width
    return found


def _clocks(tx: Any, case_no: str, told: Sequence[Mapping[str, Any]]) -> list[Told]:
    """The running clocks of the case itself with their stories; those of steps and orders stand elsewhere."""
    time, clocks = clocks_of(tx, case_no)
    lamps = {c["kind"]: Lamp(c["lamp"]) for c in told if c["state"] == "running" and not c["subject"]}
    found = []
    for clock in clocks:
        if clock.kind not in lamps or clock.stopped_on is not None:
            continue
        verified = clock.limit.verified
        found.append(
            Told(
                RULES[clock.kind].label,
                lamps[clock.kind],
                sentence(clock, time, now()),
                clock.explain(time, today()),
                verified,
                clock.limit.basis if verified else "",
            )
        )
    return found
