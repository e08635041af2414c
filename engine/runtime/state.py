"""The stored state of a process: a list of tokens and a pool of values. No specs, no history, no pickle.

Equal values are kept once, and so are equal sets of facts, paths of forks and visits, so a state is about as large as what
the process knows. The same acts give the same bytes; what is loaded and saved again is the same, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from ..json_text import read, writer
from .branches import Parting
from .errors import StateNotReadable
from .marks import Due, Facts, Forks, Gathering, Listening, Mark, Standing, Turns, Undoable, Undoing, Visit
from .moments import OfficeTime
from .plan import Plan
from .scope import InnerScope, Scope
from .token import READY, Token
from .top import TopScope

FORMAT = 1


class _Writer:
    """One dump: values, then facts made of them, then visits, each pooled: kept once, under a number by which all else refers to it.

    values: by their JSON. sets: of facts, by name and number of the value in turn. paths: of visits, by name and visit.
    """

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.sets: dict[tuple[Any, ...], int] = {}
        self.paths: dict[tuple[Any, ...], int] = {}
        self.known_values: dict[int, int] = {}
        self.known_sets: dict[int, int] = {}
        """The number of this very thing. All of them live as long as the dump, so their identities hold."""

    def value(self, value: Any) -> int:
        number = self.known_values.get(id(value))
        if number is None:
            number = self.known_values[id(value)] = self.values.setdefault(_json(value), len(self.values))
        return number

    def facts(self, facts: Facts) -> int:
        number = self.known_sets.get(id(facts))  # most tokens bear the same facts
        if number is None:
            known = self.known_values
            row: list[Any] = []
            for name, value in facts.items():
                row += name, known[id(value)] if id(value) in known else self.value(value)
            number = self.known_sets[id(facts)] = self.sets.setdefault(tuple(row), len(self.sets))
        return number

    def visits(self, visits: Mapping[str, Visit]) -> int:
        return self.paths.setdefault(tuple(visits.items()), len(self.paths))

    def scope(self, scope: Scope) -> dict[str, Any]:
        branches = scope.branches
        return _full(
            spec=scope.spec.name,
            host=scope.host.id if scope.host else None,
            begin=self.facts(branches.begin),
            partings=[[fork, parting.forks, self.facts(parting.data)] for fork, parting in branches.partings.items()],
            left=[[fork, self.facts(data)] for fork, data in branches.left.items()],
            undo=[self.undoable(entry) for entry in scope.compensable],
            late=scope.late,
            begun=scope.begun,
            reopened=scope.reopened,
            known=self.facts(scope.known) if scope.owner is scope else None,
            correlation=scope.correlation,
            tokens=[self.token(token) for token in scope.tokens()],
        )

    def token(self, token: Token) -> list[Any]:
        mark = token.mark
        row = [
            token.number,
            token.step.name,
            token.state,
            self.facts(token.data),
            mark.forks,
            self.visits(mark.visits),
        ]
        more: dict[str, Any] = {}
        if mark.flow is not None:
            more["flow"] = mark.flow
        if mark.host is not None:
            more["host"] = mark.host
        if mark.owner is not None:
            more["owner"] = mark.owner
        if mark.index is not None:
            more["index"] = mark.index
        if mark.race is not None:
            more["race"] = mark.race
        if mark.began is not None:
            more["began"] = self.facts(mark.began)
        if token.standing is not None:
            more["standing"] = self.standing(token.standing)
        return [*row, more] if more else row

    def standing(self, standing: Standing) -> dict[str, Any]:
        match standing:
            case Listening():
                due = [
                    [i, _stamp(d.at), _stamp(d.start), d.text, d.left, d.provisional] for i, d in standing.due.items()
                ]
                return {"due": due, "seen": sorted(standing.seen), "held": sorted(standing.held)}
            case Turns():
                items = None if standing.items is None else [self.value(item) for item in standing.items]
                return {
                    "items": items,
                    "next": standing.next,
                    "done": [[i, self.facts(f)] for i, f in standing.done.items()],
                }
            case Undoing():
                return {"todo": [self.undoable(entry) for entry in standing.todo], **_full(wakes=standing.wakes)}
            case Gathering():
                return {"gathers": True}
            case _:
                raise AssertionError(standing)

    def undoable(self, entry: Undoable) -> list[Any]:
        row = [entry.activity, self.facts(entry.data)]
        return [*row, entry.step, [self.undoable(inner) for inner in entry.inside]] if entry.step else row


def dump(top: TopScope) -> bytes:
    """The state between two acts."""
    writer = _Writer()
    body = _full(
        format=FORMAT,
        process=top.spec.name,
        numbers=top.numbers,
        visits=top.visits,
        completed=top.completed,
        failed=not top.success,
        errors=top.errors,
        result=None if top.result is None else writer.facts(top.result),
        scopes=[writer.scope(scope) for scope in top.scopes()],
    )
    values, sets = ",".join(writer.values), list(writer.sets)
    paths = [[part for name, visit in path for part in (name, *visit)] for path in writer.paths]
    return f'{_json(body)[:-1]},"values":[{values}],"sets":{_json(sets)},"paths":{_json(paths)}}}'.encode()


class _Reader:
    """One load: the pools first, then what is made of them. Equal values become one value again."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.values: list[Any] = body["values"]
        value = self.values.__getitem__
        self.sets: list[Facts] = [dict(zip(row[::2], map(value, row[1::2]), strict=True)) for row in body["sets"]]
        self.paths = [_visits(row) for row in body["paths"]]

    def scope(self, scope: Scope, saved: Mapping[str, Any]) -> None:
        branches = scope.branches
        branches.partings = {fork: Parting(_forks(forks), self.sets[n]) for fork, forks, n in saved.get("partings", ())}
        branches.left = {fork: self.sets[n] for fork, n in saved.get("left", ())}
        scope.compensable = [self.undoable(row) for row in saved.get("undo", ())]
        scope.late = {
            gate: tuple((fork, branch) for fork, branch in rounds) for gate, rounds in saved.get("late", {}).items()
        }
        scope.begun, scope.reopened = saved.get("begun", 0), saved.get("reopened", False)
        scope.correlation = dict(saved.get("correlation", {}))
        if "known" in saved:
            scope.known = dict(self.sets[saved["known"]])
        for row in saved.get("tokens", ()):
            self.token(scope, row)

    def token(self, scope: Scope, row: list[Any]) -> None:
        number, name, state, facts, forks, visits, *rest = row
        more: dict[str, Any] = rest[0] if rest else {}
        if name not in scope.spec.task_specs:
            raise StateNotReadable(f"{scope.spec.name} draws no {name}")
        began = self.sets[more.pop("began")] if "began" in more else None
        standing = more.pop("standing", None)
        mark = Mark(_forks(forks), self.paths[visits], began=began, **more)
        token = Token(scope, scope.spec.task_specs[name], number, self.sets[facts], mark, state)
        token.standing = None if standing is None else self.standing(standing)
        if state == READY:
            token.step._on_ready_hook(token)

    def standing(self, saved: Mapping[str, Any] | None) -> Standing:
        match saved:
            case {"due": due, "seen": seen, "held": held}:
                return Listening({row[0]: _due(row[1:]) for row in due}, frozenset(seen), frozenset(held))
            case {"items": items, "next": index, "done": done}:
                found = None if items is None else tuple(self.values[n] for n in items)
                return Turns(found, index, {i: self.sets[n] for i, n in done})
            case {"todo": todo}:
                return Undoing(tuple(map(self.undoable, todo)), (saved or {}).get("wakes"))
            case {"gathers": True}:
                return Gathering()
            case _:
                return None

    def undoable(self, row: list[Any]) -> Undoable:
        activity, facts, *reopened = row
        step, inside = reopened or (None, ())
        return Undoable(activity, self.sets[facts], step, tuple(map(self.undoable, inside)))


