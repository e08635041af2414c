"""What an applicant does without an account: a number and a code open his case and no other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.door import Asker, Door, application, does, places, problem, told

PROGRESS = "/api/public/progress"


@pytest.fixture
def wang(door: Door) -> Asker:
    return door.stranger("10.1.1.1")


@pytest.fixture
def receipt(wang: Asker) -> dict[str, Any]:
    """What wang was told when he filed for GH02 online, one paper missing."""
    filed = application("GH02", missing=("land_contract",), office="lz")
    return told(wang.post("/api/public/cases", filed), 201)


@pytest.fixture
def key(receipt: dict[str, Any]) -> dict[str, str]:
    return {"case_no": receipt["case_no"], "query_code": receipt["query_code"]}


# ---------------------------------------------------------------- progress
def test_progress_names_nobody(wang: Asker, key: dict[str, str]) -> None:
    answer = wang.post(PROGRESS, key)
    assert told(answer)["office"] == "临州市政务服务中心"
    assert set(told(answer)) == {
        "case_no",
        "matter",
        "office",
        "phase",
        "phase_name",
        "filed_at",
        "received_on",
        "accepted_on",
        "decided_on",
        "clocks",
    }
    for secret in ("王强", "1990000", "澄江里", "出让合同", key["query_code"]):
        assert secret not in answer.text


def test_a_wrong_number_and_a_wrong_code_are_alike(door: Door, wang: Asker, key: dict[str, str]) -> None:
    other = told(wang.post("/api/public/cases", application("GH02", office="lz")), 201)
    asked = [
        {**key, "query_code": "WRONGWRONG22"},
        {**key, "query_code": ""},
        {**key, "query_code": key["query_code"].lower()},
        {**key, "query_code": other["query_code"]},
        {**key, "case_no": "GH02-2026-99999"},
        {**key, "case_no": ""},
    ]
    answers = [wang.post(PROGRESS, one) for one in asked]
    for answer in answers:
        problem(answer, 404, "case-unknown")
    assert len({answer.data for answer in answers}) == 1


def test_one_address_asks_sixty_times_a_minute(front: Door) -> None:
    """Whatever it says of itself, and for whichever cases."""
    for i in range(60):
        asked = {"case_no": f"GH02-2026-{i:05d}", "query_code": "x"}
        problem(front.stranger("10.2.2.2").post(PROGRESS, asked), 404, "case-unknown")
    elsewhere = {"X-Forwarded-For": "10.9.9.9", "Forwarded": "for=10.9.9.9"}
    answer = front.stranger("10.2.2.2").post(PROGRESS, {"case_no": "x", "query_code": "x"}, headers=elsewhere)
    problem(answer, 429, "too-often")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    problem(front.stranger("10.2.2.2").post("/api/public/cases", {}), 429, "too-often")
    problem(front.stranger("10.2.2.3").post(PROGRESS, {"case_no": "x", "query_code": "x"}), 404, "case-unknown")


def test_one_case_bears_thirty_wrong_guesses_an_hour(front: Door) -> None:
    """From whatever addresses, at whichever door. Other cases stay open, and right codes never count."""
    wang = front.stranger("10.1.1.1")
    one, other = (told(wang.post("/api/public/cases", application("GH02", office="lz")), 201) for _ in range(2))
    key, others = ({k: r[k] for k in ("case_no", "query_code")} for r in (one, other))
    for i in range(40):
        told(front.stranger(f"10.3.0.{i}").post(PROGRESS, key))
    for i in range(30):
        thief = front.stranger(f"10.4.0.{i}")
        act = f"/api/public/cases/{key['case_no']}/acts/withdraw"
        guess = {"query_code": "x"} if i % 2 else {"query_code": "x", "case_no": key["case_no"]}
        problem(thief.post(act if i % 2 else PROGRESS, guess), 404, "case-unknown")
    problem(front.stranger("10.5.0.1").post(PROGRESS, {**key, "query_code": "x"}), 429, "too-often")
    told(wang.post(PROGRESS, others))


# ---------------------------------------------------------------- the applicant's acts
def test_the_applicant_answers_a_correction_and_withdraws(
    door: Door, wang: Asker, receipt: dict[str, Any], key: dict[str, str]
) -> None:
    zhao, acts = door.officer("zhao"), f"/api/public/cases/{receipt['case_no']}/acts"
    code = {"query_code": receipt["query_code"]}
    problem(wang.post(f"{acts}/receive_correction", code | {"details": {"materials": ["x"]}}), 409, "act-not-now")
    items = [{"material": "land_contract", "problem": "没有提交"}]
    does(zhao, receipt["case_no"], "intake", "request_correction", items=items)
    for details, where in (
        ({"materials": ["land_contract"], "channel": "window"}, ["/details/channel"]),
        ({"materials": ["parcel_map"]}, ["/materials"]),
        ({"materials": "all"}, ["/materials"]),
        ({"materials": ["land_contract"], "price": 3}, ["/price"]),
    ):
        answer = wang.post(f"{acts}/receive_correction", code | {"details": details})
        assert answer.status_code == 422
        assert places(answer.json or {}) == where
    told(wang.post(f"{acts}/receive_correction", code | {"details": {"materials": ["land_contract"]}}))
    assert told(wang.post(PROGRESS, key))["phase_name"] == "已收件"
    assert told(wang.post(f"{acts}/withdraw", code))["phase"] == "withdrawn"
    problem(wang.post(f"{acts}/withdraw", code), 409, "act-not-now")
    journal = told(zhao.get(f"/api/cases/{receipt['case_no']}/journal"))
    assert [r["actor"] for r in journal if r["act"] in ("receive_correction", "withdraw")] == ["applicant"] * 2


@pytest.mark.parametrize("act_name", ["accept", "extend", "terminate", "deem_accept", "dance"])
def test_what_an_applicant_does_not_do(wang: Asker, receipt: dict[str, Any], act_name: str) -> None:
    code = {"query_code": receipt["query_code"]}
    problem(wang.post(f"/api/public/cases/{receipt['case_no']}/acts/{act_name}", code), 404, "act-unknown")


def test_two_clicks_of_an_applicant_have_one_effect(door: Door, wang: Asker, receipt: dict[str, Any]) -> None:
    path = f"/api/public/cases/{receipt['case_no']}/acts/withdraw"
    asked = {"query_code": receipt["query_code"], "request_id": "click-9", "details": {"reason": "另选地块"}}
    first = wang.post(path, asked)
    assert told(first)["phase"] == "withdrawn"
    assert wang.post(path, asked).data == first.data
    problem(wang.post(path, {**asked, "details": {}}), 409, "request-reused")


def test_an_office_that_there_is_not(wang: Asker) -> None:
    problem(wang.post("/api/public/cases", application("GH02", office="moon")), 404, "office-unknown")
    problem(wang.post("/api/public/cases", application("GH02", office="qy")), 404, "matter-unknown")


# ---------------------------------------------------------------- answers that are lost
def test_whoever_hears_no_answer_files_again_and_has_one_case(door: Door, wang: Asker) -> None:
    """With a number that nobody hits upon; the query code is told again, for he has it from nowhere else."""
    asked = application("GH02", office="lz")
    assert places(problem(wang.post("/api/public/cases", asked | {"request_id": "1"}), 422, "request-not-valid")) == [
        "/request_id"
    ]
    numbered = asked | {"request_id": "0b7e2f4c-96c5-4a35"}
    first, again = (told(wang.post("/api/public/cases", numbered), 201) for _ in range(2))
    assert first == again
    other = numbered | {"office": "lz", "applicant": {**asked["applicant"], "name": "另一人"}}
    problem(door.stranger("10.1.1.2").post("/api/public/cases", other), 409, "request-reused")
    saved = told(wang.post("/api/public/drafts", asked), 201)
    filing = {"code": saved["code"], "office": "lz", "request_id": numbered["request_id"]}
    filed, once_more = (told(wang.post(f"/api/public/drafts/{saved['id']}/file", filing), 201) for _ in range(2))
    assert filed == once_more
    assert filed["case_no"] != first["case_no"]
    assert filed["query_code"] != first["query_code"]


# ---------------------------------------------------------------- drafts
def test_a_draft_is_filed_whatever_its_precheck_says(door: Door, wang: Asker) -> None:
    saved = told(wang.post("/api/public/drafts", application("GH02", office="lz")), 201)
    path, code = f"/api/public/drafts/{saved['id']}", {"code": saved["code"]}
    opened = told(wang.post(path, code))
    assert (opened["matter"], opened["applicant"]["name"], opened["precheck"]) == ("GH02", "王强", None)
    zhao, precheck = door.officer("zhao"), f"/api/drafts/{saved['id']}/precheck"
    told(zhao.post(precheck, {"verdict": "fail", "opinion": "面积与合同不一致"}), 204)
    opened = told(wang.post(path, code))
    assert (opened["precheck"], opened["precheck_opinion"]) == ("fail", "面积与合同不一致")
    filed = told(wang.post(f"{path}/file", code | {"office": "lz"}), 201)
    assert filed["case_no"] == "GH02-2026-00001"
    for answer in (
        wang.post(f"{path}/file", code | {"office": "lz"}),
        zhao.post(precheck, {"verdict": "ok", "opinion": "x"}),
    ):
        assert filed["case_no"] in problem(answer, 409, "draft-filed")["detail"]


def test_a_draft_opens_by_its_code_alone(door: Door, wang: Asker) -> None:
    saved = told(wang.post("/api/public/drafts", application("GH02", office="lz")), 201)
    path, office = f"/api/public/drafts/{saved['id']}", {"office": "lz"}
    for answer in (
        wang.post(path, {"code": "x"}),
        wang.post("/api/public/drafts/999999", {"code": saved["code"]}),
        wang.post(f"{path}/file", {"code": "x", **office}),
        wang.post(f"{path}/file", {"code": saved["code"], "office": "qy"}),
    ):
        problem(answer, 404, "draft-unknown")
    assert told(door.officer("zhao").get("/api/cases")) == []
    verdict = {"verdict": "perhaps", "opinion": "x"}
    refused = problem(
        door.officer("zhao").post(f"/api/drafts/{saved['id']}/precheck", verdict), 422, "request-not-valid"
    )
    assert places(refused) == ["/verdict"]


def test_guessing_at_a_draft_ends_soon(front: Door) -> None:
    saved = told(front.stranger().post("/api/public/drafts", application("GH02", office="lz")), 201)
    path = f"/api/public/drafts/{saved['id']}"
    for i in range(30):
        problem(front.stranger(f"10.6.0.{i}").post(path, {"code": "x"}), 404, "draft-unknown")
    problem(front.stranger("10.6.1.1").post(path, {"code": "x"}), 429, "too-often")
