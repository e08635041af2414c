"""What the journal tells of a case, put together again row by row: verify holds the tables against it.

What a lawfully removed payload told is not known any more: then the columns that hang on it are left out, and the facts
beside the case (materials, pauses, documents …) are not compared at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ..clock import ClockKind, OfficeTime
from ..store import journal
from .acts import ACTS
from .phases import ENDS, Phase

_RESULTS = {
    "refuse_acceptance": "not_accepted",
    "decide_grant": "granted",
    "decide_refuse": "refused",
    "withdraw": "withdrawn",
    "terminate": "terminated",
    "revoke": "revoked",
    "upper_granted": "granted",
    "upper_refused": "refused",
    "upper_revoked": "revoked",
}
_ACCEPTANCE = ("accepted_at", "accepted_on", "acceptance_mode")
_OUT = {"transfer_hq": "hq", "escalate_up": "upper_level", "send_up": "upper_level"}
_TOLD_ABOVE = ("upper_granted", "upper_refused")
_BACK = {"return_from_hq": "hq", "return_from_upper": "upper_level"}

Facts = dict[str, Any]


@dataclass
class Retold:
    """columns: of the case's own row. tables: facts beside it, each with the columns that were told, in their order; an officer
    by his log-in, a department by its code. tasks: what became of each by its id. whole: every payload is still there."""

    columns: Facts = field(default_factory=dict)
    tables: dict[str, list[Facts]] = field(default_factory=dict)
    tasks: dict[int, Facts] = field(default_factory=dict)
    versions: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = True


def retell(rows: Iterable[journal.JournalRow], time: OfficeTime) -> Retold:
    """Put a case together from its journal."""
    teller = _Teller(time)
    for row in rows:
        teller.hear(row)
    return teller.told


class _Teller:
    def __init__(self, time: OfficeTime) -> None:
        self.time = time
        self.told = Retold(columns=dict.fromkeys((*_ACCEPTANCE, "decided_at", "decided_on", "served_at", "closed_at")))
        self.told.columns["result"] = None
        self.received_last: datetime | None = None
        self.resolutions: dict[str, Facts] = {}

    def hear(self, row: journal.JournalRow) -> None:
        columns = self.told.columns
        columns["case_no"] = row.header["subject"]
        self.told.versions = row.header["versions"] or self.told.versions  # a lamp turns without reading the version
        becomes = ACTS[row.act].becomes if row.act in ACTS else None
        if becomes is not None:
            columns["phase"] = becomes
        if becomes in ENDS:
            columns["closed_at"] = row.at
        if row.act in _RESULTS:
            columns["result"] = _RESULTS[row.act]
        if becomes is Phase.DECIDED:
            columns |= self._decision(row)
        if becomes is Phase.SERVED:
            columns["served_at"] = row.at
        if row.payload is None:
            self._unheard(row.act)
            return
        for hear in (_BY_ACT.get(row.act), *_IN_ANY_ACT):
            if hear is not None:
                hear(self, row, row.payload)
        if becomes is Phase.ACCEPTED:
            self._accepted(row, row.payload)

    def _unheard(self, act: str) -> None:
        self.told.whole = False
        if act in _TOLD_ABOVE:
            del self.told.columns["decided_at"], self.told.columns["decided_on"]
        if act == "conclude":
            self.told.columns.pop("result", None)
        if act in ("receive", "receive_correction"):
            self.received_last = None
        if ACTS[act].becomes is Phase.ACCEPTED if act in ACTS else False:
            for name in _ACCEPTANCE:
                self.told.columns.pop(name, None)

    # ---- the case's own row
    def _received(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        at = self.received_last = datetime.fromisoformat(payload["received_at"])
        applicant = payload["applicant"]
        self.told.columns |= {
            "channel": payload["channel"],
            "applicant": applicant,
            "applicant_name": str(applicant["name"]).strip(),
            "answers": payload["answers"],
            "received_at": at,
            "received_on": self.time.civil(at),
            "filed_at": _moment(payload.get("filed_at")) or row.at,  # where a stage opened it, with the stage
            "master_id": payload.get("master"),
            "lower_id": payload.get("below"),
        }
        if "project_code" in payload:  # told since 0.1
            self.told.columns["project_code"] = payload["project_code"]
        shared, sources = payload.get("brought_at", {}), payload.get("sources", {})
        for key, state in payload["materials"].items():
            brought_at = _moment(shared.get(key)) or at
            self._add(
                "materials",
                key=key,
                state=state,
                promised_on=None,
                brought_at=brought_at if state == "brought" else None,
                source_id=sources.get(key),
            )

    def _concluded(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        self.told.columns["result"] = payload["result"]

    def _accepted(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        since = self.received_last if payload["mode"] == "deemed" else row.at
        on = date.fromisoformat(payload["accepted_on"])
        self.told.columns |= {"acceptance_mode": payload["mode"], "accepted_on": on, "accepted_at": since}
        if since is None:
            del self.told.columns["accepted_at"]

    # ---- facts beside it
    def _add(self, table: str, **facts: Any) -> None:
        self.told.tables.setdefault(table, []).append(facts)

    def _known(self, table: str) -> list[Facts]:
        return self.told.tables.get(table, [])

    def _one(self, table: str, **by: Any) -> Facts:
        """The fact that these columns name. Where what told of it was removed lawfully, one that is kept nowhere."""
        named = by.items()
        return next((one for one in self._known(table) if all(one[name] == value for name, value in named)), {})

    def _material(self, key: str, **facts: Any) -> None:
        for one in self._known("materials"):
            if one["key"] == key:
                one |= facts

    def _asked(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        self._add("corrections", round=payload["round"], items=payload["items"], asked_at=row.at, brought_at=None)
        for item in payload["items"]:
            self._material(item["material"], state="missing")

    def _corrected(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        at = self.received_last = datetime.fromisoformat(payload["received_at"])
        for one in self._known("corrections")[-1:]:
            one["brought_at"] = at
        for key in payload["materials"]:
            self._material(key, state="brought", brought_at=at)

    def _promised(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        for one in payload["promises"]:
            promised_on = date.fromisoformat(one["promised_on"])
            self._material(one["material"], state="promised", promised_on=promised_on)

    def _brought(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        for key in payload["materials"]:
            self._material(key, state="brought", brought_at=row.at)

    def _arrived(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        at = _moment(payload.get("brought_at")) or row.at
        for key in payload["materials"]:
            self._material(key, state="brought", brought_at=at, source_id=payload["source_id"])

    def _lost(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        for key in payload["materials"]:
            self._material(key, state="promised", brought_at=None, source_id=None)

    def _added(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        missing = {m["key"] for m in self._known("materials") if m["state"] == "missing"}
        for key in missing & {one["material"] for one in payload["files"]}:
            self._material(key, state="brought", brought_at=row.at)

    def _paused(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        told = {name: payload[name] for name in ("ground", "basis", "reason", "planned")}
        begun = {"started_at": row.at, "started_on": self.time.civil(row.at), "approved_by": _login(row)}
        self._add("pauses", **told, **begun, ended_at=None, ended_on=None)

    def _resumed(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        for one in self._known("pauses"):
            if one["ended_at"] is None and payload.get("ground", one["ground"]) == one["ground"]:
                one |= {"ended_at": row.at, "ended_on": self.time.civil(row.at)}

    def _stopped(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        self._resumed(row, {})
        for code in payload.get("not_started", ()):
            matter = self._one("stage_matters", code=code)
            self._matter_over(matter, "not_started", self.time.civil(row.at))
            matter |= {"open_at": None, "open_on": None}

    def _extended(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        told = {name: payload[name] for name in ("span", "approver", "reason")}
        approved = {"approved_at": row.at, "approved_by": _login(row)}
        self._add("extensions", kind=payload.get("kind", ClockKind.STATUTORY), **approved, **told)

    def _sent(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        told = {"receiver": payload["receiver"], "reason": payload["opinion" if row.act == "send_up" else "reason"]}
        self._add("transfers", kind=_OUT[row.act], sent_at=row.at, back_at=None, told_n=0, **told)

    def _back(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        for one in self._known("transfers"):
            if one["back_at"] is None and one["kind"] == _BACK[row.act]:
                one["back_at"] = row.at

    # ---- of the case above: what it decided is dated there, and how far it was heard
    def _decision(self, row: journal.JournalRow) -> Facts:
        if row.act in _TOLD_ABOVE and row.payload is not None:
            on = date.fromisoformat(row.payload["decided_on"])
            return {"decided_at": datetime.fromisoformat(row.payload["decided_at"]), "decided_on": on}
        return {"decided_at": row.at, "decided_on": self.time.civil(row.at)}

    def _told_above(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        back_at = _moment(payload.get("back_at"))
        heard = [one for one in self._known("transfers") if one["kind"] == "upper_level" and "upper_n" in payload]
        for one in heard:
            one["told_n"] = payload["upper_n"]
            one["back_at"] = back_at or one["back_at"]

    def _nudged(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        nudged_on = date.fromisoformat(payload["nudged_on"])
        self._add("nudges", at=row.at, text=payload["text"], nudged_on=nudged_on, officer_id=_login(row))

    def _ordered(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        told = {"number": payload["paper"], "text": payload["text"], "department": payload["department"]}
        if "reply_due_on" in payload:  # told since 0.1
            told["reply_due_on"] = date.fromisoformat(payload["reply_due_on"])
        issued = {"issued_at": row.at, "issued_by": _login(row)}
        self._add("orders", **told, **issued, reply=None, replied_at=None, replied_by=None)

    def _answered(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        for one in self._known("orders"):
            if one["number"] == payload["number"]:
                one |= {"reply": payload["reply"], "replied_at": row.at, "replied_by": _login(row)}

    def _consulted(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        told = {name: payload[name] for name in ("kind", "place", "chair", "attendees", "agenda", "text", "corrects")}
        held_on = date.fromisoformat(payload["held_on"])
        written = {"number": payload["paper"], "written_at": row.at, "convened_by": _login(row)}
        self._add("consultations", held_on=held_on, **written, **told)
        for item, one in enumerate(payload["resolutions"], 1):
            reported = {"report": one.get("report"), "reported_at": _moment(one.get("reported_at"))}
            what = {name: one[name] for name in ("text", "department_id")}
            due_on = date.fromisoformat(one["due_on"]) if one["due_on"] else None
            self._add("resolutions", item=item, due_on=due_on, **what, **reported)
            self.resolutions[f"{payload['paper']}第{item}项"] = self._known("resolutions")[-1]

    def _resolution_reported(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        told = self.resolutions.get(payload["resolution"], {})  # the text of what was resolved may be removed lawfully
        told |= {"report": payload["text"], "reported_at": row.at, "reported_by": _login(row)}

    def _papers(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        if payload.get("paper"):
            self._add("papers", number=payload["paper"], digest=payload.get("digest"), issued_at=row.at)

    def _files(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        there = {(one["key"], one["digest"]) for one in self._known("material_files")}
        for one in payload.get("files", ()):
            if (one["material"], one["digest"]) in there:  # the same content under two names is one file
                continue
            there.add((one["material"], one["digest"]))
            told = {name: one[name] for name in ("name", "size", "digest")}
            at = {"key": one["material"], "media_type": one["type"], "brought_at": row.at, "brought_by": row.actor}
            self._add("material_files", **at, **told)

    # ---- the matters of a stage
    def _called(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        for one in payload["matters"]:
            told = {name: one[name] for name in ("token", "optional", "state", "reason", "tolerant")}
            unheard: Facts = {
                "child_id": None,
                "told_n": 0,
                "pauses": [],
                "ending": None,
                "failed": None,
                "ended_on": None,
            }
            self._add("stage_matters", code=one["matter"], **told, **self._opened(one["open_at"]), **unheard)

    def _called_again(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        for one in payload.get("called_again", ()):
            self._one("stage_matters", code=one["matter"])["token"] = one["token"]

    def _released(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        matter = self._one("stage_matters", code=payload["matter"])
        if "why" in payload:
            matter |= {"state": "waiting", "reason": payload["why"]}
            return
        matter |= {"state": "open", "reason": "", **self._opened(payload["open_at"])}
        matter["tolerant"] = payload.get("tolerant", False)

    def _converted(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        self._one("stage_matters", code=payload["matter"]).update(tolerant=False, reason="")

    def _dropped(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        matter = self._one("stage_matters", code=payload["matter"])
        self._matter_over(matter, "not_started", self.time.civil(row.at))
        matter["reason"] = payload["reason"]

    def _matter_heard(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        matter = self._one("stage_matters", code=payload["matter"])
        if "child" in payload:
            matter |= {"child_id": payload["child"], "told_n": payload["n"], "pauses": payload["pauses"]}
        if payload["ending"] and matter.get("ending") is None:
            self._matter_over(matter, payload["ending"], date.fromisoformat(payload["ended_on"]))
            matter["failed"] = payload.get("failed")

    def _matter_over(self, matter: Facts, ending: str, on: date) -> None:
        matter |= {"state": "ended", "ending": ending, "ended_on": on}

    def _opened(self, at: str | None) -> Facts:
        moment = _moment(at)
        return {"open_at": moment, "open_on": self.time.civil(moment) if moment is not None else None}

    # ---- other systems
    def _called_out(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        for one in payload.get("called_out", ()):
            told = {
                name: one[name] for name in ("token", "step", "name", "department", "window_id", "connection", "system")
            }
            begun: Facts = {"state": "waiting", "tries": 0, "reason": "", "asked_at": row.at}
            self._add("calls", **told, **begun, next_at=row.at, ended_at=None)
        for one in payload.get("calls_withdrawn", ()):
            self._one("calls", token=one["token"]).update(state="withdrawn", next_at=None, ended_at=row.at)

    def _call_over(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        state = {"call_answered": "answered", "call_refused": "refused"}.get(row.act, "by_hand")
        tries = {"tries": payload["tries"]} if "tries" in payload else {}
        over = {"state": state, "reason": payload.get("reason", ""), "next_at": None, "ended_at": row.at, **tries}
        self._one("calls", token=payload["token"]).update(over)

    def _call_failed(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        next_at = _moment(payload["next_at"])
        if next_at is None:
            self._call_over(row, payload)
        else:
            failed = {"tries": payload["tries"], "reason": payload["reason"], "next_at": next_at}
            self._one("calls", token=payload["token"]).update(failed)

    # ---- departments together
    def _enlisted(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        for one in payload.get("signers", ()):
            asked_at = row.at if one["state"] == "asked" else None
            silent: Facts = {"verdict": None, "opinion": "", "person_id": None, "signed_at": None, "reason": ""}
            self._add("signers", **one, asked_at=asked_at, **silent)

    def _signed(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        opinion = payload["opinion"] or str(payload["answers"].get("opinion") or "")
        said = {"verdict": payload["verdict"], "opinion": opinion, "person_id": _person(row), "signed_at": row.at}
        self._signer(payload, payload["place"]).update(state="signed", **said)
        self._signing_goes_on(row, payload)

    def _left_out(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        self._signer(payload, payload["place"]).update(state="removed", reason=payload["reason"])
        self._signing_goes_on(row, payload)

    def _signing_goes_on(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        if payload["settles"]:
            for one in self._known("signers"):
                this_round = (one["step"], one["round"]) == (payload["step"], payload["round"])
                if this_round and one["state"] in ("asked", "waiting"):
                    one["state"] = "spared"
        if "asks" in payload:
            self._signer(payload, payload["asks"]).update(state="asked", asked_at=row.at)

    def _signer(self, payload: Mapping[str, Any], place: int) -> Facts:
        """The one at a place of the round that is told of."""
        return self._one("signers", step=payload["step"], round=payload["round"], place=place)

    def _opinion_asked(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        told = {"id": payload["opinion"], "department": payload["department"], "question": payload["question"]}
        asked = {"asked_by": _login(row), "asked_at": row.at}
        owed: Facts = {"answer": None, "text": "", "person_id": None, "answered_at": None}
        self._add("opinions", **told, **asked, **owed, due_on=date.fromisoformat(payload["due_on"]))

    def _opinion_given(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        said = {"answer": payload["answer"], "text": payload["text"], "person_id": _person(row), "answered_at": row.at}
        self._one("opinions", id=payload["opinion"]).update(said)

    # ---- the tasks: who holds or finished each
    def _task(self, row: journal.JournalRow, payload: Mapping[str, Any]) -> None:
        task = payload.get("task")
        if not isinstance(task, int):
            return
        if row.act == "claim":
            self.told.tasks[task] = {"state": "claimed", "login": _login(row), "claimed_at": row.at}
        elif row.act in ("transfer", "hand_over") and payload["to"] != "pool":
            self.told.tasks[task] = {"state": "claimed", "login": payload["to"], "claimed_at": row.at}
        elif row.act in ("give_back", "hand_over"):
            self.told.tasks[task] = {"state": "open"}
        elif "outcome" in payload:
            done = {"state": "done", "outcome": payload["outcome"], "done_at": row.at, "step": payload["step"]}
            self.told.tasks[task] = {**self.told.tasks.get(task, {}), **done, "person_id": _person(row)}


def _person(row: journal.JournalRow) -> int | None:
    """The natural person who did it; None where the system or the applicant did."""
    person = row.header["person"]
    return int(person) if person else None


def _login(row: journal.JournalRow) -> str:
    """Of the officer who did it."""
    return row.actor.removeprefix("officer:")


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


_BY_ACT: Mapping[str, Callable[[_Teller, journal.JournalRow, Mapping[str, Any]], None]] = {
    "receive": _Teller._received,
    "conclude": _Teller._concluded,
    "request_correction": _Teller._asked,
    "receive_correction": _Teller._corrected,
    "accept_tolerant": _Teller._promised,
    "bring_material": _Teller._brought,
    "result_arrived": _Teller._arrived,
    "result_revoked": _Teller._lost,
    "add_file": _Teller._added,
    "start_special": _Teller._paused,
    "end_special": _Teller._resumed,
    "withdraw": _Teller._stopped,
    "terminate": _Teller._stopped,
    "extend": _Teller._extended,
    **dict.fromkeys(_OUT, _Teller._sent),
    **dict.fromkeys(_BACK, _Teller._back),
    "nudge": _Teller._nudged,
    "order": _Teller._ordered,
    "answer_order": _Teller._answered,
    "call_matters": _Teller._called,
    "release_matter": _Teller._released,
    "convert_matter": _Teller._converted,
    "drop_matter": _Teller._dropped,
    **dict.fromkeys(("matter_moved", "matter_ended"), _Teller._matter_heard),
    "call_failed": _Teller._call_failed,
    **dict.fromkeys(("call_answered", "call_refused", "take_over_call"), _Teller._call_over),
    "countersign": _Teller._signed,
    "remove_signer": _Teller._left_out,
    "ask_opinion": _Teller._opinion_asked,
    "answer_opinion": _Teller._opinion_given,
    "consult": _Teller._consulted,
    "report_resolution": _Teller._resolution_reported,
}
_IN_ANY_ACT = (
    _Teller._papers,
    _Teller._files,
    _Teller._task,
    _Teller._called_again,
    _Teller._called_out,
    _Teller._enlisted,
    _Teller._told_above,
)
"""What any act may bring with it."""

KEYS: Mapping[str, Sequence[str]] = {
    "materials": ("key",),
    "material_files": ("key", "digest"),
    "corrections": ("round",),
    "extensions": ("kind",),
    "papers": ("number",),
    "orders": ("number",),
    "consultations": ("number",),
    "resolutions": (),
    "pauses": (),
    "transfers": (),
    "nudges": (),
    "stage_matters": ("code",),
    "signers": ("step", "round", "place"),
    "opinions": ("id",),
    "calls": ("token",),
}
"""The facts beside a case, and by what each is known; by its place in the order where there is nothing else."""
