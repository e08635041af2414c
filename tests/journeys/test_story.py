"""One project through all four stages, told by the command as somebody would start it; and that nobody else can tell a server
the time."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.hall import APPLICATIONS
from tests.journeys.processes import PATIENCE, Server, command, finish, start

DEED = {"at", "case_no", "matter", "stage", "window", "officer", "act", "outcome", "clocks"}
CLOCK = {"kind", "subject", "start", "due", "used", "paused", "lamp"}
TABLE = """
    BA01 15 8 10 2025-11-11
    TZ01 0 0 0 2025-09-30
    ZR01 10 5 10 2025-11-04
    HP02 7 5 0 2025-10-16
    GH02 3 3 0 2025-10-31
    BA02 15 9 0 2025-11-17
    GH03 7 7 0 2025-11-05
    GH04 5 2 0 2025-11-12
    BA03 15 12 10 2025-12-16
    ZJ01 8 5 0 2025-11-21
    GY02 10 5 0 2025-11-25
    CG01 3 2 0 2025-11-19
    QX01 3 2 0 2025-11-19
    GY01 3 2 0 2025-11-19
    RF01 5 2 0 2025-11-25
    XF01 7 5 10 2025-12-11
    ZJ04 3 2 0 2025-12-12
    BA04 12 11 0 2026-03-04
    GH05 5 4 0 2026-02-24
    XF02 5 4 0 2026-02-24
    ZJ05 10 7 0 2026-03-06
    ZJ06 0 0 0 2026-03-03
