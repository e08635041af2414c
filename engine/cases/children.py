"""The cases that a stage opens, and what cases hear of each other. Every function here is a job: it touches one case, bears a
second run, and dates what it does by the act that it hears of, never by the moment at which a worker came to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..catalogue import APPLICATION, Version, running_version
from ..clock import ClockKind, CountedFrom
from ..diagrams import StepKind
from ..errors import LianshenError, NotValid
from ..people import SYSTEM, office, office_time
from ..store import Tx, journal, possession, tables
from ..store.possession import Hold, Holder
from . import decisions, joint, stage
from .acts import ACTS
from .case import OpenCase, new_case, open_case
from .intake import accept_as, finish_intake, next_case_no, received_last
from .phases import BEFORE_DECISION, Phase
from .results import names


class StartsOtherwise(NotValid):
    """A matter that does not begin with its intake cannot be accepted with the stage's form."""

    code = "starts-otherwise"
    sentence = "事项“{matter}”的流程不是从“受理”开始，不能随阶段一并受理。"
    remedy = "请流程设计员把受理画在该事项流程的开头，发布新版本；之后这一步会自动重试。"


def open_child(tx: Tx, master_id: int, payload: Mapping[str, Any], now: datetime) -> int:
    """Open the case of one matter of a stage and accept it with the stage's form. Returns its id. Race: the job runs twice, or
    two workers run it; the unique key (stage, matter) lets one case be. A stage that has ended meanwhile opens nothing, and one
    that is to end waits until the case is there: its row is held, not to be written but so that nobody else does."""
    c = tables.cases
    master = tx.keep_still(master_id)
    assert master is not None, f"there is no case {master_id}"
    version = running_version(tx, master.office_id, str(payload["matter"]))
    there = tx.value(sa.select(c.c.id).where(c.c.master_id == master_id, c.c.matter_id == version.matter_id))
    if there is not None:
        return int(there)
    if master.phase != Phase.ACCEPTED:
        return 0
    of = office(tx, master.office_id)
    at, time = datetime.fromisoformat(payload["at"]), office_time(tx, of)
    together = at == master.accepted_at
    received_at = received_last(tx, master) if together else at
    values = {
        "case_no": next_case_no(tx, of, version.code, time.civil(at)),
        **given_on(master, version),
        "master_id": master_id,
        "filed_at": received_at,
        "received_at": received_at,
        "received_on": time.civil(received_at),
    }
    with new_case(tx, values, at) as case:
        if together:  # until its acceptance it lay at the window that took the stage's form
            possession.hand(tx, case.id, Hold(Holder.WINDOW, _joint_window(tx, master_id)), received_at)
        shared = share_materials(case, version, master_id, tolerant=bool(payload.get("tolerant")))
        for row in tx.rows(sa.select(tables.case_departments).where(tables.case_departments.c.case_id == master_id)):
            tx.insert_once(tables.case_departments, case_id=case.id, department_id=row.department_id)
        case.start_decision_clocks(CountedFrom.RECEIVED, values["received_on"])
        case.start_process({**case.routing_facts(values["answers"]), "channel": master.channel})
        case.told(
            "receive",
            SYSTEM,
            stage=master.case_no,
            master=master_id,
            channel=master.channel,
            applicant=master.applicant,
            answers=values["answers"],
            **shared,
            filed_at=received_at.isoformat(),
            received_at=received_at.isoformat(),
            project_code=master.project_code,
        )
        case.settle()
        told = accept_as(case, SYSTEM, mode="tolerant" if payload.get("tolerant") else "joint")
        case.enter("accept")
        done = finish_intake(case)
        if not done:
            raise StartsOtherwise(matter=version.name)
        case.told("accept", SYSTEM, **told, **done)
    return case.id


def _joint_window(tx: Tx, master_id: int) -> int:
    t = tables.tasks
    asked = sa.select(t.c.window_id).where(t.c.case_id == master_id, t.c.kind == StepKind.INTAKE)
    return int(tx.value(asked.order_by(t.c.id).limit(1)))


def given_on(giver: Any, version: Version) -> dict[str, Any]:
    """What a case that another one opens has from it: who applied and by what answers, so far as this form asks for them, for which
    project, and the one code by which he follows both. giver: the row of that case."""
    keys = version.content.forms[APPLICATION].keys
    return {
        "office_id": version.office_id,
        "matter_id": version.matter_id,
        "version_id": version.id,
        "channel": giver.channel,
        "applicant_name": giver.applicant_name,
        "applicant": giver.applicant,
        "answers": {key: value for key, value in giver.answers.items() if key in keys},
        "project_code": giver.project_code,
        "query_digest": giver.query_digest,
        "phase": Phase.RECEIVED,
    }


