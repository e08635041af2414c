"""Sound process trees, how each is drawn, and a small interpreter of them: the other opinion on what a diagram may do.

The interpreter knows nothing of tokens, flows or gateways. A tree that is begun is a *term*: what of it is still to do. An
act makes of a term the next one. Two things leave their place in the tree: what a non-interrupting event begins goes on
beside, in the scope (process or sub-process) that draws it, and the scope is over when all of that is.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

Action: TypeAlias = tuple[str, ...]
"""("do", step, turn), ("way", gateway, target), ("message", name), ("time",)."""


# ---------------------------------------------------------------- trees
@dataclass(frozen=True)
class Task:
    name: str


@dataclass(frozen=True)
class Turns:
    """A step of several persons. enough: how many suffice."""

    name: str
    count: int
    sequential: bool
    enough: int


@dataclass(frozen=True)
class Event:
    """Something that is waited for: a message of that name, or after so many seconds. times: a cycle of a border."""

    name: str
    seconds: int = 0
    times: int = 1


@dataclass(frozen=True)
class Wait:
    event: Event


@dataclass(frozen=True)
class Seq:
    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Choice:
    name: str
    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Par:
    name: str
    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Inclusive:
    """taken: whose conditions hold."""

    name: str
    parts: tuple[Tree, ...]
    taken: tuple[bool, ...]


@dataclass(frozen=True)
class Loop:
    name: str
    body: Tree


@dataclass(frozen=True)
class Race:
    name: str
    parts: tuple[tuple[Event, Tree], ...]


@dataclass(frozen=True)
class Sub:
    """handler: an event sub-process in it, with its event and whether it interrupts."""

    name: str
    body: Tree
    handler: tuple[Event, bool, Tree] | None = None


@dataclass(frozen=True)
class Border:
    event: Event
    interrupts: bool
    host: Task | Turns | Sub
    handler: Tree


Tree: TypeAlias = Task | Turns | Wait | Seq | Choice | Par | Inclusive | Loop | Race | Sub | Border


class Grower:
    """Random trees; every name is used once."""

    def __init__(self, luck: random.Random) -> None:
        self.luck, self.number = luck, 0

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    def event(self, *, cycles: bool = False) -> Event:
        self.number += 1
        if self.luck.random() < 0.5:
            return Event(f"m{self.number}")
        # odd lengths that no two waits have in common, nor sums of a few
        times = self.luck.choice((1, 2)) if cycles else 1
        return Event(f"z{self.number}", 1000 + 7**3 * self.number + self.number**3, times)

    def tree(self, size: int) -> Tree:
        if size <= 1:
            return self.leaf()
        kind = self.luck.choice(("seq", "seq", "xor", "par", "par", "or", "loop", "sub", "border", "border", "race"))
        half = max(1, (size - 1) // 2)
        match kind:
            case "seq":
                return Seq((self.tree(half), self.tree(size - half)))
            case "xor":
                return Choice(self.name("x"), (self.tree(half), self.tree(half)))
            case "par":
                return Par(self.name("p"), (self.tree(half), self.tree(half)))
            case "or":
                count = self.luck.choice((2, 3))
                taken = [self.luck.random() < 0.6 for _ in range(count)]
                taken[self.luck.randrange(count)] = True
                return Inclusive(self.name("o"), tuple(self.tree(half) for _ in range(count)), tuple(taken))
            case "loop":
                return Loop(self.name("l"), self.tree(size - 1))
            case "sub":
                return self.sub(size)
            case "race":
                return Race(self.name("r"), tuple((self.event(), self.tree(half)) for _ in range(2)))
            case _:
                host = self.sub(half) if self.luck.random() < 0.4 else self.step()
                interrupts = self.luck.random() < 0.5
                return Border(self.event(cycles=not interrupts), interrupts, host, self.tree(half))

    def sub(self, size: int) -> Sub:
        handler = None
        if self.luck.random() < 0.4:
            handler = (self.event(), self.luck.random() < 0.5, self.tree(max(1, size // 3)))
        return Sub(self.name("q"), self.tree(size - 1), handler)

    def leaf(self) -> Tree:
        return Wait(self.event()) if self.luck.random() < 0.2 else self.step()

    def step(self) -> Task | Turns:
        if self.luck.random() < 0.75:
            return Task(self.name("t"))
        count = self.luck.choice((2, 3))
        return Turns(self.name("t"), count, self.luck.random() < 0.5, self.luck.randint(1, count))


# ---------------------------------------------------------------- how a tree is drawn
def drawn(tree: Tree) -> str:
    """In the words of tests/runtime/drawing.py."""
    lines: list[str] = []
    first, last = _draw(tree, lines, "")
    return "\n".join([*lines, f"s > {first}", f"{last} > e"])


def _draw(tree: Tree, to: list[str], indent: str) -> tuple[str, str]:
    """Draws it; its first and its last node."""

    def line(text: str) -> None:
        to.append(indent + text)

    match tree:
        case Task(name):
            line(f"user {name}")
            return name, name
        case Turns(name, count, sequential, enough):
            order = "sequential" if sequential else "parallel"
            line(f'user {name} loop={order} count={count} until="nrOfCompletedInstances >= {enough}"')
            return name, name
        case Wait(event):
            line(f"catch c{event.name} {_awaited(event)}")
            return f"c{event.name}", f"c{event.name}"
        case Seq(parts):
            ends = [_draw(part, to, indent) for part in parts]
            for (_, before), (after, _) in pairwise(ends):
                line(f"{before} > {after}")
            return ends[0][0], ends[-1][1]
        case Choice(name, parts):
            return _branched(name, "xor", [(part, "") for part in parts], to, indent)
        case Par(name, parts):
            return _branched(name, "and", [(part, "") for part in parts], to, indent)
        case Inclusive(name, parts, taken):
            conditions = [f" [1 == {1 if holds else 2}]" for holds in taken]
            return _branched(name, "or", list(zip(parts, conditions, strict=True)), to, indent)
        case Loop(name, body):
            line(f"xor {name}in {name} {name}out")
            first, last = _draw(body, to, indent)
            line(f"{name}in > {first}")
            line(f"{last} > {name} > {name}in")
            line(f"{name} > {name}out")
            return f"{name}in", f"{name}out"
        case Race(name, parts):
            line(f"events {name}")
            line(f"xor {name}z")
            for event, part in parts:
                line(f"catch c{event.name} {_awaited(event)}")
                first, last = _draw(part, to, indent)
                line(f"{name} > c{event.name} > {first}")
                line(f"{last} > {name}z")
            return name, f"{name}z"
        case Sub(name, body, handler):
            line(f"sub {name}")
            inner = f"{indent}    "
            to.append(f"{inner}start {name}s")
            to.append(f"{inner}end {name}e")
            first, last = _draw(body, to, inner)
            to.append(f"{inner}{name}s > {first}")
            to.append(f"{inner}{last} > {name}e")
            if handler is not None:
                event, interrupts, then = handler
                to.append(f"{inner}handler {name}h")
                deeper = f"{inner}    "
                to.append(f"{deeper}start c{event.name} {'at' if interrupts else 'beside'} {_awaited(event)}")
                to.append(f"{deeper}end {name}he")
                first, last = _draw(then, to, deeper)
                to.append(f"{deeper}c{event.name} > {first}")
                to.append(f"{deeper}{last} > {name}he")
            return name, name
        case Border(event, interrupts, host, handler):
            _draw(host, to, indent)
            line(f"xor b{host.name}")
            line(f"border c{event.name} {'at' if interrupts else 'beside'} {host.name} {_awaited(event)}")
            first, last = _draw(handler, to, indent)
            line(f"{host.name} > b{host.name}")
            line(f"c{event.name} > {first}")
            if interrupts:
                line(f"{last} > b{host.name}")
            else:
                line(f"end n{host.name}")
                line(f"{last} > n{host.name}")
            return host.name, f"b{host.name}"


def _branched(name: str, gate: str, parts: list[tuple[Tree, str]], to: list[str], indent: str) -> tuple[str, str]:
    to.append(f"{indent}{gate} {name} {name}z")
    for part, condition in parts:
        first, last = _draw(part, to, indent)
        to.append(f"{indent}{name} > {first}{condition}")
        to.append(f"{indent}{last} > {name}z")
    return name, f"{name}z"


def _awaited(event: Event) -> str:
    if not event.seconds:
        return f"message {event.name}"
    return f"timer {f'R{event.times}/' if event.times > 1 else ''}PT{event.seconds}S"


# ---------------------------------------------------------------- terms: what is still to do
@dataclass(frozen=True)
class Over:
    """Nothing."""


@dataclass(frozen=True)
class Open:
    """A step, or one turn of it, that a person may do. age: who came first."""

    name: str
    age: int
    turn: str = ""


@dataclass(frozen=True)
class Asked:
    """A way to be chosen: the first nodes of the ways, and what each leads to."""

    name: str
    ways: tuple[tuple[str, Tree], ...]
    around: Loop | None = None


@dataclass(frozen=True)
class Armed:
    """An event that may come. due: in seconds from the start; 0 for a message. left: how often a cycle still goes off."""

    event: Event
    due: int
    age: int
    left: int = 1


@dataclass(frozen=True)
class Racing:
    rivals: tuple[tuple[Armed, Tree], ...]


@dataclass(frozen=True)
class Then:
    """A term, and what comes behind it."""

    now: Term
    rest: tuple[Tree, ...]
    loop: Loop | None = None


@dataclass(frozen=True)
class Together:
    parts: tuple[Term, ...]


@dataclass(frozen=True)
class Signing:
    """Turns under way: those that are open, and how many are done."""

    tree: Turns
    open: tuple[Open, ...]
    done: int


@dataclass(frozen=True)
class Guarded:
    host: Term
    armed: Armed | None
    tree: Border


@dataclass(frozen=True)
class Inside:
    """A scope. beside: what events that do not interrupt have begun. armed: the event of its event sub-process."""

    main: Term
    beside: tuple[Term, ...] = ()
    armed: Armed | None = None
    handler: tuple[Event, bool, Tree] | None = None


Term: TypeAlias = Over | Open | Asked | Armed | Racing | Then | Together | Signing | Guarded | Inside


class Game:
    """A tree that is played. Copied for every act: `after` changes nothing of the game that is asked."""

    def __init__(self, tree: Tree) -> None:
        self.now, self.age = 0, 0
        self.new: list[Term] = []
        self.term: Term = Inside(self.begin(tree))

    @property
    def over(self) -> bool:
        return isinstance(self.term, Over)

    def acts(self) -> dict[Action, int]:
        """What may be done now; of a moment, when it is."""
        found = dict[Action, int]()
        for term in _leaves(self.term):
            match term:
                case Open(name, _, turn):
                    found["do", name, turn] = 0
                case Asked(name, ways):
                    found |= {("way", name, way): 0 for way, _ in ways}
                case Armed(event, due) if not due:
                    found["message", event.name] = 0
        dues = [term.due for term in _leaves(self.term) if isinstance(term, Armed) and term.due]
        return {**found, ("time",): min(dues)} if dues else found

    def after(self, action: Action) -> Game:
        game = Game.__new__(Game)
        game.now, game.age, game.new, game.term = self.now, self.age, [], self.term
        if action == ("time",):
            game.now = self.acts()["time",]
            while dues := [t for t in _leaves(game.term) if isinstance(t, Armed) and t.due and t.due <= game.now]:
                game.hit(min(dues, key=lambda armed: (armed.due, armed.age)), "")
            return game
        leaves = [leaf for leaf in _leaves(self.term) if _answers(leaf, action)]
        game.hit(min(leaves, key=_age), action[-1])
        return game

    def hit(self, leaf: Term, how: str) -> None:
        self.new = []
        self.term = self.step(self.term, leaf, how)

    # ---- beginning
    def older(self) -> int:
        self.age += 1
        return self.age

    def arm(self, event: Event) -> Armed:
        return Armed(event, self.now + event.seconds if event.seconds else 0, self.older(), event.times)

    def begin(self, tree: Tree) -> Term:
        match tree:
            case Task(name):
                return Open(name, self.older())
            case Turns(name, count, sequential, _):
                turns = range(1 if sequential else count)
                return Signing(tree, tuple(Open(name, self.older(), str(turn)) for turn in turns), 0)
            case Wait(event):
                return self.arm(event)
            case Seq(parts):
                return self.then(Then(self.begin(parts[0]), parts[1:]))
            case Choice(name, parts):
                return Asked(name, tuple((_first(part), part) for part in parts))
            case Par(_, parts):
                return Together(tuple(self.begin(part) for part in parts))
            case Inclusive(_, parts, taken):
                return Together(tuple(self.begin(p) for p, holds in zip(parts, taken, strict=True) if holds))
            case Loop(_, body):
                return self.then(Then(self.begin(body), (), tree))
            case Race(_, parts):
                return Racing(tuple((self.arm(event), part) for event, part in parts))
            case Sub(_, body, handler):
                armed = self.arm(handler[0]) if handler else None
                return self.inside(Inside(self.begin(body), (), armed, handler))
            case Border(event, _, host, _):
                armed = self.arm(event)
                return Guarded(self.begin(host), armed, tree)

    # ---- going on
    def then(self, term: Then) -> Term:
        if not isinstance(term.now, Over):
            return term
        if term.loop is not None:
            name = term.loop.name
            return Asked(name, ((f"{name}in", term.loop), (f"{name}out", Seq(()))))
        if not term.rest:
            return Over()
        return self.then(Then(self.begin(term.rest[0]), term.rest[1:]))

    def inside(self, term: Inside) -> Term:
        running = tuple(part for part in term.beside if not isinstance(part, Over))
        over = isinstance(term.main, Over) and not running
        return Over() if over else replace(term, beside=running)

    def step(self, term: Term, leaf: Term, how: str) -> Term:
        """The term after this leaf of it was hit. What begins beside is left in `new` for the scope around."""
        match term:
            case _ if term is leaf:
                return self.hit_leaf(term, how)
            case Racing(rivals):
                return next((self.begin(tree) for armed, tree in rivals if armed is leaf), term)
            case Then(now):
                return self.then(replace(term, now=self.step(now, leaf, how)))
            case Together(parts):
                stepped = tuple(self.step(part, leaf, how) for part in parts)
                return Over() if all(isinstance(part, Over) for part in stepped) else Together(stepped)
            case Signing(tree, open_, done):
                if not any(one is leaf for one in open_):
                    return term
                rest, done = tuple(one for one in open_ if one is not leaf), done + 1
                if done >= min(tree.enough, tree.count):
                    return Over()
                if tree.sequential:
                    rest = (Open(tree.name, self.older(), str(done)),)
                return Signing(tree, rest, done)
            case Guarded(host, armed, tree):
                if armed is leaf and armed is not None:
                    return self.guard_hit(term, armed, tree)
                stepped_host = self.step(host, leaf, how)
                return Over() if isinstance(stepped_host, Over) else Guarded(stepped_host, armed, tree)
            case Inside():
                return self.scope_hit(term, leaf, how)
            case _:
                return term

    def hit_leaf(self, leaf: Term, how: str) -> Term:
        if not isinstance(leaf, Asked):
            return Over()
        tree = next(tree for way, tree in leaf.ways if way == how)
        return Over() if tree == Seq(()) else self.begin(tree)

    def guard_hit(self, term: Guarded, armed: Armed, tree: Border) -> Term:
        if tree.interrupts:
            return self.begin(tree.handler)
        self.new.append(self.begin(tree.handler))
        return replace(term, armed=_again(armed))

    def scope_hit(self, term: Inside, leaf: Term, how: str) -> Term:
        outer, self.new = self.new, []
        if term.armed is leaf and term.armed is not None and term.handler is not None:
            _, interrupts, tree = term.handler
            begun = self.begin(tree)
            if interrupts:
                self.new = outer
                return self.inside(Inside(Inside(begun)))
            stepped = replace(term, beside=(*term.beside, Inside(begun)), armed=_again(term.armed))
        else:
            main = self.step(term.main, leaf, how)
            beside = tuple(self.step(part, leaf, how) for part in term.beside)
            stepped = replace(term, main=main, beside=(*beside, *self.new))
        self.new = outer
        return self.inside(stepped)


def _again(armed: Armed) -> Armed | None:
    """A message may come again and again, a timer as often as its cycle says."""
    if not armed.due:
        return armed
    return replace(armed, due=armed.due + armed.event.seconds, left=armed.left - 1) if armed.left > 1 else None


def _leaves(term: Term) -> Iterator[Term]:
    """What can be hit: open steps, choices, events."""
    match term:
        case Open() | Asked() | Armed():
            yield term
        case Racing(rivals):
            yield from (armed for armed, _ in rivals)
        case Then(now):
            yield from _leaves(now)
        case Together(parts):
            for part in parts:
                yield from _leaves(part)
        case Signing(_, open_):
            yield from open_
        case Guarded(host, armed):
            yield from _leaves(host)
            if armed is not None:
                yield armed
        case Inside(main, beside, armed):
            for part in (main, *beside):
                yield from _leaves(part)
            if armed is not None:
                yield armed


def _answers(leaf: Term, action: Action) -> bool:
    match leaf:
        case Open(name, _, turn):
            return action == ("do", name, turn)
        case Asked(name, ways):
            return action[:2] == ("way", name) and any(way == action[2] for way, _ in ways)
        case Armed(event, due):
            return not due and action == ("message", event.name)
        case _:
            return False


def _age(leaf: Term) -> int:
    return leaf.age if isinstance(leaf, Open | Armed) else 0


def _first(tree: Tree) -> str:
    """The first node of what is drawn of it."""
    match tree:
        case Wait(event):
            return f"c{event.name}"
        case Seq(parts):
            return _first(parts[0])
        case Loop(name):
            return f"{name}in"
        case Border(_, _, host, _):
            return host.name
        case _:
            return tree.name
