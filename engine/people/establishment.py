"""What nearly every act asks of an office and hardly anybody changes: the office, its time, its windows, its officers and who
stands in for whom.

It is kept in the memory of the process as long as the mark of the database holds (table `establishment`): triggers change the
mark, to a value that never was before, in the very transaction that changes one of these rows. An act reads the mark together
with its case, so it never works with what was changed before it began. Race: the mark is read, then somebody commits a
change, then the windows are read; they are kept under a mark that no later act will read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from ..clock import OfficeTime
from ..store import Prepared, Tx, among, tables
from .officers import Officer, absent_for, officer
from .offices import Office, Window, above, departments, office, office_time, parents, windows

MARK = sa.select(tables.establishment.c.mark).scalar_subquery()
"""The mark, as a column of whatever an act reads first."""


def _named(table: sa.Table, source: sa.FromClause, name: sa.ColumnElement[str]) -> Prepared:
    return Prepared(sa.select(table.c.id, name).select_from(source).where(among(table.c.id, "ids")))


_PERSONS, _OFFICERS = tables.persons, tables.officers
_NAMES = {
    **{table: _named(table, table, table.c.name) for table in (tables.matters, tables.windows)},
    _OFFICERS: _named(_OFFICERS, _OFFICERS.join(_PERSONS, _PERSONS.c.id == _OFFICERS.c.person_id), _PERSONS.c.name),
}


class Establishment:
    """What is known under one mark, asked once. Threads may share it."""

    def __init__(self) -> None:
        self._offices: dict[int, Office] = {}
        self._times: dict[int, OfficeTime] = {}
        self._windows: dict[int, list[Window]] = {}
        self._departments: dict[int, dict[str, str]] = {}
        self._parents: dict[int, int | None] | None = None
        self._above: dict[int, list[int]] = {}
        self._officers: dict[int, Officer] = {}
        self._absent: dict[int, tuple[date, Sequence[Officer]]] = {}
        self._names: dict[str, dict[int, str]] = {table.name: {} for table in _NAMES}

    def office(self, tx: Tx, office_id: int) -> Office:
        if office_id not in self._offices:
            self._offices[office_id] = office(tx, office_id)
        return self._offices[office_id]

    def time(self, tx: Tx, office_id: int) -> OfficeTime:
        if office_id not in self._times:
            self._times[office_id] = office_time(tx, self.office(tx, office_id))
        return self._times[office_id]

    def windows(self, tx: Tx, office_id: int) -> list[Window]:
        if office_id not in self._windows:
            self._windows[office_id] = windows(tx, office_id)
        return self._windows[office_id]

    def departments(self, tx: Tx, office_id: int) -> dict[str, str]:
        if office_id not in self._departments:
            self._departments[office_id] = departments(tx, office_id)
        return self._departments[office_id]

    def office_and_above(self, tx: Tx, office_id: int) -> list[int]:
        if office_id not in self._above:
            self._above[office_id] = above(office_id, self._all(tx))
        return self._above[office_id]

    def office_and_below(self, tx: Tx, office_id: int) -> set[int]:
        return {one for one in self._all(tx) if office_id in self.office_and_above(tx, one)}

    def _all(self, tx: Tx) -> dict[int, int | None]:
        if self._parents is None:
            self._parents = parents(tx)
        return self._parents

    def officer(self, tx: Tx, officer_id: int) -> Officer:
        """Raises OfficerUnknown."""
        if officer_id not in self._officers:
            self._officers[officer_id] = officer(tx, officer_id)
        return self._officers[officer_id]

    def names(self, tx: Tx, table: sa.Table, ids: set[int]) -> Mapping[int, str]:
        """What these matters, windows or officers are called, among others."""
        known = self._names[table.name]
        if not ids <= known.keys():
            known.update((row.id, row.name) for row in tx.rows(_NAMES[table], ids=ids - known.keys()))
        return known

    def windows_open_to(self, tx: Tx, of: Officer, on: date) -> frozenset[int]:
        """The windows whose work an officer finds on his desk: his own, and on the days of a stand-in those of the absent."""
        return of.windows.union(*(one.windows for one in self.absent_for(tx, of, on)))

    def absent_for(self, tx: Tx, stand_in: Officer, on: date) -> Sequence[Officer]:
        """Whom this officer stands in for on that day."""
        day, absent = self._absent.get(stand_in.id, (None, ()))
        if day != on:
            absent = absent_for(tx, stand_in, on)
            self._absent[stand_in.id] = (on, absent)
        return absent


def establishment(tx: Tx, mark: str) -> Establishment:
    """What is known under this mark; what was known under another is forgotten."""
    return tx.keeping("establishment", mark, Establishment)


def establishment_now(tx: Tx) -> Establishment:
    """The same for whoever reads no case first: the mark is asked for alone."""
    return establishment(tx, tx.value(_MARK))


def establishment_last(tx: Tx) -> tuple[str, Establishment] | None:
    """What this process knew last, with its mark. It may hold no more: whoever uses it reads MARK beside what he asks, and asks
    again with `establishment_now` where that is another."""
    return tx.kept_last("establishment")


_MARK = Prepared(sa.select(tables.establishment.c.mark))
