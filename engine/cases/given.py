"""What an act was given beside its outcome: read once, all faults at once, nothing unknown passed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ..clock import Span
from ..errors import Fault, LianshenError, NotValid

MAX_TEXT = 4000


class ActNotUnderstood(NotValid):
    """The details of an act are wrong or incomplete."""

    code = "act-not-understood"
    sentence = "“{act}”有 {count} 处需要补充或修改。"
    remedy = "按每处的提示填写后重试。"


class Given:
    """The details of one act. Ask for each by name, then `check()`: it raises ActNotUnderstood with every fault."""

    def __init__(self, act: str, details: Mapping[str, Any]) -> None:
        self._act, self._details = act, details
        self._asked: set[str] = set()
        self._faults: list[Fault] = []

    def text(self, name: str, label: str, *, optional: bool = False) -> str:
        value = self._take(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            if not optional:
                self._wrong(name, f"没有填写{label}", f"填写{label}")
            return ""
        if not isinstance(value, str) or not _is_plain(value):
            self._wrong(name, f"{label}应当是不超过 {MAX_TEXT} 个字的文字", "改为普通文字")
            return ""
        return value.strip()

    def span(self, name: str, label: str) -> Span | None:
        """A length such as `20wd` (working days) or `30cd` (calendar days)."""
        value = self._take(name)
        if value is None:
            self._wrong(name, f"没有填写{label}", "如 20wd（20 个工作日）")
            return None
        try:
            return Span.parse(str(value))
        except LianshenError:
            self._wrong(name, f"{label}“{value}”看不懂", "如 20wd（20 个工作日）")
            return None

    def day(self, name: str, label: str) -> date | None:
        try:
            return date.fromisoformat(str(self._take(name)))
        except ValueError:
            self._wrong(name, f"{label}不是日期", "按 2026-11-23 的样子填写")
            return None

    def rows(
        self, name: str, label: str, fields: tuple[str, ...], *, may: tuple[str, ...] = (), optional: bool = False
    ) -> list[dict[str, str]]:
        """A list of rows, each with just these text fields. may: fields that a row can leave out, or leave empty."""
        return [row for _, row in self.numbered(name, label, fields, may=may, optional=optional)]

    def numbered(
        self, name: str, label: str, fields: tuple[str, ...], *, may: tuple[str, ...] = (), optional: bool = False
    ) -> list[tuple[int, dict[str, str]]]:
        """The same, each with its place in what was given, from 0: rows that are wrong are left out."""
        value = self._take(name)
        if not value:
            if not optional:
                self._wrong(name, f"没有列出{label}", f"至少列出一项{label}")
            return []
        if not isinstance(value, list):
            self._wrong(name, f"{label}应当是一个列表", "逐项列出")
            return []
        return [(i, row) for i, row in enumerate(value) if self._row(f"{name}/{i}", row, fields, may)]

    def names(self, name: str, label: str, *, optional: bool = False) -> list[str]:
        value = self._take(name)
        if optional and not value:
            return []
        if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
            self._wrong(name, f"没有列出{label}", f"至少列出一项{label}")
            return []
        return list(value)

    def one_of(self, name: str, label: str, choices: Mapping[str, str]) -> str:
        value = self._take(name)
        if not isinstance(value, str) or value not in choices:
            told = "、".join(f"{code}（{words}）" for code, words in choices.items())
            wrong = f"{label}“{value}”不在可选范围" if value else f"没有选择{label}"
            self._wrong(name, wrong, f"可选：{told}")
            return ""
        return str(value)

    def fault(self, name: str, sentence: str, remedy: str) -> None:
        """A fault that only the act itself can see."""
        self._wrong(name, sentence, remedy)

    def refuse(self, name: str, wrong: NotValid) -> None:
        """The same with a code of its own, for whoever asks by a program."""
        self._faults.append(Fault(f"/{name}", str(wrong).rstrip("。"), wrong.advice.rstrip("。"), wrong.code))

    def check(self) -> None:
        for name in self._details:
            if name not in self._asked:
                self._wrong(name, f"“{self._act}”没有“{name}”这一项", "删去这一项")
        if self._faults:
            raise ActNotUnderstood(faults=self._faults, act=self._act, count=len(self._faults))

    def _take(self, name: str) -> Any:
        self._asked.add(name)
        return self._details.get(name)

    def _row(self, place: str, row: Any, fields: tuple[str, ...], may: tuple[str, ...]) -> bool:
        if (
            isinstance(row, dict)
            and set(fields) <= set(row) <= {*fields, *may}
            and all(isinstance(v, str) and (v.strip() or name in may) for name, v in row.items())
        ):
            if all(_is_plain(v) for v in row.values()):
                return True
            self._wrong(place, f"这一项应当是不超过 {MAX_TEXT} 个字的文字", "改为普通文字")
            return False
        more = f"，可以有 {'、'.join(may)}" if may else ""
        self._wrong(place, f"这一项应当有且只有 {'、'.join(fields)}{more}", "逐项补全")
        return False

    def _wrong(self, name: str, sentence: str, remedy: str) -> None:
        self._faults.append(Fault(f"/{name}", sentence, remedy, "act-not-understood"))


def _is_plain(value: str) -> bool:
    """A text as people type it, and not a book."""
    return len(value) <= MAX_TEXT and not any(ord(c) < 32 and c not in "\n\t" for c in value)
