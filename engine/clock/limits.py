"""A limit is a small object, not a number: how long, in which unit, counted from what, what stops it, who may lengthen it,
by which law, and how well all that is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from ..errors import NotLawful, NotValid
from .notice import Source
from .stored import StoredAs

MAX_DAYS, MAX_MONTHS = 9999, 120
UNVERIFIED = "示例数据，未经核实"
_SPAN = re.compile(r"(0|[1-9][0-9]{0,3})(wd|cd|mo)")


class SpanNotUnderstood(NotValid):
    """A length of time that cannot be counted. There are no half days: half a day means the same working day."""

    code = "span-not-understood"
    sentence = "时限“{text}”看不懂。"
    remedy = "写成整数加单位，如 3wd（3 个工作日）、30cd（30 个自然日）、6mo（6 个月）；0.5wd 即当日。"


class Unit(StrEnum):
    """What is counted."""

    WD = "wd"  # 工作日
    CD = "cd"  # 自然日
    MO = "mo"  # 月: to the day of the same number, counted in calendar days on the way

    @property
    def words(self) -> str:
        return _UNIT_WORDS[self]


_UNIT_WORDS = {Unit.WD: "个工作日", Unit.CD: "个自然日", Unit.MO: "个月"}


@dataclass(frozen=True)
class Span:
    """A length: `20wd` working days, `60cd` calendar days, `6mo` months. n = 0: the same working day (当日)."""

    n: int
    unit: Unit = Unit.WD

    def __post_init__(self) -> None:
        if not 0 <= self.n <= (MAX_MONTHS if self.unit is Unit.MO else MAX_DAYS):
            raise SpanNotUnderstood(text=f"{self.n}{self.unit}")

    @classmethod
    def parse(cls, text: str) -> Span:
        """`3wd` and its like; `0.5wd` is the same working day, `0wd`. Raises SpanNotUnderstood."""
        if text == "0.5wd":
            return cls(0)
        found = _SPAN.fullmatch(text)
        if found is None:
            raise SpanNotUnderstood(text=text)
        return cls(int(found[1]), Unit(found[2]))

    def __str__(self) -> str:
        return f"{self.n}{self.unit}"

    @property
    def words(self) -> str:
        """`20 个工作日`; `当日`."""
        return f"{self.n} {self.unit.words}" if self.n else "当日"


class CountedFrom(StrEnum):
    """The fact from which a matter's limit runs."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    DECIDED = "decided"

    @property
    def words(self) -> str:
        return {"received": "收件", "accepted": "受理", "decided": "决定"}[self]


class Ground(StrEnum):
    """Why a clock may stop. A site visit (现场踏勘) is not among them: it never stops one."""

    # the eight of 行政许可法 第45条, and no others
    HEARING = "hearing"
    TENDER = "tender"
    AUCTION = "auction"
    INSPECTION = "inspection"
    TESTING = "testing"
    QUARANTINE = "quarantine"
    APPRAISAL = "appraisal"
    EXPERT_REVIEW = "expert_review"
    # each only where another statute or a local rule names it
    EVALUATION = "evaluation"
    AGENCY_EVALUATION = "agency_evaluation"
    TECHNICAL_EVALUATION = "technical_evaluation"
    OPINION_REQUEST = "opinion_request"
    DISPUTE = "dispute"
    PUBLIC_NOTICE_LOCAL_RULE = "public_notice_local_rule"
    ARCHAEOLOGY = "archaeology"
    # of a stage of joint approval: every matter of it that is open is paused
    MATTERS_PAUSED = "matters_paused"

    @property
    def in_article_45(self) -> bool:
        return self in ARTICLE_45


GROUND_NAMES: Mapping[Ground, str] = MappingProxyType(
    {
        Ground.HEARING: "听证",
        Ground.TENDER: "招标",
        Ground.AUCTION: "拍卖",
        Ground.INSPECTION: "检验",
        Ground.TESTING: "检测",
        Ground.QUARANTINE: "检疫",
        Ground.APPRAISAL: "鉴定",
        Ground.EXPERT_REVIEW: "专家评审",
        Ground.EVALUATION: "委托评估",
        Ground.AGENCY_EVALUATION: "机构评审",
        Ground.TECHNICAL_EVALUATION: "技术评估",
        Ground.OPINION_REQUEST: "征求其他部门意见",
        Ground.DISPUTE: "争议或诉讼中止",
        Ground.PUBLIC_NOTICE_LOCAL_RULE: "公示（地方规定）",
        Ground.ARCHAEOLOGY: "考古调查勘探",
        Ground.MATTERS_PAUSED: "各在办事项",
    }
)
ARTICLE_45 = tuple(Ground)[:8]


class Approver(StrEnum):
    """Who may lengthen a limit."""

    HEAD = "head"
    MAIN_HEAD = "main_head"
    GOVERNMENT = "government"

    @property
    def words(self) -> str:
        return {"head": "本机关负责人", "main_head": "本机关主要负责人", "government": "本级人民政府负责人"}[self]


@dataclass(frozen=True)
class Stop(StoredAs):
    """How a ground stops one limit: the basis that says so for this very limit, and the longest planned length."""

    basis: str
    longest: Span | None = None


@dataclass(frozen=True)
class ExtensionRule(StoredAs):
    """How one limit may be lengthened: by at most this much, once, by this approver."""

    longest: Span
    approver: Approver
    basis: str = ""


@dataclass(frozen=True)
class Limit(StoredAs):
    """A legal, promised or internal limit.

    grounds: what stops this limit, each with its own basis; a ground that is not here does not. unfounded: grounds that
    the catalogue lists without a basis; they stop nothing and are kept to be shown to the designer. src: how well the
    numbers are known; only S may be shown with its article.
    """

    span: Span
    counted_from: CountedFrom
    grounds: Mapping[Ground, Stop] = field(default_factory=dict, hash=False)
    extension: ExtensionRule | None = None
    basis: str = ""
    src: Source = Source.P
    unfounded: tuple[Ground, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "grounds", MappingProxyType(dict(self.grounds)))

    @property
    def verified(self) -> bool:
        """May the limit be shown as law? Otherwise people read 示例数据，未经核实 and no article."""
        return self.src is Source.S

    @property
    def cited(self) -> str:
        """The basis as people may read it; empty for a limit that is not verified."""
        return self.basis if self.verified else ""

    def stops(self, ground: Ground) -> bool:
        """Does this ground stop this limit? Only with a basis of its own (行政许可法 第45条 reaches its own limits only)."""
        stop = self.grounds.get(ground)
        return stop is not None and bool(stop.basis)


class PlannedTooLong(NotLawful):
    """A special procedure was planned for longer than its rule allows."""

    code = "planned-too-long"
    sentence = "{ground}最长 {longest}，计划的 {planned} 超过了。"
    remedy = "把计划时间定在上限之内；上限按同一种单位（工作日或自然日）填写。"


def check_planned(limit: Limit, ground: Ground, planned: Span) -> None:
    """Raises PlannedTooLong when the limit names a longest length for this ground and `planned` is over it, or is in
    another unit, which nobody can compare. A ground that the limit does not list is no matter of this limit."""
    longest = limit.grounds[ground].longest if ground in limit.grounds else None
    if longest is not None and (planned.unit is not longest.unit or planned.n > longest.n):
        raise PlannedTooLong(ground=GROUND_NAMES[ground], longest=longest.words, planned=planned.words)
