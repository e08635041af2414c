"""A tree written out again in its own language: what people read in findings, and what reads back as the same tree."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from decimal import Decimal

from . import feel
from .juel import WORDS

_JUEL: Mapping[type[ast.AST], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "===",
    ast.IsNot: "!==",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.And: "&&",
    ast.Or: "||",
}
_NAME = re.compile(r"[^\W\d]\w*")
_FEEL: Mapping[type[ast.AST], str] = {**_JUEL, ast.Eq: "=", ast.And: "and", ast.Or: "or", ast.In: "in"}
_CHOICE, _OR, _AND, _EQUAL, _ORDER, _SUM, _PRODUCT, _UNARY, _PATH = range(9)
_LEVEL: Mapping[type[ast.AST], int] = {
    ast.Or: _OR,
    ast.And: _AND,
    ast.Eq: _EQUAL,
    ast.NotEq: _EQUAL,
    ast.Is: _EQUAL,
    ast.IsNot: _EQUAL,
    ast.Lt: _ORDER,
    ast.LtE: _ORDER,
    ast.Gt: _ORDER,
    ast.GtE: _ORDER,
    ast.In: _ORDER,
    ast.Add: _SUM,
    ast.Sub: _SUM,
    ast.Mult: _PRODUCT,
    ast.Div: _PRODUCT,
    ast.Mod: _PRODUCT,
}


def juel(tree: ast.expr) -> str:
    """The inside of `${…}`."""
    return _Juel().at(_CHOICE, tree)


def feel_text(tree: ast.expr) -> str:
    """FEEL, without the leading `=`."""
    return _Feel().at(_CHOICE, tree)


class _Spelling:
    signs: Mapping[type[ast.AST], str]

    def at(self, level: int, tree: ast.expr) -> str:
        """The tree where something of this level is expected, in brackets where it binds looser."""
        text, own = self.spelt(tree)
        return text if own >= level else f"({text})"

    def spelt(self, tree: ast.expr) -> tuple[str, int]:
        match tree:
            case ast.BoolOp(op=op, values=parts):
                level = _LEVEL[type(op)]
                return f" {self.signs[type(op)]} ".join(self.at(level + 1, part) for part in parts), level
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self.compared(left, op, right)
            case ast.BinOp(left=left, op=op, right=right):
                level = _LEVEL[type(op)]
                return f"{self.at(level, left)} {self.signs[type(op)]} {self.at(level + 1, right)}", level
            case ast.Name(id=name):
                return self.named(name), _PATH
            case ast.Attribute(value=box, attr=name):
                return f"{self.at(_PATH, box)}.{name}", _PATH
            case ast.Constant(value=value):
                return self.constant(value), _PATH
            case _:
                return self.other(tree)

    def compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> tuple[str, int]:
        level = _LEVEL[type(op)]
        return f"{self.at(level, left)} {self.signs[type(op)]} {self.at(level + 1, right)}", level

    def named(self, name: str) -> str:
        return name

    def constant(self, value: object) -> str:
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value]
        return repr(value)

    def listed(self, parts: list[ast.expr]) -> str:
        return ", ".join(self.at(_CHOICE, part) for part in parts)

    def other(self, tree: ast.expr) -> tuple[str, int]:
        raise AssertionError(f"{type(tree).__name__} is never read")


class _Juel(_Spelling):
    signs = _JUEL

    def named(self, name: str) -> str:
        """A fact whose name is none of the language is asked for as there: by the execution."""
        plain = _NAME.fullmatch(name) and name not in WORDS
        return name if plain else f"execution.getVariable({self.constant(name)})"

    def constant(self, value: object) -> str:
        if isinstance(value, str):
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return super().constant(value)

    def other(self, tree: ast.expr) -> tuple[str, int]:
        match tree:
            case ast.IfExp(test=test, body=first, orelse=other):
                return f"{self.at(_OR, test)} ? {self.at(_CHOICE, first)} : {self.at(_CHOICE, other)}", _CHOICE
            case ast.UnaryOp(op=op, operand=inner):
                return f"{'!' if isinstance(op, ast.Not) else '-'}{self.at(_UNARY, inner)}", _UNARY
            case ast.Subscript(value=box, slice=key):
                return f"{self.at(_PATH, box)}[{self.at(_CHOICE, key)}]", _PATH
            case ast.Call(func=ast.Name(id=name), args=given):
                return f"{name}({self.listed(given)})", _PATH
            case _:
                return super().other(tree)


class _Feel(_Spelling):
    signs = _FEEL

    def compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> tuple[str, int]:
        """Comparisons of FEEL do not chain."""
        return f"{self.at(_SUM, left)} {self.signs[type(op)]} {self.at(_SUM, right)}", _EQUAL

    def constant(self, value: object) -> str:
        match value:
            case str():
                return json.dumps(value, ensure_ascii=False)
            case float():
                text = format(Decimal(repr(value)), "f")
                return text if "." in text else f"{text}.0"
            case _:
                return super().constant(value)

    def other(self, tree: ast.expr) -> tuple[str, int]:
        match tree:
            case ast.IfExp(test=test, body=first, orelse=other):
                parts = (self.at(_CHOICE, part) for part in (test, first, other))
                return "if {} then {} else {}".format(*parts), _CHOICE
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return f"not({self.at(_CHOICE, inner)})", _PATH
            case ast.UnaryOp(operand=inner):
                return f"-{self.at(_UNARY, inner)}", _UNARY
            case ast.List(elts=parts):
                return f"[{self.listed(parts)}]", _PATH
            case ast.Dict(keys=keys, values=values):
                pairs = (
                    f"{self.at(_CHOICE, k)}: {self.at(_CHOICE, v)}" for k, v in zip(keys, values, strict=True) if k
                )
                return "{" + ", ".join(pairs) + "}", _PATH
            case ast.Call(
                func=ast.Name(id=("any" | "all") as how), args=[ast.GeneratorExp(elt=test, generators=[going])]
            ):
                word = "some" if how == "any" else "every"
                return f"{word} {self.over(going)} satisfies {self.at(_CHOICE, test)}", _CHOICE
            case ast.ListComp(generators=[ast.comprehension(iter=box, ifs=[test])]):
                return f"{self.at(_PATH, box)}[{self.at(_CHOICE, test)}]", _PATH
            case ast.ListComp(elt=value, generators=[going]):
                return f"for {self.over(going)} return {self.at(_CHOICE, value)}", _CHOICE
            case ast.Call(func=ast.Name(id="item_at"), args=[box, place]):
                return f"{self.at(_PATH, box)}[{self.at(_CHOICE, place)}]", _PATH
            case ast.Call(func=ast.Name(id="fits"), args=[value, wanted]):
                return f"{self.at(_SUM, value)} in {self.at(_SUM, wanted)}", _EQUAL
            case ast.Call(func=ast.Name(id=name), args=given):
                return f"{feel.SPOKEN[name]}({self.listed(given)})", _PATH
            case _:
                return super().other(tree)

    def over(self, going: ast.comprehension) -> str:
        assert isinstance(going.target, ast.Name)
        return f"{going.target.id} in {self.at(_CHOICE, going.iter)}"
