"""Ids that are drawn before their rows are written: what names such a row is written together with it, and nobody waits for either."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from .prepared import Prepared
from .tables import Key


def drawn_id(table: sa.Table) -> sa.ColumnElement[Any]:
    """The id of a new row, as a column of what a writing act asks anyway; None on SQLite, where asking for one costs nothing."""
    return _Drawn(sa.literal_column(f"'{table.name}_id_seq'"))


@cache
def ids_of_sequence(table: sa.Table) -> Prepared:
    """So many of them (PostgreSQL)."""
    return Prepared(
        sa.select(drawn_id(table).label("id")).select_from(
            sa.func.generate_series(1, sa.bindparam("count", type_=sa.Integer))
        )
    )


@cache
def last_id(table: sa.Table) -> Prepared:
    """The greatest there is (SQLite)."""
    return Prepared(sa.select(sa.func.max(table.c.id)))


class _Drawn(FunctionElement[int]):
    inherit_cache = True
    type = Key


@compiles(_Drawn, "postgresql")
def _on_postgresql(drawn: _Drawn, compiler: Any, **how: Any) -> str:
    return f"nextval({compiler.process(drawn.clauses, **how)})"


@compiles(_Drawn, "sqlite")
def _on_sqlite(drawn: _Drawn, compiler: Any, **how: Any) -> str:
    return "NULL"
