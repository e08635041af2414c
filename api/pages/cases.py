"""办件: the list of cases that an officer may see, and one case from filing to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.cases import ENDS, PHASE_NAMES, Phase, case_facts, case_id_of, opinion_lamps
from engine.clock import Lamp, Story
from engine.diagrams import describe
from engine.people import Role
from engine.projects import reads_projects
from engine.reports import (
    Asked,
    Box,
    CasesAsked,
    ClockLine,
    Clocks,
    Course,
    Holding,
    State,
    Stop,
    cases_page,
    clocks_at,
    course,
    holdings,
    other_levels,
    project_of,
    record,
    stage_matters,
    stage_of_case,
    time_of_case,
    waiting,
    worklist,
)

from ..here import here
from . import fields
from .asked import given, number, one_of, text
from .diagram import Mark, draw
from .look import AT_WINDOWS, SEES_CASES, now, officer, officers_only, page, today
from .ruler import Ruler, ruler

pages = Blueprint("cases", __name__)
PAGE = 50
LAMPS = (Lamp.DARK_RED, Lamp.RED, Lamp.YELLOW, Lamp.GREY, Lamp.GREEN)
STATES = {State.DONE: "已过", State.NOW: "现在", State.LATE: "现在，已超期"}
NUDGES = frozenset({Role.COORDINATOR, Role.SUPERVISOR, Role.APPROVER, Role.HEAD})
ORDERS = frozenset({Role.COORDINATOR, Role.SUPERVISOR})


# ---------------------------------------------------------------- the list
@pages.get("/cases")
@officers_only(*SEES_CASES)
def listing() -> Response:
    """能看到的全部办件，新的在前。A whole number that is found leads straight to its case."""
    asked = CasesAsked(text("q"), one_of(Phase, "phase"), one_of(Lamp, "lamp", LAMPS), given().get("open") == "1")
    after = text("after", 200)
    with here().database.reading() as tx:
        shown = cases_page(tx, officer(), now(), asked, limit=PAGE, after=after)
    if asked.query and [line.case_no for line in shown.lines] == [asked.query.upper()]:
        return redirect(url_for("cases.show", case_no=shown.lines[0].case_no))
    return page(
        "cases.html",
        shown=shown,
        asked=asked,
        query=asked.query,
        after=after,
        phases=PHASE_NAMES,
        lamps=LAMPS,
        narrowed=asked != CasesAsked(),
        at=_at,
        page_size=PAGE,
        module="cases.listing",
    )


def _at(**changes: Any) -> str:
    """The address of this list with something else asked for; what is None falls away."""
    kept = {name: value for name in ("q", "phase", "lamp", "open") if (value := given().get(name))}
    return url_for("cases.listing", **{k: v for k, v in {**kept, **changes}.items() if v is not None})


# ---------------------------------------------------------------- one case
@pages.get("/cases/<string:case_no>")
@officers_only(*SEES_CASES)
def show(case_no: str) -> Response:
    """一个办件的全程：在谁手里，办到哪一步，时限怎么算，办理记录，材料和文书。"""
    before = number("before") or None
    with here().database.reading() as tx:
        facts = case_facts(tx, officer(), case_id_of(tx, case_no), now())
        time = time_of_case(tx, facts.id)
        clocks = clocks_at(tx, facts.id, time, now())
        went = course(tx, facts.id, now())
        hands = holdings(tx, [facts.id], now())[facts.id]
        waits = waiting(tx, [facts.id], now())[facts.id]
        notes = record(tx, facts.id, before=before)
        project = project_of(tx, facts.id)
        stage = stage_of_case(tx, officer(), facts.id)
        matters = stage_matters(tx, officer(), facts.id, now())
        levels = other_levels(tx, officer(), facts.id, now())
        owed = opinion_lamps(tx, facts.opinions, time, now())
        desk = [
            line
            for box in (Box.MINE, Box.POOL)
            for line in (
                worklist(tx, officer(), now(), Asked(box, query=case_no)) if officer().roles & AT_WINDOWS else ()
            )
            if line.case_id == facts.id  # another number may begin with this one
        ]
    steps = list(_steps(went))
    return page(
        "case.html",
        case=facts,
        ended=facts.phase in ENDS,
        case_no=facts.case_no,
        waits=waits,
        hands=list(_bar(hands)),
        hands_sum=sum(one.days for one in hands),
        version=went.version,
        kind={"instant": "即办件", "promised": "承诺件"}[went.version.guide.kind],
        picture=_picture(went, steps, facts.matter),
        steps=steps,
        clock=_drawn(clocks, clocks.counting) if clocks.counting is not None else None,
        beside=[_drawn(clocks, one) for one in clocks.beside],
        stopped=[_drawn(clocks, one) for one in clocks.stopped],
        notes=list(reversed(notes)),
        before=before,
        paper_ids={p.number: p.id for p in facts.papers},
        applied=fields.written(facts.application, facts.answers),
        project=project,
        stage=stage,
        matters=matters,
        levels=levels,
        owed=owed,
        reads_projects=reads_projects(officer()),
        mine=desk[0] if desk else None,
        nudges=bool(officer().roles & NUDGES),
        orders=bool(officer().roles & ORDERS),
        module="cases.listing",
    )


# ---------------------------------------------------------------- in whose hands
@dataclass(frozen=True)
class Hand:
    """A stretch of the bar. x, width: in hundredths of it; look: a class; told: the label has room."""

    label: str
    days: float
    since: Any
    until: Any
    x: float
    width: float
    look: str
    told: bool


_LOOKS = {"applicant": "h-app", "third_party": "h-exp", "upper_level": "h-exp", "hq": "h-hq", "system": "h-app"}


def _bar(hands: Sequence[Holding]) -> list[Hand]:
    """The stretches with their parts of the whole; the shortest stays wide enough to be seen."""
    widths = [max(one.days, 0.02 * sum(h.days for h in hands), 0.01) for one in hands]
    whole, x = sum(widths), 0.0
    found: list[Hand] = []
    for one, width in zip(hands, widths, strict=True):
        part = 100 * width / whole
        look = _LOOKS.get(one.holder, "h-win" if len(found) % 2 == 0 else "h-win h-win2")
        found.append(
            Hand(one.label, one.days, one.from_at, one.until_at, x, part, look, part > 1.6 * len(one.label) + 3)
        )
        x += part
    return found


# ---------------------------------------------------------------- how far it has come
@dataclass(frozen=True)
class Step:
    """A drawn step in words: what the picture says by shape and weight."""

    name: str
    state: str
    words: str


def _steps(went: Course) -> list[Step]:
    found = []
    for step in describe(went.version.content.diagram):
        stop = went.stops.get(step.id)
        found.append(Step(step.name, STATES[stop.state] if stop else "未到", "，".join(_lines(stop)) if stop else ""))
    return found


def _lines(stop: Stop) -> tuple[str, ...]:
    on = f"{stop.on.month}月{stop.on.day}日"
    if stop.state is State.DONE:
        return (f"{stop.who} {on}".strip(),)
    held = f"{stop.who} {on}" if stop.who else "待签收" if stop.words else f"{on}起"
    return tuple(part for part in (held, stop.words) if part)


def _picture(went: Course, steps: Sequence[Step], matter: str) -> Markup:
    marks = {
        key: Mark(
            str(stop.state), _lines(stop) if stop.words or stop.who or stop.state is not State.DONE else (), stop.lamp
        )
        for key, stop in went.stops.items()
    }
    done = "、".join(step.name for step in steps if step.state == STATES[State.DONE])
    here_ = "、".join(f"{s.name}（{s.words}）" for s in steps if s.state not in (STATES[State.DONE], "未到"))
    told = f"{f'已过：{done}。' if done else ''}{f'现在：{here_}。' if here_ else ''}"
    return draw(went.version.content.diagram, marks, went.taken, title=f"流程图：{matter}", told=told)


# ---------------------------------------------------------------- how the time is counted
@dataclass(frozen=True)
class Counted:
    """A clock with its addition and its ruler."""

    line: ClockLine
    story: Story
    drawn: Ruler | None


def _drawn(clocks: Clocks, line: ClockLine) -> Counted:
    story = line.clock.explain(clocks.time, today())
    drawn = ruler(line.clock, clocks.time, today(), line.say, line.statutory) if line.running else None
    return Counted(line, story, drawn)
