"""The rules of FEEL (DMN 1.3, §10.3): what cannot be said is nothing, neither true nor false; numbers are decimal.

A comparison of two kinds, a sum with nothing, a part that is not there: each is worth nothing, and `and`, `or`, `not` know
three values (tables 48-50). A condition that is worth nothing does not hold.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from .marks import Facts
from .walk import MAX_NUMBER, ORDERS, Uncomputable, Walk

_DIGITS = Context(prec=34)


class Day(str):
    """A date: as text year-month-day, but of a kind of its own."""


class FeelWalk(Walk):
    def truth(self, value: Any) -> bool | None:
        return value if isinstance(value, bool) else None

    def condition(self, value: Any) -> bool:
        """Camunda 8 stops at a condition that gives something else than a truth value or nothing."""
        if not isinstance(value, bool):
            raise Uncomputable("条件的值不是真或假")
        return value

    def negation(self, value: Any) -> bool | None:
        return not value if isinstance(value, bool) else None

    def signed(self, sign: ast.unaryop, value: Any) -> Any:
        return -value if _kind(value) == "number" else None

    def until(self, found: bool, parts: list[ast.expr], names: Facts) -> bool | None:
        unsure = False
        for part in parts:
            worth = self.truth(self.value(part, names))
            if worth is found:
                return found
            unsure = unsure or worth is None
        return None if unsure else not found

    def part(self, box: Any, key: Any) -> Any:
        return None

    def member(self, box: Any, name: str) -> Any:
        """Of a list, that of each of its parts."""
        if isinstance(box, list):
            return [self.member(item, name) for item in box]
        return box.get(name) if isinstance(box, Mapping) else None

    def sum(self, sign: type[ast.operator], left: Any, right: Any) -> Any:
        if sign is ast.Add and type(left) is str and type(right) is str:
            return self.paid(left) + self.paid(right)
        if _kind(left) != "number" or _kind(right) != "number":
            return None
        one, other = _exact(left), _exact(right)
        match sign():
            case ast.Add():
                return _plain(_DIGITS.add(one, other))
            case ast.Sub():
                return _plain(_DIGITS.subtract(one, other))
            case ast.Mult():
                return _plain(_DIGITS.multiply(one, other))
            case _:
                return _plain(_DIGITS.divide(one, other)) if other else None

    def compare(self, node: ast.Compare, names: Facts) -> bool | None:
        (sign,), left, right = node.ops, self.value(node.left, names), self.value(node.comparators[0], names)
        self.paid(left), self.paid(right)
        match sign:
            case ast.Eq():
                return equal(left, right)
            case ast.NotEq():
                alike = equal(left, right)
                return None if alike is None else not alike
            case ast.In():
                return fits(left, right)
            case _ if _kind(left) == _kind(right) and _kind(left) in ("number", "text", "day"):
                return bool(ORDERS[type(sign)](left, right))
            case _:
                return None

    def items(self, node: ast.ListComp | ast.GeneratorExp, names: Facts) -> Iterator[Any]:
        """A single value goes over as a list of itself; nothing as an empty one."""
        (part,) = node.generators
        assert isinstance(part.target, ast.Name)
        for item in _list(self.value(part.iter, names)):
            inner = {**names, part.target.id: item}
            if all(self.value(test, inner) is True for test in part.ifs):
                yield self.value(node.elt, inner)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "truth"
        case int() | float():
            return "number"
        case Day():
            return "day"
        case str():
            return "text"
        case list():
            return "list"
        case _:
            return "context"


def equal(left: Any, right: Any) -> bool | None:
    """Nothing equals nothing only; two different kinds cannot be compared."""
    if left is None or right is None:
        return left is right
    if _kind(left) != _kind(right):
        return None
    match left:
        case list():
            parts = [equal(one, other) for one, other in zip(left, right, strict=False)]
            return len(left) == len(right) and all(part is True for part in parts)
        case Mapping():
            return left.keys() == right.keys() and all(equal(item, right[key]) is True for key, item in left.items())
        case _:
            return bool(left == right)


def fits(value: Any, wanted: Any) -> bool | None:
    """What `in` asks of one value: that it equals it, or lies in the list."""
    if isinstance(wanted, list) and not isinstance(value, list):
        return any(equal(value, one) is True for one in wanted)
    return equal(value, wanted)


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))


def _plain(found: Decimal) -> Any:
    """A whole number as such, any other with the digits that can be kept."""
    if not found.is_finite() or abs(found) > MAX_NUMBER:
        raise Uncomputable("数字太大")
    return int(found) if found == found.to_integral_value() else float(found)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _given(values: tuple[Any, ...]) -> list[Any]:
    """`sum(1, 2)` and `sum([1, 2])` are the same."""
    return values[0] if len(values) == 1 and isinstance(values[0], list) else list(values)


def _numbers(values: tuple[Any, ...]) -> list[Decimal] | None:
    given = _given(values)
    return [_exact(v) for v in given] if given and all(_kind(v) == "number" for v in given) else None


def _total(*values: Any) -> Any:
    found = _numbers(values)
    return None if found is None else _plain(sum(found, Decimal(0)))


def _mean(*values: Any) -> Any:
    found = _numbers(values)
    return None if found is None else _plain(_DIGITS.divide(sum(found, Decimal(0)), Decimal(len(found))))


def _most(choose: Callable[[Iterable[Any]], Any]) -> Callable[..., Any]:
    def of(*values: Any) -> Any:
        given = _given(values)
        kinds = {_kind(v) for v in given}
        return choose(given) if len(kinds) == 1 and kinds <= {"number", "text", "day"} else None

    return of


def _decided(by: bool) -> Callable[..., bool | None]:
    """all, every (by a false one), any, some (by a true one)."""

    def of(*values: Any) -> bool | None:
        given = _given(values)
        if any(v is by for v in given):
            return by
        return not by if all(isinstance(v, bool) for v in given) else None

    return of


def _texts(ask: Callable[[str, str], bool]) -> Callable[[Any, Any], bool | None]:
    return lambda one, other: ask(one, other) if _kind(one) == _kind(other) == "text" else None


def _text(change: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: change(value) if _kind(value) == "text" else None


def _number(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: change(value) if _kind(value) == "number" else None


def _substring(whole: Any, start: Any, length: Any = math.inf) -> Any:
    """The first character is 1, the last -1."""
    if (
        _kind(whole) != "text"
        or _kind(start) != "number"
        or start == 0
        or _kind(length) != "number"
        or abs(start) > len(whole)
    ):
        return None
    at = int(start) - 1 if start > 0 else len(whole) + int(start)
    return whole[at:] if length == math.inf else whole[at : at + max(int(length), 0)]


def _modulo(one: Any, other: Any) -> Any:
    """With the sign of the divisor."""
    if _kind(one) != "number" or _kind(other) != "number" or not other:
        return None
    dividend, divisor = _exact(one), _exact(other)
    return _plain(dividend - divisor * (dividend / divisor).to_integral_value("ROUND_FLOOR"))


def _as_number(value: Any) -> Any:
    if _kind(value) == "number":
        return value
    try:
        return _plain(Decimal(value)) if _kind(value) == "text" and value == value.strip() else None
    except InvalidOperation:
        return None


def _as_text(value: Any) -> Any:
    match _kind(value):
        case "truth":
            return "true" if value else "false"
        case "number":
            return format(_exact(value), "f")
        case "text" | "day":
            return str(value)
        case "nothing":
            return None
        case _:
            raise Uncomputable("列表没有文字写法")


def _day(value: Any) -> Day | None:
    if not isinstance(value, str) or len(value) != 10:
        return None
    try:
        return Day(date.fromisoformat(value).isoformat())
    except ValueError:
        return None


def fit_type(value: Any, declared: str) -> Any:
    """A value of a column of this type: a text that is a date, where dates are declared, is one."""
    return _day(value) or value if declared == "date" and isinstance(value, str) else value


def _item_at(box: Any, place: Any) -> Any:
    found = _list(box)
    at = place - 1 if place > 0 else len(found) + place
    return found[at] if place and 0 <= at < len(found) else None


FeelWalk.functions = {
    "fits": fits,
    "item_at": _item_at,
    "contains": _texts(lambda whole, part: part in whole),
    "starts_with": _texts(str.startswith),
    "ends_with": _texts(str.endswith),
    "upper": _text(str.upper),
    "lower": _text(str.lower),
    "length": _text(len),
    "substring": _substring,
    "text": _as_text,
    "number": _as_number,
    "count": lambda box: len(_list(box)),
    "sum": _total,
    "mean": _mean,
    "min": _most(min),
    "max": _most(max),
    "all": _decided(False),
    "any": _decided(True),
    "list_contains": lambda box, item: any(equal(one, item) is True for one in _list(box)),
    "floor": _number(lambda value: math.floor(_exact(value))),
    "ceiling": _number(lambda value: math.ceil(_exact(value))),
    "abs": _number(abs),
    "modulo": _modulo,
    "day": _day,
}
