"""The short forms of the catalogue: `lim: [20, wd, accepted]`, `ext: [40, wd, main_head]`, `pause: [evaluation<=30wd]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import Fault, NotValid
from .kinds import RULES, ClockKind
from .limits import (
    GROUND_NAMES,
    Approver,
    CountedFrom,
    ExtensionRule,
    Ground,
    Limit,
    Span,
    SpanNotUnderstood,
    Stop,
    Unit,
)
from .notice import Source

# the limits that a matter may state, and the facts from which each may be counted: the first where none is written
_FACTS: Mapping[ClockKind, tuple[CountedFrom, ...]] = {
    ClockKind.NOTICE: (CountedFrom.RECEIVED,),
    ClockKind.PROMISED: (CountedFrom.ACCEPTED, CountedFrom.RECEIVED),
    ClockKind.STATUTORY: (CountedFrom.ACCEPTED, CountedFrom.RECEIVED),
    ClockKind.DELIVERY: (CountedFrom.DECIDED,),
}
_FIELDS = ("lim", "basis", "src", "ext", "ext_basis", "pause", "pause_basis")
_PAUSE = re.compile(r"([a-z_0-9]+)(?:<=(\S+))?")
_LICENCE_LAW, _ARTICLE_45 = "行政许可法", "行政许可法 第45条"


class LimitNotUnderstood(NotValid):
    """A limit of the catalogue has faults; nothing of it is used."""

    code = "limit-not-understood"
    sentence = "时限有 {count} 处写法不对：{first}。"
    remedy = "按所列位置改正，写法如 lim: [20, wd, accepted]。"


def limit_from_catalogue(record: Any, kind: ClockKind | None = None) -> Limit:
    """One limit as a guide states it. Raises LimitNotUnderstood with every fault.

    record: `{lim: [n, unit, from], basis, src, ext: [n, unit, approver], ext_basis, pause: [ground, ground<=30wd],
    pause_basis: {ground: basis}}`, or the bare list of `lim`. kind: of the clock; with it `from` may be left out, and is
    checked. n 0.5 and 0 mean the same working day. A ground of 第45条 needs no basis of its own only on a limit of the
    Licence Law; another ground, or a limit of another statute, does: without one the ground is kept as unfounded.
    """
    reader = _Reader()
    limit = reader.limit(record, kind, "")
    reader.check()
    assert limit is not None, "no limit without a fault"
    return limit


def limits_from_catalogue(records: Mapping[str, Any]) -> dict[ClockKind, Limit]:
    """All limits of a matter: `{notice, promised, statutory, delivery: record}`. Where it is silent, the law's own notice
    and delivery limits; a promise that names no grounds stops on those of the statute. Raises LimitNotUnderstood."""
    reader = _Reader()
    read: dict[ClockKind, Limit | None] = {kind: RULES[kind].default for kind in (ClockKind.NOTICE, ClockKind.DELIVERY)}
    for name, record in records.items():
        if name in _FACTS:
            read[ClockKind(name)] = reader.limit(record, ClockKind(name), str(name))
        else:
            reader.wrong(str(name), f"没有“{name}”这种时限", f"可用：{'、'.join(_FACTS)}")
    reader.check()
    limits = {kind: limit for kind, limit in read.items() if limit is not None}
    if ClockKind.PROMISED in limits and ClockKind.STATUTORY in limits:
        limits[ClockKind.PROMISED] = follow(limits[ClockKind.PROMISED], limits[ClockKind.STATUTORY])
    return limits


def follow(promised: Limit, statutory: Limit) -> Limit:
    """The promise with the grounds of the statute, unless it names its own: what stops the one stops the other."""
    if promised.grounds or promised.unfounded:
        return promised
    return replace(promised, grounds=statutory.grounds, unfounded=statutory.unfounded)


@dataclass
class _Reader:
    """Reads short forms and gathers what is wrong with them. `at` is the place of the record in its file."""

    faults: list[Fault] = field(default_factory=list)
    at: str = ""

    def wrong(self, place: str, sentence: str, remedy: str) -> None:
        path = "/".join(p for p in (self.at, place) if p)
        self.faults.append(Fault(f"/{path}", sentence, remedy, LimitNotUnderstood.code))

    def check(self) -> None:
        if self.faults:
            raise LimitNotUnderstood(faults=self.faults, count=len(self.faults), first=self.faults[0].sentence)

    def limit(self, record: Any, kind: ClockKind | None, at: str) -> Limit | None:
        self.at, before = at, len(self.faults)
        drawn = {"lim": record} if isinstance(record, list | tuple) else record
        if not isinstance(drawn, Mapping):
            self.wrong("", "时限的写法不对", "写成 {lim: [20, wd, accepted], src: S, basis: …}")
            self.at = ""
            return None
        limit = self._limit(drawn, kind)
        self.at = ""
        return limit if len(self.faults) == before else None

    def _limit(self, drawn: Mapping[Any, Any], kind: ClockKind | None) -> Limit | None:
        for name in drawn:
            if name not in _FIELDS:
                self.wrong(str(name), f"没有“{name}”这一项，写了也不会生效", f"可用：{'、'.join(_FIELDS)}")
        span, counted_from = self._lim(drawn.get("lim"), kind)
        basis, src = self._text(drawn, "basis"), self._source(drawn.get("src", "P"))
        extension = self._extension(drawn, kind, span)
        if span is None or counted_from is None or src is None:
            return None
        grounds, unfounded = self._grounds(drawn, kind, _article_45_reaches(basis, span))
        return Limit(span, counted_from, grounds, extension, basis, src, unfounded)

    def _lim(self, drawn: Any, kind: ClockKind | None) -> tuple[Span | None, CountedFrom | None]:
        facts = _FACTS.get(kind, tuple(CountedFrom)) if kind else tuple(CountedFrom)
        lengths = (2, 3) if kind in _FACTS else (3,)
        if not isinstance(drawn, list | tuple) or len(drawn) not in lengths:
            self.wrong("lim", "时限应当写成 [天数, 单位, 起算]", "如 [20, wd, accepted]")
            return None, None
        span = self._span(drawn[0], drawn[1], "lim")
        named = drawn[2] if len(drawn) == 3 else facts[0]
        if named not in facts:
            self.wrong("lim", f"起算“{named}”不对", f"可用：{'、'.join(f'{f}（{f.words}）' for f in facts)}")
            return span, None
        return span, CountedFrom(named)

    def _span(self, n: Any, unit: Any, place: str) -> Span | None:
        """Half a day is the same working day; there are no other fractions."""
        if n == 0.5 and unit == "wd":
            n = 0
        try:
            if isinstance(n, int) and not isinstance(n, bool) and unit in tuple(Unit):
                return Span(n, Unit(unit))
        except SpanNotUnderstood:
            pass
        self.wrong(place, f"“{n} {unit}”不是能计算的时限", SpanNotUnderstood.remedy)
        return None

    def _extension(self, drawn: Mapping[Any, Any], kind: ClockKind | None, span: Span | None) -> ExtensionRule | None:
        ext, basis = drawn.get("ext"), self._text(drawn, "ext_basis")
        if ext is None:
            return None
        if kind is not None and not RULES[kind].extendable:
            self.wrong("ext", f"{RULES[kind].label}不能延长", "删去这一项")
        if not isinstance(ext, list | tuple) or len(ext) != 3 or ext[2] not in tuple(Approver):
            approvers = "、".join(f"{a}（{a.words}）" for a in Approver)
            self.wrong("ext", "延长应当写成 [天数, 单位, 批准人]", f"如 [10, wd, head]；批准人：{approvers}")
            return None
        longest = self._span(ext[0], ext[1], "ext")
        if longest is None or span is None:
            return None
        if longest.unit is not span.unit or longest.n == 0:
            self.wrong("ext", "延长的单位与时限不同，或者没有长度", f"用时限的单位（{span.unit.words}）")
        return ExtensionRule(longest, Approver(ext[2]), basis)

    def _grounds(
        self, drawn: Mapping[Any, Any], kind: ClockKind | None, article_45: bool
    ) -> tuple[dict[Ground, Stop], tuple[Ground, ...]]:
        bases = self._bases(drawn.get("pause_basis"))
        stops: dict[Ground, Stop] = {}
        for ground, longest in self._pauses(drawn.get("pause"), kind):
            if ground in stops:
                self.wrong("pause", f"“{ground}”写了两次", "只保留一个")
            usual = _ARTICLE_45 if article_45 and ground.in_article_45 else ""
            stops[ground] = Stop(bases.get(ground, usual), longest)
        for ground in bases:
            if ground not in stops:
                self.wrong("pause_basis", f"“{ground}”不在 pause 里", "在 pause 里列出，或删去这条依据")
        founded = {ground: stop for ground, stop in stops.items() if stop.basis}
        return founded, tuple(ground for ground in stops if ground not in founded)

    def _pauses(self, drawn: Any, kind: ClockKind | None) -> list[tuple[Ground, Span | None]]:
        if drawn is None:
            return []
        if not isinstance(drawn, list | tuple):
            self.wrong("pause", "暂停事由应当是一个列表", "如 [hearing, evaluation<=30wd]")
            return []
        if drawn and kind is not None and not RULES[kind].pausable:
            self.wrong("pause", f"{RULES[kind].label}不因特别程序暂停", "删去这一项")
        read = [self._pause(one) for one in drawn]
        return [pause for pause in read if pause is not None]

    def _pause(self, drawn: Any) -> tuple[Ground, Span | None] | None:
        found = _PAUSE.fullmatch(drawn) if isinstance(drawn, str) else None
        ground = self._ground(found[1] if found else drawn, "pause")
        if ground is None or found is None:
            return None
        if found[2] is None:
            return ground, None
        try:
            return ground, Span.parse(found[2])
        except SpanNotUnderstood as wrong:
            self.wrong("pause", str(wrong), wrong.advice)
            return None

    def _ground(self, name: Any, place: str) -> Ground | None:
        if name in tuple(Ground):
            return Ground(name)
        if name == "site_visit":
            self.wrong(place, "现场踏勘不停止计时", "删去；踏勘在时限之内完成")
            return None
        known = "、".join(f"{g}（{GROUND_NAMES[g]}）" for g in Ground)
        self.wrong(place, f"暂停事由“{name}”不认识", f"可用：{known}")
        return None

    def _bases(self, drawn: Any) -> dict[Ground, str]:
        if drawn is None:
            return {}
        if not isinstance(drawn, Mapping) or not all(isinstance(v, str) and v.strip() for v in drawn.values()):
            self.wrong(
                "pause_basis", "暂停依据应当写成 事由: 依据", "如 {evaluation: 企业投资项目核准和备案管理条例 第10条}"
            )
            return {}
        read = [(self._ground(name, "pause_basis"), basis.strip()) for name, basis in drawn.items()]
        return {ground: basis for ground, basis in read if ground is not None}

    def _text(self, drawn: Mapping[Any, Any], name: str) -> str:
        value = drawn.get(name) or ""
        if isinstance(value, str):
            return value.strip()
        self.wrong(name, f"“{name}”应当是文字", "写法规名称和条款")
        return ""

    def _source(self, value: Any) -> Source | None:
        if value in tuple(Source):
            return Source(value)
        self.wrong("src", f"来源标记“{value}”不认识", "S 已核对原文、G 一般了解、P 演示、D 本系统约定")
        return None


def _article_45_reaches(basis: str, span: Span) -> bool:
    """Article 45 stops the limits of the Licence Law itself; those are counted in working days (第82条)."""
    return _LICENCE_LAW in basis or (not basis and span.unit is Unit.WD)
