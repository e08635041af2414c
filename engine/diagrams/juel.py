"""The inside of `${…}`: a small parser of the expression language of Camunda, Flowable and Activiti.

It gives Python's syntax tree, but JUEL is not Python with other words: `!` binds tighter than `==`, `? :` is a choice,
comparisons do not chain. Methods of texts and lists that have one meaning become functions of ours (`methods.py`); a call
of a program of the other engine is refused by its name.
Simple JavaScript and Groovy is read by the same grammar, with `===` and without the words (`and`, `eq`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from . import methods
from .cursor import Cursor, NotRead, Token, cut

_TOKENS = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]))
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>===|!==|&&|\|\||==|!=|<=|>=|[-!<>?:+*/%().,\[\]])
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
    "mod": "%",
    "empty": "empty",
}
_OF_SCRIPTS = ("===", "!==")
WORDS = frozenset((*_WORDS, "true", "false", "null", "execution", "task", "this", "delegateExecution", "environment"))
"""What cannot be written as the plain name of a fact."""
_LITERALS = {"true": True, "false": False, "null": None}
_REFUSED = ("instanceof", "new", "typeof", "in", "function", "delete", "void", "undefined", "NaN")
_EQUALITY: dict[str, type[ast.cmpop]] = {"==": ast.Eq, "!=": ast.NotEq, "===": ast.Is, "!==": ast.IsNot}
_ORDER: dict[str, type[ast.cmpop]] = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE}
_SUM: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub}
_PRODUCT: dict[str, type[ast.operator]] = {"*": ast.Mult, "/": ast.Div, "%": ast.Mod}


def parse(text: str, spoken: str = "juel") -> ast.Expression:
    """The tree of one expression. spoken: juel, javascript or groovy. Raises NotRead."""
    parser = _Parser(_tokens(text, spoken), spoken)
    tree = parser.choice()
    parser.end()
    return ast.Expression(tree)


def _tokens(text: str, spoken: str) -> Iterator[Token]:
    before: list[Token] = []
    for token in cut(_TOKENS, text):
        before.append(_spoken(token, spoken, before))
        yield before[-1]


def _spoken(token: Token, spoken: str, before: list[Token]) -> Token:
    if token.kind == "sign" and token.text in _OF_SCRIPTS and spoken != "javascript":
        raise NotRead(f"不支持 {token.text}")
    if token.kind != "name" or _is_member(before):
        return token
    if token.text in _REFUSED and (spoken != "juel" or token.text == "instanceof"):
        raise NotRead(f"不支持 {token.text}")
    return Token("sign", _WORDS[token.text]) if spoken == "juel" and token.text in _WORDS else token


def _is_member(before: list[Token]) -> bool:
    """Behind a point, or behind the prefix of a function, a word is a name."""
    behind = [token.text for token in before[-2:]]
    return behind[-1:] == ["."] or (len(behind) == 2 and behind[0] in methods.PREFIXES and behind[1] == ":")


class _Parser(Cursor):
    """One method for each level of precedence, loosest first."""

    def __init__(self, tokens: Iterator[Token], spoken: str) -> None:
        super().__init__(tokens)
        self.spoken = spoken

    def choice(self) -> ast.expr:
        with self.deeper():
            tree = self.either()
            if self.take("?"):
                first = self.choice()
                self.must(":")
                tree = ast.IfExp(tree, first, self.choice())
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
        while sign := self.take("!", "-", "empty"):
            signs.append(sign)
        tree = self.path()
        for sign in reversed(signs):
            tree = _signed(sign, tree)
        return tree

    def path(self) -> ast.expr:
        tree = self.single()
        while sign := self.take(".", "["):
            if sign == "[":
                tree = methods.part(tree, self.choice())
                self.must("]")
                continue
            name = self.name()
            tree = (
                methods.called(tree, name, self.arguments(), self.spoken) if self.take("(") else methods.of(tree, name)
            )
        if isinstance(tree, methods.Standing):
            raise NotRead(f"“{tree.id}”是那台引擎的程序，这里没有")
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
                plain = token.text.isdigit()
                return ast.Constant(int(token.text) if plain else float(token.text))
            case "text":
                return ast.Constant(_unescaped(token.text[1:-1]))
            case "name" if token.text in _LITERALS:
                return ast.Constant(_LITERALS[token.text])
            case "name":
                return self.named(token.text)
            case _:
                raise NotRead(f"“{token.text}”放错了地方")

    def named(self, name: str) -> ast.expr:
        if self.spoken == "juel" and name in methods.PREFIXES and self.take(":"):
            function = self.name()
            self.must("(")
            return methods.of_variables(function, self.arguments())
        if not self.take("("):
            return methods.named(name)
        return methods.function(name, self.arguments(), self.spoken)

    def arguments(self) -> list[ast.expr]:
        found: list[ast.expr] = []
        while not self.take(")"):
            if found:
                self.must(",")
            found.append(self.choice())
        return found

    def name(self) -> str:
        token = self.peek()
        if token.kind != "name":
            raise NotRead("点号后面要有名称")
        self.place += 1
        return token.text


def _unescaped(text: str) -> str:
    """Of escapes JUEL knows only these: what another would mean is not certain."""
    if re.search(r"\\(?!['\"\\])", re.sub(r"\\['\"\\]", "", text)):
        raise NotRead("文字里有反斜杠")
    return re.sub(r"\\(.)", r"\1", text)


def _signed(sign: str, tree: ast.expr) -> ast.expr:
    match sign:
        case "!":
            return ast.UnaryOp(ast.Not(), tree)
        case "-":
            return ast.UnaryOp(ast.USub(), tree)
        case _:
            return methods.call("empty", tree)
