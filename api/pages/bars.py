"""The back-schedule of a project as bars (倒排): where each stands on the sheet. Made from the very dates that the table tells;
what is computed here is only where on the paper a day lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from engine.clock import ClockKind, Lamp, OfficeTime
from engine.projects import Line, Standing, State

from .words import tight

NAMES, NOTES = 214.0, 128.0  # room for names at the left, for notes at the right
HEAD, ROW, BAR = 36, 22, 11
BACK = timedelta(42)
_ONE = timedelta(1)


@dataclass(frozen=True)
class Piece:
    """A stretch of a bar. kind: plan, act (runs), done, paused; x and width on the sheet."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True)
class Note:
    """A word on the sheet. kind: class of the text; anchor: start or end."""

    x: float
    text: str
    kind: str = ""
    anchor: str = "start"


@dataclass(frozen=True)
class Row:
    """One matter. y: middle of its bar. edge: the whole bar, for its outline. slack: from the end of the bar to the latest
    finish."""

    y: float
    name: str
    owner: str
    critical: bool
    pieces: tuple[Piece, ...]
    edge: Piece | None
    slack: tuple[float, float] | None
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Sheet:
    """The drawing. unknown: where the calendar is not published. weeks: (x, day) of the Mondays that are drawn, named or not."""

    width: float
    height: float
    weeks: tuple[tuple[float, str], ...]
    today: Note
    target: Note
    unknown: Piece | None
    rows: tuple[Row, ...]


def sheet(one: Standing, time: OfficeTime, today: date, width: float) -> Sheet | None:
    """The bars of a project; None when no matter of it has dates."""
    lines = [line for line in one.lines if line.dates is not None]
    if not lines:
        return None
    scale = _scale(one, lines, today, width)
    height = HEAD + ROW * len(lines) + 8.0
    known = time.calendar.known_through
    target = Note(scale.at(one.project.target_on + _ONE), f"{one.project.event} {tight(one.project.target_on)}")
    present = _present(scale, today, target)
    return Sheet(
        width=width,
        height=height,
        weeks=tuple(_weeks(scale, (present, target))),
        today=present,
        target=target,
        unknown=scale.stretch("prov", known + _ONE, scale.last + _ONE) if known < scale.last else None,
        rows=tuple(_row(scale, line, i, time, today) for i, line in enumerate(lines)),
    )


@dataclass(frozen=True)
class _Scale:
    first: date
    last: date
    width: float

    @property
    def per_day(self) -> float:
        return (self.width - NAMES - NOTES) / ((self.last - self.first).days + 1)

    def at(self, day: date) -> float:
        """Where a day begins; days outside the sheet lie on its edge."""
        inside = min(max(day, self.first), self.last + _ONE)
        return round(NAMES + (inside - self.first).days * self.per_day, 1)

    def middle(self, day: date) -> float:
        return round(self.at(day) + self.per_day / 2, 1)

    def stretch(self, kind: str, since: date, until: date) -> Piece | None:
        """From the beginning of one day to the beginning of another; none when nothing of it is on the sheet."""
        x = self.at(since)
        piece = Piece(kind, x, round(self.at(until) - x, 1))
        return piece if piece.width > 0 else None


def _scale(one: Standing, lines: Sequence[Line], today: date, width: float) -> _Scale:
    found = [line.dates for line in lines if line.dates is not None]
    begun = [d.earliest_start.on for line in lines if (d := line.dates) and line.state is not State.GRANTED]
    first = min(today, *begun) - timedelta(7) if begun else today - BACK
    last = max([one.project.target_on, today, *(d.earliest_finish.on for d in found)])
    return _Scale(max(first, today - BACK), last + timedelta(3), width)


