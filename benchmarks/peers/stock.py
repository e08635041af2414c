"""The stock engine behind the line protocol of `benchmarks/peer.py`: SpiffWorkflow with its own serializer and one row a case.

A completion is one transaction: SELECT the state FOR UPDATE, deserialize_json, complete, serialize_json, UPDATE, INSERT of the
event with the form, COMMIT. Nothing else is kept: no permission, no clock, no worklist, no chain. Started with the address of
a database; drivers without any layer above them.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from typing import Any

import psycopg
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

from benchmarks import engine
from benchmarks.work import w1, w2

SERIALIZER = BpmnWorkflowSerializer()
TABLES = (
    "CREATE TABLE cases (id INTEGER PRIMARY KEY, state TEXT NOT NULL)",
    "CREATE TABLE events (id {key}, case_id INTEGER NOT NULL, task TEXT NOT NULL, body TEXT NOT NULL)",
)


class Stored:
    """The cases and their states in one of the two databases."""

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite:///"):
            self.begin, self.lock, mark, key = "BEGIN IMMEDIATE", "", "?", "INTEGER PRIMARY KEY"
            self.connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA synchronous=FULL")
        else:
            self.begin, self.lock, mark, key = "BEGIN", " FOR UPDATE", "%s", "BIGSERIAL PRIMARY KEY"
            self.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True, prepare_threshold=1)
        for statement in TABLES:
            self.connection.execute(statement.format(key=key))
        self.select = f"SELECT state FROM cases WHERE id = {mark}"
        self.insert = f"INSERT INTO cases (id, state) VALUES ({mark}, {mark})"
        self.update = f"UPDATE cases SET state = {mark} WHERE id = {mark}"
        self.tell = f"INSERT INTO events (case_id, task, body) VALUES ({mark}, {mark}, {mark})"
        self.specs = {"W1": engine.parse("W1", w1()), "W2": engine.parse("W2", w2())}
        self.case = 0

    def started(self, matter: str) -> None:
        self.case += 1
        state = SERIALIZER.serialize_json(engine.begun(self.specs[matter]))
        self.connection.execute(self.insert, (self.case, state))

    def next(self) -> Any:
        """Who works here knows the task from a list: choosing it is not timed. None at the end."""
        (state,) = self.connection.execute(self.select, (self.case,)).fetchone()
        task = engine.waiting(SERIALIZER.deserialize_json(state))
        return None if task is None else (task.id, task.task_spec.name)

    def complete(self, task_id: Any, name: str, form: dict[str, Any]) -> None:
        run = self.connection.execute
        run(self.begin)
        (state,) = run(self.select + self.lock, (self.case,)).fetchone()
        workflow = SERIALIZER.deserialize_json(state)
        engine.complete(workflow, workflow.get_task_from_id(task_id), form)
        run(self.update, (SERIALIZER.serialize_json(workflow), self.case))
        run(self.tell, (self.case, name, json.dumps(form, ensure_ascii=False)))
        run("COMMIT")


def main() -> None:
    stored = Stored(sys.argv[1])
    for line in sys.stdin:
        told = json.loads(line)
        if "begin" in told:
            stored.started(told["begin"])
            answer: dict[str, Any] = {"begun": told["begin"]}
        elif (task := stored.next()) is None:
            answer = {"over": True}
        else:
            began = time.perf_counter()
            stored.complete(*task, told["complete"])
            answer = {"ms": (time.perf_counter() - began) * 1000, "counts": task[1] != engine.UNCOUNTED}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
