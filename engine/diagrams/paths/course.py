"""The course of a case: the main process laid out flat, with its sub-processes and called parts standing in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..graph import Diagram, Flow, Node, Scope

MAX_STOPS = 2_000
MAX_CALLS = 30


@dataclass(frozen=True)
class Way:
    """A flow of the course: `source` and `target` are keys of stops."""

    key: str
    source: str
    target: str
    flow: Flow


@dataclass(frozen=True)
class Stop:
    """A node where it stands in the course; a part that is called twice has two stops for each of its nodes.

    key: path from the main process down. inside: key of the surrounding stop or process. leaving, entering: keys of
    ways. borders: boundary events on it. opens: it has an inner course; entrances: the stops where that begins, one
    set for each way to begin; handlers: event sub-processes drawn in it. jump: stop that a link event leads to.
    scope: `Scope.id` of where it is drawn.
    """

    key: str
    node: Node
    inside: str
    leaving: tuple[Way, ...] = ()
    entering: tuple[Way, ...] = ()
    borders: tuple[str, ...] = ()
    opens: bool = False
    entrances: tuple[tuple[str, ...], ...] = ()
    handlers: tuple[str, ...] = ()
    jump: str | None = None
    scope: str = ""

    @cached_property
    def next(self) -> frozenset[str]:
        """Keys of all stops where a token may be found after it stood here."""
        return frozenset(_next(self))


@dataclass(frozen=True)
class Course:
    """All stops by key; `entrances` and `handlers` are those of the main process itself.

    back: for each stop those from which a token comes to it, an open inside and its borders included.
    whole: False where calls were left closed, because laying them out would go beyond all measure.
    """

    root: str
    stops: dict[str, Stop]
    back: dict[str, tuple[str, ...]]
    entrances: tuple[tuple[str, ...], ...]
    handlers: tuple[str, ...]
    whole: bool


def lay_out(diagram: Diagram) -> Course:
    """Lay the main process out.

    A call of a process that is not in the files, or that calls itself, stays one plain stop.
    """
    main = diagram.processes[diagram.main]
    stops: dict[str, Stop] = {}
    whole = _lay(main, main.id, diagram, (main.id,), stops)
    return Course(main.id, stops, _back(stops), _entrances(main, main.id), _handlers(main, main.id), whole)


def _lay(scope: Scope, key: str, diagram: Diagram, calls: tuple[str, ...], stops: dict[str, Stop]) -> bool:
    whole, around, links = True, borders(scope), link_targets(scope)
    ways = {
        flow.id: Way(f"{key}#{flow.id}", f"{key}/{flow.source}", f"{key}/{flow.target}", flow) for flow in scope.flows
    }
    for node in scope.nodes.values():
        at, inner = f"{key}/{node.id}", _inner(node, diagram, calls)
        if node.inner is None and inner and (len(stops) > MAX_STOPS or len(calls) > MAX_CALLS):
            inner, whole = None, False
        stops[at] = Stop(
            key=at,
            node=node,
            inside=key,
            leaving=tuple(ways[flow.id] for flow in scope.leaving[node.id]),
            entering=tuple(ways[flow.id] for flow in scope.entering[node.id]),
            borders=tuple(f"{key}/{other.id}" for other in around.get(node.id, ())),
            opens=inner is not None,
            entrances=_entrances(inner, at) if inner else (),
            handlers=_handlers(inner, at) if inner else (),
            jump=f"{key}/{links[node.id].id}" if node.id in links else None,
            scope=scope.id,
        )
        if inner is not None:
            met = calls if node.inner else (*calls, inner.id)
            whole &= _lay(inner, at, diagram, met, stops)
    return whole


def _inner(node: Node, diagram: Diagram, calls: tuple[str, ...]) -> Scope | None:
    if node.inner is not None:
        return node.inner
    called = diagram.processes.get(node.called or "")
    return None if called is None or called.id in calls else called


def borders(scope: Scope) -> dict[str, tuple[Node, ...]]:
    """By host, the boundary events through which a token may leave it; compensation undoes and leads nowhere."""
    found: dict[str, tuple[Node, ...]] = {}
    for node in scope.nodes.values():
        if node.attached_to and not any(event.kind == "compensate" for event in node.events):
            found[node.attached_to] = (*found.get(node.attached_to, ()), node)
    return found


def entrances(scope: Scope) -> tuple[tuple[Node, ...], ...]:
    """The nodes where a scope begins.

    Several start events are alternatives; without one, all that nothing leads to begin.
    """
    starts = [node for node in scope.nodes.values() if node.kind == "startEvent"]
    plain = [node for node in starts if not node.events] or starts
    if plain:
        return tuple((node,) for node in (starts if scope.kind == "process" else plain))
    free = tuple(node for node in scope.nodes.values() if not scope.entering[node.id] and begins(node))
    return (free,) if free else ()


def begins(node: Node) -> bool:
    """Whether a node that nothing leads to begins with its scope: not by a border, an event, an undoing or a link."""
    by_link = node.kind == "intermediateCatchEvent" and any(event.kind == "link" for event in node.events)
    return not (node.kind == "boundaryEvent" or node.by_event or node.compensates or by_link)


def handlers(scope: Scope) -> tuple[Node, ...]:
    """Event sub-processes of a scope, those for compensation left out."""
    return tuple(
        node
        for node in scope.nodes.values()
        if node.by_event
        and node.inner
        and not any(event.kind == "compensate" for start in starts(node) for event in start.events)
    )


def starts(node: Node) -> tuple[Node, ...]:
    """Start events of a sub-process."""
    return tuple(inner for inner in node.inner.nodes.values() if inner.kind == "startEvent") if node.inner else ()


def link_targets(scope: Scope) -> dict[str, Node]:
    """By throwing link event, the catching one of the same name; of several the first drawn."""
    catching: dict[str | None, Node] = {}
    throwing: list[tuple[str, str | None]] = []
    for node in scope.nodes.values():
        for name in (event.name for event in node.events if event.kind == "link"):
            if node.kind == "intermediateCatchEvent":
                catching.setdefault(name, node)
            else:
                throwing.append((node.id, name))
    return {key: catching[name] for key, name in throwing if name in catching}


def _entrances(scope: Scope, key: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(f"{key}/{node.id}" for node in some) for some in entrances(scope))


def _handlers(scope: Scope, key: str) -> tuple[str, ...]:
    return tuple(f"{key}/{node.id}" for node in handlers(scope))


def _back(stops: dict[str, Stop]) -> dict[str, tuple[str, ...]]:
    back: dict[str, list[str]] = {key: [] for key in stops}
    for key, stop in stops.items():
        for other in stop.next:
            back[other].append(key)
    return {key: tuple(some) for key, some in back.items()}


def only_behind(course: Course, border: str) -> frozenset[str]:
    """The stops that nothing but this border leads to, itself included."""
    todo = [key for keys in course.entrances for key in keys] + list(course.handlers)
    reached = set(todo)
    while todo:
        fresh = course.stops[todo.pop()].next - reached - {border}
        reached |= fresh
        todo += fresh
    return frozenset(course.stops.keys() - reached)


def reading_order(course: Course) -> list[str]:
    """Keys of all stops that can be reached, as people read: branch after branch, a join behind all that it joins.

    Depth first and turned round (reverse postorder); where a way leads back, the earlier place counts.
    """
    done: list[str] = []
    seen: set[str] = set()
    roots = [key for keys in course.entrances for key in keys] + list(course.handlers)
    for root in reversed(roots):
        todo = [(root, False)]
        while todo:
            key, left = todo.pop()
            if left:
                done.append(key)
            elif key not in seen:
                seen.add(key)
                todo.append((key, True))
                todo += [(other, False) for other in _next(course.stops[key])]
    return done[::-1]


def _next(stop: Stop) -> list[str]:
    """What follows a stop, the first to be read first: its inside, its ways in drawn order, its borders."""
    inside = [other for keys in stop.entrances for other in keys]
    jump = [stop.jump] if stop.jump else []
    return [*inside, *(way.target for way in stop.leaving), *jump, *stop.borders, *stop.handlers]
