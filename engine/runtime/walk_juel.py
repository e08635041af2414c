"""The rules of JUEL (Expression Language 2.2, JSR 245: §1.7-1.11), and of JavaScript and Groovy where they differ from Python.

JUEL makes the two sides of a comparison alike: beside a number a text is read as one, beside a truth value as one. Nothing is
0 in a sum, false in a condition. What it would fail at, fails here too. Two things are ours: a condition that asks for an
unset name does not hold, where the engines of this language stop; and a method of nothing answers no.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from .data import same
from .marks import Facts
from .walk import FUNCTIONS, ORDERS, SUMS, Uncomputable, Walk, near, within

_WHOLE = re.compile(r"[-+]?\d{1,18}")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class JuelWalk(Walk):
    def truth(self, value: Any) -> bool:
        match value:
            case None | "":
                return False
            case bool():
                return value
            case str():
                return value.lower() == "true"
        raise Uncomputable(f"“{value}”不是真或假")

    def condition(self, value: Any) -> bool:
        """The engines of this language stop at a condition that gives no truth value; the words for one are taken as such."""
        if isinstance(value, str) and value.lower() not in ("true", "false", ""):
            raise Uncomputable(f"“{value[:20]}”不是真或假")
        return self.truth(value)

    def negation(self, value: Any) -> bool:
        return not self.truth(value)

    def until(self, found: bool, parts: list[ast.expr], names: Facts) -> bool:
        """Both words give a truth value, whatever stands beside them."""
        return next((found for part in parts if self.truth(self.value(part, names)) is found), not found)

    def signed(self, sign: ast.unaryop, value: Any) -> Any:
        return -_numeral(value)

    def part(self, box: Any, key: Any) -> Any:
        if isinstance(box, Mapping):
            return box.get(key if isinstance(key, str) else text(key))
        if isinstance(box, list) and key is not None:
            place = _numeral(key)
            return within(box, int(place)) if place >= 0 else None
        return None

    def sum(self, sign: type[ast.operator], left: Any, right: Any) -> Any:
        one, other = _numeral(left), _numeral(right)
        if sign is ast.Mod:
            return near(_remainder(one, other))
        return near(SUMS[sign](one, other))

    def compare(self, node: ast.Compare, names: Facts) -> bool:
        (sign,), left, right = node.ops, self.value(node.left, names), self.value(node.comparators[0], names)
        self.paid(left), self.paid(right)
        match sign:
            case ast.Eq():
                return self.equal(left, right)
            case ast.NotEq():
                return not self.equal(left, right)
            case ast.Is() | ast.IsNot():
                return _alike(left, right) is isinstance(sign, ast.Is)
            case _:
                return self.order(type(sign), left, right)

    def equal(self, left: Any, right: Any) -> bool:
        if left is None or right is None:
            return left is right
        if is_number(left) or is_number(right):
            return bool(_numeral(left) == _numeral(right))
        if isinstance(left, bool) or isinstance(right, bool):
            return self.truth(left) is self.truth(right)
        return same(left, right)

    def order(self, sign: type[ast.cmpop], left: Any, right: Any) -> bool:
        if left is None or right is None:
            return left is right and sign in (ast.LtE, ast.GtE)
        if is_number(left) or is_number(right):
            return bool(ORDERS[sign](_numeral(left), _numeral(right)))
        if isinstance(left, str) or isinstance(right, str):
            return bool(ORDERS[sign](text(left), text(right)))
        raise Uncomputable("两边不能比大小")


class GroovyWalk(JuelWalk):
    """Nothing is made alike; an empty text or list is false, as in Python."""

    def condition(self, value: Any) -> bool:
        return self.truth(value)

    def truth(self, value: Any) -> bool:
        return bool(value)

    def sum(self, sign: type[ast.operator], left: Any, right: Any) -> Any:
        if sign is ast.Add and isinstance(left, str) and isinstance(right, str):
            return self.paid(left) + self.paid(right)
        if not (is_number(left) and is_number(right)):
            raise Uncomputable("两边不都是数字")
        return near(_remainder(left, right) if sign is ast.Mod else SUMS[sign](left, right))

    def signed(self, sign: ast.unaryop, value: Any) -> Any:
        if not is_number(value):
            raise Uncomputable("不是数字")
        return -value

    def equal(self, left: Any, right: Any) -> bool:
        return _alike(left, right)

    def order(self, sign: type[ast.cmpop], left: Any, right: Any) -> bool:
        if left is None or right is None:
            return False
        if (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return bool(ORDERS[sign](left, right))
        raise Uncomputable("两边不能比大小")


class JavaScriptWalk(GroovyWalk):
    """`==` reads a text or truth value beside a number as one (ECMA-262 §7.2.14); a list is true even when empty."""

    def truth(self, value: Any) -> bool:
        return True if isinstance(value, list | Mapping) else bool(value)

    def until(self, found: bool, parts: list[ast.expr], names: Facts) -> Any:
        return Walk.until(self, found, parts, names)

    def sum(self, sign: type[ast.operator], left: Any, right: Any) -> Any:
        """+ beside a text joins texts (§13.15.3); else both become numbers. What is not set would be no number at all."""
        if left is None or right is None or isinstance(left, list | Mapping) or isinstance(right, list | Mapping):
            raise Uncomputable("还没有填写，或不是数字")
        if sign is ast.Add and (isinstance(left, str) or isinstance(right, str)):
            return self.paid(_written(left)) + self.paid(_written(right))
        one, other = _as_javascript(left), _as_javascript(right)
        if math.isnan(one) or math.isnan(other):
            raise Uncomputable("不是数字")
        found = near(_remainder(one, other) if sign is ast.Mod else SUMS[sign](one, other))
        return int(found) if found == int(found) else found

    def equal(self, left: Any, right: Any) -> bool:
        if left is None or right is None or type(left) is type(right):
            return _alike(left, right)
        if isinstance(left, list | Mapping) or isinstance(right, list | Mapping):
            raise Uncomputable("列表不能这样比较")
        return bool(_as_javascript(left) == _as_javascript(right))

    def order(self, sign: type[ast.cmpop], left: Any, right: Any) -> bool:
        """Beside what is not set (undefined) no order holds."""
        if left is None or right is None:
            return False
        if isinstance(left, str) and isinstance(right, str):
            return bool(ORDERS[sign](left, right))
        if isinstance(left, list | Mapping) or isinstance(right, list | Mapping):
            raise Uncomputable("列表不能比大小")
        return bool(ORDERS[sign](_as_javascript(left), _as_javascript(right)))


def _alike(left: Any, right: Any) -> bool:
    """1 is 1.0, and neither is true."""
    return bool(left == right) if is_number(left) and is_number(right) else same(left, right)


def _written(value: Any) -> str:
    """A value as JavaScript writes it: whole numbers without a point."""
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return text(value)


def _as_javascript(value: Any) -> float:
    if not isinstance(value, str):
        return float(value)
    try:
        return float(value.strip() or 0)
    except ValueError:
        return math.nan


def _numeral(value: Any) -> Any:
    """As JUEL coerces to a number: nothing and the empty text are 0."""
    match value:
        case None | "":
            return 0
        case bool():
            raise Uncomputable("真假值不是数字")
        case int() | float():
            return value
        case str() if _WHOLE.fullmatch(value):
            return int(value)
        case str() if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", value):
            return near(float(value))
    raise Uncomputable(f"“{str(value)[:20]}”不是数字")


def _remainder(left: Any, right: Any) -> Any:
    """With the sign of what is divided, as Java has it."""
    rest = abs(left) % abs(right)
    return rest if left >= 0 else -rest


def text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
    raise Uncomputable("列表不是文字")


def _contains(box: Any, item: Any) -> bool:
    match box:
        case None:
            return False
        case str():
            return isinstance(item, str) and item in box
        case list():
            return any(_alike(one, item) for one in box)
        case Mapping():
            return item in box
    raise Uncomputable(f"“{box}”里面不能找东西")


def _sized(box: Any) -> int:
    if isinstance(box, list | Mapping):
        return len(box)
    raise Uncomputable("还没有填写，或不是列表")


def _length(box: Any) -> int:
    if isinstance(box, str):
        return len(box)
    raise Uncomputable("还没有填写，或不是文字")


def _of_text(ask: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: isinstance(one, str) and isinstance(other, str) and ask(one, other)


def _changed(change: Callable[[str], str]) -> Callable[[Any], Any]:
    def of(value: Any) -> Any:
        if isinstance(value, str):
            return change(value)
        raise Uncomputable("还没有填写，或不是文字")

    return of


def _is_empty(value: Any) -> bool:
    """`empty` is true of nothing, too; the method of Java has nothing to be asked of then."""
    return value is None or value in ("", [], {})


_OWN: Mapping[str, Callable[..., Any]] = {
    "empty": _is_empty,
    "is_empty": _is_empty,
    "equals": lambda one, other: one is not None and _alike(one, other),
    "equals_ignore_case": _of_text(lambda one, other: one.lower() == other.lower()),
    "contains": _contains,
    "starts_with": _of_text(str.startswith),
    "ends_with": _of_text(str.endswith),
    "size": _sized,
    "length": _length,
    "text": text,
    "lower": _changed(str.lower),
    "upper": _changed(str.upper),
    "trim": _changed(str.strip),
}
JuelWalk.functions = {**FUNCTIONS, **_OWN}
