"""The proof: for every day of the known calendar, whether the longest course of step limits ends before the promise and the
statute do; and where it does not, or only just, by which steps and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, product
from operator import le, lt, sub

from ...clock import CountedFrom, Limit, OfficeTime
from ..findings import Station, Way
from ..graph import Diagram
from ..paths import Course, lay_out
from .called import CalledMatter
from .days import Days, Places, days_of
from .told import Apart, Teller, Unlimited
from .track import Drawn, Layer, State, Track

RETURNS = 1
"""How often a course is taken to be sent back where the drawing lets it (退回). No law says how often a file may go back: once is
what an office has to reckon with; the course without any return is always proved beside it."""

MAX_ROUTES = 16
_NAMES = ("承诺时限", "法定时限")


@dataclass(frozen=True)
class Leg:
    """A stretch of a course: the step at which it lies, from which day to which, and how many working days of the limit it takes.
    element is drawn in scope (`Scope.id`). department: its code, None where nobody is named."""

    scope: str
    element: str
    title: str
    department: str | None
    begins_on: date
    ends_on: date
    days: int


@dataclass(frozen=True)
class Slack:
    """How many more working days a step may take before a course through it breaks the limit, on its worst start day (the first
    of several); less than 0: by how many it is too long already. department: as of a leg."""

    scope: str
    element: str
    title: str
    department: str | None
    days: int
    on: date


@dataclass(frozen=True)
class Against:
    """The longest course against one limit. longest: its most working days, from any
    working day. slack: the least working days between its
    end and the due day, most: the most; worst_on: the first start day with the least. broken: start days on which the limit is not kept.
    path: the longest course from the worst day; shares: its working days by department; way: the same on the drawing."""

    limit: Limit
    kept: bool
    longest: int
    slack: int
    most: int
    worst_on: date
    ends_on: date
    due_on: date
    broken: int
    days: int
    path: tuple[Leg, ...]
    slacks: tuple[Slack, ...]
    shares: Mapping[str, int]
    way: Way

    @property
    def even(self) -> bool:
        """Whether every start day is as good as any other."""
        return self.slack == self.most

    @property
    def mostly_broken(self) -> bool:
        """Whether it is the lengths that do not fit, and not some holidays."""
        return 2 * self.broken >= self.days


@dataclass(frozen=True)
class Proofs:
    """The promise and the statute, each None where the matter has no such limit or nothing could be proved."""

    promised: Against | None
    statutory: Against | None

    @property
    def kept(self) -> bool:
        return all(one.kept for one in (self.promised, self.statutory) if one is not None)


@dataclass(frozen=True)
class TimeProof:
    """Whether promise and statute hold by the step limits. from_on, through_on: the start days that were proved, every one of them.

    straight: without a return. returned: with `returns` of them, None where the drawing sends nothing back. apart: what the
    limits do not count. unlimited: what takes time that nobody has limited, and was counted as none. bounds: why there is no proof,
    or less than one.
    """

    straight: Proofs
    returned: Proofs | None
    returns: int
    from_on: date | None
    through_on: date | None
    apart: tuple[Apart, ...]
    unlimited: tuple[Unlimited, ...]
    bounds: tuple[str, ...]

    @property
    def decided(self) -> bool:
        return not self.bounds


def prove_time(
    diagram: Diagram,
    promised: Limit | None,
    statutory: Limit | None,
    time: OfficeTime,
    *,
    called: Mapping[str, CalledMatter] | None = None,
    department: str | None = None,
    returns: int = RETURNS,
    course: Course | None = None,
    slack_with_returns: bool = False,
) -> TimeProof:
    """Prove the limits of a matter over every start day of the known calendar of an office.

    called: the matters that a stage calls, by code. department: the matter's own, for the steps of a shared part. returns: how
    often a course is sent back at most. course: of the diagram, where it was laid out already. slack_with_returns: whether the slack
    of each step is asked for in the courses with returns too; there is none otherwise.
    """
    drawn = Drawn(diagram, course or lay_out(diagram), called or {})
    days, teller = days_of(time), Teller(drawn, department)
    if not days.known:
        return _nothing(teller, returns, _NO_CALENDAR)
    runs: dict[str, list[_Run]] = {}
    for name, limit in zip(_NAMES, (promised, statutory), strict=True):
        if limit is not None and limit.counted_from is not CountedFrom.DECIDED:
            runs[name] = _runs(drawn, name, limit, days, returns, teller)
    every = list(chain.from_iterable(runs.values()))
    bounds = [*teller.bounds(), *_bounds(drawn, every)]
    through = min((run.through for run in every), default=0)
    if not every or through < days.known[0]:
        return _nothing(teller, returns, *(bounds or [_NO_CALENDAR]))
    proofs = {name: [run.against(through, teller, slack_with_returns) for run in some] for name, some in runs.items()}
    straight = Proofs(*(_worst(one[0] for one in proofs.get(name, ())) for name in _NAMES))
    sent_back = any(run.track.returns for run in every) and returns > 0
    returned = Proofs(*(_worst(one[1] for one in proofs.get(name, ())) for name in _NAMES))
    return TimeProof(
        straight,
        returned if sent_back else None,
        returns,
        days.day(days.known[0]),
        days.day(through),
        teller.apart(),
        teller.open(),
        tuple(dict.fromkeys(bounds)),
    )


_NO_CALENDAR = "已公布的日历不够长，没有一个开始日能核算到底"


def _nothing(teller: Teller, returns: int, *bounds: str) -> TimeProof:
    return TimeProof(Proofs(None, None), None, returns, None, None, teller.apart(), teller.open(), bounds)


def _runs(drawn: Drawn, name: str, limit: Limit, days: Days, returns: int, teller: Teller) -> list[_Run]:
    runs = []
    for route in _routes(drawn):
        layer = Layer(drawn, name, limit, route)
        track = layer.lay()
        teller.heard(layer, track)
        if track.ends:
            runs.append(_Run(track, name, limit, days, returns))
    return runs


def _bounds(drawn: Drawn, runs: list[_Run]) -> list[str]:
    told = []
    if not drawn.course.whole:
        told.append("调用的流程太多，没有全部铺开")
    if not runs:
        told.append("图上没有从时限起算走到决定的路径")
    return told


def _routes(drawn: Drawn) -> list[dict[str, str]]:
    """Every combination of the answers on which a prerequisite depends, another one each included; none where that are too many,
    so that each prerequisite counts."""
    whens = [need.when for matter in drawn.called.values() for need in matter.awaits if need.when is not None]
    values: dict[str, list[str]] = {}
    for name, value in whens:
        values.setdefault(name, [""])
        if value not in values[name]:
            values[name].append(value)
    routes = [dict(zip(values, some, strict=True)) for some in product(*values.values())]
    return routes if len(routes) <= MAX_ROUTES else [{}]


def _worst(proofs: Iterable[Against]) -> Against | None:
    """Of several routes the one with the least slack; of equal ones the one that is worst earlier."""
    return min(proofs, key=lambda one: (one.slack, one.worst_on, -one.longest), default=None)


class _Run:
    """One track with one limit over all days. `ends[k][i]`: when state i is left at the latest, with k returns, by start day."""

    def __init__(self, track: Track, name: str, limit: Limit, days: Days, returns: int) -> None:
        self.track, self.name, self.limit, self.days = track, name, limit, days
        self.layers = 1 + (returns if track.returns else 0)
        self.due = days.after((limit.span,))
        self._kept: dict[tuple[int, int], Places] = {}
        self._least: dict[tuple[int, int], tuple[int, int]] = {}
        self._alive: list[Places] = []
        self.arrives: list[list[Places | None]] = []
        self.ends: list[list[Places | None]] = []
        for layer in range(self.layers):
            self._forward(layer)
        self.longest = [self._last(layers) for layers in (1, self.layers)]
        self.dues = self._through(days.known, self.due)
        self.through = self._last_known()

    def _last_known(self) -> int:
        """The last start day from which everything that counts ends within the published calendar."""
        beyond = self.days.beyond
        sure = sum(1 for due, end in zip(self.dues, self.longest[1], strict=True) if due < beyond and end < beyond)
        return self.days.known[sure - 1] if sure else 0

    # ---- forward: the latest ends
    def _forward(self, layer: int) -> None:
        track, known = self.track, self.days.known
        arrives: list[Places | None] = []
        ends: list[Places | None] = []
        for place, lengths in enumerate(track.lengths):
            coming = [known] if place in track.begins and not layer else []
            coming += [end for link in track.before[place] if (end := ends[link.source]) is not None]
            if layer:
                sent_back = (self.ends[layer - 1][link.source] for link in track.again[place])
                coming += [end for end in sent_back if end is not None]
            arrival = self._latest_of(coming)
            arrives.append(arrival)
            ends.append(None if arrival is None else self._applied(arrival, lengths))
        self.arrives.append(arrives)
        self.ends.append(ends)

    def _applied(self, places: Places, lengths: tuple[object, ...]) -> Places:
        if not lengths:
            return places
        table = self.days.after(lengths)  # type: ignore[arg-type]
        return self._through(places, table)

    def _through(self, places: Places, table: Places) -> Places:
        """Each place as the table turns it; the same again for the same, so that equal branches stay one list."""
        key = id(places), id(table)
        if key not in self._kept:
            self._kept[key] = list(map(table.__getitem__, places))
            self._alive.append(places)
        return self._kept[key]

    def _latest_of(self, coming: list[Places]) -> Places | None:
        if not coming:
            return None
        latest = coming[0]
        for other in coming[1:]:
            if other is latest or all(map(le, other, latest)):
                continue
            latest = other if all(map(le, latest, other)) else list(map(max, latest, other))
        self._alive.append(latest)
        return latest

    def _last(self, layers: int) -> Places:
        ends = [
            end for some in self.ends[:layers] for place, end in enumerate(some) if place in self.track.ends and end
        ]
        return self._latest_of(ends) or self.days.known

    # ---- backward: the latest that would still do
    def _allowed(self, layers: int) -> list[list[Places | None]]:
        """By layer and state, when it must be left at the latest for the limit to be kept."""
        track = self.track
        allowed: list[list[Places | None]] = [[None] * len(track.states) for _ in range(layers)]
        for layer in reversed(range(layers)):
            here: list[Places | None] = allowed[layer]
            for place in reversed(range(len(track.states))):
                if place in track.ends:
                    here[place] = self._earliest_of(here[place], self.dues)
                left = here[place]
                if left is None:
                    continue
                lengths = track.lengths[place]
                comes = self._through(left, self.days.latest(lengths)) if lengths else left
                for link in track.before[place]:
                    here[link.source] = self._earliest_of(here[link.source], comes)
                if layer:
                    for link in track.again[place]:
                        before = allowed[layer - 1]
                        before[link.source] = self._earliest_of(before[link.source], comes)
        return allowed

    def _earliest_of(self, one: Places | None, other: Places) -> Places:
        if one is None or one is other:
            return other
        if all(map(le, one, other)):
            return one
        earliest = other if all(map(le, other, one)) else list(map(min, one, other))
        self._alive.append(earliest)
        return earliest

    # ---- what is told
    def against(self, through: int, teller: Teller, slack_with_returns: bool) -> tuple[Against, Against]:
        """The limit without any return, and with all that are counted."""
        straight = self._against(through, 1, teller, True)
        if self.layers == 1:
            return straight, straight
        return straight, self._against(through, self.layers, teller, slack_with_returns)

    def _against(self, through: int, layers: int, teller: Teller, slacks: bool) -> Against:
        days, known = self.days, self.days.known
        count = through - known[0] + 1
        dues, ends = self.dues, self.longest[layers > 1]
        slack, worst = self._left(dues, ends, count)
        worked_end = self._worked(ends)[:count]
        broken = sum(map(lt, dues[:count], ends[:count]))
        states = self._critical(worst, layers)
        path = tuple(self._legs(states, worst, teller))
        return Against(
            limit=self.limit,
            kept=not broken,
            longest=self._most_worked(worked_end, known[:count]),
            slack=slack,
            most=max(map(sub, self._worked(dues)[:count], worked_end)),
            worst_on=days.day(known[worst]),
            ends_on=days.day(ends[worst]),
            due_on=days.day(dues[worst]),
            broken=broken,
            days=count,
            path=path,
            slacks=self._slacks(count, layers, teller) if slacks else (),
            shares=_shares(path),
            way=self._way(states, teller),
        )

    def _most_worked(self, worked_end: list[int], starts: Places) -> int:
        """Who begins on a rest day has the next working day for the same day; that makes no course longer."""
        worked = self.days.worked_through
        spent = (end - worked[at] for at, end in zip(starts, worked_end, strict=True) if worked[at] > worked[at - 1])
        return max(spent, default=0)

    def _critical(self, day: int, layers: int) -> list[tuple[int, int, str | None]]:
        """The longest course from one start day: layer and state of each stop of it, with the way by which it was reached. Of equal
        ones the first drawn."""
        here = max(
            ((layer, place) for layer in range(layers) for place in sorted(self.track.ends) if self.ends[layer][place]),
            key=lambda at: self.ends[at[0]][at[1]][day],  # type: ignore[index]
        )
        course: list[tuple[int, int, str | None]] = []
        while True:
            layer, place = here
            arrival = self.arrives[layer][place]
            assert arrival is not None, "only what was reached leads to an end"
            found = self._came(layer, place, arrival[day], day)
            course.append((layer, place, found[2] if found is not None else None))
            if found is None:
                return course[::-1]
            here = found[0], found[1]

    def _came(self, layer: int, place: int, at: int, day: int) -> tuple[int, int, str | None] | None:
        """From where the course came that arrives on this day; None where it begins."""
        if place in self.track.begins and not layer and self.days.known[day] == at:
            return None
        sources = [(layer, link) for link in self.track.before[place]]
        sources += [(layer - 1, link) for link in self.track.again[place]] if layer else []
        for of_layer, link in sources:
            end = self.ends[of_layer][link.source]
            if end is not None and end[day] == at:
                return of_layer, link.source, link.way.flow.id if link.way else None
        raise AssertionError("an arrival is the end of something")

    def _legs(self, states: list[tuple[int, int, str | None]], day: int, teller: Teller) -> Iterable[Leg]:
        for layer, place, _ in states:
            state, arrives, ends = self.track.states[place], self.arrives[layer][place], self.ends[layer][place]
            assert arrives is not None
            assert ends is not None
            if self.track.lengths[place] or teller.is_open(state, self.name):
                begun, ended = arrives[day], ends[day]
                who = teller.department(state)
                span = self.days.day(begun), self.days.day(ended), self.days.worked(begun, ended)
                yield Leg(teller.scope(state), teller.node(state).id, teller.title(state), who, *span)

    def _slacks(self, count: int, layers: int, teller: Teller) -> tuple[Slack, ...]:
        allowed = self._allowed(layers)
        least: dict[str, tuple[int, int, State]] = {}
        for layer in range(layers):
            for place, state in enumerate(self.track.states):
                ends, latest = self.ends[layer][place], allowed[layer][place]
                if (
                    ends is None
                    or latest is None
                    or not (self.track.lengths[place] or teller.is_open(state, self.name))
                ):
                    continue
                worst = (*self._left(latest, ends, count), state)
                least[state.at] = min(least.get(state.at, worst), worst, key=lambda one: one[:2])
        return tuple(
            Slack(
                teller.scope(s),
                teller.node(s).id,
                teller.title(s),
                teller.department(s),
                n,
                self.days.day(self.days.known[at]),
            )
            for n, at, s in least.values()
        )

    def _left(self, latest: Places, ends: Places, count: int) -> tuple[int, int]:
        """The fewest working days from an end to the latest that would do, and the first start day with so few. A day that comes too
        late is one too late at least, though none be worked between."""
        key = id(latest), id(ends)
        if key not in self._least:
            left = list(map(sub, self._worked(latest)[:count], self._worked(ends)[:count]))
            if min(left) in (0, -1):
                late = list(map(lt, latest, ends))
                left = [min(days, -1) if late[at] else days for at, days in enumerate(left)]
            least = min(left)
            self._least[key] = least, left.index(least)
        return self._least[key]

    def _worked(self, places: Places) -> Places:
        """How many working days there are up to each of these days."""
        return self._through(places, self.days.worked_through)

    def _way(self, states: list[tuple[int, int, str | None]], teller: Teller) -> Way:
        passed: list[Station] = []
        for _, place, flow in states:
            state = self.track.states[place]
            scope = teller.scope(state)
            if flow is not None:
                passed.append(Station(scope, flow))
            told = teller.title(state) if self.track.lengths[place] else ""
            passed.append(Station(scope, teller.node(state).id, told))
        return Way(tuple(passed))


def _shares(path: Iterable[Leg]) -> Mapping[str, int]:
    shares: dict[str, int] = {}
    for leg in path:
        if leg.department is not None and leg.days:
            shares[leg.department] = shares.get(leg.department, 0) + leg.days
    return shares
