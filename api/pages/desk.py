"""待办: the worklist of an officer. Claimed from and gone through by keyboard; refreshed without moving what one looks at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from engine.cases import TaskTaken, TaskUnknown, claim
from engine.clock import Lamp
from engine.diagrams import KIND_NAMES, OUTCOME_LABELS, StepKind
from engine.errors import NotNow
from engine.people import ActNotAllowed, office, office_time, windows
from engine.reports import (
    Asked,
    Box,
    Boxes,
    Glance,
    Line,
    Standing,
    boxes,
    choices,
    glance,
    standing,
    task_line,
    time_of_case,
    worklist_page,
)
from engine.store import Tx

from ..here import here
from .asked import given, number, one_of, text
from .look import AT_WINDOWS, now, officer, officers_only, page, today, zone
from .ruler import Ruler, ruler
from .words import moment

pages = Blueprint("desk", __name__)
PAGE = 50
FURTHER = 50
TITLES = {Box.MINE: "待我处理", Box.POOL: "待签收", Box.DONE: "我已处理"}
HEADS = {
    Box.MINE: ("时限", "办件编号", "事项", "申请人", "环节", "到期", "签收"),
    Box.POOL: ("时限", "办件编号", "事项", "申请人", "环节", "到期", "签收"),
    Box.DONE: ("结果", "办件编号", "事项", "申请人", "环节", "办理", "窗口"),
}
LAMPS = (Lamp.DARK_RED, Lamp.RED, Lamp.YELLOW, Lamp.GREEN, Lamp.GREY)
NARROWING = ("box", "lamp", "matter", "kind", "window", "q")


@pages.get("/desk", endpoint="worklist")
@officers_only(*AT_WINDOWS)
def show() -> Response:
    """待办列表。"""
    return _page()


@pages.get("/desk/rows")
@officers_only(*AT_WINDOWS)
def rows() -> Response:
    """The same list for whoever has it open: 304 while nothing in it has changed. What is done is not looked at again: 404."""
    asked, after = _asked(), text("after", 200)
    if asked.box is Box.DONE:
        abort(404)
    with here().database.reading() as tx:
        counted = boxes(tx, officer(), now())
        tag = _tag(standing(tx, officer(), now(), asked, limit=PAGE + FURTHER + 1, after=after), counted)
        if request.if_none_match.contains(tag):
            return _unchanged(tag)
        shown = worklist_page(tx, officer(), now(), asked, limit=PAGE + FURTHER, after=after)
    answer = page("fragments/worklist-rows.html", shown=shown, asked=asked, counted=counted, **_words())
    answer.set_etag(tag)
    answer.headers["X-Told-At"] = _clock()
    return answer


@pages.get("/desk/peek/<int:task_id>")
@officers_only(*AT_WINDOWS)
def peek(task_id: int) -> Response:
    """What stands beside the list while the cursor is on this task."""
    with here().database.reading() as tx:
        return page("fragments/peek.html", peek=_peek(tx, task_id), **_words())


@pages.post("/desk/<int:task_id>/claim", endpoint="claim")
@officers_only(*AT_WINDOWS)
def take(task_id: int) -> Response:
    """签收. Exactly one wins; who comes second is told in the row who was first, and when."""
    try:
        with here().database.writing() as tx:
            claim(tx, officer(), task_id, now=now())
    except (NotNow, ActNotAllowed) as refused:  # taken, done or withdrawn meanwhile; or not for his role
        return _refused(task_id, refused)
    if request.headers.get("HX-Request"):
        return _row(task_id, "")
    return redirect(_at(claimed=task_id), 303)


# ---------------------------------------------------------------- a page
def _page(status: int = 200, lost: tuple[Line, str] | None = None) -> Response:
    """The whole page. lost: a task that somebody else had first, and the words for it."""
    asked, after = _asked(), text("after", 200)
    with here().database.reading() as tx:
        shown = worklist_page(tx, officer(), now(), asked, limit=PAGE, after=after, further=FURTHER)
        counted = boxes(tx, officer(), now())
        narrow = choices(tx, officer(), now(), asked.box)
        offices = {officer().office_id, *(one.office_id for one in officer().stands_in)}
        names = {w.id: w.name for of in offices for w in windows(tx, of)}
        ids = [line.id for line in shown.lines]
        cursor = at if (at := number("at")) in ids else next(iter(ids), 0)
        beside = _peek_where_seen(tx, cursor) if cursor else None
        claimed = _claimed(tx)
        day_kind = office_time(tx, office(tx, officer().office_id)).calendar.why(today()).words
    return page(
        "worklist.html",
        status,
        shown=shown,
        asked=asked,
        counted=counted,
        narrow=narrow,
        windows={
            w: names.get(w, "") + (f"（代{absent}）" if (absent := _for_whom().get(w)) else "") for w in counted.pools
        },
        cursor=cursor,
        peek=beside,
        lost=lost,
        claimed=claimed,
        after=after,
        tag=_tag(shown.standing, counted),
        here=_at(after=after or None),
        rows_url=url_for("desk.rows", **{**_kept(), "after": after or None}),
        narrowed=asked != Asked(asked.box),
        narrowing=_kept(),
        at=_at,
        heads=HEADS[asked.box],
        page_size=PAGE,
        day_kind=day_kind,
        titles=TITLES,
        module="desk.worklist",
        **_words(),
    )


def _words() -> Mapping[str, Any]:
    return {
        "kind_names": KIND_NAMES,
        "outcome_labels": OUTCOME_LABELS,
        "lamps": LAMPS,
        "boxes": Box,
        "task_url": lambda task_id: url_for("task.show", task_id=task_id),
        "peek_query": lambda task_id: urlencode({**_kept(), "at": task_id}),
        "clock": _clock(),
        "for_whom": _for_whom(),
    }


def _for_whom() -> Mapping[int, str]:
    """At which windows the officer stands in, and for whom."""
    mine = officer().windows
    return {w: one.name for one in officer().stands_in for w in one.windows if w not in mine}


def _claimed(tx: Tx) -> Line | None:
    """The task that was claimed a moment ago, for the word above the list."""
    line = task_line(tx, officer(), now(), found) if (found := number("claimed")) else None
    return line if line is not None and line.officer_id == officer().id else None


# ---------------------------------------------------------------- a row
def _row(task_id: int, words: str, status: int = 200) -> Response:
    with here().database.reading() as tx:
        line = task_line(tx, officer(), now(), task_id)
    if line is None:
        abort(404)
    return page(
        "fragments/worklist-one.html", status, line=line, words=words, asked=_asked(), cursor=task_id, **_words()
    )


def _refused(task_id: int, refused: NotNow | ActNotAllowed) -> Response:
    """Who and when, or whom it needs, in the row itself; where there is no script, above the list."""
    words = str(refused)
    if isinstance(refused, TaskTaken):
        words = f"{refused.facts['officer']} {moment(refused.facts['at'], zone())} 已签收"
    elif isinstance(refused, ActNotAllowed):
        words = f"需要{refused.facts['roles']}"
    if request.headers.get("HX-Request"):
        return _row(task_id, words, refused.status)
    with here().database.reading() as tx:
        line = task_line(tx, officer(), now(), task_id)
    if line is None:
        abort(404)
    return _page(refused.status, (line, words))


# ---------------------------------------------------------------- beside the list
@dataclass(frozen=True)
class Beside:
    """A glance with its clock drawn."""

    told: Glance
    drawn: Ruler | None


def _peek(tx: Tx, task_id: int) -> Beside:
    told = glance(tx, officer(), task_id, now())
    if told.clock is None:
        return Beside(told, None)
    time = time_of_case(tx, told.line.case_id)
    return Beside(told, ruler(told.clock.clock, time, today(), told.clock.say, told.clock.statutory))


def _peek_where_seen(tx: Tx, task_id: int) -> Beside | None:
    """The same, None where he has the task in hand of a case that he may not see any more: he claimed it as a stand-in."""
    try:
        return _peek(tx, task_id)
    except TaskUnknown:
        return None


# ---------------------------------------------------------------- what was asked for
def _asked() -> Asked:
    return Asked(
        box=one_of(Box, "box") or Box.MINE,
        lamp=one_of(Lamp, "lamp", LAMPS),
        matter=text("matter", 40),
        kind=one_of(StepKind, "kind"),
        query=text("q"),
        window=number("window") or None,
    )


def _at(**changes: Any) -> str:
    """The address of this list with something else asked for; what is None falls away. Another page begins anew."""
    return url_for("desk.worklist", **{k: v for k, v in {**_kept(), **changes}.items() if v is not None})


def _kept() -> dict[str, Any]:
    """What narrows this list, as it stands in its address."""
    return {name: value for name in NARROWING if (value := given().get(name))}


# ---------------------------------------------------------------- whether it has changed
def _tag(tasks: Standing, counted: Boxes) -> str:
    """What the list depends on, without what it says: the day, the hour of closing, the tasks and where they stand."""
    told = [f"{today()}|{now().astimezone(zone()):%H}|{counted}", *map(str, tasks)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:24]


def _unchanged(tag: str) -> Response:
    answer = make_response("", 304)
    answer.set_etag(tag)
    answer.headers["X-Told-At"] = _clock()
    return answer


def _clock() -> str:
    return f"{now().astimezone(zone()):%H:%M}"
