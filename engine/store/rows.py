"""Rows of what every act asks: named tuples, of which a value is read when it is first asked for.

A row of SQLAlchemy looks for each attribute in vain before it finds the column, which costs more than what an act then does with
the value; and it reads every value at once, though an act asks for few of them.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

Reader = Callable[[Any], Any]


def rows_of(names: Sequence[str], readers: Sequence[Reader | None]) -> Callable[[Sequence[Any]], Any]:
    """What makes a row out of the values that a driver gave for these columns. readers: what reads a value of each; None where it
    is given as it should be. A column without a name is found by its place only."""
    given: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # the names are those of a statement
    fields: Sequence[str] = given._fields
    late = {
        name: _Late(name, at, read)
        for at, (name, read) in enumerate(zip(fields, readers, strict=True))
        if read is not None
    }
    return partial(tuple.__new__, type("Row", (_ReadLate, given), late) if late else given)


class _Late:
    """A column whose value is read when it is first asked for; from then on the row bears it as an attribute of its own."""

    def __init__(self, name: str, at: int, read: Reader) -> None:
        self.name, self.at, self.read = name, at, read

    def __get__(self, row: Any, kind: type) -> Any:
        value = row.__dict__[self.name] = self.read(tuple.__getitem__(row, self.at))
        return value


class _ReadLate:
    """As a tuple, too, such a row is made of what was read, and not of what was given."""

    _fields: tuple[str, ...]

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, name) for name in self._fields)

    def __getitem__(self, at: Any) -> Any:
        return tuple(self)[at] if isinstance(at, slice) else getattr(self, self._fields[at])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))
