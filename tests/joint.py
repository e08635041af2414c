"""The people of a joint approval at work: whoever may does the next step, so that a test says only what is special."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.cases import ACTS, Done, Filed, Filing, MatterOfStage, claim, complete, file_case, matters_of
from engine.catalogue import drawn_step, running_version, version
from engine.diagrams import OUTCOMES, StepKind
from engine.people import APPLICANT, Officer, office_by_code, officer_by_login
from engine.store import Tx, tables
from forms import Field, FieldType, Form
from tests.hall import APPLICATIONS, Hall

GOES_ON = ("accept", "pass", "done", "agree", "skip", "grant", "concluded", "made", "delivered", "paid", "sent", "end")
DETAILS: Mapping[str, Mapping[str, Any]] = {
    "decide_refuse": {"reasons": "不符合规划条件", "basis": "城乡规划法 第38条"},
    "conclude": {"summary": "各事项已经办结"},
    "deliver": {"method": "pickup", "receiver": "王强"},
    "end_special": {"result": "评审通过"},
    "refuse_acceptance": {"reason_code": "not_required", "reasons": "不属于许可事项", "basis": "行政许可法 第32条"},
}


@dataclass
class Joint:
    """One stage in the demo hall."""

    hall: Hall
    filed: Filed

    @classmethod
    def filing(cls, hall: Hall, matter: str = "BA01", project: str | None = None, **answers: Any) -> Joint:
        """wang files the stage's one form online, all its materials with it."""
        with hall.database.writing() as tx:
            office = office_by_code(tx, "lz")
            brought = {m.key: "brought" for m in running_version(tx, office.id, matter).guide.materials}
            given = {**APPLICATIONS[matter], **answers}
            filing = Filing(matter, {"name": "王强"}, given, brought, "web", project)
            return cls(hall, file_case(tx, office, filing, APPLICANT, hall.now))

    def accepted(self, **more: Any) -> Joint:
        self.hall.does("chen", self.filed.case_id, "intake", "accept", **more)
        self.hall.duties()
        return self

    # ---- what there is to see
    def matters(self) -> dict[str, MatterOfStage]:
        with self.hall.database.reading() as tx:
            return {m.code: m for m in matters_of(tx, self.filed.case_id)}

    def words(self) -> dict[str, str]:
        return {code: m.words for code, m in self.matters().items()}

    def child(self, code: str) -> Any:
        c, m = tables.cases, tables.matters
        asked = sa.select(c).join(m, m.c.id == c.c.matter_id)
        with self.hall.database.reading() as tx:
            return tx.execute(asked.where(c.c.master_id == self.filed.case_id, m.c.code == code)).one()

    def flaws(self) -> list[str]:
        c = tables.cases
        with self.hall.database.reading() as tx:
            mine = tx.rows(
                sa.select(c.c.id).where(sa.or_(c.c.id == self.filed.case_id, c.c.master_id == self.filed.case_id))
            )
        return [flaw for row in mine for flaw in self.hall.flaws(row.id)]

    # ---- what they do
    def ends(self, code: str, outcome: str = "grant") -> None:
        """Work on a matter until it is decided so, then let the stage hear of it."""
        self.decides(code, outcome)
        self.hall.duties()

    def decides(self, code: str, outcome: str = "grant") -> None:
        """The same, and nobody has heard of it yet."""
        case_id = self.child(code).id
        while self.hall.case(case_id).phase == "accepted":
            step(self.hall, case_id, outcome)

    def concludes(self) -> None:
        """The lead department sums up, and the notice is delivered."""
        while self.hall.case(self.filed.case_id).closed_at is None:
            step(self.hall, self.filed.case_id)
        self.hall.duties()


def step(hall: Hall, case_id: int, decision: str = "grant", only: int | None = None) -> Done:
    """The oldest open task of a case (or the one that is meant) is claimed and completed by the first who may."""
    t = tables.tasks
    with hall.database.writing() as tx:
        asked = sa.select(t).where(t.c.case_id == case_id, t.c.state == "open").order_by(t.c.id)
        tasks = tx.rows(asked if only is None else asked.where(t.c.id == only))
        task = tasks[0]
        case = tx.execute(sa.select(tables.cases).where(tables.cases.c.id == case_id)).one()
        of = version(tx, case.version_id)
        drawn = [o.code for o in drawn_step(of, task.step).outcomes]
        outcome = decision if decision in drawn else next(c for c in (*GOES_ON, *drawn) if c in drawn)
        act = OUTCOMES[StepKind(task.kind)][outcome] or "complete"
        who = somebody(tx, case_id, task, act, two=of.guide.two_person)
        claim(tx, who, task.id, now=hall.now)
        answers = filled(of.form(task.form))
        details = DETAILS.get(act, {})
        return complete(tx, who, task.id, outcome, answers=answers, details=details, now=hall.now)


def somebody(tx: Tx, case_id: int, task: Any, act: str, *, two: bool = True) -> Officer:
    """The first officer at the task's window who may do the act and has examined nothing of the case, if it decides."""
    o, w, t = tables.officers, tables.officer_windows, tables.tasks
    seated = sa.select(o.c.login).join(w, w.c.officer_id == o.c.id).where(w.c.window_id == task.window_id)
    examined = {r.person_id for r in tx.rows(sa.select(t.c.person_id).where(t.c.case_id == case_id))}
    here = [officer_by_login(tx, row.login) for row in tx.rows(seated.order_by(o.c.id))]
    for who in sorted(here, key=lambda who: "approver" in who.roles):  # who may decide keeps his hands clean
        fits = who.roles & ACTS[act].roles and who.roles & ACTS["complete"].roles
        if fits and not (act.startswith("decide") and two and who.person_id in examined):
            return who
    raise AssertionError(f"nobody at the window of {task.name} may {act}")


def filled(form: Form | None) -> dict[str, Any]:
    """An answer to every required field of a form."""
    return {f.key: _answer(f) for f in form.fields if f.required or f.key == "opinion"} if form else {}


def _answer(field: Field) -> Any:
    match field.type:
        case FieldType.NUMBER:
            return field.minimum or field.maximum or 1
        case FieldType.CHECKBOX:
            return True
        case FieldType.RADIO | FieldType.SELECT:
            return field.options[0].value
        case FieldType.CHECKLIST:
            return [field.options[0].value]
        case FieldType.DATE:
            return "2026-03-10"
        case _:
            return "符合要求" * max(1, field.min_length // 4 + 1)
