"""Cases through HTTP: filing, finding, and the acts that the law allows now."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from engine.cases.intake import _code_of
from engine.notices import tell
from engine.people import Role
from engine.store import Cursor
from tests.api.door import Asker, Door, application, claims, does, places, problem, told

CONTRACT = {"material": "land_contract", "problem": "没有提交"}


@pytest.fixture
def zhao(door: Door) -> Asker:
    return door.officer("zhao")


# ---------------------------------------------------------------- filing
def test_an_application_is_filed_once_however_often_its_answer_is_lost(door: Door, zhao: Asker) -> None:
    """The same number of another officer is another one, and no query code follows from what somebody chose."""
    asked = application("GH02") | {"request_id": "1"}
    first = zhao.post("/api/cases", asked)
    assert told(door.officer("zhao").post("/api/cases", dict(reversed(asked.items()))), 201) == told(first, 201)
    assert len(told(zhao.get("/api/cases"))) == 1
    problem(
        zhao.post("/api/cases", application("GH02", missing=("land_contract",)) | {"request_id": "1"}),
        409,
        "request-reused",
    )
    qian = told(door.officer("qian").post("/api/cases", asked), 201)
    assert (qian["case_no"], qian["query_code"]) != (told(first, 201)["case_no"], told(first, 201)["query_code"])
    assert len({qian["query_code"], told(first, 201)["query_code"], _code_of("1")}) == 3


def test_a_receipt_is_told_once_and_hashed(door: Door, zhao: Asker) -> None:
    receipt = told(zhao.post("/api/cases", application("GH02")), 201)
    assert set(receipt) == {"case_no", "query_code", "filed_at", "received_at", "after_hours"}
    shown = zhao.get(f"/api/cases/{receipt['case_no']}")
    assert receipt["query_code"] not in shown.text
    assert told(shown)["applicant"]["phone"] == "19900000009"
    assert told(shown)["version"] == {"code": "GH02", "number": 1}


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"channel": "pigeon", "materials": {"moon": "brought"}}, "filing-not-valid", ["/channel", "/materials/moon"]),
        ({"applicant": {"name": " "}}, "filing-not-valid", ["/applicant/name"]),
        ({"materials": {"parcel_map": "promised"}}, "filing-not-valid", ["/materials/parcel_map"]),
        ({"answers": {"land": "stolen"}}, "form-not-answered", ["/land", "/project_name"]),
        ({"applicant": {}}, "request-not-valid", ["/applicant/name"]),
    ],
)
def test_a_wrong_application_is_refused_whole(zhao: Asker, change: dict[str, Any], code: str, where: list[str]) -> None:
    refused = problem(zhao.post("/api/cases", application("GH02") | change), 422, code)
    assert set(where) <= set(places(refused))
    assert told(zhao.get("/api/cases")) == []
    assert told(zhao.post("/api/cases", application("GH02")), 201)["case_no"] == "GH02-2026-00001", "no number was used"


def test_a_matter_that_the_office_does_not_run(door: Door) -> None:
    refused = problem(door.officer("qy-bai").post("/api/cases", application("GH02")), 404, "matter-unknown")
    assert "青垣县" in refused["detail"]


def test_who_takes_no_applications(door: Door) -> None:
    for login in ("wu", "zheng", "feng"):
        problem(door.officer(login).post("/api/cases", application("GH02")), 403, "act-not-allowed")


# ---------------------------------------------------------------- finding
def test_each_sees_his_own_cases_the_newest_first(door: Door, zhao: Asker) -> None:
    numbers = [told(zhao.post("/api/cases", application("GH02")), 201)["case_no"] for _ in range(3)]
    told(door.officer("ma").post("/api/cases", application("TZ01", applicant={"name": "一百%建材"})), 201)
    assert [c["case_no"] for c in told(zhao.get("/api/cases"))] == numbers[::-1]
    further = zhao.get("/api/cases", limit=2).headers["Link"].removesuffix('>; rel="next"').partition("?")[2]
    assert [c["case_no"] for c in told(zhao.get("/api/cases", **dict(parse_qsl(further))))] == numbers[:1]
    assert [c["case_no"] for c in told(zhao.get("/api/cases", query=numbers[1]))] == [numbers[1]]
    watch = door.officer("zheng")
    assert len(told(watch.get("/api/cases"))) == 4
    for query, found in (("王强", 3), ("%", 1), ("_", 0), ("建材", 1), ("'; --", 0)):
        assert len(told(watch.get("/api/cases", query=query))) == found, query


def test_the_county_does_not_see_the_city_the_city_sees_the_county(door: Door, zhao: Asker) -> None:
    told(zhao.post("/api/cases", application("GH02")), 201)
    county = door.officer("qy-bai")
    case_no = told(county.post("/api/cases", application("TZ01")), 201)["case_no"]
    assert case_no == "QY-TZ01-2026-00001"
    assert [c["case_no"] for c in told(county.get("/api/cases"))] == [case_no]
    assert len(told(door.officer("zheng").get("/api/cases"))) == 2


# ---------------------------------------------------------------- what the law allows now
def test_a_second_notice_demands_nothing_new(door: Door, zhao: Asker) -> None:
    missing = ("land_contract", "parcel_map")
    receipt = told(zhao.post("/api/cases", application("GH02", missing=missing)), 201)
    case_no = receipt["case_no"]
    does(zhao, case_no, "intake", "request_correction", items=[CONTRACT])
    brought = {"query_code": receipt["query_code"], "details": {"materials": ["land_contract"]}}
    told(door.stranger().post(f"/api/public/cases/{case_no}/acts/receive_correction", brought))
    page = claims(zhao, case_no, "intake")
    before = told(zhao.get(f"/api/cases/{case_no}/journal"))
    items = [CONTRACT, {"material": "parcel_map", "problem": "没有提交"}]
    asked = {"outcome": "request_correction", "details": {"items": items}}
    refused = problem(zhao.post(f"/api/tasks/{page['id']}/complete", asked), 422, "new-demand")
    assert "宗地图" in refused["detail"]
    assert "出让合同" not in refused["detail"]
    assert refused["basis"] == "行政许可法 第32条第一款第四项、第72条第四项"
    assert told(zhao.get(f"/api/cases/{case_no}/journal")) == before
    asked["details"] = {"items": [CONTRACT]}
    assert told(zhao.post(f"/api/tasks/{page['id']}/complete", asked))["phase"] == "correcting"


def test_nothing_pauses_without_a_ground(door: Door) -> None:
    hall = door.hall
    path = f"/api/cases/{hall.case(hall.accepted('GH02')).case_no}/acts/start_special"
    details = {"ground": "expert_review", "planned": "5wd", "reason": "论证"}
    sun = door.officer("sun")
    refused = problem(sun.post(path, {"details": details}), 422, "ground-not-lawful")
    assert refused["detail"].endswith("该事项允许的事由是没有任何事由。")
    wrong = {"ground": "lunch", "planned": "soon", "hours": 3}
    refused = problem(sun.post(path, {"details": wrong}), 422, "act-not-understood")
    assert sorted(places(refused)) == ["/ground", "/hours", "/planned", "/reason"]


def test_only_the_head_extends_and_only_once(door: Door, zhao: Asker) -> None:
    hall = door.hall
    path = f"/api/cases/{hall.case(hall.accepted('GH02')).case_no}/acts/extend"
    asked = {"details": {"span": "10wd", "reason": "会商"}}
    problem(zhao.post(path, asked), 403, "act-not-allowed")
    sun = door.officer("sun")
    problem(sun.post(path, {"details": {**asked["details"], "span": "11wd"}}), 422, "extension-too-long")
    told(sun.post(path, asked))
    problem(sun.post(path, asked), 422, "extension-second")


def test_an_act_that_there_is_not_and_one_that_is_not_now(door: Door, zhao: Asker) -> None:
    case_no = told(zhao.post("/api/cases", application("GH02")), 201)["case_no"]
    for act_name in ("accept", "decide_grant", "receive", "dance"):
        problem(zhao.post(f"/api/cases/{case_no}/acts/{act_name}", {}), 404, "act-unknown")
    problem(door.officer("sun").post(f"/api/cases/{case_no}/acts/extend", {}), 409, "act-not-now")
    assert [r["act"] for r in told(zhao.get(f"/api/cases/{case_no}/journal"))] == ["receive"]


def test_who_examined_does_not_decide(door: Door) -> None:
    hall = door.hall
    hall.hire("both", "lz-003", like="sun", roles=["reviewer", "approver", "head"])  # another account of sun
    case_id = hall.accepted()
    case_no = hall.case(case_id).case_no
    does(door.officer("both"), case_no, "review", "pass")
    sun = door.officer("sun")
    page = claims(sun, case_no, "decide")
    refused = problem(sun.post(f"/api/tasks/{page['id']}/complete", {"outcome": "grant"}), 422, "same-person")
    assert "孙正" in refused["detail"]


# ---------------------------------------------------------------- reminders
def test_a_turned_lamp_stands_in_the_inbox(door: Door) -> None:
    hall = door.hall.at("2026-03-02")
    case_no = hall.case(hall.accepted("GH02")).case_no
    hall.at("2026-03-09").duties()
    lines = told(door.officer("qian").get("/api/inbox"))
    assert {line["case_no"] for line in lines} == {case_no}
    assert any("承诺时限超承诺，到期日 2026-03-05" in line["text"] for line in lines)
    assert all(line["read_at"] is None for line in lines)
    assert told(door.officer("li").get("/api/inbox")) == []


def test_the_inbox_is_turned_page_by_page(door: Door) -> None:
    with door.hall.database.writing() as tx:
        for n in range(5):
            tell(tx, door.hall.office.id, Role.SUPERVISOR, f"第 {n} 条", f"key {n}", door.hall.now)
    zheng, texts, asked = door.officer("zheng"), list[str](), dict[str, str]()
    while True:
        some = zheng.get("/api/inbox", limit=2, **asked)
        texts += [line["text"] for line in told(some)]
        if "Link" not in some.headers:
            break
        asked = {"after": dict(parse_qsl(some.headers["Link"].partition("?")[2].partition(">")[0]))["after"]}
    assert texts == [f"第 {n} 条" for n in (4, 3, 2, 1, 0)]
    problem(zheng.get("/api/inbox", after=Cursor("cases", 1).written), 422, "cursor-not-understood")
