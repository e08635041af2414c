"""The desk through HTTP: one winner, no stale pages, one effect of two clicks, nothing kept of a refusal."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest

from api.operations import flaws
from tests.api.door import Asker, Door, places, problem, told
from tests.hall import REVIEWS

PASS = {"outcome": "pass", "answers": REVIEWS["GH02"]}


@pytest.fixture
def qian(door: Door) -> Asker:
    return door.officer("qian")


@pytest.fixture
def case_id(door: Door) -> int:
    """A case of GH02, accepted, its review in the pool."""
    return door.hall.accepted()


@pytest.fixture
def task(door: Door, case_id: int) -> str:
    return f"/api/tasks/{door.hall.task(case_id, 'review').id}"


# ---------------------------------------------------------------- the lists
def test_a_task_goes_from_the_pool_to_ones_own_list(qian: Asker, task: str) -> None:
    (line,) = told(qian.get("/api/tasks"))
    assert (line["step"], line["window"], line["officer_id"]) == ("review", "自然资源窗口", None)
    assert told(qian.get("/api/tasks", mine="true")) == []
    told(qian.post(f"{task}/claim"))
    assert told(qian.get("/api/tasks")) == []
    assert [t["id"] for t in told(qian.get("/api/tasks", mine="true"))] == [line["id"]]
    told(qian.post(f"{task}/give-back"))
    assert [t["id"] for t in told(qian.get("/api/tasks"))] == [line["id"]]


def test_a_list_is_turned_page_by_page(door: Door, qian: Asker) -> None:
    ids = sorted(door.hall.task(door.hall.accepted(), "review").id for _ in range(3))
    first = qian.get("/api/tasks", limit=2)
    address = re.fullmatch(r'</api/tasks\?(.*)>; rel="next"', first.headers["Link"])
    assert address
    rest = qian.get("/api/tasks", **dict(parse_qsl(address[1])))
    assert [t["id"] for t in told(first) + told(rest)] == ids
    assert "Link" not in rest.headers
    problem(qian.get("/api/tasks", after="made-up"), 422, "cursor-not-understood")


def test_lamps_are_counted(door: Door, qian: Asker) -> None:
    for _ in range(2):
        door.hall.accepted()
    found = {one["lamp"]: (one["count"], one["more"]) for one in told(qian.get("/api/tasks/counts"))}
    assert found == {
        "dark_red": (0, False),
        "red": (0, False),
        "yellow": (0, False),
        "green": (2, False),
        "grey": (0, False),
    }
    assert [t["lamp"] for t in told(qian.get("/api/tasks", lamp="green"))] == ["green", "green"]
    assert told(qian.get("/api/tasks", lamp="red")) == []
    assert told(qian.get("/api/tasks", query="没有这个人")) == []


def test_a_task_tells_its_outcomes(qian: Asker, task: str) -> None:
    shown = qian.get(task)
    assert told(shown)["outcomes"] == [{"code": "pass", "label": "报核准", "act": "review"}]
    assert shown.headers["ETag"] == f'"{told(shown)["etag"]}"'


# ---------------------------------------------------------------- who has it
def test_the_second_claim_learns_who_and_when(door: Door, qian: Asker, task: str) -> None:
    door.hall.hire("qian2", "lz-900", like="qian")
    told(qian.post(f"{task}/claim"))
    refused = problem(door.officer("qian2").post(f"{task}/claim"), 409, "task-taken")
    assert refused["detail"] == "钱立 已于 2026年3月2日 09:30 签收。"
    assert refused["title"] == "现在不能办理"
    problem(door.officer("qian2").post(f"{task}/complete", PASS), 409, "task-not-yours")


def test_a_task_passes_to_a_colleague_of_the_window(door: Door, qian: Asker, task: str) -> None:
    door.hall.hire("qian2", "lz-900", like="qian")
    told(qian.post(f"{task}/claim"))
    problem(qian.post(f"{task}/transfer", {"to": "li", "reason": "请假"}), 409, "no-seat")
    problem(qian.post(f"{task}/transfer", {"to": "nobody", "reason": "请假"}), 404, "officer-unknown")
    told(qian.post(f"{task}/transfer", {"to": "qian2", "reason": "请假"}))
    problem(qian.post(f"{task}/complete", PASS), 409, "task-not-yours")
    assert told(door.officer("qian2").post(f"{task}/complete", PASS))["phase"] == "accepted"


# ---------------------------------------------------------------- stale pages
def test_an_old_page_is_refused(door: Door, qian: Asker, task: str) -> None:
    old = qian.get(task).headers["ETag"]
    told(qian.post(f"{task}/claim"))
    refused = problem(qian.post(f"{task}/complete", PASS, headers={"If-Match": old}), 409, "task-stale")
    assert "审查" in refused["detail"]
    assert told(qian.get(task))["state"] == "claimed"


@pytest.mark.parametrize("spelled", ["{}", "W/{}", "*", ""])
def test_a_fresh_page_is_not(qian: Asker, task: str, spelled: str) -> None:
    told(qian.post(f"{task}/claim"))
    shown = spelled.format(qian.get(task).headers["ETag"])
    told(qian.post(f"{task}/complete", PASS, headers={"If-Match": shown} if shown else {}))


def test_a_page_shows_one_state(qian: Asker, task: str) -> None:
    told(qian.post(f"{task}/claim"))
    several = {"If-Match": f'"other", {qian.get(task).headers["ETag"]}'}
    refused = problem(qian.post(f"{task}/complete", PASS, headers=several), 422, "request-not-valid")
    assert places(refused) == ["If-Match"]


# ---------------------------------------------------------------- double clicks
def test_two_clicks_have_one_effect_and_one_answer(door: Door, qian: Asker, case_id: int, task: str) -> None:
    told(qian.post(f"{task}/claim"))
    asked = {**PASS, "request_id": "click-1"}
    first = qian.post(f"{task}/complete", asked)
    second = door.officer("qian").post(f"{task}/complete", dict(reversed(asked.items())))
    assert told(first)["told"]["outcome"] == "pass"
    assert first.data == second.data
    assert door.hall.acts_of(case_id).count("review") == 1
    other = {**asked, "answers": {**REVIEWS["GH02"], "opinion": "另一说法"}}
    problem(qian.post(f"{task}/complete", other), 409, "request-reused")
    problem(qian.post(f"{task}/complete", PASS), 409, "task-over")


def test_a_request_without_a_name_is_nobodys(qian: Asker, task: str) -> None:
    """An empty request id would be everybody's: the second act under it would be refused as somebody else's click."""
    told(qian.post(f"{task}/claim"))
    refused = problem(qian.post(f"{task}/complete", {**PASS, "request_id": ""}), 422, "request-not-valid")
    assert places(refused) == ["/request_id"]
    told(qian.post(f"{task}/complete", {**PASS, "request_id": None}))


def test_an_act_at_the_case_is_done_once(door: Door, case_id: int) -> None:
    path = f"/api/cases/{door.hall.case(case_id).case_no}/acts/extend"
    asked: dict[str, Any] = {"details": {"span": "5wd", "reason": "会商"}, "request_id": "click-2"}
    sun = door.officer("sun")
    first = sun.post(path, asked)
    assert told(first)["told"]["span"] == "5wd"
    assert sun.post(path, asked).data == first.data
    asked["details"] = {"span": "6wd", "reason": "会商"}
    problem(sun.post(path, asked), 409, "request-reused")
    assert door.hall.acts_of(case_id).count("extend") == 1


def test_a_return_is_done_once(door: Door, qian: Asker, case_id: int, task: str) -> None:
    told(qian.post(f"{task}/claim"))
    told(qian.post(f"{task}/complete", PASS))
    sun, decide = door.officer("sun"), f"/api/tasks/{door.hall.task(case_id, 'decide').id}"
    told(sun.post(f"{decide}/claim"))
    assert told(sun.get(f"{decide}/send-back", target="review")) == {
        "target": "review",
        "allowed": True,
        "reason": "",
        "withdrawn": [],
        "again": [],
    }
    asked = {"target": "review", "reason": "面积写错了", "request_id": "click-3"}
    first = sun.post(f"{decide}/send-back", asked)
    assert told(first)["told"]["to"] == "review"
    assert sun.post(f"{decide}/send-back", asked).data == first.data
    assert [t["step"] for t in told(qian.get("/api/tasks"))] == ["review"]
    assert door.hall.acts_of(case_id).count("send_back") == 1


def test_no_return_over_the_acceptance(qian: Asker, task: str) -> None:
    told(qian.post(f"{task}/claim"))
    asked = {"target": "intake", "reason": "材料不全"}
    problem(qian.get(f"{task}/send-back", target="intake"), 422, "send-back-not-lawful")
    problem(qian.post(f"{task}/send-back", asked), 422, "send-back-not-lawful")
    assert told(qian.get(task))["state"] == "claimed"


# ---------------------------------------------------------------- what is refused leaves nothing
def test_a_form_that_fails_names_every_place(door: Door, qian: Asker, case_id: int, task: str) -> None:
    told(qian.post(f"{task}/claim"))
    before, etag = door.hall.acts_of(case_id), told(qian.get(task))["etag"]
    wrong = {"checked": ["moon"], "approved_area": -1, "opinion": "", "fee": 3}
    refused = problem(qian.post(f"{task}/complete", {"outcome": "pass", "answers": wrong}), 422, "form-not-answered")
    assert sorted(places(refused)) == ["/approved_area", "/checked", "/conclusion", "/fee", "/opinion"]
    assert door.hall.acts_of(case_id) == before
    assert told(qian.get(task))["etag"] == etag
    told(qian.post(f"{task}/complete", PASS))
    assert flaws(door.hall.database) == (1, [])


def test_an_outcome_that_is_not_drawn(qian: Asker, task: str) -> None:
    told(qian.post(f"{task}/claim"))
    refused = problem(qian.post(f"{task}/complete", {**PASS, "outcome": "grant"}), 409, "outcome-unknown")
    assert "pass" in refused["remedy"]
