"""Where a page of a list ended, as an address carries it: opaque to whoever keeps it, and holding whatever happens to the
rows meanwhile. It tells the place itself and not a row that stands there, so that the next page goes on behind that place
although its last row has moved, and every row that stays where it is comes exactly once."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from ..errors import NotValid
from .lists import BIGGEST_KEY

_LONGEST = 200


class CursorNotUnderstood(NotValid):
    """An address that goes on where no list has ended: shortened, typed by hand, or of another list."""

    code = "cursor-not-understood"
    sentence = "翻页的位置“{cursor}”看不懂。"
    remedy = "重新打开这个列表，从第一页看起。"


class Cursor:
    """The name of an order, the numbers of a place in it, and at the end a text where the order has one."""

    def __init__(self, order: str, *numbers: int, text: str = "") -> None:
        self.order, self.numbers, self.text = order, numbers, text

    @property
    def written(self) -> str:
        told = ".".join([self.order, *map(str, self.numbers), self.text])
        return urlsafe_b64encode(told.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, written: str, order: str, most: Sequence[int | None]) -> Cursor:
        """most: the biggest that each number may be, None where it is a key. Raises CursorNotUnderstood."""
        try:
            padded = written[:_LONGEST] + "=" * (-len(written) % 4)
            found, *parts = urlsafe_b64decode(padded.encode("ascii")).decode().split(".", len(most) + 1)
            *digits, text = parts
            numbers = [int(digit) for digit in digits]
        except (ValueError, binascii.Error) as wrong:
            raise CursorNotUnderstood(cursor=written[:40]) from wrong
        biggest = [BIGGEST_KEY if one is None else one for one in most]
        if (
            found != order
            or not text.isprintable()  # a NUL is no text to PostgreSQL
            or len(numbers) != len(biggest)
            or not all(0 <= n <= top for n, top in zip(numbers, biggest, strict=True))
        ):
            raise CursorNotUnderstood(cursor=written[:40])
        return cls(order, *numbers, text=text)
