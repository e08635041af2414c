"""The walk over a checked tree, and the rules of Python's spelling. Other languages' rules are in `walk_juel` and `walk_feel`.

Work and size are bounded: a drawing may ask for nonsense, but not for the machine.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from .marks import Facts

MAX_WORK = 50_000
MAX_NUMBER = 10**30
MAX_DIGITS = 15

SUMS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
ORDERS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, box: item in box,
    ast.NotIn: lambda item, box: item not in box,
}


class Uncomputable(Exception):
    """Why a value cannot be worked out from these facts, in Chinese; the step that asked tells it with its place."""


class Walk:
    """One evaluation, with its budget of work."""

    functions: Mapping[str, Callable[..., Any]]

    def __init__(self) -> None:
        self.left = MAX_WORK

    def pay(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise Uncomputable("计算量太大")

    def paid(self, box: Any) -> Any:
        """A list or text is about to be gone through."""
        if isinstance(box, list | str | Mapping):
            self.pay(len(box))
        return box

    def value(self, node: ast.expr, names: Facts) -> Any:
        self.pay(1)
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return names.get(node.id)
            case ast.BoolOp(op=ast.And()):
                return self.until(False, node.values, names)
            case ast.BoolOp():
                return self.until(True, node.values, names)
            case ast.UnaryOp(op=ast.Not()):
                return self.negation(self.value(node.operand, names))
            case ast.UnaryOp():
                return self.signed(node.op, self.value(node.operand, names))
            case ast.IfExp():
                return self.value(node.body if self.truth(self.value(node.test, names)) else node.orelse, names)
            case ast.BinOp():
                return self.sum(type(node.op), self.value(node.left, names), self.value(node.right, names))
            case ast.Compare():
                return self.compare(node, names)
            case ast.List() | ast.Tuple():
                return [self.value(item, names) for item in node.elts]
            case ast.Dict():
                keys = [never(node) if key is None else self.value(key, names) for key in node.keys]
                return dict(zip(keys, [self.value(item, names) for item in node.values], strict=True))
            case ast.Subscript():
                return self.part(self.value(node.value, names), self.value(node.slice, names))
            case ast.Attribute():
                return self.member(self.value(node.value, names), node.attr)
            case ast.Call(func=ast.Name(id=name)):
                return self.functions[name](*(self.paid(self.value(argument, names)) for argument in node.args))
            case ast.ListComp() | ast.GeneratorExp():
                return list(self.items(node, names))
            case _:
                return never(node)

    # ---- what the languages have each their own rules for
    def truth(self, value: Any) -> bool | None:
        """Whether a condition with this value holds; None where the language says neither."""
        return bool(value)

    def condition(self, value: Any) -> bool:
        """The same of a whole condition, where some languages want a truth value and nothing else."""
        return bool(self.truth(value))

    def negation(self, value: Any) -> Any:
        return not value

    def signed(self, sign: ast.unaryop, value: Any) -> Any:
        return -number(value) if isinstance(sign, ast.USub) else number(value)

    def part(self, box: Any, key: Any) -> Any:
        return within(box, key)

    def member(self, box: Any, name: str) -> Any:
        return box.get(name) if isinstance(box, Mapping) else None

    def until(self, found: bool, parts: list[ast.expr], names: Facts) -> Any:
        """`and`, `or`: the first part that decides, or the last."""
        worth = None
        for part in parts:
            worth = self.value(part, names)
            if self.truth(worth) is found:
                break
        return worth

    def sum(self, sign: type[ast.operator], left: Any, right: Any) -> Any:
        if sign is ast.Add and isinstance(left, str | list) and type(left) is type(right):
            return self.paid(left) + self.paid(right)
        return near(SUMS[sign](number(left), number(right)))

    def compare(self, node: ast.Compare, names: Facts) -> Any:
        left = self.value(node.left, names)
        for sign, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part, names)
            try:
                if not ORDERS[type(sign)](self.paid(left), self.paid(right)):
                    return False
            except TypeError:
                return False
            left = right
        return True

    def items(self, node: ast.ListComp | ast.GeneratorExp, names: Facts) -> Iterator[Any]:
        (part,) = node.generators
        if not isinstance(part.target, ast.Name):
            never(part.target)
        for item in self.value(part.iter, names) or ():
            inner = {**names, part.target.id: item}
            if all(self.value(test, inner) for test in part.ifs):
                yield self.value(node.elt, inner)


def never(node: ast.AST) -> NoReturn:
    raise AssertionError(f"{type(node).__name__} was let through the check of the diagram")


def number(value: Any) -> Any:
    """Only numbers are reckoned with: text times a number or % would make endless text."""
    if not isinstance(value, int | float):
        raise TypeError(value)
    return value


def near(found: Any) -> Any:
    if abs(found) > MAX_NUMBER or not math.isfinite(found):
        raise Uncomputable("数字太大")
    return found


def within(box: Any, key: Any) -> Any:
    """One part of a list, text or mapping; None when it has none such."""
    if isinstance(box, Mapping):
        return box.get(key)
    if isinstance(box, list | str) and isinstance(key, int):
        return box[key] if -len(box) <= key < len(box) else None
    return None


def _total(numbers: Any) -> Any:
    return near(sum(map(number, numbers)))


def _rounded(found: Any, digits: Any = None) -> Any:
    if digits is None:
        return round(number(found))
    if abs(number(digits)) > MAX_DIGITS:
        raise Uncomputable("小数位数太多")
    return round(number(found), digits)


def _whole(text: Any) -> int:
    found: int = near(int(text if isinstance(text, str) else number(text)))
    return found


def _decimal(text: Any) -> float:
    found: float = near(float(text if isinstance(text, str) else number(text)))
    return found


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": len,
    "sum": _total,
    "min": min,
    "max": max,
    "any": any,
    "all": all,
    "abs": lambda value: abs(number(value)),
    "round": _rounded,
    "int": _whole,
    "float": _decimal,
    "str": str,
    "sorted": sorted,
}
Walk.functions = FUNCTIONS
