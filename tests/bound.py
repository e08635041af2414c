"""By what a statement is bound: read from the SQL that our own rooms write, strictly, and whatever is not understood is not bound.

A statement is cut into its parts (every SELECT, INSERT, UPDATE and DELETE, wherever it stands). In each part a table is bound when
a condition that always holds (one of the ANDs of WHERE or of an ON) sets a column that belongs to one office equal to a given value,
to such a column of a table that is bound already, or to what a bound SELECT brings, as its only column or as a table of a FROM.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Belongs = Callable[[str, str], str | None]
"""Table and column to the kind of thing whose office decides; None for a column that decides nothing."""
_TOKEN = re.compile(r"'(?:[^']|'')*'|%\(\w+\)s|[A-Za-z_][\w.]*|\d+|<=|>=|!=|<>|\|\||[^\s]")
_CAST = re.compile(r"::(?:TIMESTAMP WITH TIME ZONE|TIMESTAMP WITHOUT TIME ZONE|[A-Za-z]+)(?:\[\])?")
_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_CLAUSES = ("FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "RETURNING", "SET", "ON", "VALUES")
_JOINS = ("JOIN", "LEFT", "INNER", "OUTER", "CROSS")


@dataclass
class Part:
    """One SELECT, INSERT, UPDATE or DELETE. loose: the tables in it that nothing binds. given: of what is bound by values, what
    they are and the names of their parameters. brings: the kind of its only column; columns: of each by its name."""

    text: str
    tables: dict[str, str] = field(default_factory=dict)
    loose: list[str] = field(default_factory=list)
    given: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    brings: str | None = None
    columns: dict[str, str | None] = field(default_factory=dict)


class Bracket(list[Any]):
    """What stands in parentheses, or between CASE and END."""


def parts(statement: str, belongs: Belongs, everywhere: frozenset[str]) -> list[Part]:
    """All parts of a statement. Tables that every place holds need no binding."""
    return [part for branch in _Reading(belongs, everywhere).query(_tree(statement), {}) for part in branch]


def _tree(statement: str) -> Bracket:
    stack = [Bracket()]
    for token in _TOKEN.findall(_CAST.sub("", statement)):
        if token == "(" or token == "CASE":
            stack.append(Bracket())
        elif token == ")" or token == "END":
            inner = stack.pop()
            stack[-1].append(inner)
        else:
            stack[-1].append(token)
    assert len(stack) == 1, statement
    return stack[0]


def _said(tokens: Any) -> str:
    return " ".join(f"({_said(t)})" if isinstance(t, Bracket) else t for t in tokens)


def _cut(tokens: list[Any], *words: str) -> list[list[Any]]:
    pieces: list[list[Any]] = [[]]
    for token in tokens:
        if isinstance(token, str) and token in words:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


def _is_query(token: Any) -> bool:
    if not isinstance(token, Bracket) or not token:
        return False
    return _is_query(token[0]) or (isinstance(token[0], str) and token[0] in (*_VERBS, "WITH"))


def _queries(tokens: Any) -> Iterator[Bracket]:
    for token in tokens:
        if _is_query(token):
            yield token
        elif isinstance(token, Bracket):
            yield from _queries(token)


def _always(tokens: list[Any]) -> Iterator[list[Any]]:
    """The conditions that hold for whatever the whole holds for."""
    if any(token == "OR" for token in tokens):
        return
    for one in _cut(tokens, "AND"):
        if len(one) == 1 and isinstance(one[0], Bracket) and not _is_query(one[0]):
            yield from _always(one[0])
        else:
            yield one


def _clauses(tokens: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    word = tokens[0]
    for token in tokens[1:]:
        if isinstance(token, str) and token in _CLAUSES and not (token == "ON" and word == "FROM"):
            word = token
        else:
            found.setdefault(word, []).append(token)
    return found


class _Reading:
    def __init__(self, belongs: Belongs, everywhere: frozenset[str]) -> None:
        self.belongs, self.everywhere, self.made = belongs, everywhere, set[str]()
        self.derived: dict[str, dict[str, str | None]] = {}
        """Of a bound SELECT that is a table of a FROM, by its name there: the kind of each column."""

    def query(self, tokens: list[Any], around: Mapping[str, tuple[str, bool]]) -> list[list[Part]]:
        """Each of its branches, with what stands in it. around: names of the query that it stands in: table, and whether bound."""
        if len(tokens) == 1 and _is_query(tokens[0]):
            return self.query(tokens[0], around)
        found: list[list[Part]] = []
        if tokens[0] == "WITH":
            named, rest = [], tokens[1:]
            while len(rest) > 2 and rest[1] == "AS":
                named.append((rest[0], rest[2]))
                rest = rest[3:] if rest[3] != "," else rest[4:]
            for name, inner in named:
                found += self.query(inner, around)
                self.made.add(name)
            tokens = rest
        for branch in _cut([t for t in tokens if t != "ALL"], "UNION", "EXCEPT", "INTERSECT"):
            found += self.query(branch, around) if len(branch) == 1 else [self.part(branch, around)]
        return found

    def part(self, tokens: list[Any], around: Mapping[str, tuple[str, bool]]) -> list[Part]:
        assert tokens[0] in _VERBS, _said(tokens)
        part = Part(_said(tokens))
        clauses = _clauses(tokens)
        conditions = self._tables_and_conditions(tokens[0], clauses, part)
        names = {**around, **{name: (table, self._needs_none(table)) for name, table in part.tables.items()}}
        if tokens[0] == "INSERT":
            self._inserted(tokens, part, names)
        before = None
        while before != (before := {name: names[name][1] for name in part.tables}):
            for condition in conditions:
                self._binds(condition, names, part)
        part.loose = [table for name, table in part.tables.items() if not names[name][1]]
        chosen = clauses.get("SELECT", [])
        if len(_cut(chosen, ",")) == 1 and (len(chosen) == 1 or chosen[1:2] == ["AS"]):
            part.brings = self._kind(chosen[0], names)[1]
        for one in _cut(chosen, ","):
            if one and isinstance(one[-1], str):
                part.columns[one[-1].rpartition(".")[2]] = self._kind(one[0], names)[1]
        inner = [one for query in _queries(tokens) for branch in self.query(query, names) for one in branch]
        return [part, *inner]

    def _needs_none(self, table: str) -> bool:
        return table in self.everywhere or table in self.made or table == "(…)"

    def _tables_and_conditions(self, verb: str, clauses: Mapping[str, list[Any]], part: Part) -> list[list[Any]]:
        """Put the tables of a part down by the name they bear in it; return its conditions."""
        conditions = list(_always(clauses.get("WHERE", [])))
        if verb in ("UPDATE", "INSERT"):
            written = next(t for t in clauses[verb] if t != "INTO")
            part.tables[written] = written
        for source in _cut(clauses.get("FROM", []), ",", *_JOINS):
            if not source:
                continue
            named, *on = _cut(source, "ON")
            table = "(…)" if isinstance(named[0], Bracket) else named[0]
            part.tables[named[-1] if isinstance(named[-1], str) else "(…)"] = table
            if _is_query(named[0]) and isinstance(named[-1], str):
                self._derive(named[-1], named[0])
            conditions += [one for condition in on for one in _always(condition)]
        return conditions

    def _derive(self, name: str, query: Bracket) -> None:
        branches = self.query(query, {})
        if not any(part.loose for branch in branches for part in branch):
            told = [branch[0].columns for branch in branches]
            self.derived[name] = {c: kind for c, kind in told[0].items() if all(one.get(c) == kind for one in told)}

    def _inserted(self, tokens: list[Any], part: Part, names: dict[str, tuple[str, bool]]) -> None:
        table, rest = tokens[2], tokens[4:]
        values = rest[1] if rest[0] == "VALUES" else rest[1 : rest.index("FROM")]
        for column, value in zip([c for c in tokens[3] if c != ","], _cut(list(values), ","), strict=True):
            kind, given = self.belongs(table, column), _given(_cut(value, "AS")[0])
            if kind is not None and given is not None:
                part.given.append((kind, given))
                names[table] = (table, True)

    def _binds(self, condition: list[Any], names: dict[str, tuple[str, bool]], part: Part) -> None:
        if len(condition) < 3 or condition[1] not in ("=", "IN"):
            return
        left, sign, *right = condition
        self._side(left, right, names, part)
        if sign == "=" and len(right) == 1:
            self._side(right[0], [left], names, part)

    def _side(self, column: Any, other: list[Any], names: dict[str, tuple[str, bool]], part: Part) -> None:
        name, kind = self._kind(column, names)
        if kind is None or name not in part.tables:
            return
        if (given := _given(other)) is not None:
            one = (kind, given)
            if one not in part.given:
                part.given.append(one)
        elif len(other) == 1 and _is_query(other[0]):
            branches = self.query(other[0], names)
            if any(one.loose for branch in branches for one in branch) or any(b[0].brings != kind for b in branches):
                return
        else:
            of, same = self._kind(other[0], names) if len(other) == 1 else ("", None)
            if same != kind or not names[of][1] or names[of][0] in self.everywhere:
                return
        names[name] = (names[name][0], True)

    def _kind(self, column: Any, names: Mapping[str, tuple[str, bool]]) -> tuple[str, str | None]:
        if not isinstance(column, str) or "." not in column:
            return "", None
        name, _, bare = column.partition(".")
        if name in names and names[name][0] == "(…)":
            return name, self.derived.get(name, {}).get(bare)
        return (name, self.belongs(names[name][0], bare)) if name in names else ("", None)


def _given(tokens: list[Any]) -> tuple[str, ...] | None:
    """The names of the parameters, where it is nothing but given values: one, a list, or ANY of a list."""
    if len(tokens) == 2 and tokens[0] == "ANY":
        tokens = tokens[1:]
    if len(tokens) == 1 and isinstance(tokens[0], Bracket):
        tokens = [t for t in tokens[0] if t != ","]
    if tokens and all(isinstance(t, str) and t.startswith("%(") for t in tokens):
        return tuple(t[2:-2] for t in tokens)
    return None
