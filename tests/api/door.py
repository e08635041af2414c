"""The doors of the hall as a test uses them: the application at the hall's moment, and whoever asks it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from werkzeug.test import TestResponse

from api.app import create_app
from api.here import Here
from engine.config import Settings
from engine.people import issue_token, officer_by_login
from engine.store import tables
from tests.api.document import document_of
from tests.hall import ANSWERS, APPLICATIONS, Hall

SETTINGS = Settings(Path(), "", secret="of the tests")
PASSWORD = "正确的密码 1"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Cheap to prove: a test signs in often."""
MATERIALS = {
    "TZ01": ("enterprise", "project", "policy_statement"),
    "GH02": ("application", "project_approval", "land_contract", "parcel_map"),
    "XF01": ("application", "fire_design", "planning_permit"),
}


class Asker:
    """Somebody at the door: an officer with his session or token, or a stranger at an address of the net."""

    def __init__(self, door: Door, headers: Mapping[str, str], address: str = "127.0.0.1") -> None:
        self.client, self.document = door.app.test_client(), door.document
        self.headers, self.address = dict(headers), address

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        """Ask, and hold the answer to the document, whatever else the test wants of it."""
        more["headers"] = {**self.headers, **more.get("headers", {})}
        if body is not None:
            more["json"] = body
        answer = self.client.open(path, method=method, environ_base={"REMOTE_ADDR": self.address}, **more)
        self.document.hold(method, path, answer)
        return answer

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.ask("GET", path, query_string=query)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.ask("POST", path, body, **more)

    def put(self, path: str, body: Any = None) -> TestResponse:
        return self.ask("PUT", path, body)


class Door:
    """The application over a hall. What an officer does through it is told in the words of the office."""

    def __init__(self, hall: Hall, app: Flask | None = None) -> None:
        """An application of its own, or one that was made before and serves this hall from now on."""
        self.hall = hall
        self.app = app or create_app(SETTINGS, hall.database)
        self.app.extensions["lianshen"] = Here(SETTINGS, hall.database, lambda: hall.now)
        self.document = document_of(self.app)

    def with_accounts(self) -> Door:
        """Everybody's password is PASSWORD from now on."""
        with self.hall.database.writing() as tx:
            tx.execute(tables.officers.update().values(password_hash=HASH))
        return self

    # ---- who asks
    def stranger(self, address: str = "127.0.0.1") -> Asker:
        return Asker(self, {}, address)

    def officer(self, login: str) -> Asker:
        """An officer with a token, however he came by it."""
        with self.hall.database.writing() as tx:
            token = issue_token(
                tx, officer_by_login(tx, login), "测试", self.hall.now, self.hall.now + timedelta(days=90)
            )
        return Asker(self, {"Authorization": f"Bearer {token}"})

    def signs_in(self, login: str) -> Asker:
        """An officer in his browser: by his password, with the cookie that he gets."""
        asker = Asker(self, {"X-Requested-With": "test"})
        told(asker.post("/api/sessions", {"login": login, "password": PASSWORD}), 201)
        return asker

    def by_token(self, login: str) -> Asker:
        """An officer's program: he signs in by his password and issues it a token."""
        token = told(self.signs_in(login).post("/api/tokens", {"note": "窗口程序"}), 201)["token"]
        return Asker(self, {"Authorization": f"Bearer {token}"})


def told(answer: TestResponse, status: int = 200) -> Any:
    """What a good answer tells."""
    assert answer.status_code == status, answer.text
    return answer.json if answer.data else None


def problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """An answer that is a problem (RFC 9457), whole and for people."""
    assert answer.content_type == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json  # type: ignore[assignment]
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), body
    assert body["type"] == f"urn:lianshen:error:{code}"
    for sentence in (body["title"], body["detail"], body["remedy"]):
        assert any("一" <= c <= "鿿" for c in sentence), body
    return body


def places(body: Mapping[str, Any]) -> list[str]:
    """Where the faults of a problem lie; each says what is wrong and what to do."""
    assert all(fault["sentence"] and fault["remedy"] and fault["code"] for fault in body["faults"]), body
    return [fault["place"] for fault in body["faults"]]


# ---------------------------------------------------------------- what they do
def application(matter: str, *, missing: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """wang's application for a matter, with everything that its guide lists except what is missing."""
    return {
        "matter": matter,
        "applicant": {"name": "王强", "phone": "19900000009"},
        "answers": dict(APPLICATIONS[matter]),
        "materials": {key: "missing" if key in missing else "brought" for key in MATERIALS[matter]},
        **more,
    }


def claims(who: Asker, case_no: str, step: str) -> dict[str, Any]:
    """The officer finds the task in his pool, claims it, and opens its page."""
    task = next(t for t in told(who.get("/api/tasks")) if (t["case_no"], t["step"]) == (case_no, step))
    told(who.post(f"/api/tasks/{task['id']}/claim"))
    return told(who.get(f"/api/tasks/{task['id']}"))


def does(who: Asker, case_no: str, step: str, outcome: str, **details: Any) -> dict[str, Any]:
    """Claim a step's task and complete it from its page, with the answers of the samples."""
    page = claims(who, case_no, step)
    answers = ANSWERS.get(f"{case_no[:4]}.{step}", {})
    body = {"outcome": outcome, "answers": answers, "details": details}
    return told(who.post(f"/api/tasks/{page['id']}/complete", body, headers={"If-Match": f'"{page["etag"]}"'}))
