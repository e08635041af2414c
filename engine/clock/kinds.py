"""The twelve clocks of a case on one page: what starts each, its limit where the law gives one, what stops it, which lamp
tells that it is late, and what happens then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import overload

from .limits import ARTICLE_45, Approver, CountedFrom, ExtensionRule, Limit, Span, Stop
from .notice import Source


class ClockKind(StrEnum):
    """C1 to C12 of docs/legal-clock.md, where C5 is two: the promise of a stage and its statutory limit."""

    NOTICE = "notice"  # C1 一次性告知
    PROMISED = "promised"  # C2
    STATUTORY = "statutory"  # C3
    DELIVERY = "delivery"  # C4
    STAGE_PROMISED = "stage_promised"  # C5
    STAGE_STATUTORY = "stage_statutory"  # C5
    STEP = "step"  # C6
    CORRECTION = "correction"  # C7: the applicant's time
    SPECIAL = "special"  # C8: the planned length of a special procedure
    OPINION = "opinion"  # C9
    TOLERANCE = "tolerance"  # C10
    ORDER = "order"  # C11
    RESOLUTION = "resolution"  # C12: what a consultation resolved, until its day


class Lamp(StrEnum):
    """The colour of a clock. NONE and DONE are no lamps: they never count."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    DARK_RED = "dark_red"
    GREY = "grey"
    NONE = "none"
    DONE = "done"

    @property
    def word(self) -> str:
        return _LAMP_WORDS[self]


_LAMP_WORDS = {
    Lamp.GREEN: "正常",
    Lamp.YELLOW: "临期",
    Lamp.RED: "超承诺",
    Lamp.DARK_RED: "超法定",
    Lamp.GREY: "暂停",
    Lamp.NONE: "未开始",
    Lamp.DONE: "办结",
}


class AtDue(StrEnum):
    """What the law lets follow when the limit passes. Nothing else happens by itself: a licence is never granted so."""

    DEEMED_ACCEPTANCE = "deemed_acceptance"  # 视为受理
    FLAG = "flag"  # a lamp, a journal entry, people are told


@dataclass(frozen=True)
class ClockRule:
    """What holds for every clock of one kind.

    label: its name for people. starts: the fact that starts it. act: what has to be done in time. late: the lamp past due,
    late_word: the word with it. default: the limit that the law, or this product, gives where nothing else is said.
    pausable: special procedures can stop it. extendable: an extension can lengthen it.
    """

    label: str
    starts: str
    act: str
    late: Lamp
    late_word: str
    default: Limit | None = None
    pausable: bool = False
    extendable: bool = False
    at_due: AtDue = AtDue.FLAG


_LICENCE_LAW = "行政许可法"
_EIGHT = {ground: Stop(f"{_LICENCE_LAW} 第45条") for ground in ARTICLE_45}


def _law(n: int, counted_from: CountedFrom, article: str, extension: ExtensionRule | None = None) -> Limit:
    grounds = _EIGHT if counted_from is CountedFrom.ACCEPTED else {}
    return Limit(Span(n), counted_from, grounds, extension, f"{_LICENCE_LAW} {article}", Source.S)


_NOTICE = _law(5, CountedFrom.RECEIVED, "第32条")
_STATUTORY = _law(
    20, CountedFrom.ACCEPTED, "第42条", ExtensionRule(Span(10), Approver.HEAD, f"{_LICENCE_LAW} 第42条第一款")
)
_STAGE = _law(
    45, CountedFrom.ACCEPTED, "第42条", ExtensionRule(Span(15), Approver.GOVERNMENT, f"{_LICENCE_LAW} 第42条第二款")
)
_DELIVERY = _law(10, CountedFrom.DECIDED, "第44条")
# the Licence Law gives no limit for the applicant and no power to end his case: thirty days are this product's choice
_CORRECTION = Limit(Span(30), CountedFrom.RECEIVED, src=Source.D)

RULES: Mapping[ClockKind, ClockRule] = MappingProxyType(
    {
        # red, not dark red: its own consequence is deemed acceptance, the statutory limit is not touched by it
        ClockKind.NOTICE: ClockRule(
            "一次告知时限", "收件", "一次告知", Lamp.RED, "超告知期限", _NOTICE, at_due=AtDue.DEEMED_ACCEPTANCE
        ),
        ClockKind.PROMISED: ClockRule("承诺时限", "受理", "决定", Lamp.RED, "超承诺", pausable=True, extendable=True),
        ClockKind.STATUTORY: ClockRule(
            "法定时限", "受理", "决定", Lamp.DARK_RED, "超法定", _STATUTORY, pausable=True, extendable=True
        ),
        ClockKind.DELIVERY: ClockRule("送达时限", "决定", "送达", Lamp.DARK_RED, "超送达期限", _DELIVERY),
        # the government's extension lengthens the statute alone, never the promise of the stage
        ClockKind.STAGE_PROMISED: ClockRule(
            "阶段承诺时限", "阶段受理", "完成本阶段", Lamp.RED, "超阶段承诺", pausable=True
        ),
        ClockKind.STAGE_STATUTORY: ClockRule(
            "阶段法定时限",
            "阶段受理",
            "完成本阶段",
            Lamp.DARK_RED,
            "超阶段法定",
            _STAGE,
            pausable=True,
            extendable=True,
        ),
        # the step that does the special procedure itself is simply given no pause
        ClockKind.STEP: ClockRule("环节时限", "环节开始", "完成本环节", Lamp.RED, "超环节时限", pausable=True),
        ClockKind.CORRECTION: ClockRule("补正时限", "告知补正", "补正", Lamp.RED, "超补正期限", _CORRECTION),
        ClockKind.SPECIAL: ClockRule("特别程序计划时间", "特别程序启动", "出具结果", Lamp.RED, "超计划时间"),
        ClockKind.OPINION: ClockRule("意见回复时限", "征求意见", "回复意见", Lamp.RED, "超回复期限"),
        ClockKind.TOLERANCE: ClockRule("容缺补交时限", "容缺受理", "补交材料", Lamp.RED, "超补交期限"),
        ClockKind.ORDER: ClockRule("督办回复时限", "发出督办单", "回复督办单", Lamp.RED, "超回复期限"),
        ClockKind.RESOLUTION: ClockRule("议定事项时限", "会商", "落实议定事项", Lamp.RED, "超议定期限"),
    }
)


@overload
def limit_of(what: Span) -> Limit: ...
@overload
def limit_of(what: ClockKind) -> Limit | None: ...
def limit_of(what: Span | ClockKind) -> Limit | None:
    """The limit that the law gives a kind of clock (None where it gives none), or a plain limit of a length that an
    officer sets: no grounds, no extension, no article."""
    if isinstance(what, ClockKind):
        return RULES[what].default
    return Limit(what, CountedFrom.RECEIVED)
