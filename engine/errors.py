"""What can go wrong, for people: a stable code, a Chinese sentence with named fields, a remedy.

Six kinds, one HTTP status each. A room declares its own errors beside the code that raises them; a bug is none of
these and flies as it is. docs/errors.md is made from this register, and a test holds the two together.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Fault:
    """One thing wrong with what was handed in: where, what, and how to mend it.

    `place` is a JSON pointer for answers (`/area`), an element id for diagrams, a file name for files.
    """

    place: str
    sentence: str
    remedy: str = ""
    code: str = ""
    file: str = ""
    line: int = 0
    column: int = 0


class _Sentence(string.Formatter):
    """Dates as an office writes them: 11月23日 10:21, in the zone of China unless the moment was converted before."""

    def format_field(self, value: Any, spec: str) -> str:
        match value:
            case datetime():
                local = value.astimezone(CHINA)
                return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
            case date():
                return f"{value.year}年{value.month}月{value.day}日"
            case _:
                return str(super().format_field(value, spec))


_SENTENCE = _Sentence()


class LianshenError(Exception):
    """The root. Never raised itself; `register` holds every code that a subclass declares."""

    status: ClassVar[int] = 500
    kind: ClassVar[str] = "error"
    code: ClassVar[str] = ""
    sentence: ClassVar[str] = ""
    remedy: ClassVar[str] = ""
    register: ClassVar[dict[str, type[LianshenError]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" not in cls.__dict__:
            return
        other = LianshenError.register.setdefault(cls.code, cls)
        if other is not cls and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"{cls.code}: declared by {other.__qualname__} and by {cls.__qualname__}")

    def __init__(self, **facts: Any) -> None:
        self.facts: Mapping[str, Any] = facts
        super().__init__(_SENTENCE.vformat(self.sentence, (), facts))

    @property
    def advice(self) -> str:
        """What to do about it, with the same facts."""
        return _SENTENCE.vformat(self.remedy, (), self.facts)


class NotFound(LianshenError):
    """There is no such thing, or the asker may not know of it: a stranger gets the same answer."""

    status, kind = 404, "not-found"


class NotAllowed(LianshenError):
    """The asker may see it but may not do this."""

    status, kind = 403, "not-allowed"


class NotNow(LianshenError):
    """Right in itself, but not in this state: somebody was first, or something has to come before."""

    status, kind = 409, "not-now"


class NotValid(LianshenError):
    """What was handed in is wrong; `faults` names every place at once."""

    status, kind = 422, "not-valid"

    def __init__(self, *, faults: Iterable[Fault] = (), **facts: Any) -> None:
        self.faults = tuple(faults)
        super().__init__(**facts)


class NotLawful(LianshenError):
    """The law forbids it; `basis` names the article (empty where the number of the article is not verified)."""

    status, kind = 422, "not-lawful"
    basis: ClassVar[str] = ""


class NotReady(LianshenError):
    """The machine cannot now: database locked, disk full, something missing. Try again after the remedy."""

    status, kind = 503, "not-ready"