def _weeks(scale: _Scale, named: Sequence[Note]) -> Iterator[tuple[float, str]]:
    """Every Monday a line; a name where there is room for it beside today's and the target's."""
    taken = [_extent(note) for note in named]
    monday = scale.first + timedelta(-scale.first.weekday() % 7)
    while monday <= scale.last:
        name = Note(scale.at(monday), tight(monday))
        start, end = _extent(name)
        free = all(end < a or b < start for a, b in taken)
        yield name.x, name.text if free else ""
        if free:
            taken.append((start, end))
        monday += timedelta(7)


def _extent(note: Note) -> tuple[float, float]:
    room = _room(note.text) + 12
    return (note.x, note.x + room) if note.anchor == "start" else (note.x - room, note.x)


def _present(scale: _Scale, today: date, target: Note) -> Note:
    """Today's name, to the left of its line where the target's stands close behind."""
    x, words = scale.middle(today), f"今天 {tight(today)}"
    crowded = 0 <= target.x - x < _room(words) + 12
    return Note(x, words, "todayt", "end" if crowded else "start")


def _row(scale: _Scale, line: Line, i: int, time: OfficeTime, today: date) -> Row:
    dates = line.dates
    assert dates is not None, "only matters with dates are drawn"
    start, finish = _cells(dates.earliest_start.on, dates.earliest_finish.on)
    end = scale.at(finish)
    until = scale.at(dates.latest_finish.on + _ONE)
    open_ = line.state is not State.GRANTED
    return Row(
        y=HEAD + ROW * i + ROW / 2,
        name=line.name,
        owner=line.owner,
        critical=dates.critical,
        pieces=tuple(p for p in _pieces(scale, line, start, finish, time, today) if p is not None),
        edge=scale.stretch("act" if line.case is not None and open_ else "plan", start, finish) if open_ else None,
        slack=(end, until) if open_ and until > end else None,
        notes=tuple(_notes(line, end, until)),
    )


def _cells(start: date, finish: date) -> tuple[date, date]:
    """The first cell of a bar and the one after its last: the day of the start is not counted, but a matter of one day has a
    cell too."""
    return (start + _ONE if finish > start else start), finish + _ONE


def _pieces(
    scale: _Scale, line: Line, start: date, finish: date, time: OfficeTime, today: date
) -> Iterator[Piece | None]:
    if line.state is State.GRANTED:
        yield scale.stretch("done", start, finish)
        return
    running = line.case is not None and line.state is not State.ENDED
    yield scale.stretch("act" if running else "plan", start, finish)
    if not running:
        return
    yield scale.stretch("done", start, min(today + _ONE, finish))
    clock = line.case.clock(ClockKind.PROMISED) if line.case is not None else None
    for gap in clock.course(time, today).effective if clock is not None else ():
        through = gap.through or finish
        yield scale.stretch("paused", max(gap.after + _ONE, start), min(through + _ONE, finish))


def _notes(line: Line, end: float, until: float) -> Iterator[Note]:
    """What runs is told at the end of its bar, the slack at its tick; where both have no room, together behind the tick."""
    dates = line.dates
    assert dates is not None, "only matters with dates are drawn"
    late = "late" if line.lamp in (Lamp.RED, Lamp.DARK_RED) else "b" if dates.critical else "m"
    if dates.slack is None:
        on = dates.earliest_finish.on
        yield Note(end + 5, line.words if end > NAMES else f"{tight(on)} {line.words}", "m")
        return
    slack = f"浮时 {dates.slack}" if dates.slack > 0 else "无浮时" if dates.slack == 0 else f"晚 {-dates.slack} 日"
    begun = line.state is not State.NONE
    if begun and until - end >= _room(line.words) + 12:
        yield Note(end + 5, line.words, late)
        yield Note(until + 5, slack, "m")
    else:
        yield Note(max(until, end) + 5, f"{line.words}，{slack}" if begun else slack, late)


def _room(text: str) -> float:
    """About how wide a text is at 12 px."""
    return sum(12.0 if ord(c) > 255 else 6.6 for c in text)