"""
"""Promised, used, paused, due: counted by hand on the calendar of the notices."""


def test_a_project_passes_all_four_stages(database_url: str, tmp_path: Path) -> None:
    code, said = command(database_url, tmp_path, "demo", "--story", "--format", "json")
    assert code == 0, said[-2000:]
    *deeds, closing = [json.loads(line) for line in said.splitlines()]
    assert all(deed.keys() == DEED and all(c.keys() == CLOCK for c in deed["clocks"]) for deed in deeds)
    assert [deed["at"] for deed in deeds] == sorted(deed["at"] for deed in deeds)

    table = [(m["code"], m["promised"].split()[0], m["used"], m["paused"], m["due"]) for m in closing["matters"]]
    told = [(c, n.replace("当日", "0"), str(u), str(p), due) for c, n, u, p, due in table]
    assert [" ".join(map(str, row)) for row in told] == [line.strip() for line in TABLE.strip().splitlines()]
    assert (closing["wrong"], closing["verified"]) == ([], len(closing["matters"]))
    assert all(m["in_time"] for m in closing["matters"])
    _demand_events(deeds)
    assert command(database_url, tmp_path, "demo", "--story")[0] == 5, "only on an empty database"


def _demand_events(deeds: list[dict[str, Any]]) -> None:
    def of(matter: str, act: str) -> list[dict[str, Any]]:
        return [d for d in deeds if (d["matter"], d["act"]) == (matter, act)]

    def days(found: list[dict[str, Any]]) -> list[str]:
        return [d["at"][:10] for d in found]

    def clock(deed: dict[str, Any], kind: str) -> dict[str, Any]:
        return next(c for c in deed["clocks"] if c["kind"] == kind)

    (filed,) = of("BA01", "receive")
    assert filed["at"] == "2025-09-26T17:40:00+08:00", "after hours"
    assert clock(filed, "notice")["start"] == "2025-09-28", "received on a make-up Sunday"
    assert (days(of("BA01", "request_correction")), days(of("BA01", "receive_correction"))) == (
        ["2025-09-28"],
        ["2025-09-30"],
    )
    # paused: the auction stops the land and, as nothing else is open, the stage; the experts stop the fire review
    (auction,), (experts,) = of("ZR01", "start_special"), of("XF01", "start_special")
    assert days([auction, experts]) == ["2025-10-11", "2025-11-21"]
    assert datetime.fromisoformat(auction["at"]).weekday() == 5, "a make-up Saturday"
    assert clock(experts, "statutory")["lamp"] == "grey"
    assert clock(of("XF01", "end_special")[0], "promised")["paused"] == 10
    # countersigned in two rounds
    rounds = [(d["at"][:10], d["outcome"]) for d in of("GH03", "countersign")]
    assert [one for _, one in rounds] == ["agree", "agree", "conditions", "object", *["agree"] * 5]
    assert len({d["at"] for d in of("GH03", "countersign")[4:]}) == 1, "five departments at the same moment"
    assert len({d["window"] for d in of("GH03", "countersign")[4:]}) == 5
    # five departments end matters of one stage at the same moment: the decision, the paper, the delivery
    five = ("ZJ01", "CG01", "QX01", "GY01", "GY02")
    for act, at in (
        ("decide_grant", "2025-11-18T10:50:00+08:00"),
        ("make_certificate", "2025-11-18T15:00:00+08:00"),
        ("deliver", "2025-11-19T09:40:00+08:00"),
        ("close", "2025-11-19T09:40:00+08:00"),
    ):
        assert [[d["at"] for d in of(code, act)] for code in five] == [[at]] * 5
    granted = [deed for code in five for deed in of(code, "decide_grant")]
    assert len({d["window"] for d in granted}) == len({d["officer"] for d in granted}) == 5
    assert not any(c["kind"] in ("promised", "statutory") and c["lamp"] != "done" for d in granted for c in d["clocks"])
    assert [d["outcome"] for d in of("BA03", "matter_ended") if d["at"] == granted[0]["at"]] == ["granted"] * 5
    assert days(of("GH03", "send_back")) == days(of("GH03", "add_signer")) == ["2025-11-03"]
    # late: yellow, red, ordered, answered
    lamps = [(d["at"][:10], d["outcome"]) for d in of("GH03", "flag")]
    assert lamps.index(("2025-10-29", "yellow")) < lamps.index(("2025-10-30", "red"))
    assert days(of("GH03", "order")) == days(of("GH03", "answer_order")) == ["2025-10-31"]
    assert [d["officer"] for d in of("GH03", "order")] == ["周延"]
    # lengthened by the government: the statute, not the promise
    (extended,) = of("BA03", "extend")
    assert extended["officer"] == "顾言"
    before = next(d for d in of("BA03", "accept") if d["officer"] == "陈思")
    assert clock(extended, "stage_promised")["due"] > clock(before, "stage_promised")["due"], "by the pause alone"
    assert clock(before, "stage_statutory")["due"] == "2026-01-14"
    assert clock(extended, "stage_statutory")["due"] == "2026-02-25", "10 days paused and 15 more, over the festival"
    # a tolerant start
    assert [d["outcome"] for d in of("GH03", "accept")] == ["tolerant"]
    assert days(of("BA02", "convert_matter")) == days(of("GH03", "result_arrived")) == ["2025-10-31"]
    # over the Spring Festival
    assert days(of("GH05", "decide_grant")) == ["2026-02-14"]
    assert days(of("GH05", "deliver")) == ["2026-02-24"]
    assert [d["outcome"] for stage in ("BA01", "BA02", "BA03", "BA04") for d in of(stage, "conclude")] == [
        "concluded"
    ] * 4


def test_nobody_else_can_tell_a_server_the_time(sqlite_hall: Path, tmp_path: Path) -> None:
    file = tmp_path / "hall.db"
    shutil.copy(sqlite_hall, file)
    url, then = f"sqlite:///{file}", "2025-09-26T09:00:00+08:00"
    application = {
        "office": "lz",
        "matter": "TZ01",
        "applicant": {"name": "临州云岭建材有限公司"},
        "answers": APPLICATIONS["TZ01"],
        "materials": dict.fromkeys(("enterprise", "project", "policy_statement"), "brought"),
    }
    headers = {"Date": "Fri, 26 Sep 2025 01:00:00 GMT", "X-Now": then, "X-Lianshen-Now": then, "X-Request-Start": then}
    with Server(url, tmp_path) as server:
        for query, more in (("", {}), ("", headers), (f"?{urlencode({'now': then, 'at': then})}", headers)):
            before = datetime.now(UTC)
            status, told = post(server.port, f"/api/public/cases{query}", application, more)
            assert status == 201
            assert before <= datetime.fromisoformat(told["filed_at"]) <= datetime.now(UTC)
        for name in ("now", "at", "filed_at", "received_at"):
            assert post(server.port, "/api/public/cases", {**application, name: then}, headers)[0] == 422
        for path in ("/api/clock", "/api/now", "/api/time", "/api/demo/clock"):
            assert post(server.port, path, {"now": then}, headers)[0] == 404
    assert command(url, tmp_path, "serve", "--now", then)[0] == 2, "no option"
    code, said = finish(start(url, tmp_path, "serve", LIANSHEN_NOW=then))
    assert (code, "没有这个环境变量" in said) == (6, True)
    words = [sys.executable, "-m", "api.demo", "0"]
    stranger = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, capture_output=True)
    assert stranger.returncode != 0, "what is no end of the channel serves nobody"


def post(port: int, path: str, body: Any, headers: Mapping[str, str]) -> tuple[int, Any]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
