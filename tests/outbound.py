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
from tests.other_system import Asked, OtherSystem, Reply

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


def bundle(nodes: str = NODES, flows: str = FLOWS, code: str = "QT09") -> dict[str, bytes]:
    fields = [{"type": "textfield", "key": key, "label": key} for key in APPLICATION]
    return {
        **matter(code, nodes, flows),
        "forms/application.json": form("application", *fields),
        "forms/lookup.json": form("lookup", {"type": "checkbox", "key": "alive", "label": "在世"}),
    }


class World:
    """The hall with a connection to another system, which answers each case as it was told for it."""

    def __init__(self, hall: Hall, system: OtherSystem, *, register: bool = True) -> None:
        self.hall, self.system = hall, system
        self.replies: dict[str, list[Reply]] = {}
        self.codes: dict[str, str] = {}
        system.replies = [self._reply]
        if register:
            connect(hall, system.url)
        hall.hire("every", "x-2", like="sun", roles=["clerk", "reviewer", "approver"])
        hall.hire("decider", "x-3", like="sun", roles=["approver"])

    def comes(self, *replies: Reply, nodes: str = NODES, flows: str = FLOWS, each: str = "") -> Asking:
        """A case that has come to the step that the system answers, one reply after another and the last one for ever. each: for
        how many the step is drawn, at once."""
        drawn = f"{nodes} {flows} {each}"
        if drawn not in self.codes:
            self.codes[drawn] = f"QT{len(self.codes) + 10}"
            self._publish(bundle(nodes, flows, self.codes[drawn]), each)
        filed = self.hall.file(self.codes[drawn], answers=APPLICATION, by="every")
        self.replies[filed.case_no] = list(replies)
        asking = Asking(self, filed.case_id, filed.case_no)
        self.hall.does("every", filed.case_id, "intake", "accept")
        return asking.come()

    def _publish(self, files: dict[str, bytes], each: str) -> None:
        if each:
            loop = (
                f"<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>${{{each}}}</bpmn:loopCardinality>"
                "</bpmn:multiInstanceLoopCharacteristics>"
            )
            drawn = files["matter.bpmn"].decode()
            at = drawn.index("/>", drawn.index("<bpmn:serviceTask"))
            files["matter.bpmn"] = f"{drawn[:at]}>{loop}</bpmn:serviceTask>{drawn[at + 2 :]}".encode()
        with self.hall.database.writing() as tx:
            publish(tx, office_by_code(tx, "lz"), files, officer_by_login(tx, "wu"), "", self.hall.now)

    def _reply(self, asked: Asked) -> tuple[int, Any]:
        replies = self.replies[asked.said["case_no"]]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return reply(asked) if callable(reply) else reply


class Asking:
    """A case that waits for the other system."""

    def __init__(self, world: World, case_id: int, case_no: str) -> None:
        self.world, self.hall, self.case_id, self.case_no = world, world.hall, case_id, case_no

    def come(self) -> Asking:
        self.hall.does("every", self.case_id, "prepare", "pass")
        return self

    def ask(self) -> None:
        """One round of the worker."""
        self.hall.duties(SEAL)

    def ask_again(self) -> None:
        """The next round in which this case is due."""
        next_at = self.call.next_at
        assert next_at is not None
        self.hall.now = max(self.hall.now, next_at)
        self.ask()

    @property
    def asked(self) -> list[Asked]:
        return [one for one in self.world.system.asked if one.said["case_no"] == self.case_no]

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.asked]

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

    @property
    def holders(self) -> list[str]:
        return [row.holder for row in self.hall.rows(tables.possessions, self.case_id)]

    @property
    def acts(self) -> list[str]:
        return self.hall.acts_of(self.case_id)

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


def connect(hall: Hall, url: str, code: str = "RK") -> None:
    with hall.database.writing() as tx:
        office, by = office_by_code(tx, "lz"), officer_by_login(tx, "feng")
        add_connection(tx, office, code, "人口库", url, 5, SECRET, SEAL, by, hall.now)


def disconnect(hall: Hall, code: str) -> None:
    with hall.database.writing() as tx:
        disable_connection(tx, office_by_code(tx, "lz"), code, officer_by_login(tx, "feng"), hall.now)
