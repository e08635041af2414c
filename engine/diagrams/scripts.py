"""Scripts as pure syntax: assignments in order and nothing else. Nothing runs here.

In Python's spelling each line is `name = expression`. A script in JavaScript, Groovy or JUEL is read where each of its lines
is exactly an assignment of an expression that we read; the facts that it writes are those that the other engine would write:
what `execution.setVariable` names, a plain `x = 1` only where the task stores its variables (`autoStoreVariables`), never what
`def`, `var`, `let` or `const` declares.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .expressions import Expression, ExpressionNotUnderstood, expression, python_lines, short
from .languages import FEEL, GROOVY, JAVASCRIPT, JUEL, PYTHON, language


class ScriptLanguageNotRun(ExpressionNotUnderstood):
    """A script in a language that we do not run, or of which we do not read every line."""


@dataclass(frozen=True)
class Script:
    """Assignments in order, `name = expression` each, and nothing else. local: names that end with the script."""

    lines: tuple[tuple[str, Expression], ...]
    local: frozenset[str] = frozenset()

    @property
    def reads(self) -> frozenset[str]:
        """Names that must be there before the script runs."""
        read, written = set[str](), set[str]()
        for name, value in self.lines:
            read |= value.names - written
            written.add(name)
        return frozenset(read)

    @property
    def first(self) -> tuple[Expression, ...]:
        """The values that stand on nothing that the script itself has written."""
        written, found = set[str](), list[Expression]()
        for name, value in self.lines:
            if not value.names & written:
                found.append(value)
            written.add(name)
        return tuple(found)

    @property
    def writes(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.lines) - self.local


def script(text: str, written_in: str | None = None, *, stores: bool = False, result: str | None = None) -> Script:
    """Read a script. written_in: its declared language, Python where none is. stores: whether plain assignments are facts.
    result: the fact that takes the value of the last line. Raises ExpressionNotUnderstood, of which ScriptLanguageNotRun."""
    spoken = language(written_in) or PYTHON
    if spoken == PYTHON:
        return _python(text)
    if spoken == FEEL:
        return _feel(text, result)
    if spoken not in (JAVASCRIPT, GROOVY, JUEL):
        raise ScriptLanguageNotRun(text=short(text), why=f"写的是 {written_in}，这里不执行")
    try:
        return _Foreign(spoken, stores, result).read(text)
    except ExpressionNotUnderstood as error:
        raise ScriptLanguageNotRun(text=error.facts["text"], why=error.facts["why"]) from None


def _feel(text: str, result: str | None) -> Script:
    """The script of Camunda 8: one expression, whose value is a fact."""
    try:
        value = expression(text if text.lstrip().startswith("=") else f"= {text}")
    except ExpressionNotUnderstood as error:
        raise ScriptLanguageNotRun(text=error.facts["text"], why=error.facts["why"]) from None
    return Script(((result, value),) if result else ())


def _python(text: str) -> Script:
    lines: list[tuple[str, Expression]] = []
    for line in python_lines(text):
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                lines.append((name, expression(ast.unparse(value))))
            case ast.Pass():
                continue
            case _:
                raise ExpressionNotUnderstood(text=short(text), why="脚本里只能写“名称 = 表达式”")
    return Script(tuple(lines))


_PIECES = re.compile(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|[(\[{]|[)\]}]|[;\n]|.""", re.DOTALL)
_SET = re.compile(r"""(?:execution|task)\.setVariable\(\s*(?:'([^'\\]+)'|"([^"\\]+)")\s*,(.*)\)""", re.DOTALL)
_OWN = r"(?:(?:this\.)?(?:environment\.)?variables\.)([^\W\d]\w*)"
_ASSIGNED = re.compile(rf"{_OWN}\s*(=|\+=|-=)(?!=)(.*)", re.DOTALL)
_COUNTED = re.compile(rf"{_OWN}\s*(\+\+|--)")
_PLAIN = re.compile(r"((?:def|var|let|const|final)\s+)?([^\W\d]\w*)\s*=(?!=)(.*)", re.DOTALL)
_NEXT = re.compile(r"next\(\s*\)")
_WRAPPED = re.compile(r"[$#]\{(.*)\}", re.DOTALL)


class _Foreign:
    """One script of another language, line by line."""

    def __init__(self, spoken: str, stores: bool, result: str | None) -> None:
        self.spoken, self.stores, self.result = spoken, stores, result
        self.lines = list[tuple[str, Expression]]()
        self.local = set[str]()

    def read(self, text: str) -> Script:
        wrapped = _WRAPPED.fullmatch(text.strip())
        pieces = list(_pieces(wrapped[1] if wrapped else text))
        for number, piece in enumerate(pieces, 1):
            self.line(piece, last=number == len(pieces))
        return Script(tuple(self.lines), frozenset(self.local))

    def line(self, piece: str, last: bool) -> None:
        if found := _SET.fullmatch(piece):
            self.write(found[1] or found[2], found[3])
        elif found := _ASSIGNED.fullmatch(piece):
            sign = found[2][:-1]
            self.write(found[1], f"variables.{found[1]} {sign} ({found[3]})" if sign else found[3])
        elif found := _COUNTED.fullmatch(piece):
            self.write(found[1], f"variables.{found[1]} {found[2][0]} 1")
        elif found := _PLAIN.fullmatch(piece):
            self.plain(found[2], found[3], declared=bool(found[1]))
        elif last and self.result:
            self.write(self.result, piece.removeprefix("return "))
        elif not (self.spoken == JAVASCRIPT and _NEXT.fullmatch(piece)):
            raise ExpressionNotUnderstood(text=short(piece), why="脚本里只能写赋值")

    def write(self, name: str, text: str) -> None:
        """A fact. A name of the script itself and a fact of the same name would be two things."""
        if name in self.local:
            raise ExpressionNotUnderstood(text=short(text), why=f"“{name}”又是脚本自己的名称，又是事实")
        self.lines.append((name, self.value(text)))

    def plain(self, name: str, text: str, declared: bool) -> None:
        known = name in self.local
        if any(name == written for written, _ in self.lines) and not known and (declared or not self.stores):
            raise ExpressionNotUnderstood(text=short(text), why=f"“{name}”又是脚本自己的名称，又是事实")
        self.lines.append((name, self.value(text)))
        if declared or not self.stores:
            self.local.add(name)

    def value(self, text: str) -> Expression:
        text = text.replace("this.variables.", "variables.").strip()
        text = re.sub(r"(?<![\w.])variables\.", "environment.variables.", text) if self.spoken == JAVASCRIPT else text
        return expression(f"[{self.spoken}] {text}" if self.spoken != JUEL else f"${{{text}}}")


def _pieces(text: str) -> Iterator[str]:
    """The statements: at a semicolon or the end of a line, outside of brackets; comments left out."""
    piece, depth = "", 0
    for found in _PIECES.findall(text):
        if found.startswith(("//", "/*")):
            continue
        depth += (found in "([{") - (found in ")]}") if len(found) == 1 else 0
        if found in (";", "\n") and depth <= 0:
            if piece.strip():
                yield piece.strip()
            piece = ""
        else:
            piece += found
    if piece.strip():
        yield piece.strip()
