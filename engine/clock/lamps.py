"""Which lamp a clock shows, and the next moment at which that can change: the sweep only compares and sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from .clock import Clock
from .counting import Gap
from .kinds import Lamp
from .limits import GROUND_NAMES
from .office_time import OfficeTime

_LAST_HOUR = timedelta(hours=1)

LAMP_RULES: Mapping[str, str] = MappingProxyType(
    {
        "L0": "已办结，不再计时",
        "L1": "未到临期日",
        "L2": "自第 min(L−1, ⌈0.9×L⌉) 日 0 时起临期，L 为含延长的时限",
        "L3": "时限不超过一日，到期日下班前 1 小时起临期",
        "L4": "到期日下班时尚未办理，超过承诺或内部时限",
        "L5": "到期日下班时尚未办理，超过法定时限",
        "L6": "特别程序等依法暂停计时",
    }
)


@dataclass(frozen=True)
class LampState:
    """A lamp with its reason. next_at: the next moment (UTC) at which it can be another one, None when only an act can
    change it. rule: number in LAMP_RULES. arithmetic: the reckoning in words."""

    lamp: Lamp
    next_at: datetime | None
    rule: str
    arithmetic: str


def lamp(clock: Clock, office_time: OfficeTime, now: datetime) -> LampState:
    """The lamp of a clock at a moment.

    Yellow from 00:00 of its day, not from opening: whoever looks before the doors open plans the day by it, and colour
    and counted days then change together. Red from close of business of the due day. Grey from 00:00 of the day on which
    a pause begins to 00:00 of the day on which it ended; a pause begun on the due day or later stops nothing, so the
    lamp stays what it was.
    """
    if clock.stopped_on is not None:
        return LampState(Lamp.DONE, None, "L0", LAMP_RULES["L0"])
    turns = office_time.once("turns", clock, lambda: _turns(clock, office_time))
    shown, rule = turns.at(now)
    later = (moment for moment in turns.moments() if moment > now and turns.at(moment)[0] is not shown)
    return LampState(shown, min(later, default=None), rule, turns.arithmetic(rule))


def lamp_words(clock: Clock, office_time: OfficeTime, now: datetime) -> str:
    """The lamp in a list, under a column that names the unit: `剩 3 日`, `临期 剩 1 日`, `今日 17:00`, `超承诺 1 日`,
    `暂停 专家评审`, `办结`."""
    return lamp_and_words(clock, office_time, now)[1]


def lamp_and_words(clock: Clock, office_time: OfficeTime, now: datetime) -> tuple[Lamp, str]:
    """The lamp of a clock at a moment with its words for a list, see `lamp_words`."""
    shown = lamp(clock, office_time, now).lamp
    return shown, _words(shown, clock, office_time, office_time.civil(now))


def _words(shown: Lamp, clock: Clock, office_time: OfficeTime, today: date) -> str:
    if shown is Lamp.DONE:
        return Lamp.DONE.word
    if shown is Lamp.GREY:
        names = (GROUND_NAMES[p.ground] for p in clock.paused_by(office_time, today))
        return f"{Lamp.GREY.word} {'、'.join(dict.fromkeys(names))}".strip()
    if shown in (Lamp.RED, Lamp.DARK_RED):
        days = clock.overdue_days(office_time, today)
        return f"{clock.rule.late_word} {days} 日" if days else clock.rule.late_word
    due = clock.due(office_time, today)
    if due is not None and due.on == today:
        return f"今日 {office_time.hours.closes:%H:%M}"
    left = f"剩 {clock.left(office_time, today)} 日"
    return f"{Lamp.YELLOW.word} {left}" if shown is Lamp.YELLOW else left


@dataclass(frozen=True)
class _Turns:
    """The moments at which a running clock's lamp turns; grey: (from, to), to None while the pause is open."""

    clock: Clock
    yellow_day: int | None
    total: int
    yellow_at: datetime | None
    due_at: datetime | None
    grey: tuple[tuple[datetime, datetime | None], ...]

    def at(self, moment: datetime) -> tuple[Lamp, str]:
        if self.due_at is not None and moment >= self.due_at:
            late = self.clock.rule.late
            return late, "L5" if late is Lamp.DARK_RED else "L4"
        if any(start <= moment and (end is None or moment < end) for start, end in self.grey):
            return Lamp.GREY, "L6"
        if self.yellow_at is not None and moment >= self.yellow_at:
            return Lamp.YELLOW, "L3" if self.yellow_day is None else "L2"
        return Lamp.GREEN, "L1"

    def moments(self) -> Iterator[datetime]:
        edges = (edge for gap in self.grey for edge in gap)
        yield from (moment for moment in (self.yellow_at, self.due_at, *edges) if moment is not None)

    def arithmetic(self, rule: str) -> str:
        if rule not in ("L1", "L2") or self.yellow_day is None:
            return LAMP_RULES[rule]
        length, nine_tenths = self.total, nine_tenths_of(self.total)
        sum_ = f"min({length}−1, ⌈0.9×{length}⌉={nine_tenths}) = {self.yellow_day}"
        return f"时限 {length} {self.clock.counted_in.words}，第 {sum_} 日 0 时起临期"


def _turns(clock: Clock, office_time: OfficeTime) -> _Turns:
    # an open pause turns back by an act only: on its planned day nothing changes and nothing falls due
    course = clock.held(office_time)
    due = course.due
    due_at = None if due is None else office_time.closes_at(due.on)
    if course.total <= 1:
        yellow_day, yellow_at = None, None if due_at is None else due_at - _LAST_HOUR
    else:
        yellow_day = min(course.total - 1, nine_tenths_of(course.total))
        day = course.nth(yellow_day)
        yellow_at = None if day is None else office_time.day_starts_at(day.on)
    grey = tuple(_stretch(gap, office_time) for gap in course.effective)
    return _Turns(clock, yellow_day, course.total, yellow_at, due_at, grey)


def _stretch(gap: Gap, office_time: OfficeTime) -> tuple[datetime, datetime | None]:
    end = None if gap.through is None else office_time.day_starts_at(gap.through)
    return office_time.day_starts_at(gap.after), end


def nine_tenths_of(length: int) -> int:
    return -(-9 * length // 10)
