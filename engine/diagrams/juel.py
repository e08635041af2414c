"""The inside of `${…}`: a small parser of the expression language of Camunda, Flowable and Activiti.

It gives Python's syntax tree, but JUEL is not Python with other words: `!` binds tighter than `==`, `? :` is a choice,
comparisons do not chain. Words of the language that we have no faithful meaning for (method calls, empty, instanceof,
the remainder of negatives) are refused.
"""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

MAX_NESTING = 25


class NotJuel(Exception):
    """Why the text cannot be read, in Chinese; only expressions.py catches it."""


class _Token(NamedTuple):
    kind: str
    text: str


_TOKENS = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?(?![\w.]))
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>&&|\|\||==|!=|<=|>=|[-!<>?:+*/().,\[\]])
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    "div": "/",
}
_LITERALS = {"true": True, "false": False, "null": None}
_REFUSED = ("empty", "instanceof", "mod")
_EQUALITY: dict[str, type[ast.cmpop]] = {"==": ast.Eq, "!=": ast.NotEq}
_ORDER: dict[str, type[ast.cmpop]] = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE}
_SUM: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub}
_PRODUCT: dict[str, type[ast.operator]] = {"*": ast.Mult, "/": ast.Div}


def parse(text: str) -> ast.Expression:
    """The tree of one expression. Raises NotJuel."""
    parser = _Parser(_tokens(text))
    tree = parser.choice()
    if parser.peek().kind != "end":
        raise NotJuel(f"“{parser.peek().text}”放错了地方")
    return ast.Expression(tree)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place, text = 0, text.rstrip()
    while place < len(text):
        found = _TOKENS.match(text, place)
        if not found:
            raise NotJuel(f"不认识“{text[place:].strip()[:10]}”")
        kind = found.lastgroup or ""
        tokens.append(_token(kind, found[kind]))
        place = found.end()
    return [*tokens, _Token("end", "结尾")]


def _token(kind: str, text: str) -> _Token:
    if kind == "name" and text in _REFUSED:
        raise NotJuel(f"不支持 {text}")
    return _Token("sign", _WORDS[text]) if kind == "name" and text in _WORDS else _Token(kind, text)


class _Parser:
    """One method for each level of precedence, loosest first."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.place, self.nesting = tokens, 0, 0

    def peek(self) -> _Token:
        return self.tokens[self.place]

    def take(self, *signs: str) -> str | None:
        """The next sign if it is one of these."""
        token = self.peek()
        if token.kind != "sign" or token.text not in signs:
            return None
        self.place += 1
        return token.text

    def must(self, sign: str) -> None:
        if not self.take(sign):
            raise NotJuel(f"“{self.peek().text}”之前少了“{sign}”")

    def choice(self) -> ast.expr:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise NotJuel("嵌套太深")
        tree = self.either()
        if self.take("?"):
            first = self.choice()
            self.must(":")
            tree = ast.IfExp(tree, first, self.choice())
        self.nesting -= 1
        return tree

    def either(self) -> ast.expr:
        parts = [self.both()]
        while self.take("||"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.Or(), parts)

    def both(self) -> ast.expr:
        parts = [self.equality()]
        while self.take("&&"):
            parts.append(self.equality())
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)

    def equality(self) -> ast.expr:
        tree = self.order()
        while sign := self.take(*_EQUALITY):
            tree = ast.Compare(tree, [_EQUALITY[sign]()], [self.order()])
        return tree

    def order(self) -> ast.expr:
        tree = self.sum()
        while sign := self.take(*_ORDER):
            tree = ast.Compare(tree, [_ORDER[sign]()], [self.sum()])
        return tree

    def sum(self) -> ast.expr:
        tree = self.product()
        while sign := self.take(*_SUM):
            tree = ast.BinOp(tree, _SUM[sign](), self.product())
        return tree

    def product(self) -> ast.expr:
        tree = self.unary()
        while sign := self.take(*_PRODUCT):
            tree = ast.BinOp(tree, _PRODUCT[sign](), self.unary())
        return tree

    def unary(self) -> ast.expr:
        signs: list[str] = []
        while sign := self.take("!", "-"):
            signs.append(sign)
        tree = self.path()
        for sign in reversed(signs):
            tree = ast.UnaryOp(ast.Not() if sign == "!" else ast.USub(), tree)
        return tree

    def path(self) -> ast.expr:
        tree = self.single()
        while sign := self.take(".", "["):
            if sign == ".":
                tree = ast.Attribute(tree, self.name(), ast.Load())
                if self.take("("):
                    raise NotJuel("不能调用方法")
            else:
                tree = ast.Subscript(tree, self.choice(), ast.Load())
                self.must("]")
        return tree

    def single(self) -> ast.expr:
        if self.take("("):
            tree = self.choice()
            self.must(")")
            return tree
        token = self.peek()
        self.place += 1
        match token.kind:
            case "number":
                return ast.Constant(float(token.text) if "." in token.text else int(token.text))
            case "text":
                return ast.Constant(re.sub(r"\\(.)", r"\1", token.text[1:-1]))
            case "name" if token.text in _LITERALS:
                return ast.Constant(_LITERALS[token.text])
            case "name":
                return self.called(token.text)
            case _:
                raise NotJuel(f"“{token.text}”放错了地方")

    def called(self, name: str) -> ast.expr:
        if not self.take("("):
            return ast.Name(name, ast.Load())
        arguments: list[ast.expr] = []
        while not self.take(")"):
            if arguments:
                self.must(",")
            arguments.append(self.choice())
        return ast.Call(ast.Name(name, ast.Load()), arguments, [])

    def name(self) -> str:
        token = self.peek()
        if token.kind != "name":
            raise NotJuel("点号后面要有名称")
        self.place += 1
        return token.text
