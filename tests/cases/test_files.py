"""Files of materials: judged by content, kept once, told in the journal, seen by whoever sees the case."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa

from engine.cases import (
    MOST_BYTES,
    MOST_FILES,
    ActNotNow,
    ActNotUnderstood,
    FilesNotTaken,
    FileUnknown,
    Filing,
    Upload,
    act,
    act_as_applicant,
    add_files,
    case_journal,
    check_files,
    file_case,
    files_of,
    read_file,
    read_file_of_applicant,
)
from engine.cases.media import MOST_UNPACKED, clean_name, media_type
from engine.errors import NotValid
from engine.people import APPLICANT, ActNotAllowed, CaseUnknown, office_by_code, officer_by_login
from engine.store import journal, tables
from tests.hall import APPLICATIONS, Hall

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\x01" * 40 + b"\xff\xd9"
ITEM = {"material": "land_contract", "problem": "没有提交"}


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def package(**parts: bytes) -> bytes:
    """A ZIP of these parts; `__` in a name stands for a slash, `_` for a dot."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in parts.items():
            file.writestr(name.replace("__", "/").replace("_", "."), body)
    return made.getvalue()


def office_file(main: str, **more: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr(main, "<document/>")
        for name, body in more.items():
            file.writestr(f"word/{name}.bin", body)
    return made.getvalue()


def swollen() -> bytes:
    """A few hundred kilobytes that unpack to more than anybody may keep."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("OFD.xml", "<OFD/>")
        with file.open("Doc_0/Res/image.bin", "w") as part:
            for _ in range(MOST_UNPACKED // 1024 // 1024 + 1):
                part.write(bytes(1024 * 1024))
    return made.getvalue()


def lying() -> bytes:
    """A package whose list says that a part is short when it is not."""
    body = bytearray(package(OFD_xml=b"<OFD/>" + b"x" * 5000))
    at = body.rindex(b"PK\x01\x02") + 24
    body[at : at + 4] = struct.pack("<I", 10)
    return bytes(body)


def packed_oddly(method: int) -> bytes:
    """Packed as no office program does, so that it cannot be unpacked piece by piece."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        file.writestr("OFD.xml", "<OFD/>")
    return made.getvalue()


def locked() -> bytes:
    body = bytearray(office_file("word/document.xml"))
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = body.rindex(mark) + offset
        body[at] |= 1
    return bytes(body)


# ---------------------------------------------------------------- what a file is
TAKEN = {
    "application/pdf": lambda: PDF,
    "image/png": png,
    "image/jpeg": lambda: JPEG,
    "application/ofd": lambda: package(OFD_xml=b"<OFD/>"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": lambda: office_file("word/document.xml"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": lambda: office_file("xl/workbook.xml"),
    "image/vnd.dwg": lambda: b"AC1032" + bytes(64),
    "text/plain": "\ufeff临州市，用地面积 1 < 2\r\n".encode,
}


@pytest.mark.parametrize("kind", TAKEN)
def test_a_file_is_what_its_content_says(kind: str) -> None:
    assert media_type(TAKEN[kind]()) == kind


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "是空的"),
    "blank": (lambda: b" \n", "是空的"),
    "exe": (lambda: b"MZ\x90\0\x03\0\0\0", "不是可以接收的格式"),
    "elf": (lambda: b"\x7fELF\x02\x01", "不是可以接收的格式"),
    "html": (lambda: b"<!doctype html><p>hello", "是网页"),
    "html later": ("说明\n<SCRIPT>alert(1)</SCRIPT>".encode, "是网页"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "是网页"),
    "script": (lambda: b"#!/bin/sh\nrm -rf /\n", "是网页"),
    "html before a pdf": (lambda: b"<html>" + PDF, "是网页"),
    "gbk": (lambda: "临州市".encode("gbk"), "不是可以接收的格式"),
    "half a pdf": (lambda: PDF[:20], "不完整"),
    "half a png": (lambda: png()[:-4], "不完整"),
    "half a jpeg": (lambda: JPEG[:30], "不完整"),
    "plain zip": (lambda: package(a_txt=b"x"), "是压缩包"),
    "zip of a program": (lambda: package(setup_exe=b"MZ"), "是压缩包"),
    "half a zip": (lambda: package(OFD_xml=b"<OFD/>")[:-10], "已损坏"),
    "lying zip": (lying, "已损坏"),
    "bzip2": (lambda: packed_oddly(zipfile.ZIP_BZIP2), "少见的压缩方法"),
    "lzma": (lambda: packed_oddly(zipfile.ZIP_LZMA), "少见的压缩方法"),
    "zip bomb": (swollen, "展开后超过"),
    "locked": (locked, "加了密码"),
    "macros": (lambda: office_file("word/document.xml", vbaProject=b"\0"), "带有宏"),
    "old office": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "旧格式"),
}


