"""The clock sentence (时限句): the words that the task, the case, the public page and the notice print alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .calendar import Day
from .clock import Clock, Pause
from .kinds import AtDue, ClockKind
from .law import deemed_acceptance
from .limits import GROUND_NAMES, UNVERIFIED, Span, Unit
from .office_time import OfficeTime
from .words import due_date, joined, long_date, short_date


def sentence(clock: Clock, office_time: OfficeTime, now: datetime, *, statutory: Clock | None = None) -> str:
    """One sentence: how many days of the limit are used, and then what it comes to.

    `8 个工作日已用 3 个，专家评审暂停至 12月2日；12月3日起续算，12月9日 周三前办结。` A date past the published calendar
    is marked 暂定; a limit that is not verified ends with 示例数据，未经核实; no article is ever named. statutory: the
    statutory clock beside a promise, named when the promise is broken.
    """
    return _Speaker(clock, office_time, now, office_time.civil(now), statutory).whole()


@dataclass(frozen=True)
class _Speaker:
    clock: Clock
    time: OfficeTime
    now: datetime
    today: date
    statutory: Clock | None

    def whole(self) -> str:
        told = f"{self.used()}{self.outcome()}。"
        return told if self.clock.limit.verified else f"{told}{UNVERIFIED}。"

    def used(self) -> str:
        """The first half: `8 个工作日已用 3 个，`."""
        total, used = self.clock.total, self.clock.used(self.time, self.today)
        extended = sum(e.span.n for e in self.clock.extensions)
        longer = f"（含延长 {Span(extended, total.unit).words}）" if extended else ""
        if total.n == 0:
            return "限当日，"
        if total.unit is Unit.MO:
            return f"{total.words}{longer}已过 {used} 个自然日，"
        return f"{total.words}{longer}已用 {used} 个，"

    def outcome(self) -> str:
        due, due_at = self.clock.due(self.time, self.today), self.clock.due_at(self.time, self.today)
        if self.clock.stopped_on is not None:
            return self.met(self.clock.stopped_on)
        if due_at is not None and self.now >= due_at:
            return self.late()
        if paused := self.clock.paused_by(self.time, self.today):
            return self.paused(paused, due)
        if due is None:
            return "有一段暂停没有写明计划时间，到期日待定"
        if self.clock.kind is ClockKind.NOTICE:
            return f"还没受理，{self.by(due)}须一次告知"
        if due.provisional:
            return f"日历未公布，{joined(self.day(due), '为暂定')}"
        return f"{self.by(due)}{self.clock.rule.act}"

    def met(self, on: date) -> str:
        days = self.clock.overdue_days(self.time, on)
        late = f"，{self.late_by(self.clock, on)}" if days else ""
        return f"{long_date(on, self.today)}已{self.clock.rule.act}{late}"

    def late(self) -> str:
        if self.clock.rule.at_due is AtDue.DEEMED_ACCEPTANCE and (deemed := deemed_acceptance(self.clock, self.time)):
            since, from_on = long_date(deemed.accepted_on, self.today), long_date(deemed.holds_from.on, self.today)
            return f"没有按期一次告知，{from_on}起视为自{since}已受理"
        told = f"已{self.late_by(self.clock, self.today)}"
        statute = self.statutory.due(self.time, self.today) if self.statutory else None
        if self.statutory is None or statute is None:
            return told
        if self.now >= self.time.closes_at(statute.on):
            return f"{told}，已{self.late_by(self.statutory, self.today)}"
        return f"{told}，法定到 {self.day(statute)}{_tentative(statute)}"

    def late_by(self, clock: Clock, on: date) -> str:
        """`超承诺 1 个工作日`; on the evening of the due day there is no whole day to name yet."""
        word, days = clock.rule.late_word, clock.overdue_days(self.time, on)
        if days:
            return f"{word} {days} {clock.counted_in.words}"
        return f"{word}（今日 {self.time.hours.closes:%H:%M} 到期）" if self._due_today(clock) else word

    def _due_today(self, clock: Clock) -> bool:
        due = clock.due(self.time, self.today)
        return due is not None and due.on == self.today

    def paused(self, pauses: tuple[Pause, ...], due: Day | None) -> str:
        why = "、".join(dict.fromkeys(GROUND_NAMES[p.ground] for p in pauses))
        until = self.until(pauses)
        if until is None or due is None:
            return f"{why}暂停中，没有写明计划时间，续算后再定到期日"
        if until < self.today:
            return f"{why}暂停已超过计划的 {short_date(until, self.today)}，结束后续算，最早 {self.by(due)}办结"
        again = short_date(self.resumes(until), self.today)
        return f"{why}暂停至 {short_date(until, self.today)}；{again}起续算，{self.by(due)}办结"

    def until(self, pauses: tuple[Pause, ...]) -> date | None:
        """The last day of the pause as it is planned; None when one of them has no plan."""
        ends = [p.ended_on or (self.time.add(p.started_on, p.planned).on if p.planned else None) for p in pauses]
        known = [end for end in ends if end is not None]
        return max(known) if len(known) == len(ends) else None

    def resumes(self, until: date) -> date:
        if self.clock.counted_in is Unit.WD:
            return self.time.next_working_day(until).on
        return until + timedelta(1)

    def day(self, due: Day) -> str:
        return due_date(due.on, self.today, f"{self.time.hours.closes:%H:%M}")

    def by(self, due: Day) -> str:
        """`12月9日 周三前`, `今日 17:00 前`, `2027年1月8日 周五（暂定）前`."""
        return joined(f"{self.day(due)}{_tentative(due)}", "前")


def _tentative(due: Day) -> str:
    return "（暂定）" if due.provisional else ""


def due_by(clock: Clock, office_time: OfficeTime, now: datetime) -> str:
    """The due moment as the sentence names it: `12月9日 周三前`, `今日 17:00 前`; empty while no day is known."""
    speaker = _Speaker(clock, office_time, now, office_time.civil(now), None)
    due = clock.due(office_time, speaker.today)
    return "" if due is None else speaker.by(due)


def receipt_sentence(filed_at: datetime, office_time: OfficeTime, now: datetime, *, filed: bool) -> str:
    """When something filed online is received, in words that stand before the button and after it alike.

    filed False: it would be filed at `filed_at`. `现在是下班时间，提交后 11月26日 周四 09:00 收件，从那时起算。` In the hours:
    `现在是办公时间，提交后当即收件，从那时起算。` filed True: `提交时是下班时间，11月26日 周四 09:00 收件，从那时起算。`
    """
    received, today = office_time.received(filed_at, in_person=False), office_time.civil(now)
    local = received.at.astimezone(office_time.zone)
    told = joined(f"{_moment(local, today)}{'（暂定）' if received.provisional else ''}", "收件，从那时起算。")
    if not received.after_hours:
        return told if filed else "现在是办公时间，提交后当即收件，从那时起算。"
    when = _outside(filed_at, office_time)
    return f"提交时{when}，{told}" if filed else f"现在{when}，提交后 {told}"


def _outside(at: datetime, office_time: OfficeTime) -> str:
    """What time it is at a moment outside the office hours."""
    local, hours = at.astimezone(office_time.zone), office_time.hours
    if not office_time.calendar.is_working(local.date()):
        return "是休息日"
    if local.time() < hours.opens:
        return "还没到上班时间"
    return "是下班时间" if local.time() >= hours.closes else "是午休时间"


def _moment(local: datetime, today: date) -> str:
    """`今日 14:00`, `11月26日 周四 09:00`."""
    return f"{'今日' if local.date() == today else long_date(local.date(), today)} {local:%H:%M}"
