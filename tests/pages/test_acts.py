"""What an officer may do with a task and a case beside the step that is drawn: hand it to a colleague, send it back, extend,
pause, end it. Who may and what it does is held on both databases in tests/cases; here it is pressed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.catalogue import publish
from engine.people import office_by_code, officer_by_login
from engine.store import tables
from tests.drawings import PARALLEL, matter
from tests.hall import Hall
from tests.pages.conftest import Site, follow, takes, task_of

SCREEN = {"viewport": {"width": 1440, "height": 900}}


pytestmark = pytest.mark.parametrize("hall_url", ["sqlite"], indirect=True)


def acts(page: Page, hall: Hall, case_id: int, label: str) -> None:
    """From the page of a case to the page of an act."""
    page.goto(f"/cases/{hall.case(case_id).case_no}")
    follow(page, page.locator(".acts").get_by_role("link", name=f"{label}…"))
    expect(page.locator(".crumb")).to_contain_text(label)


def states(hall: Hall, case_id: int) -> dict[str, str]:
    """The last state of the task of each step."""
    return {t.step: t.state for t in hall.rows(tables.tasks, case_id)}


def test_a_task_is_handed_to_a_colleague_of_the_window(site: Site) -> None:
    hall = site.hall
    case_id = hall.accepted()
    qian, shen = site.officer("qian", **SCREEN), site.officer("shen", **SCREEN)
    takes(qian, hall, case_id, "review")
    follow(qian, "text=转办…")
    follow(qian, qian.get_by_role("button", name="转办"))
    for told in ("没有选择接办人", "没有填写理由"):
        expect(qian.locator("#faults")).to_contain_text(told)
    assert not qian.locator(".acting form").get_by_text("李原").count(), "of another department"
    qian.fill("#reason", "请假三天")
    follow(qian, qian.get_by_role("button", name="转办"))
    assert qian.input_value("#reason") == "请假三天"
    qian.get_by_label("沈琳").check()
    follow(qian, qian.get_by_role("button", name="转办"))
    expect(qian.locator("main")).to_contain_text("沈琳 正在办理")
    expect(qian.locator(".jr")).to_contain_text("请假三天")
    assert qian.locator("button[value=pass]").count() == 0
    shen.goto("/desk")
    follow(shen, f"#t{hall.task(case_id, 'review', 'claimed').id} [data-open]")
    expect(shen.locator("button[value=pass]")).to_be_visible()
    assert hall.flaws(case_id) == []


def test_sending_back_says_before_what_it_will_undo(site: Site) -> None:
    hall = site.hall
    hall.hire("clerk", "p-0", like="zhao", roles=["clerk", "reviewer", "approver", "head"])
    with hall.database.writing() as tx:
        publish(tx, office_by_code(tx, "lz"), matter("QQ01", **PARALLEL), officer_by_login(tx, "wu"), "", hall.now)
    case_id = hall.file("QQ01").case_id
    hall.does("clerk", case_id, "intake", "accept")
    hall.does("clerk", case_id, "prepare", "pass")
    clerk = site.officer("clerk", **SCREEN)
    takes(clerk, hall, case_id, "a")
    follow(clerk, "text=退回…")
    chosen = clerk.locator(".checks li", has_text="prepare")
    expect(chosen).to_contain_text("一并撤回：b")
    assert clerk.locator(".checks li", has_text="intake").count() == 0, "an acceptance is not undone by sending back"
    follow(clerk, clerk.get_by_role("button", name="退回"))
    expect(clerk.locator("#faults")).to_contain_text("没有填写理由")
    assert states(hall, case_id)["b"] == "open", "to look and to be wrong undoes nothing"
    clerk.get_by_label("prepare").check()
    clerk.fill("#reason", "材料有出入")
    follow(clerk, clerk.get_by_role("button", name="退回"))
    expect(clerk.locator(".jr")).to_contain_text("材料有出入")
    assert states(hall, case_id) == {"intake": "done", "prepare": "open", "a": "withdrawn", "b": "withdrawn"}
    clerk.goto(task_of(hall, case_id, "b", "withdrawn"))
    expect(clerk.locator("main")).to_contain_text("已撤回")
    assert hall.flaws(case_id) == []


def test_an_extension_is_looked_at_as_a_paper_and_moves_the_day(site: Site) -> None:
    hall = site.hall.at("2026-03-02")
    case_id = hall.accepted()
    due = hall.clock(case_id, "statutory").due_on
    sun = site.officer("sun", **SCREEN)
    acts(sun, hall, case_id, "延长审批期限")
    sun.fill("#d-length", "30")
    sun.select_option("#d-unit", "wd")
    sun.fill("#d-reason", "衔接在编规划")
    follow(sun, "button[value=do]")
    expect(sun.locator(".acting form")).to_contain_text("10 个工作日")
    assert sun.input_value("#d-reason") == "衔接在编规划"
    sun.fill("#d-length", "5")
    follow(sun, "text=预览文书")
    expect(sun.locator(".preview")).to_contain_text("延长 5 个工作日")
    assert hall.clock(case_id, "statutory").due_on == due, "a preview extends nothing"
    follow(sun, "button[value=do]")
    expect(sun.locator(".papers")).to_contain_text("延长审批期限告知书")
    assert sun.url.endswith(f"/cases/{hall.case(case_id).case_no}"), "back to where one came from"
    assert str(hall.clock(case_id, "statutory").due_on) == "2026-04-07"
    assert hall.flaws(case_id) == []


def test_the_clock_is_stopped_for_a_lawful_ground_and_goes_on(site: Site) -> None:
    hall = site.hall.at("2026-03-02")
    case_id = hall.accepted("GH03")
    sun = site.officer("sun", **SCREEN)
    acts(sun, hall, case_id, "启动特别程序")
    expect(sun.locator(".acting form")).to_contain_text("专家评审")
    assert sun.locator(".acting form").get_by_text("检验").count() == 0, "only grounds that the matter allows"
    sun.check("[name='d-ground'][value=expert_review]")
    sun.fill("#d-length", "10")
    sun.select_option("#d-unit", "wd")
    follow(sun, "button[value=do]")
    expect(sun.locator("#faults")).to_contain_text("理由")
    sun.fill("#d-reason", "采用新技术")
    follow(sun, "button[value=do]")
    expect(sun.locator("main")).to_contain_text("暂停计时")
    hall.at("2026-03-10")
    sun = site.officer("sun", **SCREEN)
    acts(sun, hall, case_id, "结束特别程序")
    sun.fill("#d-result", "专家组同意")
    follow(sun, "button[value=do]")
    expect(sun.locator(".jr").first).to_contain_text("专家组同意")
    assert [p.ended_at is not None for p in hall.rows(tables.pauses, case_id)] == [True]
    assert hall.flaws(case_id) == []


@pytest.mark.parametrize(
    ("login", "label", "typed", "phase"),
    [
        ("zhao", "撤回申请", {"reason": "申请人书面撤回"}, "withdrawn"),
        ("sun", "终止办理", {"reasons": "企业注销", "basis": "登记信息"}, "terminated"),
    ],
)
def test_a_case_is_ended_before_its_time(site: Site, login: str, label: str, typed: dict[str, str], phase: str) -> None:
    hall = site.hall
    case_id = hall.accepted()
    page = site.officer(login, **SCREEN)
    acts(page, hall, case_id, label)
    assert page.locator("button[value=do]").get_attribute("class") == "btn btn--danger"
    if label == "终止办理":
        follow(page, "button[value=do]")
        expect(page.locator("#faults")).to_contain_text("理由")
        page.check("[name='d-reason_code'][value=applicant_gone]")
    for key, words in typed.items():
        page.fill(f"#d-{key}", words)
    follow(page, "button[value=do]")
    expect(page.locator(".jr").first).to_contain_text(next(iter(typed.values())))
    assert hall.case(case_id).phase == phase
    assert page.locator(".acts").count() == 0, "nothing more can be done"
    assert states(hall, case_id)["review"] == "withdrawn"
    page.goto(task_of(hall, case_id, "review", "withdrawn"))
    expect(page.locator("main")).to_contain_text("已撤回")
    assert hall.flaws(case_id) == []
