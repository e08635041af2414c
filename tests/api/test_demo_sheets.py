"""The sheets of the demo: real PDFs, the same words in the same bytes."""

from __future__ import annotations

import re

from api.demo.acting import sheet
from api.demo.sheets import pdf
from engine.cases import check_files


def test_a_sheet_is_a_pdf_that_can_be_brought() -> None:
    one = sheet("总平面图", "临州云岭建材有限公司", "建设工程规划许可证核发")
    assert (one.name, one.media_type) == ("总平面图.pdf", "application/pdf")
    check_files({"site_plan": [one]})
    assert "申请人：临州云岭建材有限公司".encode("utf-16-be").hex().encode() in one.body


def test_every_object_lies_where_the_table_says() -> None:
    body = pdf("题名", ("一行", "两行"))
    assert body == pdf.__wrapped__("题名", ("一行", "两行"))
    table = body[int(re.findall(rb"startxref\n(\d+)", body)[-1]) :]
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", table)]
    assert [body[place:].split(b" ", 1)[0] for place in places] == [b"%d" % n for n in range(1, len(places) + 1)]
    (length,) = re.findall(rb"<</Length (\d+)>>stream\n", body)
    start = body.index(b">>stream\n") + len(b">>stream\n")
    assert body[start + int(length) :].startswith(b"\nendstream")
