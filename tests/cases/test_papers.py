"""Written documents: complete in law, numbered without gaps, their text kept as it was issued."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine.cases import PaperAltered, PaperUnknown, paper_of_applicant, papers, read_paper
from engine.cases.case import open_case
from engine.cases.desk import TaskOver
from engine.people import SYSTEM, CaseUnknown, officer_by_login
from engine.store import journal, tables
from tests.hall import Hall
from tests.pressing import all_press

ITEMS = [{"material": "land_contract", "problem": "没有提交"}, {"material": "parcel_map", "problem": "缺少坐标"}]
REFUSAL = {"reasons": "用地性质不符", "basis": "城乡规划法 第38条"}


def correction(hall: Hall) -> int:
    case_id = hall.file("GH02", missing=("land_contract",)).case_id
    hall.does("zhao", case_id, "intake", "request_correction", items=ITEMS)
    return case_id


def tolerant(hall: Hall) -> int:
    case_id = hall.file("GH02", missing=("parcel_map",)).case_id
    promises = [{"material": "parcel_map", "promised_on": "2026-03-06"}]
    hall.does("zhao", case_id, "intake", "accept_tolerant", promises=promises, letter="承 1")
    return case_id


def not_accepted(hall: Hall) -> int:
    case_id = hall.file("GH02").case_id
    words = {"reason_code": "wrong_office", "reasons": "在省管范围", "basis": "省政府令", "refer_to": "省自然资源厅"}
    hall.does("zhao", case_id, "intake", "refuse_acceptance", **words)
    return case_id


def special(hall: Hall) -> int:
    case_id = hall.accepted("XF01")
    hall.acts("gao", case_id, "start_special", ground="expert_review", planned="10wd", reason="新技术")
    return case_id


def extended(hall: Hall) -> int:
    case_id = hall.accepted()
    hall.acts("sun", case_id, "extend", span="5wd", reason="衔接在编规划")
    return case_id


def granted(hall: Hall) -> int:
    case_id = hall.accepted()
    hall.does("qian", case_id, "review", "pass")
    hall.does("sun", case_id, "decide", "grant", text="按规划条件建设。")
    return case_id


def refused(hall: Hall) -> int:
    case_id = hall.accepted()
    hall.does("qian", case_id, "review", "pass")
    hall.does("sun", case_id, "decide", "refuse", **REFUSAL)
    return case_id


def terminated(hall: Hall) -> int:
    case_id = hall.accepted()
    hall.acts("sun", case_id, "terminate", reason_code="applicant_gone", reasons="企业注销", basis="登记信息")
    return case_id


REMEDY = "行政复议"
LAW: dict[str, tuple[Callable[[Hall], int], str, tuple[str, ...]]] = {
    "receipt": (
        correction,
        "收件凭证",
        ("2026年3月2日 09:30", "已收材料 3 份", "尚缺材料：出让合同", "5 个工作日内一次告知", "逾期不告知", "查询码"),
    ),
    "correction": (
        correction,
        "补正告知书",
        (
            "第三十二条第一款第四项",
            "全部内容",
            "1. 出让合同（仅出让）：没有提交",
            "2. 宗地图：缺少坐标",
            "请于2026年4月14日",
        ),
    ),
    "acceptance": (
        tolerant,
        "受理通知书",
        ("第三十二条第一款第五项", "自2026年3月2日起予以受理", "法定办结日期：2026年3月30日", "宗地图：2026年3月6日前"),
    ),
    "non_acceptance": (
        not_accepted,
        "不予受理决定书",
        ("不属于本机关职权范围", "在省管范围", "省政府令", "请向省自然资源厅提出申请", REMEDY),
    ),
    "special": (
        special,
        "特别程序告知书",
        ("专家评审", "10 个工作日", "2026年3月16日前", "不计入办理期限", "新技术", "第22条"),
    ),
    "extension": (
        extended,
        "延长审批期限告知书",
        ("本机关负责人批准", "5 个工作日", "衔接在编规划", "行政许可法 第42条", "延长后的法定办结日期：2026年4月7日"),
    ),
    "grant": (
        granted,
        "准予行政许可决定书",
        (
            "第三十八条第一款",
            "2026年3月2日受理",
            "准予行政许可",
            "建设用地规划许可证",
            "按规划条件建设。",
            "10 个工作日内",
        ),
    ),
    "refusal": (
        refused,
        "不予行政许可决定书",
        ("第三十八条第二款", "不予行政许可", "用地性质不符", "城乡规划法 第38条", REMEDY),
    ),
    "termination": (terminated, "终止办理告知书", ("申请人死亡或者终止", "企业注销", "登记信息", REMEDY)),
}


@pytest.mark.parametrize("kind", LAW)
def test_every_document_says_what_the_law_asks(hall: Hall, kind: str) -> None:
    make, title, told = LAW[kind]
    case_id = make(hall)
    with hall.database.reading() as tx:
        (paper,) = [p for p in papers(tx, case_id) if p.kind == kind]
    head, number = f"临州市政务服务中心\n{title}\n", paper.number
    assert paper.body.startswith(f"{head}{number}\n\n王强：\n")
    assert paper.body.endswith("局\n2026年3月2日\n"), "who decides and the date stand under it"
    assert hall.case(case_id).case_no in paper.body
    assert [words for words in told if words not in paper.body] == []
    assert hall.flaws(case_id) == []


def test_what_is_not_verified_is_said_and_names_no_article(hall: Hall) -> None:
    case_id = hall.file("TZ01").case_id
    hall.does("ma", case_id, "intake", "accept")
    hall.does("he", case_id, "decide", "grant")
    with hall.database.reading() as tx:
        receipt, acceptance, grant = papers(tx, case_id)
    assert "5 个工作日（示例数据，未经核实）内" in receipt.body
    assert "承诺办结日期：2026年3月2日（示例数据，未经核实）。" in acceptance.body
    assert grant.title == "准予办理决定书", "a filing is no licence"
    assert not any("行政许可" in p.body for p in (receipt, acceptance, grant))


def test_a_second_notice_says_that_it_is_one(hall: Hall) -> None:
    case_id = correction(hall)
    hall.applicant(case_id, "receive_correction", materials=["land_contract"], channel="web")
    hall.does("zhao", case_id, "intake", "request_correction", items=[ITEMS[1]])
    with hall.database.reading() as tx:
        first, second = [p for p in papers(tx, case_id) if p.kind == "correction"]
    assert "材料不齐全" in first.body
    assert "经核对补正的材料" in second.body


# ---------------------------------------------------------------- numbers
def test_numbers_run_on_over_a_failed_act_and_start_again_with_the_year(hall: Hall) -> None:
    hall.at("2026-12-30")
    first = hall.accepted()
    task = hall.claim("zhao", hall.file("GH02").case_id, "intake")
    with pytest.raises(_Struck), hall.database.writing() as tx:
        from engine.cases import complete

        complete(tx, officer_by_login(tx, "zhao"), task, "accept", answers={}, details={}, now=hall.now)
        raise _Struck  # whatever fails after the number was taken
    hall.completes("zhao", task, "accept")
    hall.at("2027-01-04")
    last = hall.accepted()
    with hall.database.reading() as tx:
        p = tables.papers
        rows = tx.rows(sa.select(p.c.number).where(p.c.kind == "acceptance").order_by(p.c.id))
        assert [r.number for r in rows] == ["受〔2026〕1号", "受〔2026〕2号", "受〔2027〕1号"]
        assert papers(tx, first)[-1].number == "受〔2026〕1号"
        assert papers(tx, last)[-1].number == "受〔2027〕1号"


class _Struck(Exception):
    """Rolls an act back after all of it was done."""


def test_each_office_counts_by_itself(hall: Hall) -> None:
    from engine.cases import Filing, file_case
    from engine.people import APPLICANT, office_by_code
    from tests.hall import APPLICATIONS

    hall.file("TZ01")
    filing = Filing("TZ01", {"name": "王强"}, APPLICATIONS["TZ01"], {}, "web")
    with hall.database.writing() as tx:
        of = office_by_code(tx, "qy")
        filed = file_case(tx, of, filing, APPLICANT, hall.now)
        (paper,) = papers(tx, filed.case_id)
    assert paper.number == "收〔2026〕1号"
    assert paper.body.startswith("青垣县政务服务中心\n")


def test_two_windows_at_once_leave_no_gap_and_no_twin(hall: Hall) -> None:
    """Two threads accept six cases between them, and each fails once with the number in its hand."""
    tasks = [hall.claim("zhao", hall.file("GH02").case_id, "intake") for _ in range(6)]
    failures: list[BaseException] = []

    def work(mine: list[int]) -> None:
        from engine.cases import complete

        for n, task in enumerate(mine):
            for struck in (n == 1, False):
                try:
                    with hall.database.writing() as tx:
                        who = officer_by_login(tx, "zhao")
                        complete(tx, who, task, "accept", answers={}, details={}, now=hall.now)
                        if struck:
                            raise _Struck
                except (_Struck, TaskOver):
                    continue
                except BaseException as failed:
                    failures.append(failed)

    all_press(threading.Thread(target=work, args=(tasks[i::2],)) for i in (0, 1))
    assert failures == []
    with hall.database.reading() as tx:
        p = tables.papers
        numbers = [r.number for r in tx.rows(sa.select(p.c.number).where(p.c.kind == "acceptance"))]
    assert sorted(numbers) == [f"受〔2026〕{n}号" for n in range(1, 7)]


# ---------------------------------------------------------------- read again
def test_a_reprint_is_the_text_that_the_journal_knows(hall: Hall) -> None:
    filed = hall.file("GH02")
    with hall.database.reading() as tx:
        (paper,) = papers(tx, filed.case_id)
        again = read_paper(tx, officer_by_login(tx, "qian"), filed.case_no, paper.id)
        (told,) = [r.payload for r in journal.read(tx, journal.Stream("case", filed.case_id))]
    assert again == paper
    assert told is not None
    assert (told["paper"], told["digest"]) == (paper.number, journal.digest(again.body))


def test_a_stranger_finds_no_document(hall: Hall) -> None:
    filed, other = hall.file("GH02"), hall.file("GH02")
    with hall.database.reading() as tx:
        (paper,) = papers(tx, filed.case_id)
        for login, case_no, paper_id in (
            ("li", filed.case_no, paper.id),
            ("wu", filed.case_no, paper.id),
            ("zhao", other.case_no, paper.id),
            ("zhao", filed.case_no, 10**6),
        ):
            with pytest.raises(PaperUnknown):
                read_paper(tx, officer_by_login(tx, login), case_no, paper_id)
        with pytest.raises(CaseUnknown):
            paper_of_applicant(tx, filed.case_no, "WRONG", paper.id)
        with pytest.raises(PaperUnknown):
            paper_of_applicant(tx, other.case_no, other.query_code, paper.id)
        assert paper_of_applicant(tx, filed.case_no, filed.query_code, paper.id) == paper


def test_the_applicant_is_not_shown_what_passes_between_offices(hall: Hall) -> None:
    filed = hall.file("GH02")
    hall.acts("zhou", filed.case_id, "order", department="nr", text="请尽快受理", reply="3wd")
    with hall.database.reading() as tx:
        order = papers(tx, filed.case_id)[-1]
        assert order.kind == "order"
        assert order.body.endswith("临州市政务服务中心\n2026年3月2日\n")
        with pytest.raises(PaperUnknown):
            paper_of_applicant(tx, filed.case_no, filed.query_code, order.id)


def test_an_altered_text_is_not_shown_and_verify_names_it(hall: Hall) -> None:
    filed = hall.file("GH02")
    with hall.database.writing() as tx:
        tx.execute(tables.papers.update().values(body=tables.papers.c.body + "另行收费。\n"))
    with hall.database.reading() as tx:
        (row,) = tx.rows(sa.select(tables.papers))
        with pytest.raises(PaperAltered, match="收〔2026〕1号"):
            read_paper(tx, officer_by_login(tx, "zhao"), filed.case_no, row.id)
        with pytest.raises(PaperAltered):
            paper_of_applicant(tx, filed.case_no, filed.query_code, row.id)
    assert hall.flaws(filed.case_id) == [f"{filed.case_no} 文书 收〔2026〕1号 的正文与摘要不符"]
    with hall.database.writing() as tx:
        tx.execute(tables.papers.update().values(digest=journal.digest(row.body)))
    told = f"登记为 {journal.digest(row.body)}，办理记录为 {row.digest}"
    assert hall.flaws(filed.case_id) == [f"{filed.case_no} 文书 收〔2026〕1号 的 digest {told}"]


@pytest.mark.parametrize("hall_url", ["postgresql"], indirect=True)
def test_who_has_issued_and_is_still_at_work_holds_nobody_up(hall: Hall) -> None:
    """SQLite has one writer."""
    first, second = hall.file("GH02").case_id, hall.file("GH02").case_id
    other = hall.claim("zhao", second, "intake")
    with hall.database.writing() as tx, open_case(tx, first, hall.now) as case:
        paper = case.issue("acceptance", accepted="", mode="", lacking="", promised="", statutory="")
        case.told("accept", SYSTEM, paper=paper)
        hall.completes("zhao", other, "accept")
        assert not paper.number
    with hall.database.reading() as tx:
        (mine,) = (one for one in papers(tx, first) if one.kind == "acceptance")
        (theirs,) = (one for one in papers(tx, second) if one.kind == "acceptance")
        told = journal.read(tx, journal.Stream("case", first))[-1].payload
        assert list(journal.verify(tx, journal.Stream("case", first))) == []
    assert (theirs.number, mine.number) == ("受〔2026〕1号", "受〔2026〕2号")
    assert told == {"paper": mine.number, "digest": mine.digest}
    assert (paper.number, paper.digest) == (mine.number, mine.digest)