def pdf_with(trailer: bytes, before: bytes = b"", *, stream: bool = False) -> bytes:
    """A PDF whose newest cross-reference has this dictionary; before: bytes of the document in front of it."""
    head = b"%PDF-1.7\n" + before
    table = b"9 0 obj\n" + trailer + b"stream\n\nendstream\nendobj\n" if stream else b"xref\n0 0\ntrailer\n" + trailer
    return head + table + b"\nstartxref\n%d\n%%%%EOF\n" % len(head)


LOCKED = {
    "by reference": pdf_with(b"<</Size 6/Encrypt 5 0 R/Root 1 0 R>>"),
    "in place": pdf_with(b"<</Encrypt<</Filter/Standard/V 2>>/Root 1 0 R>>"),
    "behind bytes that look like an end": pdf_with(b"<</ID[(a>>\\)(>>)x)(b)]/Info<</A 1>>/Encrypt 5 0 R>>"),
    "with its name escaped": pdf_with(b"<</Encr#79pt 5 0 R>>"),
    "in a stream": pdf_with(b"<</Type/XRef/W[1 2 1]/Encrypt 5 0 R>>", stream=True),
    "updated later": pdf_with(b"<</Encrypt 5 0 R/Prev 9>>", pdf_with(b"<</Encrypt 5 0 R>>")[9:]),
}
OPEN = {
    "a page that writes of it": pdf_with(b"<</Root 1 0 R>>", b"BT (/Encrypt 5 0 R) Tj ET\ntrailer<</Encrypt 5 0 R>>\n"),
    "a locked file inside": pdf_with(b"<</Root 1 0 R>>", pdf_with(b"<</Encrypt 5 0 R>>")),
    "a string that says so": pdf_with(b"<</ID[(/Encrypt 5 0 R)]/Root 1 0 R>>"),
    "a key of something else": pdf_with(b"<</Info<</Encrypt 5 0 R>>/Root 1 0 R>>"),
    "a longer name": pdf_with(b"<</EncryptMetadata 1/Type/Encrypt/Root 1 0 R>>"),
    "none": pdf_with(b"<</Encrypt null/Root 1 0 R>>"),
    "a stream": pdf_with(b"<</Type/XRef/Root 1 0 R>>", b"(/Encrypt 5 0 R)\n", stream=True),
    "a cross-reference that is elsewhere": b"%PDF-1.7\ntrailer<</Encrypt 5 0 R>>\nstartxref\n99999\n%%EOF\n",
}


@pytest.mark.parametrize("how", LOCKED)
def test_a_locked_pdf_is_refused(how: str) -> None:
    with pytest.raises(FilesNotTaken) as refused:
        check_files({"application": [Upload("申请表.pdf", LOCKED[how])]})
    assert refused.value.faults[0].sentence.startswith("“申请表.pdf”设了密码")


@pytest.mark.parametrize("how", OPEN)
def test_a_pdf_that_only_speaks_of_locks_is_taken(how: str) -> None:
    check_files({"application": [Upload("申请表.pdf", OPEN[how])]})


@pytest.mark.parametrize("what", REFUSED)
def test_anything_else_is_refused_by_name(what: str) -> None:
    make, why = REFUSED[what]
    with pytest.raises(FilesNotTaken) as refused:
        check_files({"application": [Upload("申请表.pdf", make())]})
    (fault,) = refused.value.faults
    assert fault.place == "/files/application/0"
    assert fault.sentence.startswith("“申请表.pdf”")
    assert why in fault.sentence
    assert fault.remedy


