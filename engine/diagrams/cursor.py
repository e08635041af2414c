"""The words and signs of an expression, one after another: what the parsers of the languages read from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

MAX_NESTING = 25


class NotRead(Exception):
    """Why a text cannot be read, in Chinese; only expressions.py catches it."""


class Token(NamedTuple):
    """kind: the group of the language's pattern that it matched; `end` behind the last one."""

    kind: str
    text: str


def cut(pattern: re.Pattern[str], text: str) -> Iterator[Token]:
    """The tokens of a text, without the end. Raises NotRead at what the pattern does not know."""
    place, text = 0, text.rstrip()
    while place < len(text):
        found = pattern.match(text, place)
        if not found:
            raise NotRead(f"不认识“{text[place:].strip()[:10]}”")
        kind = found.lastgroup or ""
        yield Token(kind, found[kind])
        place = found.end()


class Cursor:
    """Where a parser stands among the tokens."""

    def __init__(self, tokens: Iterator[Token]) -> None:
        self.tokens, self.place, self.nesting = [*tokens, Token("end", "结尾")], 0, 0

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.place + ahead, len(self.tokens) - 1)]

    def take(self, *signs: str) -> str | None:
        """The next sign if it is one of these."""
        return self._next("sign", signs)

    def word(self, *words: str) -> str | None:
        """The next name if it is one of these."""
        return self._next("name", words)

    def _next(self, kind: str, texts: tuple[str, ...]) -> str | None:
        token = self.peek()
        if token.kind != kind or token.text not in texts:
            return None
        self.place += 1
        return token.text

    def must(self, what: str) -> None:
        """The next sign or word is this one. Raises NotRead."""
        if not (self.take(what) or self.word(what)):
            raise NotRead(f"“{self.peek().text}”之前少了“{what}”")

    def end(self) -> None:
        """Nothing follows. Raises NotRead."""
        if self.peek().kind != "end":
            raise NotRead(f"“{self.peek().text}”放错了地方")

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """An expression within an expression. Raises NotRead where they are too many."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise NotRead("嵌套太深")
        yield
        self.nesting -= 1
