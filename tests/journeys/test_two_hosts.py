"""Two servers, as on two machines, on one PostgreSQL: whoever asks cannot tell which of them he asks."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import threading
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.people import officer_by_login
from engine.people.sign_in import set_password
from tests.hall import ANSWERS, Hall
from tests.journeys.processes import PATIENCE, Server, until

PASSWORD = "a password of this test"
SECRET = "one secret that all machines of this hall share"


def told(
    server: Server, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any, str]:
    """One request on a line of its own: the status, what it said, and the cookies that it set."""
    sent = json.dumps(body).encode() if isinstance(body, dict) else body
    kind = {} if sent is None else {"Content-Type": "application/json" if isinstance(body, dict) else FORM}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as line:
        line.request(method, path, sent, {"X-Requested-With": "test", **kind, **(headers or {})})
        answer = line.getresponse()
        said = answer.read().decode()
        cookies = [one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie", [])]
    is_json = "json" in (answer.headers.get("Content-Type") or "")
    return answer.status, json.loads(said) if is_json else said, "; ".join(cookies)


FORM = "application/x-www-form-urlencoded"


def signs_in(server: Server, login: str) -> dict[str, str]:
    status, said, cookie = told(server, "POST", "/api/sessions", {"login": login, "password": PASSWORD})
    assert status == 201, said
    return {"Cookie": cookie}


@pytest.mark.parametrize("hall_url", ["postgresql"], indirect=True)
def test_two_servers_are_one_hall(hall: Hall, hall_url: str, tmp_path: Path) -> None:
    """Signed in on one, at work on the other; a task goes to one of two who take it at once on both; a click that is repeated on
    the other does nothing twice; signed out on one, out on both; a form from one is good on the other; a serving process
    that falls is replaced; and one server's end is nothing to those who ask the other."""
    hall.now = datetime.now(UTC)
    with hall.database.writing() as tx:
        for login in ("qian", "shen", "zhao"):
            set_password(tx, officer_by_login(tx, login).id, PASSWORD)
    case_id = hall.accepted("GH02")
    task = f"/api/tasks/{hall.task(case_id, 'review').id}"
    with (
        Server(hall_url, tmp_path / "here", "--workers", "2", "--threads", "4", LIANSHEN_SECRET=SECRET) as here,
        Server(hall_url, tmp_path / "there", LIANSHEN_SECRET=SECRET) as there,
    ):
        until(lambda: len(here.serving()) == 2, "two serving processes")
        who = {login: signs_in(here, login) for login in ("qian", "shen", "zhao")}
        assert told(there, "GET", "/api/me", headers=who["qian"])[1]["login"] == "qian"

        claims = at_once(
            lambda: told(here, "POST", f"{task}/claim", headers=who["qian"]),
            lambda: told(there, "POST", f"{task}/claim", headers=who["shen"]),
        )
        assert sorted(status for status, _, _ in claims) == [200, 409]
        winner, loser = ("qian", claims[1]) if claims[0][0] == 200 else ("shen", claims[0])
        assert loser[1]["code"] == "task-taken"
        assert hall.officer(winner).name in loser[1]["detail"]

        done = {"outcome": "pass", "answers": ANSWERS["GH02.review"], "request_id": "one-click"}
        clicks = [told(one, "POST", f"{task}/complete", done, who[winner])[:2] for one in (there, here)]
        assert clicks[0][0] == 200, clicks
        assert clicks[0] == clicks[1]
        other = told(there, "POST", f"{task}/complete", {**done, "outcome": "return"}, who[winner])
        assert (other[0], other[1]["code"]) == (409, "request-reused")
        assert hall.acts_of(case_id).count("review") == 1

        assert told(there, "DELETE", "/api/sessions", headers=who["qian"])[0] == 204
        assert told(here, "GET", "/api/me", headers=who["qian"])[0] == 401

        _, page, seal = told(here, "GET", "/sign-in")
        proof = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert proof is not None
        form = f"login=zhao&password={PASSWORD.replace(' ', '+')}&csrf_token={proof[1]}"
        assert told(there, "POST", "/sign-in", form.encode(), {"Cookie": seal})[0] == 302

        fallen = here.serving()
        os.kill(fallen[0], signal.SIGKILL)
        until(lambda: len(set(here.serving()) - {fallen[0]}) == 2, "another serving process")
        assert told(here, "GET", "/api/me", headers=who["zhao"])[0] == 200

        assert here.stop() == 0
        assert told(there, "GET", "/api/me", headers=who["zhao"])[1]["login"] == "zhao"
        assert there.stop() == 0
    assert hall.flaws(case_id) == []


def at_once(*asked: Any) -> list[Any]:
    """Each in a thread of its own, all begun together."""
    barrier, answers = threading.Barrier(len(asked)), [None] * len(asked)

    def ask(n: int) -> None:
        barrier.wait()
        answers[n] = asked[n]()

    lines = [threading.Thread(target=ask, args=(n,)) for n in range(len(asked))]
    for line in lines:
        line.start()
    for line in lines:
        line.join()
    return answers
