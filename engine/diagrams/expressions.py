"""Conditions and scripts as pure syntax: text -> allow-listed tree and the names that it reads. Nothing runs here.

A condition is written `${outcome == 'pass'}` (JUEL, as the drawing tools do) or as the same subset of Python. Both
become one normal form, an `ast.Expression` that the runtime walks: never eval, never exec. The tree holds only the
node types of ALLOWED; of functions only those of FUNCTIONS, called by name.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from engine.errors import NotValid

from . import juel

MAX_LENGTH = 2_000
MAX_DEPTH = 60
FUNCTIONS = frozenset(("len", "sum", "min", "max", "any", "all", "abs", "round", "int", "float", "str", "sorted"))
ALLOWED = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
    *(ast.Name, ast.Load, ast.Store, ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Subscript, ast.Attribute),
    *(ast.IfExp, ast.Call, ast.ListComp, ast.GeneratorExp, ast.comprehension),
)
_JUEL = re.compile(r"[$#]\{(.*)\}", re.DOTALL)
_STRINGS = re.compile(r"'[^']*'|\"[^\"]*\"")
_GLUED = re.compile(r"(?<![\w.])\d+(?:\.\d*)?[^\W\d]")


class ExpressionNotUnderstood(NotValid):
    """A condition or script that we do not run; `why` says what is wrong with it."""

    code = "expression-not-understood"
    sentence = "看不懂“{text}”：{why}。"
    remedy = "只用比较、and/or/not、加减乘除、字段名、文字和数字，例如 ${{outcome == 'pass'}}。"


@dataclass(frozen=True)
class Expression:
    """`tree` is what the runtime walks, `text` its normal form, `names` the facts that it reads (functions left
    out).
    """

    tree: ast.Expression = field(compare=False, repr=False)
    text: str
    names: frozenset[str]


@dataclass(frozen=True)
class Script:
    """Assignments in order, `name = expression` each, and nothing else."""

    lines: tuple[tuple[str, Expression], ...]

    @property
    def reads(self) -> frozenset[str]:
        """Names that must be there before the script runs."""
        read, written = set[str](), set[str]()
        for name, value in self.lines:
            read |= value.names - written
            written.add(name)
        return frozenset(read)

    @property
    def writes(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.lines)


@lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """Read a condition. Raises ExpressionNotUnderstood.

    `${…}` and `#{…}` are JUEL with its own precedence (`!a == b` negates a only, `?:` is a choice), everything else is
    Python. An unset name is None and a comparison with None is false: that is the runtime's affair.
    """
    wrapped = _JUEL.fullmatch(text.strip())
    if not wrapped:
        return _checked(_python(text, "eval"), text)
    _measure(text)
    try:
        return _checked(juel.parse(wrapped[1]), text)
    except juel.NotJuel as error:
        raise ExpressionNotUnderstood(text=_short(text), why=str(error)) from None


def script(text: str) -> Script:
    """Read a script: lines of `name = expression`, in Python's spelling. Raises ExpressionNotUnderstood."""
    lines: list[tuple[str, Expression]] = []
    for line in _python(text, "exec").body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                lines.append((name, _checked(ast.Expression(value), text)))
            case ast.Pass():
                continue
            case _:
                raise ExpressionNotUnderstood(text=_short(text), why="脚本里只能写“名称 = 表达式”")
    return Script(tuple(lines))


def _python(text: str, mode: str) -> Any:
    _measure(text)
    plain = _STRINGS.sub("''", text)
    # Python itself only warns of these two, and a warning is no answer
    if "\\" in text or _GLUED.search(plain):
        raise ExpressionNotUnderstood(text=_short(text), why="有反斜杠，或数字和字母连在一起")
    try:
        return ast.parse(text.strip(), mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionNotUnderstood(text=_short(text), why="写法不对") from None


def _measure(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise ExpressionNotUnderstood(text=_short(text), why=f"超过 {MAX_LENGTH} 个字符")


def _checked(tree: ast.Expression, text: str) -> Expression:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        for node in level:
            if why := _objection(node):
                raise ExpressionNotUnderstood(text=_short(text), why=why)
        level = [inner for node in level for inner in ast.iter_child_nodes(node)]
        if not level:
            tree = _Plain().visit(tree)
            return Expression(tree, ast.unparse(tree), _names(tree))
    raise ExpressionNotUnderstood(text=_short(text), why="嵌套太深")


def _objection(node: ast.AST) -> str | None:
    match node:
        case ast.Is() | ast.IsNot():
            return None
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            return None
        case ast.Call():
            return "只能调用这些函数：" + "、".join(sorted(FUNCTIONS))
        case ast.Attribute(attr=name) if name.startswith("_"):
            return "下划线开头的名称不能用"
        case ast.Constant(value=value) if not isinstance(value, str | int | float | None):
            return "只能用文字、数字、是否值"
        case ast.Dict(keys=keys) if None in keys:
            return "字典里不能用 **"
        case ast.ListComp(generators=parts) | ast.GeneratorExp(generators=parts) if len(parts) > 1:
            return "列表推导只能有一层"
        case ast.comprehension(target=target, is_async=late) if late or not isinstance(target, ast.Name):
            return "列表推导的变量只能是一个名称"
        case _ if not isinstance(node, ALLOWED):
            return f"不能用 {type(node).__name__}"
        case _:
            return None


class _Plain(ast.NodeTransformer):
    """`is` asks for identity, which no designer means: it becomes equality."""

    def visit_Is(self, node: ast.Is) -> ast.Eq:
        return ast.Eq()

    def visit_IsNot(self, node: ast.IsNot) -> ast.NotEq:
        return ast.NotEq()


def _names(tree: ast.AST) -> frozenset[str]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return frozenset(node.id for node in names) - bound


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:79] + "…"
