"""How a story is printed: a line a deed for people, an object a deed for programs; and the table that closes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .chronicle import Deed
from .reckoning import Reckoning
from .wide import wide

Say = Callable[[str], object]
TITLES: Mapping[str, str] = {
    "BA01": "① 第一阶段　立项用地规划许可",
    "BA02": "② 第二阶段　工程建设许可",
    "BA03": "③ 第三阶段　施工许可",
    "BA04": "④ 第四阶段　竣工验收",
}
_COLUMNS = {"事项": 8, "名称": 44, "承诺": 14, "实用": 6, "暂停": 6, "到期": 12, "办结": 10}


class Lines:
    """For people: date, window, officer, act, clock; each stage is announced where it begins."""

    def __init__(self, say: Say) -> None:
        self._say, self._begun = say, set[str]()

    def deed(self, one: Deed) -> None:
        if one.quiet:
            return
        if one.stage not in self._begun:
            self._begun.add(one.stage)
            self._say(f"\n——— {TITLES[one.stage]} ———")
        when = f"{TITLES[one.stage][0]} {one.at:%Y-%m-%d} {'一二三四五六日'[one.at.weekday()]} {one.at:%H:%M}"
        self._say(f"{when}  {wide(one.window, 18)}{wide(one.officer, 8)}{one.words}  ｜{one.clock_words}")

    def closing(self, found: Reckoning, verified: int) -> None:
        self._say("\n——— 事项一览：承诺、实用、暂停 ———")
        self._say(_row(*_COLUMNS))
        for row in found.rows:
            ended = f"{row.ended}{'' if row.in_time else '　超承诺'}"
            self._say(_row(row.code, row.name, row.promised, row.used, row.paused, row.due, ended))
        for one in found.wrong:
            self._say(f"不符：{one}")
        self._say(f"\n逐日另算 {found.clocks} 个时限，核验 {verified} 件办件：{len(found.wrong)} 处不符")


class JsonLines:
    """For programs: one object a line, the table last."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def deed(self, one: Deed) -> None:
        self._say(json.dumps(one.to_json(), ensure_ascii=False))

    def closing(self, found: Reckoning, verified: int) -> None:
        table = [{**vars(r), "due": str(r.due), "ended": str(r.ended), "in_time": r.in_time} for r in found.rows]
        told = {"matters": table, "clocks": found.clocks, "verified": verified, "wrong": found.wrong}
        self._say(json.dumps(told, ensure_ascii=False))


def _row(*cells: Any) -> str:
    return "".join(wide(str(cell), width) for cell, width in zip(cells, _COLUMNS.values(), strict=True)).rstrip()
