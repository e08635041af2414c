"""Key projects through HTTP: opened, planned, read, closed; and what a department owes."""

from __future__ import annotations

from typing import Any

from tests.api.door import Door, problem, told
from tests.projects.driving import CODE, TOLD, files

ASKED: dict[str, Any] = {"code": CODE, **TOLD, "target_on": "2026-06-30"}
PLAN = [{"code": m, "department": "nr", "owner": "孙正"} for m in ("GH02", "GH03", "GH04")]


def test_a_project_from_opening_to_closing(door: Door) -> None:
    zhou, zheng = door.officer("zhou"), door.officer("zheng")
    opened = told(zhou.post("/api/projects", ASKED), 201)
    assert (opened["code"], opened["matters"], opened["float_days"]) == (CODE, 0, None)
    planned = told(zhou.put(f"/api/projects/{CODE}/plan", {"items": PLAN}))
    assert [i["code"] for i in planned["items"]] == ["GH02", "GH03", "GH04"]
    assert planned["items"][1]["waits_for"] == ["GH02"]
    assert planned["items"][2]["latest_finish"] == "2026-06-30"
    case_id = files(door.hall, "GH02")
    shown = told(zheng.get(f"/api/projects/{CODE}"))
    first = shown["items"][0]
    assert (first["state"], first["lamp"], first["case_no"]) == ("running", "green", door.hall.case(case_id).case_no)
    assert first["waiting"].startswith("待签收：自然资源窗口，受理")
    (line,) = told(zhou.get("/api/projects"))
    assert (line["matters"], line["done"], line["float_days"]) == (3, 0, shown["float_days"])
    changed = told(zhou.put(f"/api/projects/{CODE}", {**TOLD, "leader": "市长 高岳", "target_on": "2026-06-29"}))
    assert (changed["leader"], changed["target_on"]) == ("市长 高岳", "2026-06-29")
    assert zhou.post(f"/api/projects/{CODE}/close", {}).status_code == 204
    assert told(zhou.get("/api/projects")) == []
    problem(zhou.put(f"/api/projects/{CODE}/plan", {"items": PLAN}), 409, "project-closed")


def test_what_is_wrong_is_named_with_its_place(door: Door) -> None:
    zhou = door.officer("zhou")
    problem(zhou.post("/api/projects", {**ASKED, "investment": 0}), 422, "request-not-valid")
    problem(zhou.post("/api/projects", {**ASKED, "event": "剪彩"}), 422, "project-not-valid")
    told(zhou.post("/api/projects", ASKED), 201)
    problem(zhou.post("/api/projects", ASKED), 409, "project-known")
    refused = problem(
        zhou.put(f"/api/projects/{CODE}/plan", {"items": [{**PLAN[0], "owner": " "}]}), 422, "plan-not-quantified"
    )
    assert [f["place"] for f in refused["faults"]] == ["/items/0/owner"]


def test_who_may(door: Door) -> None:
    told(door.officer("zhou").post("/api/projects", ASKED), 201)
    problem(door.officer("zheng").post("/api/projects", {**ASKED, "code": "X-1"}), 403, "act-not-allowed")
    for login in ("li", "sun"):
        assert told(door.officer(login).get("/api/projects")) == []
        problem(door.officer(login).get(f"/api/projects/{CODE}"), 404, "project-unknown")
        problem(door.officer(login).post("/api/projects", {**ASKED, "code": "X-1"}), 404, "project-unknown")


def test_a_nudge_an_order_and_its_answer(door: Door) -> None:
    case_no = door.hall.case(door.hall.accepted()).case_no
    zhou, qian = door.officer("zhou"), door.officer("qian")
    told(zhou.post(f"/api/cases/{case_no}/acts/nudge", {"details": {"text": "请抓紧"}}))
    again = problem(zhou.post(f"/api/cases/{case_no}/acts/nudge", {}), 409, "nudged-already")
    assert "2026年3月2日 09:30" in again["detail"]
    order = {"department": "nr", "text": "请说明原因", "reply": "3wd"}
    issued = told(zhou.post(f"/api/cases/{case_no}/acts/order", {"details": order}))
    assert issued["told"]["paper"] == "督〔2026〕1号"
    (owed,) = told(qian.get("/api/orders"))
    assert (owed["number"], owed["reply_due_on"], owed["words"]) == ("督〔2026〕1号", "2026-03-05", "剩 3 日")
    answer = {"details": {"order": owed["number"], "reply": "明日审完"}}
    told(qian.post(f"/api/cases/{case_no}/acts/answer_order", answer))
    assert told(qian.get("/api/orders")) == []
    problem(qian.post(f"/api/cases/{case_no}/acts/answer_order", answer), 409, "order-answered")
