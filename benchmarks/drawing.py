"""How long a drawing of a hundred nodes takes to be checked, as often as a designer rests: the target is 150 ms.

    .venv/bin/python -m benchmarks.drawing

The demo hall on SQLite; GH02 with blocks of review, gateway, detour and join put in until it has that many nodes; the whole
request of the page (JSON in, findings as HTML out) through the WSGI application, in processor time and in wall time. Each
request brings another name of a step, as somebody's typing does: what is kept by content helps for the rest alone.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from api.app import create_app, set_aside
from api.demo import fill
from engine.config import Settings
from engine.people import officer_by_login
from engine.people.sign_in import set_password
from engine.store import Database, migrate
from tests.drawings import draw

NODES, TIMES = 100, 40
SEED = Path(__file__).parents[1] / "bpmn" / "GH02"
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
LOGIN, PASSWORD = "wu", "only-for-this-run"


def drawing(nodes: int) -> dict[str, str]:
    """GH02's guide and forms with a long drawing."""
    drawn, flows, last = ["filed:start", "intake:intake@nr-1~1wd(accept)"], ["filed>intake"], "intake"
    while len(drawn) < nodes - 3:
        n = len(drawn)
        drawn += [f"t{n}:review@nr-1~1wd(pass,return)", f"g{n}:x", f"d{n}:manual@nr-1", f"j{n}:x"]
        flows += [
            f"{last}>t{n}",
            f"t{n}>g{n}",
            f"g{n}>j{n}?outcome=='pass'",
            f"g{n}>d{n}?outcome=='return'",
            f"d{n}>j{n}",
        ]
        last = f"j{n}"
    drawn += ["decide:decide@nr-1(grant)", "given:deliver@nr-1", "closed:end"]
    flows += [f"{last}>decide", "decide>given", "given>closed"]
    forms = {f"forms/{path.name}": path.read_text("utf-8") for path in (SEED / "forms").glob("*.json")}
    matter = draw("gh02", " ".join(drawn), " ".join(flows)).decode()
    return {"matter.bpmn": matter, "guide.yaml": (SEED / "guide.yaml").read_text("utf-8"), **forms}


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        database = Database.open(f"sqlite:///{home}/hall.db")
        migrate(database)
        fill(database, NOW)
        with database.writing() as tx:
            set_password(tx, officer_by_login(tx, LOGIN).id, PASSWORD)
        client = create_app(Settings(home=Path(home), database=""), database, lambda: NOW).test_client()
        proof = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))[0]
        client.post("/sign-in", data={"csrf_token": proof, "login": LOGIN, "password": PASSWORD, "back": ""})
        proof = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/designer").get_data(as_text=True))[0]
        told = {"matter": "GH02", "base": 1, "files": drawing(NODES)}
        matter = told["files"]["matter.bpmn"]
        set_aside()  # as the server does before it opens
        busy, waited = [], []
        for nth in range(TIMES):
            told["files"]["matter.bpmn"] = matter.replace('name="intake"', f'name="受理{nth}"', 1)
            began, clock = time.process_time(), time.perf_counter()
            answer = client.post("/designer/check", json=told, headers={"X-CSRFToken": proof})
            busy.append((time.process_time() - began) * 1000)
            waited.append((time.perf_counter() - clock) * 1000)
            assert answer.status_code == 200, answer.get_data(as_text=True)
        nodes = len(
            re.findall(r"<bpmn:(?:userTask|exclusiveGateway|startEvent|endEvent)\b", told["files"]["matter.bpmn"])
        )
        print(f"{nodes} nodes, {answer.get_data(as_text=True).count('data-number')} findings, {TIMES} requests")
        for what, took in (("processor", busy), ("wall", waited)):
            worst = sorted(took)[int(TIMES * 0.95) - 1]
            print(f"{what:9} ms  median {statistics.median(took):6.1f}  95 % {worst:6.1f}  best {min(took):6.1f}")
        database.close()


if __name__ == "__main__":
    main()
