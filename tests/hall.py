"""The demo hall as a test database: made once per run and copied, because hashing sixteen passwords takes a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
import yaml

from api.demo import fill
from api.demo.hall import seed_folder
from api.demo.samples import EXPERTS, FILING_CHECK, FIRE_CHECK, REVIEWS
from engine.cases import Done, Filed, Filing, act, act_as_applicant, claim, complete, file_case, verify_case
from engine.catalogue import running_version
from engine.clock import Clock, OfficeTime
from engine.connections import Seal
from engine.people import APPLICANT, Actor, Office, Officer, office_by_code, office_time, officer_by_login
from engine.reports import worklist
from engine.store import STANDS, Database, tables
from engine.supervision import round_of_duties

FOUNDED = datetime.fromisoformat("2026-01-05T09:00:00+08:00")
GUIDES: Mapping[str, Mapping[str, Any]] = {
    file.parent.name: yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in seed_folder().glob("*/guide.yaml")
}
"""The shipped guides as they are written, by matter."""
APPLICATIONS: Mapping[str, Mapping[str, Any]] = {matter: guide["sample"] for matter, guide in GUIDES.items()}
"""What an applicant writes: the samples of the guides."""

ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "TZ01.decide": FILING_CHECK,
    "GH02.review": REVIEWS["GH02"],
    "XF01.review": REVIEWS["XF01"],
    "XF01.expert_end": {**EXPERTS, "met_on": "2026-03-20"},
    "XF01.check": FIRE_CHECK,
}


def fill_hall(database: Database) -> None:
    fill(database, FOUNDED)


@dataclass
class Hall:
    """The hall at a moment of its own. `at` moves the moment; nothing else does."""

    database: Database
    now: datetime = field(default_factory=lambda: datetime.fromisoformat("2026-03-02T09:30:00+08:00"))

    # ---- time and people
    def at(self, day: str, clock: str = "09:30") -> Hall:
        """Go to a day and a time of the office."""
        self.now = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), self.time.zone)
        return self

    def later(self, **delta: int) -> Hall:
        self.now += timedelta(**delta)
        return self

    @property
    def office(self) -> Office:
        with self.database.reading() as tx:
            return office_by_code(tx, "lz")

    @property
    def time(self) -> OfficeTime:
        with self.database.reading() as tx:
            return office_time(tx, office_by_code(tx, "lz"))

    def officer(self, login: str) -> Officer:
        with self.database.reading() as tx:
            return officer_by_login(tx, login)

    def hire(
        self, login: str, identity: str, *, like: str, roles: list[str] | None = None, name: str = "某人"
    ) -> Officer:
        """One more account, seated like another one; the same identity is the same natural person."""
        model = self.officer(like)
        with self.database.writing() as tx:
            tx.insert_once(tables.persons, name=name, identity=identity)
            person = tx.value(sa.select(tables.persons.c.id).where(tables.persons.c.identity == identity))
            officer_id = tx.insert(
                tables.officers,
                office_id=model.office_id,
                department_id=model.department_id,
                person_id=person,
                login=login,
                post="",
                roles=roles or sorted(model.roles),
            )
            for window in model.windows:
                tx.execute(tables.officer_windows.insert().values(officer_id=officer_id, window_id=window))
        return self.officer(login)

    def stand_in(self, absent: str, stand_in: str) -> None:
        with self.database.writing() as tx:
            tx.insert(
                tables.stand_ins,
                absent_id=officer_by_login(tx, absent).id,
                stand_in_id=officer_by_login(tx, stand_in).id,
                from_on=date(2026, 1, 1),
                until_on=date(2026, 12, 31),
                basis="休假",
            )

    # ---- what they do
    def file(
        self,
        matter: str,
        *,
        by: str | None = "clerk",
        missing: tuple[str, ...] = (),
        answers: Mapping[str, Any] | None = None,
    ) -> Filed:
        """wang files: at the window through a clerk, or online (`by=None`)."""
        with self.database.writing() as tx:
            office = office_by_code(tx, "lz")
            listed = running_version(tx, office.id, matter).guide.materials
            brought = {m.key: "missing" if m.key in missing else "brought" for m in listed}
            filing = Filing(
                matter, {"name": "王强"}, answers or APPLICATIONS.get(matter, {}), brought, "window" if by else "web"
            )
            clerk = {"TZ01": "ma", "XF01": "lin"}.get(matter, "zhao")
            actor = Actor("officer", officer_by_login(tx, clerk if by == "clerk" else by)) if by else APPLICANT
            return file_case(tx, office, filing, actor, self.now)

    def task(self, case_id: int, step: str, state: str = "open") -> Any:
        """The task of a step in a state; there is exactly one."""
        t = tables.tasks
        with self.database.reading() as tx:
            return tx.execute(sa.select(t).where(t.c.case_id == case_id, t.c.step == step, t.c.state == state)).one()

    def claim(self, login: str, case_id: int, step: str) -> int:
        task = self.task(case_id, step)
        with self.database.writing() as tx:
            claim(tx, officer_by_login(tx, login), task.id, now=self.now)
        return int(task.id)

    def does(
        self,
        login: str,
        case_id: int,
        step: str,
        outcome: str,
        answers: Mapping[str, Any] | None = None,
        **details: Any,
    ) -> Done:
        """Claim a step's task and complete it. Without answers those of the samples are given."""
        task_id = self.claim(login, case_id, step)
        return self.completes(login, task_id, outcome, answers, **details)

    def completes(
        self, login: str, task_id: int, outcome: str, answers: Mapping[str, Any] | None = None, **details: Any
    ) -> Done:
        t, c, m = tables.tasks, tables.cases, tables.matters
        with self.database.writing() as tx:
            row = tx.execute(
                sa.select(t.c.step, m.c.code)
                .join(c, c.c.id == t.c.case_id)
                .join(m, m.c.id == c.c.matter_id)
                .where(t.c.id == task_id)
            ).one()
            given = ANSWERS.get(f"{row.code}.{row.step}", {}) if answers is None else answers
            who = officer_by_login(tx, login)
            return complete(tx, who, task_id, outcome, answers=given, details=details, now=self.now)

    def acts(self, login: str, case_id: int, act_name: str, **details: Any) -> Done:
        with self.database.writing() as tx:
            return act(tx, officer_by_login(tx, login), case_id, act_name, details, now=self.now)

    def applicant(self, case_id: int, act_name: str, **details: Any) -> Done:
        with self.database.writing() as tx:
            return act_as_applicant(tx, case_id, act_name, details, now=self.now)

    def duties(self, seal: Seal | None = None) -> tuple[int, int]:
        """One round of sweep and jobs at the present moment; with the key of the hall other systems are asked, too."""
        return round_of_duties(self.database, lambda: self.now, seal)

    def accepted(self, matter: str = "GH02") -> int:
        """A case that its clerk has accepted just now."""
        case_id = self.file(matter).case_id
        self.does({"TZ01": "ma", "XF01": "lin"}.get(matter, "zhao"), case_id, "intake", "accept")
        return case_id

    # ---- what there is to see
    def case(self, case_id: int) -> Any:
        with self.database.reading() as tx:
            c = tables.cases
            return tx.execute(sa.select(c, *STANDS).join(tables.processes).where(c.c.id == case_id)).one()

    def clock(self, case_id: int, kind: str, subject: str = "") -> Any:
        """The running clock row of a kind, None when none runs."""
        c = tables.clocks
        with self.database.reading() as tx:
            return tx.row(
                sa.select(c).where(
                    c.c.case_id == case_id, c.c.kind == kind, c.c.subject == subject, c.c.state == "running"
                )
            )

    def clock_value(self, case_id: int, kind: str) -> Clock:
        return Clock.from_json(self.clock(case_id, kind).clock)

    def rows(self, table: sa.Table, case_id: int) -> list[Any]:
        with self.database.reading() as tx:
            return list(tx.rows(sa.select(table).where(table.c.case_id == case_id).order_by(table.c.id)))

    def acts_of(self, case_id: int) -> list[str]:
        """The acts in the journal, in order."""
        j = tables.journal
        with self.database.reading() as tx:
            return [r.act for r in tx.rows(sa.select(j.c.act).where(j.c.stream == f"case:{case_id}").order_by(j.c.n))]

    def flaws(self, case_id: int) -> list[str]:
        with self.database.reading() as tx:
            return [f"{f.subject} {f.what}" for f in verify_case(tx, case_id)]

    def pool(self, login: str) -> list[str]:
        with self.database.reading() as tx:
            return [t.step for t in worklist(tx, officer_by_login(tx, login), self.now, limit=200)]
