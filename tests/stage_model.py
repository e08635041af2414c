"""A small model of a stage of joint approval, by plain counting: it walks the calendar day after day, and remembers what was
done at which moment. It knows nothing of the product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from engine.clock import WorkCalendar

PROMISED, STATUTORY = 15, 20
STAGE_PROMISED, STAGE_STATUTORY = 15, 130
"""The law leaves a stage time for any chain of its matters: one whose steps overrun it would not be published."""
PLANNED = 10
"""Working days: of a matter, of a stage, and what a special procedure is planned for."""


def counts(since: date, days: int, calendar: WorkCalendar, counted: Callable[[date], bool]) -> date | None:
    """The day on which so many counted working days after a day are over. None where nobody knows when."""
    day = since
    while days:
        day += timedelta(1)
        days -= calendar.is_working(day) and counted(day)
        if day.year > since.year + 1:
            return None
    return day


@dataclass
class Ledger:
    """Who has a case: from which moment on, and nobody ("") after its end. What lasts no time is forgotten."""

    spans: list[tuple[datetime, str]] = field(default_factory=list)

    def hand(self, who: str, at: datetime) -> None:
        if self.spans and self.spans[-1][0] == at:
            self.spans.pop()
        if not self.spans or self.spans[-1][1] != who:
            self.spans.append((at, who))


@dataclass
class Work:
    """The one task of a case that is open: its step, the window at which it lies, who has claimed it. done: every act of an
    officer or of the applicant, in order."""

    step: str = ""
    window: str = ""
    officer: str = ""
    paused: bool = False
    ledger: Ledger = field(default_factory=Ledger)
    done: list[str] = field(default_factory=list)
    over: bool = False

    def comes(self, step: str, window: str, at: datetime) -> None:
        self.step, self.window, self.officer = step, window, ""
        self.stands(at)

    def waits(self, at: datetime) -> None:
        self.step = self.window = self.officer = ""
        self.stands(at)

    def ends(self, at: datetime) -> None:
        self.over = True
        self.ledger.hand("", at)

    def stands(self, at: datetime) -> None:
        there = f"officer {self.officer}" if self.officer else f"window {self.window}" if self.step else "system"
        self.ledger.hand("third_party" if self.paused else there, at)


@dataclass
class Model:
    """One matter: what it needs (each met by any one of some others), and what happened to it. tolerated: a rule lets it start
    without; checked: somebody looks at it between review and decision."""

    code: str
    needs: list[list[str]]
    optional: bool
    tolerated: bool = False
    checked: bool = False
    department: str = ""
    held: bool = False
    tolerant: bool = False
    opened: datetime | None = None
    ended: date | None = None
    how: str = ""
    failed: str = ""
    pauses: list[list[date | None]] = field(default_factory=list)
    work: Work = field(default_factory=Work)

    @property
    def window(self) -> str:
        return f"{self.department}-1"

    @property
    def steps(self) -> list[str]:
        return ["review", *(["check"] if self.checked else []), "decide"]

    def opens(self, at: datetime, *, tolerant: bool, received: datetime | None = None) -> None:
        """Its case begins; the joint window had it before, if it was accepted together with the stage."""
        self.opened, self.tolerant, self.held = at, tolerant, False
        if received is not None:
            self.work.ledger.hand("window joint-1", received)
        self.work.comes("review", self.window, at)

    def ends(self, how: str, on: date, failed: str = "") -> None:
        self.ended, self.how, self.failed, self.held = on, how, failed, False
        if self.pauses and self.pauses[-1][1] is None:
            self.pauses[-1][1] = on

    def open_on(self, day: date) -> bool:
        return self.opened is not None and self.opened.date() < day and (self.ended is None or day <= self.ended)

    def paused_on(self, day: date) -> bool:
        return any(s < day and (e is None or day <= e) for s, e in self.pauses if s)

    def due(self, days: int, calendar: WorkCalendar) -> date | None:
        """With what is planned, while a special procedure runs."""
        assert self.opened is not None
        planned = [(s, e or counts(s, PLANNED, calendar, lambda _: True)) for s, e in self.pauses if s]
        spans = [(s, e) for s, e in planned if e]
        return counts(self.opened.date(), days, calendar, lambda day: not any(s < day <= e for s, e in spans))


@dataclass
class StageModel:
    """The stage with its matters. ended: withdrawn or terminated as a whole, or not accepted."""

    matters: dict[str, Model]
    received: datetime
    accepted: datetime
    work: Work
    ended: str = ""
    stopped: datetime | None = None

    def met(self, need: list[str]) -> bool:
        return any(self.matters[code].how == "granted" for code in need)

    def unmet(self, one: Model) -> list[list[str]]:
        return [need for need in one.needs if not self.met(need)]

    def settle(self, at: datetime) -> None:
        """What follows from what has just happened, at this moment."""
        moved = not self.ended
        while moved:
            moved = any(self._lets_on(one, at) for one in self.matters.values())

    def _lets_on(self, one: Model, at: datetime) -> bool:
        if one.opened is not None and one.tolerant and not self.unmet(one):
            one.tolerant = False
        if one.opened or one.ended or one.held:
            return False
        lost = [need for need in one.needs if all(self.dead(code) for code in need)]
        if lost:
            last = max((self.matters[code] for code in lost[0]), key=lambda m: m.ended or at.date())
            one.ends("not_started", last.ended or at.date(), last.code)
            return True
        if self.unmet(one):
            return False
        one.opens(at, tolerant=False, received=self.received if at == self.accepted else None)
        return True

    def dead(self, code: str) -> bool:
        return self.matters[code].ended is not None and self.matters[code].how != "granted"

    def counted(self, day: date) -> bool:
        """Whether the stage's clocks count a day: not while every open mandatory matter is paused."""
        there = [m for m in self.matters.values() if not m.optional and m.open_on(day)]
        return not there or not all(m.paused_on(day) for m in there)

    def due(self, days: int, calendar: WorkCalendar) -> date | None:
        return counts(self.accepted.date(), days, calendar, self.counted)

    def heard(self, at: datetime) -> None:
        """All messages have come: what ends with the stage ended with it, and the summary is due when nothing mandatory runs."""
        if self.ended:
            for one in self.matters.values():
                if one.ended is None and self.stopped is not None:
                    one.ends(self.ended, self.stopped.date())
                    one.work.ends(self.stopped)
        elif self.over and not self.work.step and not self.work.over:
            self.work.comes("summary", "nr-1", at)

    def stops(self, how: str, at: datetime) -> None:
        """The whole stage is withdrawn or terminated."""
        self.ended, self.stopped = how, at
        self.work.ends(at)
        for one in self.matters.values():
            if one.opened is None and one.ended is None:
                one.ends("not_started", at.date())

    @property
    def over(self) -> bool:
        return all(m.ended for m in self.matters.values() if not m.optional)

    @property
    def last_day(self) -> date:
        """Of the stage's clocks: when it was withdrawn or terminated, or when its last mandatory matter ended."""
        if self.stopped is not None:
            return self.stopped.date()
        return max(m.ended for m in self.matters.values() if m.ended and not m.optional)

    @property
    def result(self) -> str:
        granted = [m.how == "granted" for m in self.matters.values() if not m.optional]
        return self.ended or ("granted" if all(granted) else "partly" if any(granted) else "refused")
