"""The time proof done plainly: every path by itself, every day counted by hand. It knows neither the proof nor the clock's sums.

A drawing is made at random together with what is known of it: which step takes what, and which leads to which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import NamedTuple

from engine.clock import WorkCalendar

ONE = timedelta(1)
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ls="urn:lianshen:bpmn:1"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><process id="P">'
)
LENGTHS = ["", "", "0wd", "1wd", "1wd", "2wd", "3wd", "5wd", "8wd", "1cd", "4cd", "10cd", "15cd"]
Cost = tuple[tuple[int, str], ...]


@dataclass
class Picture:
    """A random matter. costs: by node; follows: by node, a return to the reviewer left out; back: to which it returns."""

    bpmn: bytes
    costs: dict[str, Cost]
    follows: dict[str, list[str]]
    starts: list[str]
    back: str | None
    steps: dict[str, str]
    """By the id of what is drawn, the node: what a person or a timer takes time at, pauses left out."""

    def paths(self, first: str) -> Iterator[tuple[str, ...]]:
        """Every path from a node to the decision."""
        if first == "decide":
            yield ("decide",)
        for other in self.follows.get(first, ()):
            for path in self.paths(other):
                yield (first, *path)


def picture(random: Random, received: bool, most: int = 8) -> Picture:
    """So many steps between acceptance and decision at most, each with some of the later ones behind it."""
    n = random.randint(1, most)
    names = [f"s{i}" for i in range(n)]
    follows: dict[str, list[str]] = {}
    for i, name in enumerate(names):
        later = [*names[i + 1 :], "decide"]
        follows[name] = sorted(random.sample(later, min(len(later), random.choice([1, 1, 1, 2, 2, 3]))))
    led_to = {other for some in follows.values() for other in some}
    heads = [name for name in names if name not in led_to]
    follows["intake"] = heads
    back = random.choice([*names, None])  # type: ignore[list-item]
    costs: dict[str, Cost] = {}
    parts = ['<startEvent id="filed"/>', _flow("filed", "intake")]
    limit = random.choice(["0wd", "1wd", "2wd"])
    costs["intake"] = _cost(limit)
    parts.append(_step("intake", "intake", limit, ["accept", "request_correction", "refuse_acceptance"]))
    parts += _asked("intake", "accept", [("request_correction", "correction"), ("refuse_acceptance", "refused")])
    parts.append('<intermediateCatchEvent id="correction"><messageEventDefinition/></intermediateCatchEvent>')
    parts += [_flow("correction", "intake"), '<endEvent id="refused"/>']
    joined = {name: sum(name in some for some in follows.values()) for name in [*names, "decide"]}
    steps = {"decide": "decide", **({"intake": "intake"} if received else {})}
    for name in names:
        drawn, costs[name], told = _node(random, name)
        steps |= {told: name} if told else {}
        parts.append(drawn)
    limit = random.choice(LENGTHS)
    costs["decide"] = _cost(limit)
    parts.append(_step("decide", "decide", limit, ["grant", "refuse", *(["return"] if back else [])]))
    parts += _asked("decide", "grant", [("return", _entry(back, joined))] if back else [], rest="end")
    parts.append('<endEvent id="end"/>')
    for name, some in follows.items():
        source = f"{name}-accepted" if name == "intake" else name
        if name == "intake":
            parts += [f'<exclusiveGateway id="{source}"/>', _flow("intake-asked", source, "accept")]
        if len(some) > 1:
            kind = random.choice(["parallelGateway", "exclusiveGateway", "inclusiveGateway"])
            parts += [f'<{kind} id="{name}-split"/>', _flow(source, f"{name}-split")]
            source = f"{name}-split"
        parts += [_flow(source, _entry(other, joined)) for other in some]
    for name, many in joined.items():
        if many > 1:
            kind = random.choice(["parallelGateway", "exclusiveGateway", "inclusiveGateway"])
            parts += [f'<{kind} id="{name}-join"/>', _flow(f"{name}-join", name)]
    body = "".join(parts)
    starts = ["intake"] if received else heads
    return Picture(f"{HEAD}{body}</process></definitions>".encode(), costs, follows, starts, back, steps)


def _entry(name: str | None, joined: dict[str, int]) -> str:
    return f"{name}-join" if joined.get(name or "", 0) > 1 else str(name)


def _node(random: Random, name: str) -> tuple[str, Cost, str]:
    limit = random.choice(LENGTHS)
    match random.choice(["step", "step", "step", "step", "timer", "pause", "turn", "inside", "opinion"]):
        case "timer":
            text = random.choice(["P3D", "P1W", "PT30H", "2wd", "5cd"])
            drawn = f"<timerEventDefinition><timeDuration>{text}</timeDuration></timerEventDefinition>"
            plain = {"P3D": (3, "days"), "P1W": (7, "days"), "PT30H": (2, "days")}
            cost = (plain[text],) if text in plain else _cost(text)
            return f'<intermediateCatchEvent id="{name}">{drawn}</intermediateCatchEvent>', cost, name
        case "pause":
            ground = ' ls:ground="expert_review"'
            return _step(name, "special", limit, ["end"], ground), (), ""
        case "turn":
            signing = ' ls:signers="nr ee cad" ls:rule="in_turn"'
            return _step(name, "countersign", limit, ["agree", "conditions", "object"], signing), _cost(limit) * 3, name
        case "inside":
            inner = _step(f"{name}-work", "review", limit, ["pass"])
            flows = _flow(f"{name}-begin", f"{name}-work") + _flow(f"{name}-work", f"{name}-over")
            inside = f'<startEvent id="{name}-begin"/>{inner}<endEvent id="{name}-over"/>{flows}'
            return f'<subProcess id="{name}">{inside}</subProcess>', _cost(limit), f"{name}-work"
        case "opinion":
            return _step(name, "opinion", limit, ["agree", "conditions", "object"]), _cost(limit), name
        case _:
            return _step(name, "review", limit, ["pass"]), _cost(limit), name


def _cost(limit: str) -> Cost:
    return ((int(limit[:-2]), limit[-2:]),) if limit else ()


def _step(name: str, kind: str, limit: str, outcomes: list[str], more: str = "") -> str:
    drawn = "".join(f'<ls:outcome code="{code}" label="{code}"/>' for code in outcomes)
    own = f' ls:limit="{limit}"' if limit else ""
    return (
        f'<userTask id="{name}" name="{name}" ls:kind="{kind}" ls:department="nr"{own}{more}>'
        f"<extensionElements>{drawn}</extensionElements></userTask>"
    )


def _asked(name: str, first: str, others: list[tuple[str, str]], rest: str = "") -> list[str]:
    """The gateway behind a step that asks for its outcome; the first outcome goes on from it."""
    drawn = [f'<exclusiveGateway id="{name}-asked"/>', _flow(name, f"{name}-asked")]
    drawn += [_flow(f"{name}-asked", target, outcome) for outcome, target in others]
    if rest:
        drawn += [_flow(f"{name}-asked", rest, outcome) for outcome in (first, "refuse")]
    return drawn


_COUNT = iter(range(10**9))


def _flow(source: str, target: str, outcome: str = "") -> str:
    asked = f"${{outcome == '{outcome}'}}"
    condition = f'<conditionExpression xsi:type="tFormalExpression">{asked}</conditionExpression>' if outcome else ""
    return f'<sequenceFlow id="f{next(_COUNT)}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'


class Plainly(NamedTuple):
    """What the plain way finds for one limit."""

    ends: dict[date, date]
    slack: int
    worst_on: date
    longest_there: int
    broken: int
    slacks: dict[str, tuple[int, date]]


class Count:
    """Day by day over a calendar. starts_count: the day of an event is the first of working and calendar days."""

    def __init__(self, calendar: WorkCalendar, starts_count: bool) -> None:
        self.calendar, self.starts_count = calendar, starts_count
        self._kept: dict[tuple[date, int, str], date] = {}
        self._works: dict[date, bool] = {}
        self._run: dict[tuple[date, Cost], date] = {}

    def works(self, day: date) -> bool:
        if day not in self._works:
            self._works[day] = self.calendar.is_working(day)
        return self._works[day]

    def end(self, day: date, n: int, unit: str) -> date:
        """On which day so much ends that begins on a day."""
        key = day, n, unit
        if key not in self._kept:
            self._kept[key] = self._counted(*key)
        return self._kept[key]

    def _counted(self, day: date, n: int, unit: str) -> date:
        if unit == "days":
            return day + n * ONE
        if n == 0:
            return self._rolled(day)
        at = day - ONE if self.starts_count else day
        if unit == "wd":
            while n:
                at += ONE
                n -= self.works(at)
            return at
        if unit == "cd":
            return self._rolled(at + n * ONE)
        month = at.month - 1 + n
        year, month = at.year + month // 12, month % 12 + 1
        last = at.day
        while True:
            try:
                return self._rolled(date(year, month, last))
            except ValueError:
                last -= 1

    def _rolled(self, day: date) -> date:
        while not self.works(day):
            day += ONE
        return day

    def later(self, day: date, n: int) -> date:
        """So many working days after a day."""
        while n:
            day += ONE
            n -= self.works(day)
        return day

    def earlier(self, day: date, n: int) -> date:
        """So many working days before a day."""
        while n:
            day -= ONE
            n -= self.works(day)
        return day

    def run(self, day: date, costs: Cost) -> date:
        if not costs:
            return day
        key = day, costs
        if key not in self._run:
            n, unit = costs[0]
            self._run[key] = self.run(self.end(day, n, unit), costs[1:])
        return self._run[key]

    def between(self, after: date, through: date) -> int:
        """Working days in (after, through]."""
        days = 0
        while after < through:
            after += ONE
            days += self.works(after)
        return days


@dataclass
class Trial:
    """One picture against one limit."""

    drawn: Picture
    count: Count
    limit: tuple[int, str]
    returns: int

    @cached_property
    def courses(self) -> list[tuple[str, ...]]:
        """Every course, those with a return included."""
        courses = [path for start in self.drawn.starts for path in self.drawn.paths(start)]
        again, back = courses, self.drawn.back
        for _ in range(self.returns if back else 0):
            again = [(*course, *path) for course in again for path in self.drawn.paths(str(back))]
            courses = courses + again
        return courses

    def cost(self, course: tuple[str, ...]) -> Cost:
        return tuple(one for name in course for one in self.drawn.costs[name])

    def found(self, first: date, last: date) -> Plainly:
        """Over the start days from `first` to `last`."""
        days = [first + n * ONE for n in range((last - first).days + 1)]
        whole = {self.cost(course) for course in self.courses}
        ends = {day: max(self.count.run(day, cost) for cost in whole) for day in days}
        left = {day: self._left(ends[day], self.due(day)) for day in days}
        worst_on = min(days, key=lambda day: (left[day], day))
        broken = sum(ends[day] > self.due(day) for day in days)
        slacks = {element: self._slack(name, days) for element, name in self.drawn.steps.items()}
        longest = self.count.between(worst_on, ends[worst_on])
        return Plainly(ends, left[worst_on], worst_on, longest, broken, slacks)

    def last_end(self, day: date) -> date:
        """The last day that counts for a start day, the due day included."""
        return max(self.due(day), *(self.count.run(day, self.cost(course)) for course in self.courses))

    def due(self, day: date) -> date:
        return self.count.end(day, *self.limit)

    def _left(self, end: date, due: date) -> int:
        return self.count.between(end, due) if end <= due else -max(1, self.count.between(due, end))

    def _slack(self, step: str, days: list[date]) -> tuple[int, date]:
        """Make the step longer by one working day after the other, until some course through it breaks the limit; the least of all
        days, and the first day with it."""
        visits: dict[int, tuple[set[Cost], set[Cost]]] = {}
        for course in self.courses:
            for at in (at for at, name in enumerate(course) if name == step):
                heads, tails = visits.setdefault(course[:at].count("decide"), (set(), set()))
                heads.add(self.cost(course[: at + 1]))
                tails.add(self.cost(course[at + 1 :]))
        least: tuple[int, date] | None = None
        for day in days:
            due = self.due(day)
            for heads, tails in visits.values():
                end = max(self.count.run(day, head) for head in heads)
                if least is None or not self._holds(end, least[0], tails, due):
                    more = self._more(end, tails, due)
                    if least is None or more < least[0]:
                        least = more, day
        assert least is not None
        return least

    def _holds(self, end: date, more: int, tails: set[Cost], due: date) -> bool:
        later = self.count.later(end, more) if more >= 0 else self.count.earlier(end, -more)
        return all(self.count.run(later, tail) <= due for tail in tails)

    def _more(self, end: date, tails: set[Cost], due: date) -> int:
        """How many working days later the step may end; below 0: how many earlier it would have to."""
        if self._holds(end, 0, tails, due):
            more = 0
            while self._holds(end, more + 1, tails, due):
                more += 1
            return more
        at = end
        while any(self.count.run(at, tail) > due for tail in tails):
            at -= ONE
        return -max(1, self.count.between(at, end))
