"""What a DMN file decides: values only. Cells and expressions are texts as drawn, marked with their language."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..mark import Mark


@dataclass(frozen=True)
class Input:
    """One input column. type: number, string, boolean, date or whatever else the file says; empty where it says nothing."""

    label: str
    text: str
    type: str = ""


@dataclass(frozen=True)
class Output:
    """One output column. values: the allowed ones in their order of priority. default: what holds when no rule does."""

    name: str
    type: str = ""
    values: tuple[str, ...] = ()
    default: str | None = None


@dataclass(frozen=True)
class Rule:
    """One row: a test for each input, an expression for each output."""

    id: str
    at: Mark
    tests: tuple[str, ...]
    results: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """policy: UNIQUE, FIRST, PRIORITY, ANY, COLLECT, RULE ORDER, OUTPUT ORDER. aggregation: of COLLECT, SUM MIN MAX COUNT."""

    policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Decision:
    """One decision: by a table, or by an expression. name: what others know its result by. requires: ids of the decisions that
    it asks first. odd: what it is drawn with and we do not carry out."""

    id: str
    name: str
    at: Mark
    requires: tuple[str, ...] = ()
    table: Table | None = None
    text: str | None = None
    odd: str | None = None

    @property
    def meaning(self) -> object:
        """All of it but the places in the file."""
        rows = [(rule.tests, rule.results) for rule in self.table.rules] if self.table else None
        return self.name, self.requires, self.text, self.odd, self.table and replace(self.table, rules=()), rows


def is_decisions(file: str) -> bool:
    """Whether a file of a bundle is one of decisions, by its name."""
    return file.lower().endswith((".dmn", ".dmn.xml", ".dmn11.xml"))
