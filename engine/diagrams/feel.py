"""FEEL, the expression language of DMN and of Camunda 8, as far as conditions and cells need it.

Gives the same kind of tree as every other language; that a comparison with nothing is nothing, neither true nor false, is
the affair of whoever walks it by FEEL's rules. Functions and operators without one meaning in the
facts of a case (clock times, durations, `today()`, `matches`, functions of one's own) are refused by name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from .cursor import Cursor, NotRead, Token, cut
from .methods import call, fact

INPUT = "?"
"""The name by which a cell of a decision table speaks of its input."""


_TOKENS = re.compile(
    r"""\s*(?:
        (?P<number>(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?![\w]))
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<name>[^\W\d]\w*|\?)
      | (?P<sign>\.\.|\*\*|!=|<=|>=|[-<>=+*/().,:\[\]{}@])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_LITERALS = {"true": True, "false": False, "null": None}
_WORDS = frozenset(
    (
        "and",
        "or",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "between",
        "instance",
        "function",
    )
)
_ORDERS: Mapping[str, type[ast.cmpop]] = {
    "=": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
_SUMS: Mapping[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div}
# FEEL's name -> our function, fewest and most arguments
FUNCTIONS: Mapping[str, tuple[str, int, int]] = {
    "contains": ("contains", 2, 2),
    "starts with": ("starts_with", 2, 2),
    "ends with": ("ends_with", 2, 2),
    "upper case": ("upper", 1, 1),
    "lower case": ("lower", 1, 1),
    "string length": ("length", 1, 1),
    "substring": ("substring", 2, 3),
    "string": ("text", 1, 1),
    "number": ("number", 1, 1),
    "count": ("count", 1, 1),
    "sum": ("sum", 1, 50),
    "min": ("min", 1, 50),
    "max": ("max", 1, 50),
    "mean": ("mean", 1, 50),
    "all": ("all", 1, 50),
    "any": ("any", 1, 50),
    "list contains": ("list_contains", 2, 2),
    "floor": ("floor", 1, 1),
    "ceiling": ("ceiling", 1, 1),
    "abs": ("abs", 1, 1),
    "modulo": ("modulo", 2, 2),
    "date": ("day", 1, 1),
}
SPOKEN = {ours: theirs for theirs, (ours, _, _) in FUNCTIONS.items()}
_PHRASES = frozenset((*(name for name in FUNCTIONS if " " in name), "is defined", "get or else"))
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse(text: str) -> ast.Expression:
    """The tree of one expression (without the leading `=` of Camunda 8). Raises NotRead."""
    parser = _Parser(cut(_TOKENS, text))
    tree = parser.whole()
    parser.end()
    return ast.Expression(tree)


def parse_cell(text: str) -> ast.Expression:
    """The tree of a cell of a decision table: what it asks of INPUT. Empty and `-` ask nothing. Raises NotRead."""
    if text.strip() in ("", "-"):
        return ast.Expression(ast.Constant(True))
    parser = _Parser(cut(_TOKENS, text))
    tree = parser.cell()
    parser.end()
    return ast.Expression(tree)


class _Parser(Cursor):
    """One method for each level of precedence, loosest first."""

    def name(self) -> str:
        token = self.peek()
        if token.kind != "name" or token.text in _WORDS or token.text in _LITERALS:
            raise NotRead(f"“{token.text}”不是名称")
        self.place += 1
        return token.text

    def whole_name(self) -> str:
        """A name may have several words: nothing else can stand beside a name."""
        words = [self.name()]
        while words[0] != INPUT and self.peek().kind == "name" and self.peek().text not in (*_WORDS, *_LITERALS, INPUT):
            words.append(self.name())
        return " ".join(words)

    # ---- expressions
    def whole(self) -> ast.expr:
        with self.deeper():
            return self.told(self.word("if", "for", "some", "every", "function"))

    def told(self, how: str | None) -> ast.expr:
        match how:
            case "if":
                return self.chosen()
            case "for":
                name, box = self.one_of()
                self.must("return")
                return ast.ListComp(self.whole(), [_going_over(name, box)])
            case "some" | "every":
                name, box = self.one_of()
                self.must("satisfies")
                return call("any" if how == "some" else "all", ast.GeneratorExp(self.whole(), [_going_over(name, box)]))
            case "function":
                raise NotRead("不支持自己写函数")
            case _:
                return self.either()

    def chosen(self) -> ast.expr:
        test = self.whole()
        self.must("then")
        first = self.whole()
        self.must("else")
        return ast.IfExp(test, first, self.whole())

    def one_of(self) -> tuple[str, ast.expr]:
        name = self.name()
        self.must("in")
        box = self.whole()
        if self.take(","):
            raise NotRead("一次只能走一个列表")
        if self.take(".."):
            raise NotRead("不支持在数的区间上循环")
        return name, box

    def either(self) -> ast.expr:
        parts = [self.both()]
        while self.word("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.Or(), parts)

    def both(self) -> ast.expr:
        parts = [self.order()]
        while self.word("and"):
            parts.append(self.order())
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)

    def order(self) -> ast.expr:
        left = self.sum()
        if sign := self.take(*_ORDERS):
            left = ast.Compare(left, [_ORDERS[sign]()], [self.sum()])
            if self.peek().text in _ORDERS and self.peek().kind == "sign":
                raise NotRead("比较不能连着写")
            return left
        if self.word("between"):
            low = self.sum()
            self.must("and")
            return _between(left, low, True, self.sum(), True)
        if self.word("in"):
            return self.within(left)
        if self.word("instance"):
            raise NotRead("不支持 instance of")
        return left

    def sum(self) -> ast.expr:
        tree = self.product()
        while sign := self.take("+", "-"):
            tree = ast.BinOp(tree, _SUMS[sign](), self.product())
        return tree

    def product(self) -> ast.expr:
        tree = self.unary()
        while sign := self.take("*", "/"):
            tree = ast.BinOp(tree, _SUMS[sign](), self.unary())
        if self.take("**"):
            raise NotRead("不支持乘方")
        return tree

    def unary(self) -> ast.expr:
        count = 0
        while self.take("-"):
            count += 1
        tree = self.path()
        for _ in range(count):
            tree = ast.UnaryOp(ast.USub(), tree)
        return tree

    def path(self) -> ast.expr:
        tree = self.single()
        while not self.closes() and (sign := self.take(".", "[")):
            if sign == ".":
                tree = ast.Attribute(tree, self.name(), ast.Load())
                continue
            tree = _picked(tree, self.whole())
            self.must("]")
        return tree

    def closes(self) -> bool:
        """An opening bracket with nothing in it is the end of an interval: ]1..5[."""
        after = self.peek(1)
        return self.peek() == Token("sign", "[") and (
            after.kind == "end" or after in (Token("sign", ","), Token("sign", ")"))
        )

    def single(self) -> ast.expr:
        if self.take("("):
            tree = self.whole()
            self.must(")")
            return tree
        if self.take("["):
            return ast.List(self.until("]"), ast.Load())
        if self.take("{"):
            return self.context()
        if self.take("@"):
            return _day(self.text())
        token = self.peek()
        match token.kind:
            case "number":
                self.place += 1
                return ast.Constant(int(token.text) if token.text.isdigit() else float(token.text))
            case "text":
                return ast.Constant(self.text())
            case "name" if token.text in _LITERALS:
                self.place += 1
                return ast.Constant(_LITERALS[token.text])
            case "name":
                return self.named()
            case _:
                raise NotRead(f"“{token.text}”放错了地方")

    def text(self) -> str:
        token = self.peek()
        if token.kind != "text":
            raise NotRead(f"“{token.text}”不是文字")
        self.place += 1
        return re.sub(r"\\(.)", _unescaped, token.text[1:-1], flags=re.DOTALL)

    def until(self, end: str) -> list[ast.expr]:
        found: list[ast.expr] = []
        while not self.take(end):
            if found:
                self.must(",")
            found.append(self.whole())
        return found

    def context(self) -> ast.expr:
        keys: list[ast.expr | None] = []
        values: list[ast.expr] = []
        while not self.take("}"):
            if keys:
                self.must(",")
            key = self.text() if self.peek().kind == "text" else self.name()
            keys.append(ast.Constant(key))
            self.must(":")
            values.append(self.whole())
        return ast.Dict(keys, values)

    def named(self) -> ast.expr:
        phrase = self.phrase()
        if phrase is None:
            name = self.whole_name()
            if not self.take("("):
                return fact(name)
        else:
            name = phrase
            self.must("(")
        if name == "not":
            given = self.until(")")
            if len(given) != 1:
                raise NotRead("not 只能写一项")
            return ast.UnaryOp(ast.Not(), given[0])
        return _function(name, self.until(")"))

    def phrase(self) -> str | None:
        """A function whose name has several words."""
        for count in (3, 2):
            words = " ".join(self.peek(i).text for i in range(count))
            if words in _PHRASES and self.peek(count) == Token("sign", "("):
                self.place += count
                return words
        return None

    # ---- tests
    def within(self, value: ast.expr) -> ast.expr:
        """`value in …`: one test, or several in brackets."""
        start = self.place
        if self.take("("):
            first = self.whole_test(value)
            if self.peek() != Token("sign", ".."):
                tests = [first]
                while self.take(","):
                    tests.append(self.whole_test(value))
                self.must(")")
                return _any_of(tests)
            self.place = start
        return self.test(value, self.sum)

    def whole_test(self, value: ast.expr) -> ast.expr:
        return self.test(value, self.whole)

    def test(self, value: ast.expr, ask: object) -> ast.expr:
        """One test of a value: an order, an interval, or something that it equals or lies in."""
        if sign := self.take(*_ORDERS):
            return ast.Compare(value, [_ORDERS[sign]()], [self.sum()])
        start, opened = self.place, self.take("[", "(", "]")
        if opened:
            try:
                low = self.sum()
                found = self.take("..") is not None
            except NotRead:
                found = False
            if found:
                high = self.sum()
                closed = self.take("]", ")", "[")
                if not closed:
                    raise NotRead("区间没有写完")
                return _between(value, low, opened == "[", high, closed == "]")
            self.place = start
        wanted = self.sum() if ask == self.sum else self.whole()
        match wanted:
            case ast.Constant():
                return ast.Compare(value, [ast.Eq()], [wanted])
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                return ast.Compare(value, [ast.Eq()], [wanted])
            case ast.List():
                return ast.Compare(value, [ast.In()], [wanted])
            case _:
                return call("fits", value, wanted)

    def cell(self) -> ast.expr:
        """Tests of a cell, one of which must hold, or none of them where `not(…)` is written around them."""
        if self.peek() == Token("name", "not") and self.peek(1) == Token("sign", "("):
            self.place += 2
            tests = self.tests()
            self.must(")")
            return ast.UnaryOp(ast.Not(), _any_of(tests))
        return _any_of(self.tests())

    def tests(self) -> list[ast.expr]:
        tests = [self.cell_test()]
        while self.take(","):
            tests.append(self.cell_test())
        return tests

    def cell_test(self) -> ast.expr:
        start = self.place
        value = fact(INPUT)
        tree = self.whole_test(value)
        match tree:
            case ast.Call(func=ast.Name(id="fits"), args=[_, wanted]):
                if any(isinstance(node, ast.Name) and node.id == INPUT for node in ast.walk(wanted)):
                    return wanted
                if isinstance(wanted, ast.Compare | ast.BoolOp | ast.UnaryOp) and not _is_number(wanted):
                    text = "".join(token.text for token in self.tokens[start : self.place])
                    raise NotRead(f"格子里的条件“{text[:20]}”没有用 ? 指明输入")
        return tree


def _is_number(tree: ast.expr) -> bool:
    return isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub)


