"""The designer's doors: lint, publish, list, export; running cases stay as they are."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.catalogue import content_hash, read_folder
from tests.api.door import Asker, Door, application, does, places, problem, told
from tests.drawings import PARALLEL, STRAIGHT, WHOLE, matter

SEEDS = Path(__file__).parents[2] / "bpmn"


@pytest.fixture
def wu(door: Door) -> Asker:
    return door.officer("wu")


def packed(bundle: Mapping[str, bytes], **more: Any) -> dict[str, Any]:
    return {"files": {name: base64.b64encode(body).decode() for name, body in bundle.items()}, **more}


def test_the_matters_of_ones_office(door: Door) -> None:
    lines = told(door.officer("zhao").get("/api/matters"))
    assert {("GH02", "nr", 1), ("TZ01", "ndrc", 1), ("XF01", "hurd", 1)} <= {
        (m["code"], m["department"], m["running_number"]) for m in lines
    }
    assert [m["code"] for m in lines] == sorted(m["code"] for m in lines)
    assert "GH02" not in {m["code"] for m in told(door.officer("qy-bai").get("/api/matters"))}


# ---------------------------------------------------------------- lint
def test_lint_tells_every_fault_and_keeps_nothing(wu: Asker) -> None:
    good = matter("QQ01", **WHOLE)
    assert told(wu.post("/api/matters/lint", packed(good))) == {"good": True, "findings": []}
    bad = {
        **good,
        "matter.bpmn": good["matter.bpmn"].replace(b'ls:window="nr-1"', b'ls:window="nr-9"'),
        "guide.yaml": good["guide.yaml"].replace(b"department: nr", b"department: moon"),
    }
    report = told(wu.post("/api/matters/lint", packed(bad)))
    assert not report["good"]
    assert {"department-unknown", "step-without-window"} <= {f["rule"] for f in report["findings"]}
    for finding in report["findings"]:
        assert finding["line"] >= 1
        assert finding["column"] >= 1
        assert finding["file"] in bad
        assert finding["sentence"]
        assert finding["remedy"]
    problem(wu.post("/api/matters/versions", packed(bad)), 422, "matter-not-publishable")
    assert "QQ01" not in {m["code"] for m in told(wu.get("/api/matters"))}


def test_files_that_cannot_be_read(wu: Asker) -> None:
    for path in ("/api/matters/lint", "/api/matters/versions"):
        refused = problem(wu.post(path, {"files": {"forms/a.json": "not base64!"}}), 422, "files-not-readable")
        assert places(refused) == ["/files/forms~1a.json", "/files/matter.bpmn", "/files/guide.yaml"]
        refused = problem(wu.post(path, {"files": {"guide.yaml": 1}}), 422, "request-not-valid")
        assert places(refused) == ["/files/guide.yaml"]


# ---------------------------------------------------------------- publish
def test_a_version_comes_back_byte_for_byte(wu: Asker) -> None:
    bundle = matter("QQ01", **STRAIGHT)
    made = told(wu.post("/api/matters/versions", packed(bundle, note="第一版")), 201)
    assert (made["code"], made["number"], made["new"]) == ("QQ01", 1, True)
    assert made["content_hash"] == content_hash(bundle)
    assert told(wu.get("/api/matters/QQ01/versions/1/files")) == packed(bundle, code="QQ01", number=1)
    (line,) = told(wu.get("/api/matters/QQ01/versions"))
    assert (line["published_by"], line["note"], line["running"]) == ("wu", "第一版", True)


@pytest.mark.parametrize("code", ["TZ01", "GH02", "XF01"])
def test_a_seed_comes_back_byte_for_byte(wu: Asker, code: str) -> None:
    files = told(wu.get(f"/api/matters/{code}/versions/1/files"))["files"]
    seed = read_folder(SEEDS / code)
    assert {name: base64.b64decode(body) for name, body in files.items()} == {name: seed[name] for name in files}
    assert {name for name in seed if not name.startswith("parts/")} <= set(files)


def test_the_same_content_again_makes_no_version(wu: Asker) -> None:
    bundle = packed(matter("QQ01", **STRAIGHT))
    first = told(wu.post("/api/matters/versions", bundle), 201)
    assert told(wu.post("/api/matters/versions", bundle), 201) == {**first, "new": False}
    assert len(told(wu.get("/api/matters/QQ01/versions"))) == 1


def test_nobody_publishes_over_what_he_has_not_seen(wu: Asker) -> None:
    told(wu.post("/api/matters/versions", packed(matter("QQ01", **STRAIGHT))), 201)
    changed = matter("QQ01", **PARALLEL)
    for over in ({}, {"over": 2}):
        refused = problem(wu.post("/api/matters/versions", packed(changed, **over)), 409, "version-outdated")
        assert "第 1 版" in refused["detail"]
    assert told(wu.post("/api/matters/versions", packed(changed, over=1)), 201)["number"] == 2
    lines = told(wu.get("/api/matters/QQ01/versions"))
    assert [(v["number"], v["running"]) for v in lines] == [(2, True), (1, False)]


def test_running_cases_stay_on_their_version(door: Door, wu: Asker) -> None:
    zhao = door.officer("zhao")
    case_no = told(zhao.post("/api/cases", application("GH02")), 201)["case_no"]
    bundle = read_folder(SEEDS / "GH02")
    bundle["matter.bpmn"] = bundle["matter.bpmn"].replace('label="报核准"'.encode(), 'label="报局长"'.encode())
    assert told(wu.post("/api/matters/versions", packed(bundle, over=1)), 201)["number"] == 2
    other = told(zhao.post("/api/cases", application("GH02")), 201)["case_no"]
    labels = {}
    for number in (case_no, other):
        does(zhao, number, "intake", "accept")
        version = told(zhao.get(f"/api/cases/{number}"))["version"]["number"]
        task = next(t for t in told(zhao.get("/api/tasks")) if (t["case_no"], t["step"]) == (number, "review"))
        labels[version] = [o["label"] for o in told(zhao.get(f"/api/tasks/{task['id']}"))["outcomes"]]
    assert labels == {1: ["报核准"], 2: ["报局长"]}


def test_only_designers_check_and_publish(door: Door) -> None:
    bundle = packed(matter("QQ01", **STRAIGHT))
    for login in ("zhao", "feng", "zheng"):
        for path in ("/api/matters/lint", "/api/matters/versions"):
            problem(door.officer(login).post(path, bundle), 403, "act-not-allowed")
            problem(door.officer(login).post(path, {"files": {"x": "!"}}), 403, "act-not-allowed")


def test_what_there_is_not(wu: Asker) -> None:
    problem(wu.get("/api/matters/ZZ99/versions"), 404, "matter-unknown")
    problem(wu.get("/api/matters/ZZ99/versions/1/files"), 404, "matter-unknown")
    problem(wu.get("/api/matters/GH02/versions/9/files"), 404, "version-unknown")


# ---------------------------------------------------------------- whether promise and statute hold
def test_the_time_proof_of_a_version(door: Door) -> None:
    proof = told(door.officer("zhao").get("/api/matters/ZJ05/versions/1/time"))
    assert (proof["decided"], proof["from_on"], proof["returns"]) == (True, "2018-01-01", 1)
    promised = proof["straight"]["promised"]
    counted = {name: promised[name] for name in ("limit", "counted_from", "kept", "longest", "slack", "shares")}
    assert counted == {
        "limit": "10wd",
        "counted_from": "accepted",
        "kept": True,
        "longest": 9,
        "slack": 1,
        "shares": {"hurd": 6, "nr": 3},
    }
    assert [leg["days"] for leg in promised["path"]] == [2, 3, 3, 1]
    assert {one["title"]: one["days"] for one in promised["slacks"]}["人防验收"] == 1
    assert not proof["returned"]["kept"]
    assert [one["words"] for one in proof["apart"]] == ["受理最长 1 个工作日", "制证最长 1 个工作日", "送达"]
    problem(door.officer("zhao").get("/api/matters/ZJ05/versions/9/time"), 404, "version-unknown")


def test_a_stage_that_cannot_keep_its_promise_says_by_whom(door: Door) -> None:
    """Joint acceptance may open only when planning and fire have been granted: 5 and 10 working days against 12."""
    promised = told(door.officer("zhao").get("/api/matters/HZ04/versions/1/time"))["straight"]["promised"]
    assert (promised["kept"], promised["slack"], promised["shares"]) == (False, -3, {"nr": 5, "hurd": 10})
    assert [leg["element"] for leg in promised["path"]] == ["gh05", "zj05"]
