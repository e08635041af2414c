"""One officer's day on the task page, in a real browser; two officers at once; what a stranger meets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from engine.cases import add_files, case_id_of, claim, give_back
from engine.people import officer_by_login
from engine.store import tables
from tests.pages.conftest import Site, follow, serious, takes, task_of

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def test_a_case_is_worked_from_the_first_click_to_the_last(site: Site, tmp_path: Path) -> None:
    hall = site.hall.at("2026-03-02")
    filed = hall.file("GH02", missing=("land_contract",))
    zhao, qian, sun = site.officer("zhao"), site.officer("qian"), site.officer("sun")

    takes(zhao, hall, filed.case_id, "intake")
    follow(zhao, "text=一次告知补正…")
    assert zhao.input_value("[name='d-problem.land_contract']") == "没有提交"
    zhao.fill("[name='d-problem.parcel_map']", "没有盖章")
    follow(zhao, "text=预览文书")
    expect(zhao.locator("#faults")).to_contain_text("写了问题，没有勾选")
    expect(zhao.locator("[name='d-asked.parcel_map']")).to_be_focused()
    zhao.fill("[name='d-problem.parcel_map']", "")
    zhao.check("[name='d-asked.parcel_map']")
    follow(zhao, "text=预览文书")
    expect(zhao.locator("[name='d-problem.parcel_map']")).to_be_focused()
    zhao.uncheck("[name='d-asked.parcel_map']")
    follow(zhao, "text=预览文书")
    expect(zhao.locator(".preview")).to_contain_text("1. 出让合同（仅出让）：没有提交")
    assert hall.case(filed.case_id).phase == "received", "a preview issues nothing"
    follow(zhao, "button[value=do]")
    expect(zhao.locator("main")).to_contain_text("办完：一次告知补正")
    assert hall.case(filed.case_id).phase == "correcting"
    assert [p.number for p in hall.rows(tables.papers, filed.case_id)] == ["收〔2026〕1号", "补〔2026〕1号"]

    contract = tmp_path / "合同.pdf"
    contract.write_bytes(PDF)
    follow(zhao, "text=收到补正材料…")
    zhao.check("[name='d-materials'][value=land_contract]")
    zhao.set_input_files("#m-land_contract", contract)
    follow(zhao, "button[value=do]")
    assert hall.case(filed.case_id).phase == "received"
    assert [f.name for f in hall.rows(tables.material_files, filed.case_id)] == ["合同.pdf"]

    takes(zhao, hall, filed.case_id, "intake")
    follow(zhao, "button[value=accept]")
    expect(zhao.locator("main")).to_contain_text("办完：受理")
    names = zhao.locator(".mat--plain > li > span:first-child")
    assert names.count() > 3
    assert min(names.evaluate_all("all => all.map(one => one.offsetWidth)")) > 100, (
        "a name stands in a line, not one below the other"
    )

    takes(qian, hall, filed.case_id, "review")
    qian.fill("#f-approved_area", "很大")
    qian.fill("#f-opinion", "面积一致")
    follow(qian, "button[value=pass]")
    expect(qian.locator("#faults")).to_contain_text("核定用地面积")
    expect(qian.locator("#work [aria-invalid=true]").first).to_be_focused()
    assert qian.input_value("#f-opinion") == "面积一致"
    qian.fill("#f-approved_area", "48216.5")
    qian.check("[name='f-checked'][value=site]")
    qian.check("[name='f-conclusion'][value=conforming]")
    follow(qian, "button[value=pass]")
    expect(qian.locator("main")).to_contain_text("办完：报核准")

    takes(sun, hall, filed.case_id, "decide")
    expect(sun.locator("main")).to_contain_text("面积一致")
    follow(sun, "button[value=grant]")
    sun.fill("#d-text", "按规划条件建设。")
    follow(sun, "button[value=do]")
    expect(sun.locator("main")).to_contain_text("办完：准予许可")

    takes(zhao, hall, filed.case_id, "certificate")
    follow(zhao, "button[value=made]")
    follow(zhao, "button[value=do]")
    takes(zhao, hall, filed.case_id, "deliver")
    follow(zhao, "button[value=delivered]")
    zhao.check("[name='d-method'][value=pickup]")
    follow(zhao, "button[value=do]")
    expect(zhao.locator("#d-receiver-e")).to_be_visible()
    zhao.fill("#d-receiver", "方淮")
    follow(zhao, "button[value=do]")
    expect(zhao.locator("main")).to_contain_text("办完：")
    assert hall.case(filed.case_id).phase == "closed"
    assert hall.flaws(filed.case_id) == []


def test_a_special_procedure_from_its_step(site: Site) -> None:
    hall = site.hall.at("2026-03-02")
    case_id = hall.accepted("XF01")
    hall.does("xu", case_id, "review", "pass")
    gao = site.officer("gao")
    takes(gao, hall, case_id, "expert_start")
    follow(gao, "button[value=start]")
    expect(gao.locator("main")).to_contain_text("最长 20 个工作日")
    gao.check("[name='d-ground']")
    gao.fill("#d-length", "30")
    gao.select_option("#d-unit", "wd")
    gao.fill("#d-reason", "新技术")
    follow(gao, "button[value=do]")
    expect(gao.locator(".refused")).to_contain_text("最长 20 个工作日")
    gao.fill("#d-length", "10")
    follow(gao, "button[value=do]")
    expect(gao.locator("main")).to_contain_text("专家评审进行中")
    assert "结束特别程序" not in gao.inner_text("main"), "the diagram draws its end as a step"
    hall.at("2026-03-12")
    xu = site.officer("xu")
    takes(xu, hall, case_id, "expert_end")
    xu.fill("#f-experts", "7")
    xu.fill("#f-agreed", "7")
    xu.fill("#f-met_on", "2026-03-11")
    xu.fill("#f-opinion", "同意")
    follow(xu, "button[value=end]")
    xu.fill("#d-result", "专家组同意")
    follow(xu, "button[value=do]")
    expect(xu.locator("main")).to_contain_text("办完：评审结束")
    assert hall.rows(tables.pauses, case_id)[0].ended_at is not None


def test_a_stale_page_tells_who_and_keeps_what_was_typed(site: Site) -> None:
    hall = site.hall
    case_id = hall.accepted()
    qian = site.officer("qian")
    takes(qian, hall, case_id, "review")
    qian.fill("#f-opinion", "写了很久的意见")
    hall.completes("qian", hall.task(case_id, "review", "claimed").id, "pass")
    with qian.expect_response(lambda r: r.request.method == "POST") as answered:
        qian.click("button[value=pass]")
    assert answered.value.status == 409
    expect(qian.locator("main")).to_contain_text("写了很久的意见")
    expect(qian.locator("main")).to_contain_text("钱立")
    assert hall.acts_of(case_id).count("review") == 1


def test_of_two_officers_one_wins_and_the_other_is_told(site: Site) -> None:
    hall = site.hall
    hall.hire("zhao2", "x-9", like="zhao", name="王晓楠")
    case_id = hall.file("GH02").case_id
    first, second = site.officer("zhao"), site.officer("zhao2")
    second.goto(task_of(hall, case_id, "intake"))
    takes(first, hall, case_id, "intake")
    with second.expect_response(lambda r: r.request.method == "POST") as answered:
        second.get_by_role("button", name="签收", exact=True).click()
    assert answered.value.status == 409
    expect(second.locator("main")).to_contain_text("赵敏 已于")


def test_two_clicks_are_one_act(site: Site) -> None:
    hall = site.hall
    case_id = hall.file("GH02").case_id
    zhao = site.officer("zhao")
    takes(zhao, hall, case_id, "intake")
    expect(zhao.locator("#opinion")).to_have_count(0)
    zhao.dblclick("button[value=accept]")
    expect(zhao.locator("main")).to_contain_text("办完：受理")
    assert hall.acts_of(case_id).count("accept") == 1


def test_files_are_kept_with_what_was_typed_and_come_out_as_attachments(site: Site, tmp_path: Path) -> None:
    hall = site.hall
    case_id = hall.accepted()
    qian = site.officer("qian")
    takes(qian, hall, case_id, "review")
    good, bad = tmp_path / "图.pdf", tmp_path / "坏.pdf"
    good.write_bytes(PDF)
    bad.write_bytes(b"MZ\x90\0\x03")
    qian.fill("#f-opinion", "先记一笔")
    qian.click("#c-parcel_map ~ details summary")
    qian.set_input_files("#m-parcel_map", bad)
    follow(qian, "#work button.btn[value=save]")
    expect(qian.locator("#faults")).to_contain_text("坏.pdf")
    assert qian.input_value("#f-opinion") == "先记一笔"
    qian.click("#c-parcel_map ~ details summary")
    qian.set_input_files("#m-parcel_map", good)
    follow(qian, "#work button.btn[value=save]")
    assert qian.input_value("#f-opinion") == "先记一笔"
    with qian.expect_download() as taken:
        qian.click("text=图.pdf >> visible=true")
    assert Path(taken.value.path()).read_bytes() == PDF
    answer = qian.request.get(qian.get_attribute("text=图.pdf >> visible=true", "href") or "")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_through_the_pool_by_keys_and_from_the_clock_to_its_reasons(site: Site) -> None:
    hall = site.hall.at("2026-03-02")
    first, second = hall.file("GH02").case_id, hall.file("GH02").case_id
    zhao = site.officer("zhao")
    zhao.goto(task_of(hall, first, "intake"))
    assert "第 1 件，共 2 件" in zhao.inner_text(".crumb")
    zhao.keyboard.press("j")
    zhao.wait_for_url(f"**{task_of(hall, second, 'intake')}")
    zhao.keyboard.press("k")
    zhao.wait_for_url(f"**{task_of(hall, first, 'intake')}")
    assert zhao.inner_text(".clock-due b").endswith("前"), "the day by which this step is to be done comes first"
    assert "应办完" not in zhao.inner_text(".clock-due")
    hall.at("2026-03-04")
    zhao = site.officer("zhao")
    zhao.goto(task_of(hall, first, "intake"))
    assert "应办完本环节，超环节时限" in zhao.inner_text(".clock-due")
    zhao.click("text=怎么算的")
    zhao.wait_for_url("**/cases/GH02-2026-00001#c")
    expect(zhao.locator("section:has(#c)")).to_be_in_viewport()


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_a_stand_in_of_another_department_works_in_the_name_of_the_absent(site: Site) -> None:
    hall = site.hall
    case_id = hall.accepted()
    hall.stand_in("qian", "li")
    li = site.officer("li")
    li.goto("/desk?box=pool")
    expect(li.locator(".boxes")).to_contain_text("自然资源窗口（代钱立）")
    expect(li.locator("[data-task]")).to_contain_text("代钱立")
    takes(li, hall, case_id, "review")
    expect(li.locator(".head")).to_contain_text("您代钱立办理")
    assert li.request.get(f"/cases/{hall.case(case_id).case_no}").status == 200
    hall.at("2027-01-04")
    assert site.officer("li").request.get(f"/cases/{hall.case(case_id).case_no}").status == 404


def test_a_stranger_finds_nothing(site: Site) -> None:
    hall = site.hall
    filed = hall.file("GH02")
    with hall.database.writing() as tx:
        from engine.cases import Upload

        case_id = case_id_of(tx, filed.case_no)
        add_files(tx, hall.officer("zhao"), case_id, {"application": [Upload("a.pdf", PDF)]}, hall.now)
    li = site.officer("li")
    (file,), (paper,) = hall.rows(tables.material_files, case_id), hall.rows(tables.papers, case_id)
    task = task_of(hall, case_id, "intake")
    for path in (
        task,
        f"{task}/do/accept_tolerant",
        f"{task}/transfer",
        f"{task}/send-back",
        f"/cases/{filed.case_no}/files/{file.id}",
        f"/cases/{filed.case_no}/papers/{paper.id}",
        f"/cases/{filed.case_no}/acts/withdraw",
    ):
        answer = li.goto(path)
        assert answer is not None
        assert (path, answer.status) == (path, 404)


def test_the_page_is_accessible_and_fits_a_phone(site: Site) -> None:
    hall = site.hall
    case_id = hall.accepted()
    page = site.officer("qian", viewport={"width": 390, "height": 844})
    takes(page, hall, case_id, "review")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert re.search(r"3 个工作日已用 0 个", page.inner_text("main"))


@pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)
def test_only_a_record_that_is_cut_says_so(site: Site) -> None:
    hall = site.hall
    case_id = hall.accepted()
    page = site.officer("qian", java_script_enabled=False)
    takes(page, hall, case_id, "review")
    record = page.locator("section:has(#jr)")
    assert record.locator(".jr > li").count() < 8
    assert "更早的" not in record.inner_text()
    task_id = int(page.url.rsplit("/", 1)[1])
    for _ in range(3):
        with hall.database.writing() as tx:
            give_back(tx, officer_by_login(tx, "qian"), task_id, now=hall.now)
            claim(tx, officer_by_login(tx, "qian"), task_id, now=hall.now)
    page.reload()
    assert record.locator(".jr > li").count() == 8
    assert "这里是最近的 8 条，更早的见“看全程”" in record.inner_text()