def _unescaped(found: re.Match[str]) -> str:
    if found[1] not in _ESCAPES:
        raise NotRead(f"不认识“\\{found[1]}”")
    return _ESCAPES[found[1]]


def _any_of(tests: list[ast.expr]) -> ast.expr:
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), tests)


def _between(value: ast.expr, low: ast.expr, with_low: bool, high: ast.expr, with_high: bool) -> ast.expr:
    above: ast.cmpop = ast.GtE() if with_low else ast.Gt()
    below: ast.cmpop = ast.LtE() if with_high else ast.Lt()
    return ast.BoolOp(ast.And(), [ast.Compare(value, [above], [low]), ast.Compare(value, [below], [high])])


def _going_over(name: str, box: ast.expr) -> ast.comprehension:
    return ast.comprehension(ast.Name(name, ast.Store()), box, [], 0)


def _picked(box: ast.expr, inside: ast.expr) -> ast.expr:
    """`list[2]` is the second (the first is 1, the last -1); `list[item > 2]` those for which it holds."""
    match inside:
        case ast.Constant(value=int() as place) if not isinstance(place, bool):
            return call("item_at", box, inside)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int())):
            return call("item_at", box, inside)
    if any(isinstance(node, ast.Name) and node.id == "item" for node in ast.walk(inside)):
        going = ast.comprehension(ast.Name("item", ast.Store()), box, [inside], 0)
        return ast.ListComp(fact("item"), [going])
    raise NotRead("方括号里只能写第几个，或用 item 写筛选条件")


def _day(text: str) -> ast.expr:
    if not _DAY.fullmatch(text):
        raise NotRead(f"“{text[:20]}”不是日期（年-月-日）")
    return call("day", ast.Constant(text))


def _function(name: str, given: list[ast.expr]) -> ast.expr:
    if name == "is defined" and len(given) == 1:
        return ast.Compare(given[0], [ast.NotEq()], [ast.Constant(None)])
    if name == "get or else" and len(given) == 2:
        return ast.IfExp(ast.Compare(given[0], [ast.NotEq()], [ast.Constant(None)]), given[0], given[1])
    if name not in FUNCTIONS:
        raise NotRead(f"不支持函数 {name}")
    ours, fewest, most = FUNCTIONS[name]
    if not fewest <= len(given) <= most:
        raise NotRead(f"{name} 写了 {len(given)} 项")
    return call(ours, *given)
