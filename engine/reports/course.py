"""How far a case has come on its diagram: which steps are behind it, where it stands, by which ways it came.

Read from the journal, where every act tells the tokens that it moved; no process is loaded. Only what the matter's own
drawing shows is told: the inside of a part that it calls counts for the step that calls it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa

from ..catalogue import Version, version
from ..clock import Lamp
from ..diagrams import Diagram, Node, Scope
from ..people import establishment_now
from ..store import Tx, journal, tables
from .lines import LATE, Line, lines_of, with_words
from .record import doers
from .times import time_of_case


class State(StrEnum):
    DONE = "done"
    NOW = "now"
    LATE = "late"  # it stands there, and a clock over it has run out


@dataclass(frozen=True)
class Stop:
    """A drawn step that the case has come to. on: the day on which it was done, or since when the case is there; who: the
    officer who did it or has it, for officers only; words: what its clock says while the case is there; lamp: the clock's."""

    state: State
    on: date
    who: str = ""
    words: str = ""
    lamp: Lamp | None = None


@dataclass(frozen=True)
class Course:
    """stops: by the id of the drawn element; taken: ids of the flows by which the case came."""

    version: Version
    stops: Mapping[str, Stop]
    taken: frozenset[str]


def course(tx: Tx, case_id: int, now: datetime) -> Course:
    """How far a case has come. Whoever calls has asked whether he sees it."""
    time = time_of_case(tx, case_id)
    version_id = tx.value(sa.select(tables.cases.c.version_id).where(tables.cases.c.id == case_id))
    of = version(tx, version_id)
    diagram = of.content.diagram
    rows = journal.read(tx, journal.Stream("case", case_id))
    who = doers(tx, rows)
    scopes = {scope.id: scope for scope in _drawn(diagram)}
    stops: dict[str, Stop] = {}
    for row in rows:
        for what, scope_id, node_id in (row.payload or {}).get("moves") or ():
            if scope_id not in scopes:
                continue
            node = scopes[scope_id].nodes.get(node_id)
            if node is not None:
                _move(stops, node, what, time.civil(row.at), who[row.n] if node.work is not None else "")
    lines = with_words(tx, lines_of(tx, establishment_now(tx), _open_tasks(tx, case_id)), time, now)
    for line in lines:
        if (key := _drawn_at(diagram, scopes, line.step)) is not None:
            stops[key] = _held(line, time.civil(line.claimed_at or line.arrived_at))
    return Course(of, stops, frozenset(_ways(rows, scopes)))


def _drawn(diagram: Diagram) -> Iterator[Scope]:
    """The main process and what is drawn inside it."""

    def inside(scope: Scope) -> Iterator[Scope]:
        yield scope
        for node in scope.nodes.values():
            if node.inner is not None:
                yield from inside(node.inner)

    yield from inside(diagram.processes[diagram.main])


def _move(stops: dict[str, Stop], node: Node, what: str, on: date, who: str) -> None:
    """One token came or went. At a join the case stands nowhere: what is waited for are the branches."""
    if what == "done":
        stops[node.id] = Stop(State.DONE, on, who)
    elif what == "cancelled":
        stops.pop(node.id, None)
    elif what == "arrived" and not node.kind.endswith("Gateway"):
        stops[node.id] = Stop(State.NOW, on)


def _held(line: Line, on: date) -> Stop:
    state = State.LATE if line.lamp in LATE else State.NOW
    return Stop(state, on, line.officer, line.words, line.lamp)


def _open_tasks(tx: Tx, case_id: int) -> list[int]:
    t = tables.tasks
    rows = tx.rows(sa.select(t.c.id).where(t.c.case_id == case_id, tables.LIVE).order_by(t.c.id))
    return [r.id for r in rows]


def _drawn_at(diagram: Diagram, scopes: Mapping[str, Scope], step: str) -> str | None:
    """Where the main drawing shows a step: itself, or the step that calls the part in which it lies."""
    nodes = [node for scope in scopes.values() for node in scope.nodes.values()]
    if any(node.id == step for node in nodes):
        return step
    called = {process.id for process in diagram.processes.values() if step in process.nodes}
    return next((node.id for node in nodes if node.called in called), None)


# ---------------------------------------------------------------- by which ways
def _ways(rows: Sequence[journal.JournalRow], scopes: Mapping[str, Scope]) -> Iterator[str]:
    """The flows that tokens took: what arrives came from the step that was done just before it, or from a border."""
    for row in rows:
        done: dict[str, list[str]] = {}
        for what, scope_id, node_id in (row.payload or {}).get("moves") or ():
            if scope_id not in scopes:
                continue
            if what == "done":
                done.setdefault(scope_id, []).append(node_id)
            elif what == "arrived":
                yield from _way(scopes[scope_id], node_id, done.get(scope_id, []))


def _way(scope: Scope, node_id: str, done: Sequence[str]) -> list[str]:
    entering = scope.entering.get(node_id, ())
    for source in reversed(done):
        if found := [flow.id for flow in entering if flow.source == source]:
            return found
    # nobody was done: an event on the border of a step went off
    return [flow.id for flow in entering if scope.nodes[flow.source].attached_to is not None]
