"""Assignments of other vendors as our attributes. A step is done by a department's window, or by the officer of it who is named,
and its time is a length: what says otherwise is told, and the designer decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..foreign import Assigned
from ..graph import Node
from ..vocabulary import StepKind
from .forms import form_of

_EXPRESSION = re.compile(r"\s*(?:[$#]\{.*\}|=.*)\s*", re.DOTALL)
_CODE = re.compile(r"[a-z_][a-z0-9_]*")
_LOGIN = re.compile(r"[A-Za-z][\w.@-]{0,63}", re.ASCII)
_DAYS = re.compile(r"P(?:([0-9]{1,3})W)?(?:([0-9]{1,4})D)?")
_FORM = re.compile(r"(?:camunda-forms:(?:deployment|app):)?(?:[\w.-]+/)*([A-Za-z_][\w-]{0,79})(?:\.(?:form|json))?")
_PAGES = (".html", ".htm", ".xhtml", ".jsf", ".jsp")
DONE_BY_PEOPLE = frozenset({"userTask", "manualTask", "task"})


@dataclass(frozen=True)
class Proposal:
    """attributes: name -> value of our namespace, `kind` among them; empty where the other tool said nothing. lost: a
    sentence for each thing that has nothing here that it could become."""

    attributes: Mapping[str, str]
    lost: tuple[str, ...]


def proposal(node: Node) -> Proposal:
    """Our attributes for a step that somebody else drew. Nothing for a step that bears ours already."""
    drawn = node.assigned
    if drawn is None and node.lane and _CODE.fullmatch(node.lane):
        drawn = Assigned()
    if drawn is None or node.work is not None or node.kind not in DONE_BY_PEOPLE:
        return Proposal({}, ())
    found = _Proposal(node, drawn)
    attributes = {"kind": str(StepKind.MANUAL), **dict(found.attributes())}
    return Proposal(attributes, tuple(found.lost))


class _Proposal:
    def __init__(self, node: Node, drawn: Assigned) -> None:
        self.node, self.drawn, self.lost = node, drawn, list[str]()

    def attributes(self) -> Iterator[tuple[str, str]]:
        drawn = self.drawn
        if department := self.department():
            yield "department", department
        if form := self.form():
            yield "form", form
        if limit := self.limit():
            yield "limit", limit
        if officer := self.officer():
            yield "officer", officer
        for user in drawn.users:
            self.cannot("候选人", user, "这里由窗口的人签收")
        if drawn.priority:
            self.cannot("优先级", drawn.priority, "这里的先后由时限决定")
        if drawn.follow_up:
            self.cannot("跟进日期", drawn.follow_up, "这里按环节时限提醒")

    def officer(self) -> str | None:
        """The assignee, where it is an account's name and not told by an expression."""
        assignee = self.drawn.assignee
        if assignee and _LOGIN.fullmatch(assignee):
            return assignee
        if assignee:
            self.cannot("办理人", assignee, "不是账号，这里由部门的窗口承办")
        return None

    def department(self) -> str | None:
        """The first group that is a name; a step has one department."""
        named = [group for group in self.drawn.groups if not _EXPRESSION.fullmatch(group)]
        for group in self.drawn.groups:
            if _EXPRESSION.fullmatch(group):
                self.cannot("候选组", group, "是那台引擎里的表达式，办理时才算出来")
        for group in named[1:]:
            self.cannot("候选组", group, f"一个步骤只有一个承办部门，先写了“{named[0]}”；几个部门一起办的，改成会签")
        return named[0] if named else self.lane()

    def lane(self) -> str | None:
        """The lane's name, where it is the code of a department and no group is named."""
        lane = self.node.lane
        if lane and _CODE.fullmatch(lane):
            return lane
        if lane:
            self.cannot("泳道", lane, "是名称，不是部门代码")
        return None

    def form(self) -> str | None:
        if self.drawn.fields:
            made = form_of(self.node)
            self.lost += made.lost
            return made.key
        if not self.drawn.form:
            return None
        named = _FORM.fullmatch(self.drawn.form)
        if named and not self.drawn.form.lower().endswith(_PAGES):
            return named[1]
        self.cannot("表单", self.drawn.form, "是那台引擎的页面，这里要另画表单")
        return None

    def limit(self) -> str | None:
        if not self.drawn.due:
            return None
        days = _DAYS.fullmatch(self.drawn.due)
        count = int(days[1] or 0) * 7 + int(days[2] or 0) if days else 0
        if 0 < count <= 9999:
            return f"{count}cd"
        self.cannot("到期日", self.drawn.due, "环节时限要写成从到达起的整天数")
        return None

    def cannot(self, what: str, value: str, why: str) -> None:
        short = " ".join(value.split())
        short = short if len(short) <= 60 else f"{short[:59]}…"
        self.lost.append(f"{what}“{short}”：{why}")