def load(plan: Plan, state: bytes, now: datetime, office_time: OfficeTime | None) -> TopScope:
    """A process as it was saved, on a plan of the same diagram. Raises StateNotReadable."""
    try:
        body = read(state.decode())
    except ValueError as error:
        raise StateNotReadable("no JSON") from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise StateNotReadable("unknown format")
    if body["process"] != plan.main.name:
        raise StateNotReadable(f"a state of {body['process']}, a plan of {plan.main.name}")
    reader = _Reader(body)
    outermost, *inner = body["scopes"]
    top = TopScope(plan, reader.sets[outermost["begin"]], now, office_time)
    top.numbers, top.visits, top.errors = body["numbers"], body.get("visits", {}), body.get("errors", [])
    top.completed, top.success = body.get("completed", False), not body.get("failed", False)
    top.result = reader.sets[body["result"]] if "result" in body else None
    reader.scope(top, outermost)
    for saved in inner:
        reader.scope(_inner(top, saved, reader), saved)
    return top


def bears_moments(saved: bytes) -> bool:
    """Whether a state has timers. It may say yes where a fact only reads so, and never says no where there are."""
    return b'"due":[[' in saved


def _inner(top: TopScope, saved: Mapping[str, Any], reader: _Reader) -> InnerScope:
    """Scopes are saved the outer before the inner, so the host is there."""
    host = next((scope.tasks[saved["host"]] for scope in top.scopes() if saved["host"] in scope.tasks), None)
    if host is None or saved["spec"] not in top.subprocess_specs:
        raise StateNotReadable(f"no place for the scope {saved['spec']}")
    inner = InnerScope(top.subprocess_specs[saved["spec"]], host, reader.sets[saved["begin"]])
    top.subprocesses[host.id] = inner
    return inner


_json = writer(sort_keys=False)


def _full(**named: Any) -> dict[str, Any]:
    """Without what is empty: most tokens have most of it empty."""
    return {
        name: value
        for name, value in named.items()
        if value is not None and value is not False and value != [] and value != {}
    }


def _visits(row: list[Any]) -> dict[str, Visit]:
    each = zip(row[::4], row[1::4], row[2::4], row[3::4], strict=True)
    return {name: _visit((number, token, tuple(map(tuple, forks)))) for name, number, token, forks in each}


_visit: Callable[[tuple[int, int, Forks]], Visit] = partial(tuple.__new__, Visit)
"""A visit without the call of Python that `Visit(…)` is: a state has many."""


def _forks(rows: list[Any]) -> Forks:
    return tuple(map(tuple, rows))


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _due(row: list[Any]) -> Due:
    at, start, text, left, provisional = row
    return Due(datetime.fromisoformat(at), datetime.fromisoformat(start), text, left, provisional)
