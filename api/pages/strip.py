"""The strip of a time proof (时限尺): the longest course step by step against a limit, one cell a working day; and who has how much.

Made from the proof, so that it and the sentences of the rules say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.clock import Unit
from engine.diagrams import (
    Against,
    ApartKind,
    Diagram,
    TimeProof,
    apart_words,
    days_words,
    late_words,
    nodes_of,
    range_words,
)

from .ruler import MOST, Cell, Ruler
from .words import whole_day

Named = list[tuple[str, Against]]
CELL, WIDE, LETTER = 20, 880, 12
"""Pixels: the width of a cell in a short ruler, of the whole ruler, and of a letter of its ticks."""
_APART = (
    (ApartKind.PAUSE, "停止计时，另计"),
    (ApartKind.BEFORE, "受理以前，不计"),
    (ApartKind.OPTIONAL, "可选，不等"),
    (ApartKind.BESIDE, "决定不等"),
    (ApartKind.AFTER, "决定以后，另有时限"),
)


@dataclass(frozen=True)
class StepLine:
    """A step of the proof. element, file: where it is drawn; days: its share of the longest course, a dash where that does not pass
    it, 不计 where nobody has limited it; slack: by how many working days it may still grow, by limit."""

    element: str
    file: str
    title: str
    department: str
    days: str
    slack: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """Limits that share one course: what is said of each, and the ruler; None where that would be too long to draw."""

    said: tuple[Said, ...]
    ruler: Ruler | None


@dataclass(frozen=True)
class Said:
    """What is said of a limit: its name, its length and start, whether it holds, and how."""

    name: str
    length: str
    kept: bool
    how: str


@dataclass(frozen=True)
class Strip:
    """What the designer sees of a proof. range: which start days; names: of the limits; shares: working days by department; notes:
    what is apart, what nobody limits, what a return would mean, and why it is less than a proof."""

    range: str
    bars: tuple[Bar, ...]
    names: tuple[str, ...]
    steps: tuple[StepLine, ...]
    shares: str
    notes: tuple[str, ...]


def strip(proof: TimeProof | None, diagram: Diagram | None, departments: Mapping[str, str]) -> Strip | None:
    """The strip of a proof; None where there is none to show. departments: names by code."""
    if proof is None or diagram is None:
        return None
    both = (("承诺时限", proof.straight.promised), ("法定时限", proof.straight.statutory))
    found = [(name, one) for name, one in both if one is not None]
    return Strip(
        range=range_words(proof) if proof.from_on is not None else "",
        bars=tuple(_bars(found)),
        names=tuple(name for name, _ in found),
        steps=tuple(_steps(proof, found, diagram, departments)),
        shares=_shares(found[0][1], departments) if found else "",
        notes=tuple(_notes(proof)),
    )


def _bars(found: Named) -> Iterator[Bar]:
    """One bar where both limits count the same course, else one each."""
    courses = [[(leg.element, leg.days) for leg in against.path if leg.days] for _, against in found]
    together = len(found) == 2 and courses[0] == courses[1]
    for some in [found] if together else [[one] for one in found]:
        yield Bar(tuple(_said(name, against) for name, against in some), _ruler(some))


def _said(name: str, against: Against) -> Said:
    length = f"{against.limit.span.words}，自{against.limit.counted_from.words}起"
    return Said(name, length, against.kept, _how(name, against))


def _how(name: str, against: Against) -> str:
    if not against.kept:
        return late_words(against, name)
    longest = f"最长 {days_words(against.longest)}" if against.longest else "当日办结"
    where = "每个开始日都一样" if against.even else f"最不利的开始日是 {whole_day(against.worst_on)}"
    return f"{longest}，还余 {against.slack} 个工作日，{where}"


def _ruler(found: Named) -> Ruler | None:
    """The working days of the course on its worst start day, a gap before each step; then what is left of the first limit, and the
    margin to the second. What lies past a limit has its own colour."""
    legs = [leg for leg in found[0][1].path if leg.days]
    used = sum(leg.days for leg in legs)
    allowed = {name: used + against.slack for name, against in found}
    total = max(used, *allowed.values()) if allowed else used
    if not legs or total > MOST:
        return None
    first, starts, titles = next(iter(allowed.values())), dict[int, str](), list[str]()
    for leg in legs:
        starts[len(titles)] = f"{leg.title} {leg.days}"
        titles += [f"{leg.title} 第 {day + 1} 个工作日" for day in range(leg.days)]
    ends = {allowed[name] - 1: _end(name, against) for name, against in found if allowed[name] > 0}
    ticks = _ticks(starts, ends, total)
    cells = []
    for n in range(total):
        marks = "o" if first <= n < used else "u" if n < used else "" if n < first else "s"
        title = titles[n] if n < used else f"浮时第 {n - used + 1} 个工作日"
        cells.append(Cell(title, marks, n > 0 and (n in starts or n == used), *ticks.get(n, ("", False))))
    return Ruler(tuple(cells), "；".join(f"{name}：{_how(name, against)}" for name, against in found))


def _end(name: str, against: Against) -> str:
    """`承诺 12`; a limit in other days ends on another cell from other start days."""
    span = against.limit.span
    return f"{name.removesuffix('时限')} {span.n if span.unit is Unit.WD else '到期'}"


def _ticks(starts: Mapping[int, str], ends: Mapping[int, str], total: int) -> dict[int, tuple[str, bool]]:
    """The ends of the limits first, then the names of the steps as far as they find room on one of two lines; the table below has
    them all."""
    cell = min(CELL, WIDE / total)
    taken: list[tuple[bool, float, float]] = []
    found: dict[int, tuple[str, bool]] = {}
    for n, text in (*ends.items(), *starts.items()):
        begin, end = n, n + (len(text) * LETTER + LETTER) / cell
        for low in (False, True):
            free = all(line is not low or end <= a or b <= begin for line, a, b in taken)
            if free and n not in found:
                found[n] = text, low
                taken.append((low, begin, end))
    return found


def _steps(proof: TimeProof, found: Named, diagram: Diagram, departments: Mapping[str, str]) -> Iterator[StepLine]:
    """Every step that counts for a limit, in the order of the course and then of the drawing."""
    slack = [{one.element: one for one in against.slacks} for _, against in found]
    legs = {leg.element: leg for _, against in reversed(found) for leg in against.path}
    files = {node.id: node.at.file for node in nodes_of(diagram)}
    unlimited = {one.element for one in proof.unlimited}
    for element in dict.fromkeys((*legs, *(element for some in slack for element in some))):
        one = legs.get(element) or next(some[element] for some in slack if element in some)
        days = str(legs[element].days) if element in legs else "—"
        if days == "0" and element in unlimited:
            days = "不计"
        more = tuple(str(some[element].days) if element in some else "—" for some in slack)
        who = departments.get(one.department or "", one.department or "")
        yield StepLine(element, files.get(element, ""), one.title, who, days, more)


def _shares(against: Against, departments: Mapping[str, str]) -> str:
    """Only where several departments share the course."""
    if len(against.shares) < 2:
        return ""
    told = [f"{departments.get(code, code)} {days_words(days)}" for code, days in against.shares.items()]
    return "、".join(told)


def _notes(proof: TimeProof) -> Iterator[str]:
    if proof.returned is not None:
        both = (("承诺时限", proof.returned.promised), ("法定时限", proof.returned.statutory))
        told = [f"{name}{_after_return(one)}" for name, one in both if one is not None]
        yield f"退回 {proof.returns} 次、每一步又用足时限：{'；'.join(told)}。"
    for kind, words in _APART:
        if said := apart_words(proof, kind):
            yield f"{words}：{said}。"
    yield from (f"{one.words}。" for one in proof.unlimited)
    yield from (f"没有核算完全：{bound}。" for bound in proof.bounds)


def _after_return(against: Against) -> str:
    how = f"还余 {against.slack} 个工作日" if against.kept else f"晚 {-against.slack} 个工作日"
    return f"最长 {days_words(against.longest)}，{how}"
