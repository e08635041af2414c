"""Conditions as pure syntax: text -> allow-listed tree and the names that it reads. Nothing runs here.

A condition is written `${outcome == 'pass'}` (JUEL, as the drawing tools do), `= outcome = "pass"` (FEEL), as the same subset
of Python, or, by its declared language, as simple JavaScript or Groovy. All become one kind of tree, an `ast.Expression` that
the runtime walks by the rules of the language: never eval, never exec. The tree holds only the node types of ALLOWED; of
functions only those that the language has here, called by name.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from engine.errors import NotValid

from . import feel, juel, spelling
from .cursor import NotRead
from .languages import FEEL, GROOVY, JAVASCRIPT, JUEL, PYTHON, declared
from .methods import OURS

MAX_LENGTH = 2_000
MAX_DEPTH = 60
MAX_NODES = 6_000
FUNCTIONS = frozenset(("len", "sum", "min", "max", "any", "all", "abs", "round", "int", "float", "str", "sorted"))
_FUNCTIONS = {
    PYTHON: FUNCTIONS,
    JUEL: FUNCTIONS | OURS,
    JAVASCRIPT: OURS,
    GROOVY: OURS,
    FEEL: frozenset((*feel.SPOKEN, "fits", "item_at")),
}
ALLOWED = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
    *(ast.Name, ast.Load, ast.Store, ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Subscript, ast.Attribute),
    *(ast.IfExp, ast.Call, ast.ListComp, ast.GeneratorExp, ast.comprehension),
)
_JUEL = re.compile(r"[$#]\{(.*)\}", re.DOTALL)
_LITERALS = {"true": True, "false": False, "null": None}
_GIVEN = re.compile(r"next\(\s*null\s*,(.*)\)\s*;?", re.DOTALL)
_STRINGS = re.compile(r"'[^']*'|\"[^\"]*\"")
_GLUED = re.compile(r"(?<![\w.])\d+(?:\.\d*)?[^\W\d]")


class ExpressionNotUnderstood(NotValid):
    """A condition, or the line of a script, that we do not run; `why` says what is wrong with it."""

    code = "expression-not-understood"
    sentence = "看不懂“{text}”：{why}。"
    remedy = "只用比较、and/or/not、加减乘除、字段名、文字和数字，例如 ${{outcome == 'pass'}}。"


@dataclass(frozen=True)
class Expression:
    """`tree` is what the runtime walks by the rules of `language`, `text` its normal form, which reads back as the same,
    `names` the facts that it reads (functions left out).
    """

    tree: ast.Expression = field(compare=False, repr=False)
    text: str
    names: frozenset[str]
    language: str = PYTHON


@lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """Read a condition. Raises ExpressionNotUnderstood.

    `${…}` and `#{…}` are JUEL with its own precedence (`!a == b` negates a only, `?:` is a choice), `= …` is FEEL, `[groovy] …`
    what the reader found declared as that language. Everything else is Python, or what can be nothing but JUEL without its
    braces (`!approved`, `a && b`). An unset name is None and a comparison with None is never true: that is the runtime's affair.
    """
    _measure(text)
    stripped = text.strip()
    if wrapped := _JUEL.fullmatch(stripped):
        return _read(JUEL, wrapped[1], text)
    if stripped.startswith("="):
        return _read(FEEL, stripped[1:], text)
    language, inside = declared(stripped)
    if language == PYTHON:
        return _bare(text)
    return _read(language, inside, text)


@lru_cache(maxsize=4096)
def cell(text: str) -> Expression:
    """Read a cell of a decision table, which asks of `?`. Raises ExpressionNotUnderstood."""
    _measure(text)
    try:
        return _checked(feel.parse_cell(text), text, FEEL, text.strip())
    except NotRead as error:
        raise ExpressionNotUnderstood(text=short(text), why=str(error)) from None


def expression_of_decision(text: str) -> Expression:
    """Read an expression of a DMN file: FEEL, unless it bears another language. A text in single quotes can be JUEL only.
    Raises ExpressionNotUnderstood."""
    marked = text.startswith(("=", "${", "#{")) or declared(text)[0] != PYTHON
    if not marked and re.fullmatch(r"'[^'\\]*'", text):
        return expression(f"${{{text}}}")
    return expression(text if marked else f"= {text}")


def _bare(text: str) -> Expression:
    try:
        return _checked(_python(text, "eval"), text, PYTHON)
    except ExpressionNotUnderstood as refused:
        try:
            return _read(JUEL, text, text)
        except ExpressionNotUnderstood as other:
            raise (refused if refused.facts["why"] == _MISSPELT else other) from None


def _read(language: str, inside: str, text: str) -> Expression:
    """The text between the marks of its language."""
    try:
        match language:
            case "feel":
                return _checked(feel.parse(inside), text, FEEL)
            case "juel":
                return _checked(juel.parse(inside), text, JUEL)
            case "javascript" | "groovy":
                # bpmn-engine hands the answer to a function: next(null, answer)
                given = _GIVEN.fullmatch(inside.strip()) if language == JAVASCRIPT else None
                return _checked(
                    juel.parse((given[1] if given else inside).strip().removesuffix(";"), language), text, language
                )
    except NotRead as error:
        raise ExpressionNotUnderstood(text=short(inside), why=str(error)) from None
    raise ExpressionNotUnderstood(text=short(inside), why=f"写的是 {language}，这里不执行")


def python_lines(text: str) -> list[ast.stmt]:
    """The lines of a script in Python's spelling, not yet judged. Raises ExpressionNotUnderstood."""
    lines: list[ast.stmt] = _python(text, "exec").body
    return lines


