"""A matter one step of which another system answers, in the demo hall."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from engine.cases import CallRow, calls_of
from engine.catalogue import publish
from engine.connections import Seal, add_connection, disable_connection
from engine.people import office_by_code, officer_by_login
from engine.store import tables
from tests.drawings import matter
from tests.hall import Hall

SEAL = Seal(b"key of this hall")
SECRET = "Zj7-secret-of-both-sides"
APPLICATION = {"id_number": "330102199001011234", "name": "王强"}

NODES = (
    "start:start intake:intake(accept) prepare:review(pass) lookup:call=RK;id_number,prepare;alive;lookup known:x hand:review(pass)"
    " decide:decide(grant) deliver:deliver end:end unknown:error=lookup;NO_RECORD"
)
FLOWS = (
    "start>intake intake>prepare prepare>lookup lookup>known known>decide?alive==true known>hand?alive==false hand>decide"
    " decide>deliver deliver>end unknown>hand"
)


def form(key: str, *components: dict[str, Any]) -> bytes:
    drawn = {"id": key, "type": "default", "schemaVersion": 16, "components": list(components)}
    return json.dumps(drawn).encode()


def bundle(nodes: str = NODES, flows: str = FLOWS) -> dict[str, bytes]:
    fields = [{"type": "textfield", "key": key, "label": key} for key in APPLICATION]
    return {
        **matter("QT09", nodes, flows),
        "forms/application.json": form("application", *fields),
        "forms/lookup.json": form("lookup", {"type": "checkbox", "key": "alive", "label": "在世"}),
    }


class Asking:
    """The hall with a connection to another system, and a case that has come to the step that it answers."""

    def __init__(self, hall: Hall, url: str, nodes: str = NODES, flows: str = FLOWS, *, timeout: int = 5) -> None:
        self.hall = hall
        connect(hall, url, timeout)
        hall.hire("every", "x-2", like="sun", roles=["clerk", "reviewer", "approver"])
        hall.hire("decider", "x-3", like="sun", roles=["approver"])
        with hall.database.writing() as tx:
            office, wu = office_by_code(tx, "lz"), officer_by_login(tx, "wu")
            publish(tx, office, bundle(nodes, flows), wu, "", hall.now)
        self.case_id = hall.file("QT09", answers=APPLICATION).case_id
        hall.does("every", self.case_id, "intake", "accept")

    def come(self) -> Asking:
        self.hall.does("every", self.case_id, "prepare", "pass")
        return self

    def ask(self) -> None:
        """One round of the worker."""
        self.hall.duties(SEAL)

    @property
    def calls(self) -> list[CallRow]:
        with self.hall.database.reading() as tx:
            return calls_of(tx, self.case_id)

    @property
    def call(self) -> CallRow:
        (one,) = self.calls
        return one

    @property
    def pool(self) -> list[str]:
        rows = self.hall.rows(tables.tasks, self.case_id)
        return [row.step for row in rows if row.state in ("open", "claimed")]

    def told(self, act: str) -> list[dict[str, Any]]:
        """What the journal says of an act, each time."""
        p, j = tables.payloads, tables.journal
        stream = f"case:{self.case_id}"
        with self.hall.database.reading() as tx:
            both = sa.and_(p.c.stream == j.c.stream, p.c.n == j.c.n)
            asked = sa.select(p.c.body).join(j, both).where(j.c.stream == stream, j.c.act == act).order_by(j.c.n)
            return [json.loads(r.body) for r in tx.rows(asked)]

    @property
    def flaws(self) -> list[str]:
        return self.hall.flaws(self.case_id)


def connect(hall: Hall, url: str, timeout: int = 5) -> None:
    with hall.database.writing() as tx:
        office, by = office_by_code(tx, "lz"), officer_by_login(tx, admin(hall))
        add_connection(tx, office, "RK", "人口库", url, timeout, SECRET, SEAL, by, hall.now)


def disconnect(hall: Hall) -> None:
    with hall.database.writing() as tx:
        disable_connection(tx, office_by_code(tx, "lz"), "RK", officer_by_login(tx, admin(hall)), hall.now)


def admin(hall: Hall) -> str:
    o = tables.officers
    with hall.database.reading() as tx:
        here = o.c.office_id == office_by_code(tx, "lz").id
        return str(next(r.login for r in tx.rows(sa.select(o.c.login, o.c.roles).where(here)) if "admin" in r.roles))
