"""What the law allows and lets follow: lengthening a limit, silence as acceptance, the promise beside the statute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from ..errors import NotLawful
from .calendar import Day
from .clock import Clock, Extension, demand_addable
from .kinds import AtDue, ClockKind
from .limits import ExtensionRule
from .office_time import OfficeTime


class ExtensionNotLawful(NotLawful):
    """The root of what forbids an extension. Facts: label of the limit, basis of its rule where it is verified."""

    code = "extension-not-lawful"
    sentence = "{label}不能延长。"
    remedy = "在原时限内办结。"


class NotExtendable(ExtensionNotLawful):
    code = "extension-without-rule"
    sentence = "{label}没有规定可以延长。"
    remedy = "在原时限内办结；确有依据的，请先在事项的时限里登记后发布新版本。"


class ExtendedAlready(ExtensionNotLawful):
    code = "extension-second"
    sentence = "{label}已经延长过一次，不能再延长。"
    remedy = "在延长后的时限内办结。"


class ExtensionTooLate(ExtensionNotLawful):
    code = "extension-too-late"
    sentence = "{label}已于{due}届满，届满之后不能延长。"
    remedy = "尽快办结，并依法公开说明超期原因。"


class ExtensionAfterEnd(ExtensionNotLawful):
    code = "extension-after-end"
    sentence = "{label}已于{stopped}停止计算，不需要延长。"
    remedy = "刷新页面查看办件的最新进展。"


class WrongApprover(ExtensionNotLawful):
    code = "extension-wrong-approver"
    sentence = "延长{label}须经{needed}批准，{given}批准无效。"
    remedy = "报请{needed}批准。"


class ExtensionTooLong(ExtensionNotLawful):
    code = "extension-too-long"
    sentence = "{label}最多延长 {longest}，不能延长 {given}。"
    remedy = "把延长的时间改到 {longest}以内。"


def check_extension(
    clock: Clock, extension: Extension, office_time: OfficeTime, *, rule: ExtensionRule | None = None
) -> None:
    """May this clock be lengthened so? Once, before its due moment, by the approver of the rule, not longer than the rule.

    rule: the limit's own; for the promise, which follows the statute, the statutory limit's rule. An open pause without a
    planned end leaves the due moment open, so nothing is too late then. Raises ExtensionNotValid for another unit, one of
    the ExtensionNotLawful for the rest (行政许可法 第42条).
    """
    demand_addable(clock.limit, extension.span)
    rule = rule or clock.limit.extension
    facts = {"label": clock.rule.label, "basis": rule.basis if rule and clock.limit.verified else ""}
    if rule is None or not clock.rule.extendable:
        raise NotExtendable(**facts)
    if clock.extensions:
        raise ExtendedAlready(**facts)
    if clock.stopped_on is not None:
        raise ExtensionAfterEnd(stopped=clock.stopped_on, **facts)
    due = clock.due(office_time, office_time.civil(extension.approved_at))
    if due is not None and extension.approved_at >= office_time.closes_at(due.on):
        raise ExtensionTooLate(due=due.on, **facts)
    if extension.approver is not rule.approver:
        raise WrongApprover(needed=rule.approver.words, given=extension.approver.words, **facts)
    if extension.span.unit is not rule.longest.unit or extension.span.n > rule.longest.n:
        raise ExtensionTooLong(longest=rule.longest.words, given=extension.span.words, **facts)


def extend(clock: Clock, extension: Extension, office_time: OfficeTime, *, rule: ExtensionRule | None = None) -> Clock:
    """The clock with the extension added to the same run; raises what `check_extension` raises."""
    check_extension(clock, extension, office_time, rule=rule)
    return replace(clock, extensions=(*clock.extensions, extension))


@dataclass(frozen=True)
class DeemedAcceptance:
    """Silence past the notice's due day. due: that day. holds_from: the next working day; at: its first moment, UTC.
    accepted_on: the day of receipt, to which acceptance is dated back, so that the decision clocks have run since."""

    due: Day
    holds_from: Day
    at: datetime
    accepted_on: date


def deemed_acceptance(clock: Clock, office_time: OfficeTime) -> DeemedAcceptance | None:
    """When and as of when a notice clock makes an application accepted by silence (行政许可法 第32条第一款第四项).

    None when it was met in time, or when the clock is of another kind: no other silence decides anything.
    """
    due = clock.due(office_time)
    if clock.rule.at_due is not AtDue.DEEMED_ACCEPTANCE or due is None:
        return None
    if clock.stopped_on is not None and clock.stopped_on <= due.on:
        return None
    following = office_time.next_working_day(due.on)
    holds_from = Day(following.on, due.provisional or following.provisional)
    return DeemedAcceptance(due, holds_from, office_time.deemed_at(due.on), clock.started_on)


@dataclass(frozen=True)
class Compared:
    """The promise beside the statute. shown: whose date is displayed and lit, the earlier one; due: that date, None while
    neither is known. keeps: is the promise no later than the statute by date? None while one of them is not known."""

    promised: Day | None
    statutory: Day | None
    shown: ClockKind
    due: Day | None
    keeps: bool | None


def compare_promise(promised: Clock, statutory: Clock, office_time: OfficeTime, on: date | None = None) -> Compared:
    """Compare by date, never by number: three working days can end after seven calendar days."""
    promise, statute = promised.due(office_time, on), statutory.due(office_time, on)
    keeps = None if promise is None or statute is None else promise.on <= statute.on
    if statute is not None and (promise is None or keeps is False):
        return Compared(promise, statute, statutory.kind, statute, keeps)
    return Compared(promise, statute, promised.kind, promise, keeps)
