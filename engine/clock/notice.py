"""Holiday notices: what the State Council, or a region, says about the days of one year.

A notice is data with a number and a day from which it holds. The shipped ones lie beside this file, one JSON each;
an office imports the next year's when it is published, and its region's own extra days.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ..errors import Fault, NotValid

NATION = "CN"
YEARS = range(1900, 2201)
MAX_BYTES = 64 * 1024
_REGION = re.compile(r"CN(-[0-9A-Z]{1,12}){0,6}")
_FIELDS = ("number", "title", "year", "region", "issued_on", "holds_from", "changes", "off", "work", "src")
_NEEDED = ("number", "year", "issued_on", "off", "work", "src")
# what the law makes free in every year; a nationwide arrangement that misses one of them is none
_ALWAYS_OFF = ((1, 1), (5, 1), (10, 1))


class Source(StrEnum):
    """How well a number is known (docs/legal-clock.md): only S may be shown with its article."""

    S = "S"  # read in a source
    G = "G"  # general knowledge, not read again
    P = "P"  # plausible, for the demo
    D = "D"  # a decision of this product, no rule fixes it


class RegionNotUnderstood(NotValid):
    """Text that is no region code: nobody's days would be counted as somebody's."""

    code = "region-not-understood"
    sentence = "地区代码“{region}”不认识。"
    remedy = "全国写 CN，地方如 CN-51 或 CN-51-34。"


class NoticeNotValid(NotValid):
    """A holiday notice cannot be taken as it is; nothing of it is used."""

    code = "notice-not-valid"
    sentence = "放假通知有 {count} 处错误，没有导入。"
    remedy = "对照通知原文改正后重新导入。"


@dataclass(frozen=True)
class Notice:
    """One published notice: the days off that it names and the make-up working days (调休上班).

    year: the year that it arranges; it may reach back to 25 December of the year before. holds_from: the civil day from
    which it holds, never before issued_on. region: CN, or a region code such as CN-51-34. changes: number of the notice
    that it alters, empty for a whole year's arrangement. off, work: sorted, each day once.
    """

    number: str
    issued_on: date
    holds_from: date
    year: int
    region: str = NATION
    off: tuple[date, ...] = ()
    work: tuple[date, ...] = ()
    src: Source = Source.G
    title: str = ""
    changes: str = ""

    @property
    def opens_year(self) -> bool:
        """With this notice the days of its year are known; a change or a regional notice alone does not do that."""
        return self.region == NATION and not self.changes


def demand_region(code: object) -> None:
    """Whether this is a region code at all; the one place that says so. Raises RegionNotUnderstood."""
    if not isinstance(code, str) or not _REGION.fullmatch(code):
        raise RegionNotUnderstood(region=code)


def parse_notice(given: bytes | Mapping[str, Any]) -> Notice:
    """Read an imported notice, as JSON bytes or as the mapping of `dump_notice`.

    Raises NoticeNotValid with every fault: unknown or missing fields, no dates, a day outside the year (from 25 December
    before it), a day both off and worked, a make-up day that is a working day anyway, an arrangement without 1 January,
    1 May and 1 October.
    """
    reader = _Reader()
    drawn = _decoded(given, reader) if isinstance(given, bytes) else given
    notice = reader.notice(drawn) if not reader.faults else None
    if notice is None or reader.faults:
        raise NoticeNotValid(faults=reader.faults, count=len(reader.faults))
    return notice


def dump_notice(notice: Notice) -> dict[str, Any]:
    """The notice as plain JSON values; `parse_notice` gives the same notice back."""
    return {
        "number": notice.number,
        "title": notice.title,
        "year": notice.year,
        "region": notice.region,
        "issued_on": notice.issued_on.isoformat(),
        "holds_from": notice.holds_from.isoformat(),
        "changes": notice.changes,
        "off": [day.isoformat() for day in notice.off],
        "work": [day.isoformat() for day in notice.work],
        "src": str(notice.src),
    }


@lru_cache(maxsize=1)
def shipped_notices() -> tuple[Notice, ...]:
    """The nationwide notices that travel with the program, the oldest first: 2018 to 2026, with the changes of 2019 and
    2020 as notices of their own."""
    shipped = files(__package__) / "notices"
    read = (parse_notice(f.read_bytes()) for f in shipped.iterdir() if f.name.endswith(".json"))
    return tuple(sorted(read, key=lambda n: (n.holds_from, n.number)))


def _decoded(body: bytes, reader: _Reader) -> Any:
    if len(body) > MAX_BYTES:
        return reader.wrong("", f"文件大于 {MAX_BYTES // 1024} KB", "一份文件只写一份通知")
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=reader.pairs)
    except (ValueError, RecursionError) as error:
        return reader.wrong("", f"不是能读懂的 JSON：{error}", "用 UTF-8 保存，检查括号和引号")


@dataclass
class _Reader:
    """Reads one notice and gathers what is wrong with it."""

    faults: list[Fault] = field(default_factory=list)

    def wrong(self, name: str, sentence: str, remedy: str) -> None:
        self.faults.append(Fault(f"/{name}", sentence, remedy, NoticeNotValid.code))

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        for name in {n for i, (n, _) in enumerate(pairs) if n in {p for p, _ in pairs[:i]}}:
            self.wrong(name, f"“{name}”写了两次", "只保留一个")
        return dict(pairs)

    def notice(self, drawn: Any) -> Notice | None:
        if not isinstance(drawn, Mapping):
            self.wrong("", "应当是一个 JSON 对象", "参照随程序附带的通知文件")
            return None
        self._names(drawn)
        number, title, changes = (self._text(drawn, name) for name in ("number", "title", "changes"))
        year, region = self._year(drawn), self._region(drawn)
        issued = self._day(drawn.get("issued_on"), "issued_on") if "issued_on" in drawn else None
        holds = self._day(drawn["holds_from"], "holds_from") if "holds_from" in drawn else issued
        off, work = self._days(drawn, "off"), self._days(drawn, "work")
        src = self._source(drawn)
        if self.faults or year is None or issued is None or holds is None or src is None:
            return None
        notice = Notice(number, issued, holds, year, region, off, work, src, title, changes)
        for fault in _contradictions(notice):
            self.wrong(*fault)
        return notice

    def _names(self, drawn: Mapping[Any, Any]) -> None:
        for name in drawn:
            if name not in _FIELDS:
                self.wrong(str(name), f"没有“{name}”这个字段，写了也不会生效", f"可用字段：{'、'.join(_FIELDS)}")
        for name in _NEEDED:
            if name not in drawn:
                self.wrong(name, f"缺少“{name}”", "补上")

    def _text(self, drawn: Mapping[str, Any], name: str) -> str:
        value = drawn.get(name, "")
        if not isinstance(value, str) or len(value) > 200 or (name == "number" and name in drawn and not value.strip()):
            self.wrong(name, f"“{name}”应当是不超过 200 字的文字", "照通知原文填写")
            return ""
        return value.strip()

    def _year(self, drawn: Mapping[str, Any]) -> int | None:
        value = drawn.get("year")
        if isinstance(value, int) and not isinstance(value, bool) and value in YEARS:
            return value
        if "year" in drawn:
            self.wrong("year", f"年份“{value}”不对", f"写 {YEARS[0]} 至 {YEARS[-1]} 之间的数字，如 2027")
        return None

    def _region(self, drawn: Mapping[str, Any]) -> str:
        value = drawn.get("region", NATION)
        try:
            demand_region(value)
        except RegionNotUnderstood as error:
            self.wrong("region", str(error).rstrip("。"), error.advice.rstrip("。"))
            return NATION
        return str(value)

    def _source(self, drawn: Mapping[str, Any]) -> Source | None:
        value = drawn.get("src")
        if isinstance(value, str) and value in Source.__members__:
            return Source(value)
        if "src" in drawn:
            self.wrong("src", f"来源标记“{value}”不认识", "S 已核对原文、G 一般了解、P 演示、D 本系统约定")
        return None

    def _day(self, value: Any, place: str) -> date | None:
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.wrong(place, f"“{value}”不是日期", "按 2027-01-01 的样子填写")
            return None

    def _days(self, drawn: Mapping[str, Any], name: str) -> tuple[date, ...]:
        values = drawn.get(name, ())
        if isinstance(values, str | bytes) or not isinstance(values, Sequence):
            self.wrong(name, f"“{name}”应当是日期的列表", "逐日列出")
            return ()
        read = [self._day(value, f"{name}/{i}") for i, value in enumerate(values)]
        days = [day for day in read if day is not None]
        for day in sorted({d for d in days if days.count(d) > 1}):
            self.wrong(name, f"{day} 写了两次", "每天只写一次")
        return tuple(sorted(set(days)))


def _contradictions(notice: Notice) -> Iterator[tuple[str, str, str]]:
    """What no single field shows: (place, sentence, remedy) of each."""
    first, last = date(notice.year - 1, 12, 25), date(notice.year, 12, 31)
    if notice.holds_from < notice.issued_on:
        yield "holds_from", "通知在发布之前就生效", "生效日不早于发布日"
    if not notice.off and not notice.work:
        yield "off", "通知没有写任何一天", "列出放假和调休上班的日子"
    for name, days in (("off", notice.off), ("work", notice.work)):
        for day in days:
            if not first <= day <= last:
                # an earlier day would change dates that were already given out as final
                yield name, f"{day} 不在 {notice.year} 年（最早可到上一年 12 月 25 日）", "改正日期或年份"
    for day in sorted(set(notice.off) & set(notice.work)):
        yield "work", f"{day} 既放假又上班", "对照原文只保留一种"
    for day in notice.work:
        if day.weekday() < 5 and not notice.changes:
            yield "work", f"{day} 是周一至周五，本来就上班", "若是取消此前通知的假期，在 changes 写明那份通知的文号"
    if notice.opens_year:
        for month, of_month in _ALWAYS_OFF:
            if date(notice.year, month, of_month) not in notice.off:
                yield (
                    "off",
                    f"全年安排没有 {month} 月 {of_month} 日",
                    "补全；若只是调整，在 changes 写明被调整通知的文号",
                )
