"""What `a.method(…)` and `prefix:function(…)` of other engines mean here, where they have one meaning; else refused by name.

A getter is the property that it gets (`leave.isReapply()` is `leave.reapply`, as JUEL itself has it). Texts, lists and
mappings have the methods of Java that ask and change nothing. A variable asked for by name is that fact.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from .cursor import NotRead

PREFIXES = frozenset(("var", "vars", "variables"))


class Standing(ast.Name):
    """A name that stands for a part of the other engine (`execution`): of no worth by itself."""


# of Java: text, list, mapping -> our function
_METHODS: Mapping[str, tuple[str, int]] = {
    "equals": ("equals", 1),
    "equalsIgnoreCase": ("equals_ignore_case", 1),
    "contains": ("contains", 1),
    "containsKey": ("contains", 1),
    "startsWith": ("starts_with", 1),
    "endsWith": ("ends_with", 1),
    "isEmpty": ("is_empty", 0),
    "size": ("size", 0),
    "length": ("length", 0),
    "toString": ("text", 0),
    "toLowerCase": ("lower", 0),
    "toUpperCase": ("upper", 0),
    "trim": ("trim", 0),
}
_OF_JAVASCRIPT: Mapping[str, tuple[str, int]] = {
    "includes": ("contains", 1),
    "startsWith": ("starts_with", 1),
    "endsWith": ("ends_with", 1),
    "toLowerCase": ("lower", 0),
    "toUpperCase": ("upper", 0),
    "trim": ("trim", 0),
    "equals": ("equals", 1),
    "contains": ("contains", 1),
    "size": ("size", 0),
}
OURS = frozenset(name for name, _ in _METHODS.values()) | {"empty"}
"""Names of the functions that methods become."""
_SAME = frozenset(("booleanValue", "intValue", "longValue", "doubleValue"))
_OF_JSON = frozenset(("numberValue", "stringValue", "boolValue", "value"))
_STANDING = frozenset(("execution", "delegateExecution", "task"))
_ORDERS: Mapping[str, type[ast.cmpop]] = {
    **dict.fromkeys(("equals", "eq"), ast.Eq),
    **dict.fromkeys(("notEquals", "ne"), ast.NotEq),
    **dict.fromkeys(("lowerThan", "lessThan", "lt"), ast.Lt),
    **dict.fromkeys(("lowerThanOrEquals", "lessThanOrEquals", "lte"), ast.LtE),
    **dict.fromkeys(("greaterThan", "gt"), ast.Gt),
    **dict.fromkeys(("greaterThanOrEquals", "gte"), ast.GtE),
}
_GETTER = re.compile(r"(?:get|is)([A-Z]\w*)")


def call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def fact(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def named(name: str) -> ast.expr:
    """A name by itself: a fact, unless it is a part of the other engine."""
    return Standing(name, ast.Load()) if name in _STANDING or name == "this" else fact(name)


def of(tree: ast.expr, name: str) -> ast.expr:
    """`tree.name`. `environment.variables` (bpmn-engine) holds the facts themselves."""
    if isinstance(tree, Standing):
        if tree.id == "this" and name in ("environment", "variables"):
            return fact("environment") if name == "environment" else Standing("variables", ast.Load())
        if tree.id == "variables":
            return fact(name)
        raise NotRead(f"“{tree.id}.{name}”是那台引擎的程序，这里没有")
    if isinstance(tree, ast.Name) and tree.id == "environment" and name == "variables":
        return Standing("variables", ast.Load())
    return ast.Attribute(tree, name, ast.Load())


def part(tree: ast.expr, key: ast.expr) -> ast.expr:
    """`tree[key]`."""
    if isinstance(tree, Standing):
        match key:
            case ast.Constant(value=str(name)) if tree.id == "variables":
                return fact(name)
        raise NotRead(f"“{tree.id}”是那台引擎的程序，这里没有")
    return ast.Subscript(tree, key, ast.Load())


def called(tree: ast.expr, name: str, given: Sequence[ast.expr], spoken: str) -> ast.expr:
    """`tree.name(…)`. Raises NotRead."""
    if isinstance(tree, Standing):
        return _of_execution(tree, name, given)
    known = (_OF_JAVASCRIPT if spoken == "javascript" else _METHODS).get(name)
    if known and len(given) == known[1]:
        return call(known[0], tree, *given)
    if name in _SAME and not given:
        return tree
    if name == "get" and len(given) == 1 and spoken != "javascript":
        return part(tree, given[0])
    if name == "prop" and len(given) == 1:  # JSON of Camunda Spin
        return part(tree, given[0])
    if name in _OF_JSON and not given and isinstance(tree, ast.Subscript):
        return tree
    getter = _GETTER.fullmatch(name)
    if getter and not given and spoken != "javascript" and isinstance(tree, ast.Name | ast.Attribute | ast.Subscript):
        return ast.Attribute(tree, _property(getter[1]), ast.Load())
    raise NotRead(f"不能调用方法 {name}：它在那台引擎的程序里")


def _property(name: str) -> str:
    """As java.beans.Introspector has it: URL stays, Name becomes name."""
    return name if name[:2].isupper() and len(name) > 1 else name[0].lower() + name[1:]


def _of_execution(tree: Standing, name: str, given: Sequence[ast.expr]) -> ast.expr:
    match name, list(given):
        case "getVariable" | "getVariableLocal", [ast.Constant(value=str(key))] if tree.id != "variables":
            return fact(key)
        case "hasVariable" | "hasVariableLocal", [ast.Constant(value=str(key))] if tree.id != "variables":
            return ast.Compare(fact(key), [ast.NotEq()], [ast.Constant(None)])
        case "get", [ast.Constant(value=str(key))] if tree.id == "variables":
            return fact(key)
    raise NotRead(f"不能调用 {tree.id}.{name}：它在那台引擎的程序里")


def of_variables(name: str, given: Sequence[ast.expr]) -> ast.expr:
    """`var:get(x)` and its like of Flowable: the first argument names a variable, with or without quotes."""
    if not given:
        raise NotRead(f"{name} 没有写变量")
    match given[0]:
        case ast.Constant(value=str(key)):
            variable = fact(key)
        case ast.Name(id=key):
            variable = fact(key)
        case _:
            raise NotRead(f"{name} 的第一项不是变量名")
    rest = list(given[1:])
    match name:
        case "get" if not rest:
            return variable
        case "getOrDefault" if len(rest) == 1:
            return ast.IfExp(ast.Compare(variable, [ast.NotEq()], [ast.Constant(None)]), fact(key), rest[0])
        case "exists" | "exist" if not rest:
            return ast.Compare(variable, [ast.NotEq()], [ast.Constant(None)])
        case "empty" | "isEmpty" if not rest:
            return call("empty", variable)
        case "notEmpty" | "isNotEmpty" if not rest:
            return ast.UnaryOp(ast.Not(), call("empty", variable))
        case "contains" | "containsAny" if rest:
            parts: list[ast.expr] = [call("contains", fact(key), one) for one in rest]
            join = ast.And() if name == "contains" else ast.Or()
            return parts[0] if len(parts) == 1 else ast.BoolOp(join, parts)
        case _ if name in _ORDERS and len(rest) == 1:
            return ast.Compare(variable, [_ORDERS[name]()], rest)
    raise NotRead(f"不认识函数 {name}")


def function(name: str, given: Sequence[ast.expr], spoken: str) -> ast.expr:
    """`name(…)`: one of our functions; that it is allowed is checked with the whole tree."""
    if spoken != "juel" and name not in OURS:
        raise NotRead(f"不能调用 {name}")
    return call(name, *given)