def test_sizes_and_numbers_are_limited_and_all_faults_told_at_once() -> None:
    big = Upload("大.pdf", b"%PDF-" + bytes(MOST_BYTES) + b"%%EOF")
    with pytest.raises(FilesNotTaken) as refused:
        check_files({"a": [big, big], "b": [Upload(f"{n}.txt", b"%d" % n) for n in range(MOST_FILES + 1)]})
    told = {f.place: f.sentence for f in refused.value.faults}
    assert set(told) == {"/files/a/0", "/files/a/1", "/files/b"}
    assert "20 MB" in told["/files/a/0"]
    assert "20 个" in told["/files/b"]
    just = Upload("刚好.pdf", b"%PDF-" + bytes(MOST_BYTES - 10) + b"%%EOF")
    with pytest.raises(FilesNotTaken, match="1 个文件") as refused:
        check_files({"a": [just, just, just, Upload("再.pdf", PDF)]})
    assert "60 MB" in refused.value.faults[0].sentence
    check_files({"a": [just, just, just]})


NAMES = {
    "../../etc/passwd.pdf": "passwd.pdf",
    "C:\\用户\\图 纸.PDF": "图 纸.PDF",
    "evil.bat": "evil.bat.pdf",
    "a\u202egnp.pdf": "agnp.pdf",
    "a\r\nSet-Cookie: x.pdf": "aSet-Cookie_ x.pdf",
    "": "未命名.pdf",
    "...": "未命名.pdf",
    "con.pdf": "_con.pdf",
    "a<b>|?.pdf": "a_b___.pdf",
}


@pytest.mark.parametrize("given", NAMES)
def test_names_are_cleaned(given: str) -> None:
    assert clean_name(given, "application/pdf") == NAMES[given]


def test_a_name_stays_short_in_bytes_and_keeps_its_ending() -> None:
    name = clean_name("图" * 300 + ".pdf", "application/pdf")
    assert len(name.encode()) <= 200
    assert name.endswith("图.pdf")
    assert clean_name("清单.csv", "text/plain") == "清单.csv"
    assert clean_name("清单.html", "text/plain") == "清单.html.txt"


# ---------------------------------------------------------------- kept with a case
def test_an_application_comes_with_its_files(hall: Hall) -> None:
    files = {
        "application": [Upload("申请表.pdf", PDF)],
        "parcel_map": [Upload("宗地.png", png()), Upload("宗地 2.jpg", JPEG)],
    }
    filing = Filing("GH02", {"name": "王强"}, APPLICATIONS["GH02"], {"parcel_map": "missing"}, "web", files=files)
    with hall.database.writing() as tx:
        filed = file_case(tx, office_by_code(tx, "lz"), filing, APPLICANT, hall.now)
    states = {m.key: m.state for m in hall.rows(tables.materials, filed.case_id)}
    assert states == {
        "application": "brought",
        "project_approval": "missing",
        "land_contract": "missing",
        "parcel_map": "brought",
    }
    with hall.database.reading() as tx:
        kept = files_of(tx, filed.case_id)
        (told,) = [r.payload for r in journal.read(tx, journal.Stream("case", filed.case_id)) if r.act == "receive"]
    assert [f.name for f in kept["parcel_map"]] == ["宗地.png", "宗地 2.jpg"]
    assert kept["application"][0].brought_by == "applicant"
    assert told is not None
    assert told["files"][0] == {
        "material": "application",
        "name": "申请表.pdf",
        "type": "application/pdf",
        "size": len(PDF),
        "digest": journal.digest(PDF),
    }
    assert hall.flaws(filed.case_id) == []


def test_a_bad_file_or_an_unlisted_material_leaves_no_case(hall: Hall) -> None:
    for files in ({"application": [Upload("x.pdf", b"MZ\x90\0")]}, {"gift": [Upload("x.pdf", PDF)]}):
        filing = Filing("GH02", {"name": "王强"}, APPLICATIONS["GH02"], {}, "web", files=files)
        with pytest.raises(NotValid) as refused, hall.database.writing() as tx:
            file_case(tx, office_by_code(tx, "lz"), filing, APPLICANT, hall.now)
        assert next(iter(refused.value.faults)).place.startswith("/files/")
    with hall.database.reading() as tx:
        for table in (tables.cases, tables.material_files, tables.series):
            assert tx.rows(sa.select(table)) == []


