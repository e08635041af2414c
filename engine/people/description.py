"""What is wrong with the description of an office: everything at once, with the place, before anything is created."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ..clock import OfficeHours, demand_region, office_zone
from ..errors import Fault, NotValid
from ..store import Tx, tables
from .officers import Role

DEFAULT_HOURS = [["09:00", "12:00"], ["14:00", "17:00"]]


class HallNotUnderstood(NotValid):
    """The description of an office has faults."""

    code = "hall-not-understood"
    sentence = "机构说明有 {count} 处错误，没有建立任何内容。"
    remedy = "按所列位置修改后重试。"


_LEVELS = ("nation", "province", "city", "county", "township", "village")
_WINDOW_KINDS = ("department", "general", "joint")
_DECISIONS = ("refuse_acceptance", "decide_refuse", "terminate")
# what is drawn: (needed fields, further fields)
_FIELDS = {
    "office": (
        ("code", "name", "region", "level", "departments", "officers"),
        ("zone", "hours", "number_prefix", "parent", "remedies"),
    ),
    "department": (("code", "name"), ("windows",)),
    "window": (("code", "name"), ("kind",)),
    "officer": (("login", "name", "identity", "department", "post", "roles"), ("windows",)),
}


_GROUPS = frozenset({"departments", "officers", "windows", "roles", "hours", "remedies"})


class Reader:
    """Gathers every fault of a description. Codes, prefixes, log-ins and persons that exist already count too."""

    def __init__(self, tx: Tx) -> None:
        o, a = tables.offices, tables.officers
        known = tx.rows(sa.select(o.c.code, o.c.number_prefix))
        self.codes, self.prefixes = {r.code for r in known}, {r.number_prefix for r in known}
        self.logins = {r.login for r in tx.rows(sa.select(a.c.login))}
        self.people = {r.identity: r.name for r in tx.rows(sa.select(tables.persons))}
        self.faults: list[Fault] = []

    def refuse(self) -> None:
        """Raises HallNotUnderstood with everything that was wrong."""
        if self.faults:
            raise HallNotUnderstood(faults=self.faults, count=len(self.faults))

    def wrong(self, place: str, sentence: str, remedy: str = "改正后重试") -> None:
        self.faults.append(Fault(place, sentence, remedy))

    def offices(self, description: Any) -> None:
        listed = self.listed("/offices", description if isinstance(description, Mapping) else {}, "offices")
        if not listed and not self.faults:
            self.wrong("/offices", "没有列出机构", "至少写一个机构")
        for i, one in enumerate(listed):
            if self.fields(f"/offices/{i}", one, "office"):
                self.office(f"/offices/{i}", one)

    def office(self, place: str, one: Mapping[str, Any]) -> None:
        self.fresh(place, "机构代码", one["code"], self.codes)
        self.fresh(place, "编号前缀", one.get("number_prefix") or "", self.prefixes)
        if one.get("parent") and (one["parent"] == one["code"] or one["parent"] not in self.codes):
            self.wrong(place, f"上级机构“{one['parent']}”不存在", "先建立上级机构，或把它写在前面")
        self.among(place, "层级", one["level"], _LEVELS)
        remedies = one.get("remedies") or {}
        if not isinstance(remedies, Mapping):
            self.wrong(place, "remedies 不是“决定: 文字”的一组")
            remedies = {}
        for decision, text in remedies.items():
            self.among(place, "救济途径的决定", decision, _DECISIONS)
            if not isinstance(text, str) or not text.strip():
                self.wrong(place, f"救济途径 {decision} 没有写文字", "照法定的告知内容写")
        for read in (
            lambda: demand_region(one["region"]),
            lambda: office_zone(one.get("zone") or "Asia/Shanghai"),
            lambda: OfficeHours.from_json(one.get("hours") or DEFAULT_HOURS),
        ):
            try:
                read()
            except NotValid as error:
                self.wrong(place, str(error).rstrip("。"), error.advice)
        departments, windows = set[str](), set[str]()
        for j, department in enumerate(self.listed(place, one, "departments")):
            at = f"{place}/departments/{j}"
            if self.fields(at, department, "department"):
                self.fresh(at, "部门代码", department["code"], departments)
                for k, window in enumerate(self.listed(at, department, "windows")):
                    if self.fields(f"{at}/windows/{k}", window, "window"):
                        self.fresh(f"{at}/windows/{k}", "窗口代码", window["code"], windows)
                        self.among(f"{at}/windows/{k}", "窗口种类", window.get("kind") or "department", _WINDOW_KINDS)
        self.officers(place, one, departments, windows)

    def officers(self, place: str, described: Any, departments: Collection[str], windows: Collection[str]) -> None:
        """`{"officers": […]}` for an office with these departments and windows."""
        before = len(self.faults)
        listed = self.listed(f"{place}/officers", described if isinstance(described, Mapping) else {}, "officers")
        if not listed and len(self.faults) == before:
            self.wrong(f"{place}/officers", "没有列出人员", "至少写一个")
        for j, one in enumerate(listed):
            self.officer(f"{place}/officers/{j}", one, departments, windows)

    def officer(self, place: str, one: Any, departments: Collection[str], windows: Collection[str]) -> None:
        if not self.fields(place, one, "officer"):
            return
        self.fresh(place, "账号", one["login"], self.logins)
        known = self.people.setdefault(one["identity"], one["name"])
        if known != one["name"]:
            self.wrong(place, f"identity 与“{known}”的相同，姓名却是“{one['name']}”", "一人一个 identity，改正其中一处")
        self.among(place, "部门", one["department"], departments)
        for window in self.listed(place, one, "windows"):
            self.among(place, "窗口", window, windows)
        for role in self.listed(place, one, "roles"):
            self.among(place, "角色", role, tuple(Role))

    def fields(self, place: str, one: Any, what: str) -> bool:
        """Whether all that is needed is there; unknown names are faults too, for what they meant would be lost."""
        needed, further = _FIELDS[what]
        if not isinstance(one, Mapping):
            self.wrong(place, "不是“名称: 值”的一组")
            return False
        missing = [name for name in needed if not one.get(name)]
        if missing:
            self.wrong(place, f"缺少 {'、'.join(missing)}", "补上")
        for name in one:
            if name not in (*needed, *further):
                self.wrong(place, f"没有“{name}”这一项，写了也不会生效", f"可用：{'、'.join((*needed, *further))}")
        words = [name for name in (*needed, *further) if name not in _GROUPS and one.get(name) is not None]
        unquoted = [name for name in words if not isinstance(one[name], str)]
        if unquoted:
            self.wrong(place, f"{'、'.join(unquoted)} 应当是文字", "数字也加上引号")
        return not missing and not unquoted

    def listed(self, place: str, one: Mapping[str, Any], name: str) -> Sequence[Any]:
        given = one.get(name) or ()
        if isinstance(given, Sequence) and not isinstance(given, str):
            return given
        self.wrong(place, f"{name} 应当是列表")
        return ()

    def fresh(self, place: str, what: str, value: str, taken: set[str]) -> None:
        if value in taken:
            self.wrong(place, f"{what}“{value}”已经有了", "换一个")
        taken.add(value)

    def among(self, place: str, what: str, value: Any, known: Collection[str]) -> None:
        if value not in tuple(known):
            self.wrong(place, f"{what}“{value}”不存在", f"可用：{'、'.join(sorted(known)) or '无'}")
