"""Conditions and scripts are worked out here, by walking the checked tree of engine.diagrams: no eval, no exec.

Each language by its own rules: what `==` makes of a text and a number, what nothing compared with something is. An unset
name is None, and no order with None is true, so a gateway falls through to its default flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.diagrams import Expression, Script

from .data import plain
from .marks import Facts
from .walk import Uncomputable, Walk
from .walk_feel import FeelWalk
from .walk_juel import GroovyWalk, JavaScriptWalk, JuelWalk

__all__ = ["Uncomputable", "holds", "run", "value"]

_WALKS: Mapping[str, type[Walk]] = {
    "python": Walk,
    "juel": JuelWalk,
    "javascript": JavaScriptWalk,
    "groovy": GroovyWalk,
    "feel": FeelWalk,
}


def value(expression: Expression, names: Facts) -> Any:
    """What the expression is worth with these names. Raises Uncomputable."""
    return plain(_walked(expression, names, _WALKS[expression.language]()))


def holds(expression: Expression, names: Facts) -> bool:
    """Whether a condition is true; nothing is not. Raises Uncomputable."""
    walk = _WALKS[expression.language]()
    found = _walked(expression, names, walk)
    return found is not None and walk.condition(found)


def _walked(expression: Expression, names: Facts, walk: Walk) -> Any:
    try:
        return walk.value(expression.tree.body, names)
    except ZeroDivisionError:
        raise Uncomputable("除数是零") from None
    except RecursionError:
        raise Uncomputable("嵌套太深") from None
    except (TypeError, ValueError, OverflowError, ArithmeticError):
        raise Uncomputable("有的事实还没有填写，或类型不合") from None


def run(script: Script, names: Facts) -> dict[str, Any]:
    """The names that the script sets; it changes nothing itself. Raises Uncomputable."""
    changed = dict[str, Any]()
    for name, expression in script.lines:
        changed[name] = value(expression, {**names, **changed})
    return {name: worth for name, worth in changed.items() if name in script.writes}