def test_adding_a_file_is_an_act_and_a_missing_material_is_there_with_it(hall: Hall) -> None:
    case_id = hall.file("GH02", missing=("land_contract",)).case_id
    with hall.database.writing() as tx:
        add_files(tx, officer_by_login(tx, "zhao"), case_id, {"land_contract": [Upload("合同.pdf", PDF)]}, hall.now)
    assert hall.acts_of(case_id) == ["receive", "add_file"]
    (material,) = [m for m in hall.rows(tables.materials, case_id) if m.key == "land_contract"]
    assert (material.state, material.brought_at) == ("brought", hall.now)
    (row,) = hall.rows(tables.material_files, case_id)
    assert (row.brought_by, row.digest, row.size) == ("officer:zhao", journal.digest(PDF), len(PDF))
    assert hall.flaws(case_id) == []


def test_the_same_file_twice_is_no_error_and_is_kept_once(hall: Hall) -> None:
    first, second = hall.file("GH02").case_id, hall.file("GH02").case_id
    upload = {"application": [Upload("a.pdf", PDF)], "parcel_map": [Upload("b.pdf", PDF)]}
    for case_id in (first, first, second):
        with hall.database.writing() as tx:
            add_files(tx, officer_by_login(tx, "zhao"), case_id, upload, hall.now)
    assert hall.acts_of(first).count("add_file") == 1
    assert len(hall.rows(tables.material_files, first)) == 2
    with hall.database.reading() as tx:
        rows = tx.rows(sa.select(tables.blobs).where(tables.blobs.c.digest == journal.digest(PDF)))
    assert [bytes(r.body) for r in rows] == [PDF]


def test_a_material_takes_no_more_than_twenty(hall: Hall) -> None:
    case_id = hall.file("GH02").case_id
    many = {"application": [Upload(f"{n}.txt", b"%d" % n) for n in range(MOST_FILES)]}
    with hall.database.writing() as tx:
        add_files(tx, officer_by_login(tx, "zhao"), case_id, many, hall.now)
    with pytest.raises(FilesNotTaken) as refused, hall.database.writing() as tx:
        add_files(tx, officer_by_login(tx, "zhao"), case_id, {"application": [Upload("x.pdf", PDF)]}, hall.now)
    assert "已有 20 个" in refused.value.faults[0].sentence
    assert len(hall.rows(tables.material_files, case_id)) == MOST_FILES


def test_a_failing_act_keeps_no_file(hall: Hall) -> None:
    case_id = hall.file("GH02").case_id
    with pytest.raises(FilesNotTaken), hall.database.writing() as tx:
        files = {"application": [Upload("a.pdf", PDF)], "gift": [Upload("b.pdf", PDF)]}
        add_files(tx, officer_by_login(tx, "zhao"), case_id, files, hall.now)
    assert hall.rows(tables.material_files, case_id) == []
    with hall.database.reading() as tx:
        assert tx.row(sa.select(tables.blobs).where(tables.blobs.c.digest == journal.digest(PDF))) is None


def test_the_applicant_adds_until_acceptance_and_nobody_while_a_correction_is_awaited(hall: Hall) -> None:
    case_id = hall.file("GH02", missing=("land_contract",)).case_id
    upload = {"application": [Upload("a.pdf", PDF)]}
    with hall.database.writing() as tx:
        add_files(tx, APPLICANT, case_id, upload, hall.now)
    hall.does("zhao", case_id, "intake", "request_correction", items=[ITEM])
    for who in (APPLICANT, hall.officer("zhao")):
        with pytest.raises(ActNotNow), hall.database.writing() as tx:
            add_files(tx, who, case_id, {"land_contract": [Upload("c.pdf", PDF)]}, hall.now)
    hall.applicant(case_id, "receive_correction", materials=["land_contract"], channel="web")
    hall.does("zhao", case_id, "intake", "accept")
    with pytest.raises(ActNotNow, match="补充材料文件"), hall.database.writing() as tx:
        add_files(tx, APPLICANT, case_id, {"application": [Upload("d.png", png())]}, hall.now)
    with hall.database.writing() as tx:
        add_files(tx, hall.officer("qian"), case_id, {"application": [Upload("d.png", png())]}, hall.now)