_MISSPELT = "写法不对"


def _python(text: str, mode: str) -> Any:
    _measure(text)
    plain = _STRINGS.sub("''", text)
    # Python itself only warns of these two, and a warning is no answer
    if "\\" in text or _GLUED.search(plain):
        raise ExpressionNotUnderstood(text=short(text), why="有反斜杠，或数字和字母连在一起")
    try:
        return ast.parse(text.strip(), mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionNotUnderstood(text=short(text), why=_MISSPELT) from None


def _measure(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise ExpressionNotUnderstood(text=short(text), why=f"超过 {MAX_LENGTH} 个字符")


def _checked(tree: ast.Expression, text: str, language: str, spelt: str = "") -> Expression:
    level: list[ast.AST] = [tree]
    functions, count = _FUNCTIONS[language], 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_NODES:
            raise ExpressionNotUnderstood(text=short(text), why="太长")
        for node in level:
            if why := _objection(node, functions):
                raise ExpressionNotUnderstood(text=short(text), why=why)
        level = [inner for node in level for inner in ast.iter_child_nodes(node)]
        if not level:
            if language == PYTHON:
                tree = _Plain().visit(tree)
            return Expression(tree, spelt or _spelt(tree, language), _names(tree), language)
    raise ExpressionNotUnderstood(text=short(text), why="嵌套太深")


def _spelt(tree: ast.Expression, language: str) -> str:
    match language:
        case "python":
            return ast.unparse(tree)
        case "feel":
            return f"= {spelling.feel_text(tree.body)}"
        case "juel":
            return f"${{{spelling.juel(tree.body)}}}"
        case _:
            return f"[{language}] {spelling.juel(tree.body)}"


def _objection(node: ast.AST, functions: frozenset[str]) -> str | None:
    match node:
        case ast.Is() | ast.IsNot():
            return None
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in functions:
            return None
        case ast.Call(func=ast.Name(id=name)):
            return f"不能调用 {name}，只能调用这些函数：" + "、".join(sorted(functions & FUNCTIONS or functions))
        case ast.Call():
            return "只能调用这些函数：" + "、".join(sorted(functions & FUNCTIONS or functions))
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
    """`is` asks for identity, which no designer means: it becomes equality. true, false and null are what they are everywhere."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(_LITERALS[node.id]) if node.id in _LITERALS else node

    def visit_Is(self, node: ast.Is) -> ast.Eq:
        return ast.Eq()

    def visit_IsNot(self, node: ast.IsNot) -> ast.NotEq:
        return ast.NotEq()


def _names(tree: ast.AST) -> frozenset[str]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return frozenset(node.id for node in names) - bound


def short(text: str) -> str:
    """As much of a text as a sentence bears."""
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:79] + "…"