def share_materials(case: OpenCase, version: Version, giver_id: int, *, tolerant: bool = False) -> dict[str, Any]:
    """What was brought for a stage is brought for each of its matters, and what was brought to the lower office for the upper one,
    files included; results of other matters come by themselves. A paper that its rule does not ask for on this route is not
    needed. Returns what the journal is told of them."""
    told: list[dict[str, Any]] = []
    m, f = tables.materials, tables.material_files
    shared = {r.name: r for r in case.tx.rows(sa.select(m).where(m.c.case_id == giver_id))}
    files = case.tx.rows(sa.select(f).where(f.c.case_id == giver_id).order_by(f.c.id))
    answers = case.tx.value(sa.select(tables.cases.c.answers).where(tables.cases.c.id == giver_id))
    for material in version.guide.materials:
        given, need = shared.get(material.name), material.need
        state = "brought" if given is not None and given.state == "brought" else "missing"
        brought_at = given.brought_at if given is not None and state == "brought" else None
        source = given.source_id if given is not None and state == "brought" else None
        if need is not None and not need.holds(answers):
            state, brought_at, source = "not_needed", None, None
        elif need is not None and (found := stage.granted_case(case, need.codes)) is not None:
            state, brought_at, source = "brought", case.now, found.id
        elif need is not None and tolerant and state == "missing":
            state = "promised"
        case.tx.insert(
            m,
            case_id=case.id,
            key=material.key,
            name=material.name,
            rule=material.rule,
            state=state,
            brought_at=brought_at,
            source_id=source,
        )
        for one in files:
            if given is not None and one.key == given.key and state == "brought":
                copied = {"name": one.name, "size": one.size, "digest": one.digest}
                brought = {"media_type": one.media_type, "brought_at": case.now, "brought_by": SYSTEM.journal_name}
                case.tx.insert_once(f, case_id=case.id, key=material.key, **copied, **brought)
                told.append({"material": material.key, "type": one.media_type, **copied})
    rows = case.materials()
    return {
        "materials": {row.key: row.state for row in rows},
        "brought_at": {row.key: row.brought_at.isoformat() for row in rows if row.brought_at is not None},
        "sources": {row.key: row.source_id for row in rows if row.source_id is not None},
        "files": told,
    }


def child_told(tx: Tx, case_id: int, payload: Mapping[str, Any], now: datetime) -> None:
    """A stage hears how one of its matters stands. What is older than what it knows changes nothing."""
    with open_case(tx, case_id, now) as case:
        known = {m.code: m for m in stage.matters_of(tx, case.id)}
        matter = known.get(payload["matter"])
        if matter is None or payload["n"] <= matter.told_n:
            return
        values: dict[str, Any] = {"told_n": payload["n"], "child_id": payload["child"], "pauses": payload["pauses"]}
        if payload["ending"] and matter.ending is None:
            values |= {
                "state": "ended",
                "ending": payload["ending"],
                "ended_on": date.fromisoformat(payload["ended_on"]),
            }
        stage.change(tx, matter, **values)
        act = "matter_ended" if payload["ending"] else "matter_moved"
        told = {name: payload[name] for name in ("matter", "case_no", "child", "n", "ending", "ended_on", "pauses")}
        _ = case.process
        case.told(act, SYSTEM, **told)


def result_came(tx: Tx, case_id: int, payload: Mapping[str, Any], now: datetime) -> None:
    """The result of another matter of the project has come: it is a material since it was decided, without an upload and whenever
    this message arrived; a tolerant start is one no longer, and a stage lets go what waited for it."""
    at = datetime.fromisoformat(payload["at"])
    with open_case(tx, case_id, now) as case:
        if case.phase not in BEFORE_DECISION:
            return
        came = [m for m in case.materials() if m.state in ("missing", "promised") and names(m.rule, payload["matter"])]
        m = tables.materials
        for material in came:
            where = sa.and_(m.c.case_id == case.id, m.c.key == material.key)
            values = {"state": "brought", "brought_at": at, "source_id": payload["source"]}
            tx.execute(m.update().where(where).values(**values))
            case.clocks.stop(ClockKind.TOLERANCE, case.time.civil(at), material.key)
        if case.version.guide.stage:
            _ = case.process
        if came or case.version.guide.stage:
            told = {"matter": payload["matter"], "source": payload["case_no"], "source_id": payload["source"]}
            case.told("result_arrived", SYSTEM, **told, brought_at=payload["at"], materials=[m.key for m in came])


def result_revoked(tx: Tx, case_id: int, payload: Mapping[str, Any], now: datetime) -> None:
    """A result that became a material was taken back. While the case is not decided the paper is missing again, and nothing can
    be granted before another one has come; what is decided already stays, and the record says on what it was built."""
    with open_case(tx, case_id, now) as case:
        m, built = tables.materials, [r for r in case.materials() if r.source_id == payload["source"]]
        lost = built if case.phase in BEFORE_DECISION else []
        for row in lost:
            values = {"state": "promised", "brought_at": None, "source_id": None}
            tx.execute(m.update().where(m.c.case_id == case.id, m.c.key == row.key).values(**values))
        told = {"matter": payload["matter"], "source": payload["case_no"], "decided": case.phase not in BEFORE_DECISION}
        case.told("result_revoked", SYSTEM, **told, materials=[r.key for r in lost], built=[r.key for r in built])


def end_child(tx: Tx, case_id: int, payload: Mapping[str, Any], at: datetime) -> None:
    """A stage was withdrawn or terminated at this moment: so is this matter of it, unless it is decided already. It ends with the
    stage, or with what was done on it last, where somebody worked on it before this message came; a lamp is no work."""
    act = str(payload["act"])
    tx.lock_case(case_id)
    worked_at = journal.last_at(tx, journal.Stream("case", case_id), but="flag")
    with open_case(tx, case_id, max(at, worked_at)) as case:
        try:
            ACTS[act].demand_phase(case.phase, case.case_no)
        except LianshenError:
            return
        decisions.end_with(case, act, payload["details"])


def opinion_due(tx: Tx, case_id: int, payload: Mapping[str, Any], now: datetime) -> None:
    """The day on which an opinion was due is over: where the office has a rule for it, silence is no objection."""
    with open_case(tx, case_id, now) as case:
        joint.take_silence(case, int(payload["opinion"]))
