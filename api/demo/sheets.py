"""A page of PDF for each material of the demo, so that there is something to open: one sheet with a few lines of Chinese.

Built by hand: the same words always give the same bytes, and no library is needed for a page that nobody lays out. The
font is one of those that every reader of PDF brings along for Chinese, so none is carried in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

WIDTH, HEIGHT, MARGIN = 595, 842, 72
_FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[5 0 R]>>",
    b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>"
    b"/DW 1000/FontDescriptor 6 0 R>>",
    b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 752"
    b"/Descent -271/CapHeight 737/StemV 58>>",
)


@lru_cache(maxsize=512)
def pdf(title: str, lines: tuple[str, ...]) -> bytes:
    """A sheet of A4 with a title and lines of text below it."""
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Resources<</Font<</F 4 0 R>>>>/Contents 7 0 R>>".encode()
    drawn = _drawn(title, lines)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        *_FONT,
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
    )
    return _filed(objects)


def _drawn(title: str, lines: Sequence[str]) -> bytes:
    """What is drawn on the page: the title in the middle, a rule, the lines from the left."""
    top = HEIGHT - MARGIN - 24
    parts = [_text(title, (WIDTH - 22 * len(title)) / 2, top, 22), f"{MARGIN} {top - 20} {WIDTH - 2 * MARGIN} 0.8 re f"]
    parts += [_text(line, MARGIN, top - 60 - n * 28, 14) for n, line in enumerate(lines)]
    return "\n".join(parts).encode()


def _text(words: str, x: float, y: float, size: int) -> str:
    return f"BT /F {size} Tf {x:g} {y:g} Td <{words.encode('utf-16-be').hex()}> Tj ET"


def _filed(objects: Sequence[bytes]) -> bytes:
    """The objects as a file: each with its number, then the table of where they lie."""
    body, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start, count = len(body), len(objects) + 1
    body += b"xref\n0 %d\n0000000000 65535 f \n" % count
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
    return bytes(body)