def test_a_correction_brings_its_files_and_their_materials(hall: Hall) -> None:
    case_id = hall.file("GH02", missing=("land_contract",)).case_id
    hall.does("zhao", case_id, "intake", "request_correction", items=[ITEM])
    files = {"land_contract": [Upload("合同.pdf", PDF)]}
    with hall.database.writing() as tx:
        done = act_as_applicant(
            tx, case_id, "receive_correction", {"channel": "web"}, now=hall.now, files=files, request_id="r1"
        )
    with hall.database.writing() as tx:
        again = act_as_applicant(
            tx, case_id, "receive_correction", {"channel": "web"}, now=hall.now, files=files, request_id="r1"
        )
    assert again == done
    assert done.told["materials"] == ["land_contract"]
    assert done.told["files"][0]["digest"] == journal.digest(PDF)
    assert hall.acts_of(case_id).count("receive_correction") == 1
    assert hall.flaws(case_id) == []


def test_a_correction_takes_no_file_that_was_not_asked_for(hall: Hall) -> None:
    case_id = hall.file("GH02", missing=("land_contract",)).case_id
    hall.does("zhao", case_id, "intake", "request_correction", items=[ITEM])
    with pytest.raises(ActNotUnderstood), hall.database.writing() as tx:
        files = {"application": [Upload("a.pdf", PDF)]}
        act(tx, hall.officer("zhao"), case_id, "receive_correction", {"channel": "window"}, now=hall.now, files=files)
    assert hall.rows(tables.material_files, case_id) == []


def test_a_promised_paper_comes_by_its_own_act(hall: Hall) -> None:
    case_id = hall.at("2026-03-02").file("GH02", missing=("parcel_map",)).case_id
    promise = [{"material": "parcel_map", "promised_on": "2026-03-06"}]
    hall.does("zhao", case_id, "intake", "accept_tolerant", promises=promise, letter="承 1")
    files = {"parcel_map": [Upload("宗地.pdf", PDF)]}
    with pytest.raises(FilesNotTaken, match="没有保存") as refused, hall.database.writing() as tx:
        add_files(tx, hall.officer("zhao"), case_id, files, hall.now)
    assert "补交容缺材料" in refused.value.faults[0].remedy
    with hall.database.writing() as tx:
        act(tx, hall.officer("zhao"), case_id, "bring_material", {}, now=hall.now, files=files)
    (material,) = [m for m in hall.rows(tables.materials, case_id) if m.key == "parcel_map"]
    assert (material.state, material.promised_on) == ("brought", date(2026, 3, 6))
    assert hall.clock(case_id, "tolerance", "parcel_map") is None


# ---------------------------------------------------------------- who sees a file
def test_a_stranger_finds_no_file(hall: Hall) -> None:
    filed = hall.file("GH02")
    with hall.database.writing() as tx:
        add_files(tx, hall.officer("zhao"), filed.case_id, {"application": [Upload("a.pdf", PDF)]}, hall.now)
    (row,) = hall.rows(tables.material_files, filed.case_id)
    with hall.database.reading() as tx:
        shown, body = read_file(tx, hall.officer("qian"), filed.case_no, row.id)
        assert (shown.name, shown.kind, body) == ("a.pdf", "PDF", PDF)
        for stranger, file_id in (("li", row.id), ("wu", row.id), ("feng", row.id), ("zhao", row.id + 1)):
            with pytest.raises(FileUnknown):
                read_file(tx, hall.officer(stranger), filed.case_no, file_id)
    with pytest.raises(CaseUnknown), hall.database.writing() as tx:
        add_files(tx, hall.officer("li"), filed.case_id, {"application": [Upload("b.pdf", PDF)]}, hall.now)
    with pytest.raises(ActNotAllowed), hall.database.writing() as tx:
        add_files(tx, hall.officer("zheng"), filed.case_id, {"application": [Upload("b.pdf", PDF)]}, hall.now)


def test_the_applicant_reads_his_own_with_number_and_code(hall: Hall) -> None:
    filed, other = hall.file("GH02"), hall.file("GH02")
    with hall.database.writing() as tx:
        add_files(tx, APPLICANT, filed.case_id, {"application": [Upload("a.pdf", PDF)]}, hall.now)
    (row,) = hall.rows(tables.material_files, filed.case_id)
    with hall.database.reading() as tx:
        assert read_file_of_applicant(tx, filed.case_no, filed.query_code, row.id)[1] == PDF
        with pytest.raises(CaseUnknown):
            read_file_of_applicant(tx, filed.case_no, "WRONG", row.id)
        with pytest.raises(FileUnknown):
            read_file_of_applicant(tx, other.case_no, other.query_code, row.id)
        assert case_journal(tx, hall.officer("zhao"), filed.case_no)[-1]["act"] == "add_file"
