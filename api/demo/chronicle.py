"""A story that is played through the doors of a running server, and written down act by act from the journals that it keeps."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from engine.cases import ACTS
from engine.clock import RULES, ClockKind, Lamp
from engine.diagrams import OUTCOME_LABELS
from forms import Field, FieldType, Form, read_form

from .doors import Doors
from .hall import hall_description, read_yaml, seed_folder
from .reckoning import Told
from .told_time import ToldServer

WATCHER = "zheng"
ZONE = ZoneInfo("Asia/Shanghai")
MORNING, EVENING = time(6), time(20)
QUIET = frozenset({"claim", "answer_call", "close", "call_matters"})
"""Acts that stand in the record and not in the story."""
WITH_STAGE: Mapping[str, str] = {"joint": "（随阶段一并受理）", "tolerant": "（容缺启动）"}
"""How a matter of a stage is accepted, by no officer of its own."""
COUNTING = ("stage_promised", "promised", "stage_statutory", "statutory", "notice", "correction", "delivery")
"""The clocks of a case, the one that a line speaks of first."""
SYSTEM_WORDS: Mapping[str, str] = {
    "call_matters": "展开各事项",
    "matter_ended": "阶段得知事项办结",
    "convert_matter": "容缺启动转为正常：前置事项的结果已到",
    "result_arrived": "前置事项已有结果",
    "stage_ended": "阶段各事项全部办结，停止计时",
    "answer_call": "阶段继续",
}


@dataclass
class Book:
    """What the chronicler knows of one case: how far its journal has been read, and its clocks as he last saw them."""

    case_no: str
    code: str
    stage: str
    master: str | None = None
    optional: bool = False
    query_code: str = ""
    read: int = 0
    running: set[tuple[str, str]] = field(default_factory=set)
    sentences: dict[str, str] = field(default_factory=dict)
    phase: str = ""


@dataclass(frozen=True)
class Deed:
    """One act as it is told: a line of the story, an object of the JSON."""

    at: datetime
    case_no: str
    matter: str
    stage: str
    window: str
    officer: str
    act: str
    outcome: str | None
    clocks: Sequence[Mapping[str, Any]]
    words: str
    clock_words: str

    @property
    def quiet(self) -> bool:
        """Whether it stands in the record only."""
        return self.act in QUIET or not self.words

    def to_json(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in ("case_no", "matter", "stage", "window", "officer")}
        return {"at": self.at.isoformat(), **told, "act": self.act, "outcome": self.outcome, "clocks": self.clocks}


class Press(NamedTuple):
    """Somebody finishes his task of a case."""

    login: str
    code: str
    step: str
    outcome: str
    details: Mapping[str, Any] = {}


class Chronicle:
    """Plays: tells the server the time, lets people act at their windows, and hands each deed to `tell` when it is done."""

    def __init__(self, server: ToldServer, doors: Doors, begins: datetime, tell: Callable[[Deed], None]) -> None:
        self._server, self._doors, self._tell = server, doors, tell
        self.now = begins.astimezone(ZONE)
        self.books: dict[str, Book] = {}
        self._windows: dict[int, str] = {}
        self._together: dict[int, int] = {}
        """Of tasks that were finished at one moment, how many departments pressed at it."""
        self._applicant = ""
        server.is_told(self.now)

    # ---- time passes
    def at(self, day: str, clock: str) -> None:
        """Go to a moment; each evening and morning on the way the lamps are looked at, as they are in every hall."""
        until = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), ZONE)
        while self.now.date() < until.date():
            self._passes(datetime.combine(self.now.date(), EVENING, ZONE))
            self._passes(datetime.combine(self.now.date() + timedelta(1), MORNING, ZONE))
        self._passes(until)

    def _passes(self, moment: datetime) -> None:
        if moment >= self.now:
            self.now = moment
            if self._server.is_told(moment):
                self._look(self._open())

    # ---- people act
    def files(
        self,
        code: str,
        applicant: str,
        project: str,
        answers: Mapping[str, Any],
        missing: Iterable[str] = (),
        clerk: str | None = None,
    ) -> None:
        """The applicant files a stage's one form, online or at the window, with every paper but the missing ones."""
        guide = _guide(code)
        lacking = frozenset(missing)
        asked = {
            "matter": code,
            "applicant": {"name": applicant},
            "answers": {**guide["sample"], **answers},
            "materials": {m["key"]: "missing" if m["key"] in lacking else "brought" for m in guide["materials"]},
            "project_code": project,
        }
        if clerk is None:
            receipt = self._doors.post(None, "/api/public/cases", {**asked, "office": "lz"})
        else:
            receipt = self._doors.post(clerk, "/api/cases", {**asked, "channel": "window"})
        self._applicant = applicant
        self.books[code] = Book(receipt["case_no"], code, code, query_code=receipt["query_code"])
        self._done(code)

    def does(
        self, login: str, code: str, step: str, outcome: str, answers: Mapping[str, Any] | None = None, **details: Any
    ) -> None:
        """An officer takes the task of a step from his window's pool and completes it; what no answer is given for is
        answered as everybody does."""
        task = self._takes(login, code, step)
        self._completes(login, task, outcome, answers, details)
        self._done(code)

    def do_together(self, *presses: Press) -> None:
        """Each has taken his task, of one case or of several; then all of them press at the same moment, each through a
        connection of his own."""
        codes = list(dict.fromkeys(one.code for one in presses))
        tasks = [self._takes(one.login, one.code, one.step) for one in presses]
        self._done(*codes)
        self._together |= dict.fromkeys((task["id"] for task in tasks), len({task["window"] for task in tasks}))
        gate, failed = threading.Barrier(len(presses)), list[BaseException]()

        def press(one: Press, task: Mapping[str, Any]) -> None:
            try:
                gate.wait()
                self._completes(one.login, task, one.outcome, None, one.details)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=press, args=both) for both in zip(presses, tasks, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        self._done(*codes)

    def acts(self, login: str, code: str, act: str, **details: Any) -> Mapping[str, Any]:
        """An officer does at a case what no step draws. Returns what was told of it."""
        path = f"/api/cases/{self.books[code].case_no}/acts/{act}"
        done: Mapping[str, Any] = self._doors.post(login, path, {"details": details})
        self._done(code)
        return dict(done["told"])

    def sends_back(self, login: str, code: str, step: str, target: str, reason: str) -> None:
        task = self._takes(login, code, step)
        self._doors.post(login, f"/api/tasks/{task['id']}/send-back", {"target": target, "reason": reason})
        self._done(code)

    def applicant(self, code: str, act: str, **details: Any) -> None:
        """The applicant acts online with the number and the query code of his stage."""
        book = self.books[code]
        body = {"query_code": book.query_code, "details": details}
        self._doors.post(None, f"/api/public/cases/{book.case_no}/acts/{act}", body)
        self._done(code)

    def matters(self, stage: str) -> list[Mapping[str, Any]]:
        """The matters of a stage as the server tells of them now."""
        found: list[Mapping[str, Any]] = self._doors.get(WATCHER, f"/api/cases/{self.books[stage].case_no}/matters")
        return found

    def _takes(self, login: str, code: str, step: str) -> Mapping[str, Any]:
        case_no = self.books[code].case_no
        pool = self._doors.get(login, "/api/tasks?limit=200")
        (task,) = (t for t in pool if t["case_no"] == case_no and t["step"] == step)
        self._windows[task["id"]] = task["window"]
        self._doors.post(login, f"/api/tasks/{task['id']}/claim")
        return {**task, "code": code}

    def _completes(
        self,
        login: str,
        task: Mapping[str, Any],
        outcome: str,
        answers: Mapping[str, Any] | None,
        details: Mapping[str, Any],
    ) -> None:
        form = _form(task["code"], task["form"]) if task["form"] else None
        given = {**(_filled(form, self.now.date()) if form else {}), **(answers or {})}
        asked = {"outcome": outcome, "answers": given, "details": details}
        self._doors.post(login, f"/api/tasks/{task['id']}/complete", asked)

    # ---- and it is written down
    def _done(self, *codes: str) -> None:
        """What follows from an act at once is done, and everything is written down."""
        more = self._server.is_told(self.now)
        self._look(self._open() if more else [self.books[code] for code in codes])

    def _open(self) -> list[Book]:
        """The cases in which something may still happen."""
        return [book for book in self.books.values() if book.phase != "closed"]

    def _look(self, books: Iterable[Book]) -> None:
        rows = [(row, book, page) for book in list(books) for row, page in self._news(book)]
        grown = {book.code: book for _, book, _ in rows if book.master is None and book.phase == "accepted"}
        rows += [(row, book, page) for book in self._meet_children(grown.values()) for row, page in self._news(book)]
        order = {code: n for n, code in enumerate(self.books)}
        for row, book, page in sorted(rows, key=lambda r: (*_when(r[0]), order[r[1].code], _turn(r[0]), r[0]["n"])):
            self._tell(self._deed(row, book, page))

    def _meet_children(self, stages: Iterable[Book]) -> list[Book]:
        """The cases that these stages have opened since."""
        met = []
        for stage in stages:
            for one in self.matters(stage.code):
                if one["case_no"] is not None and one["code"] not in self.books:
                    book = Book(one["case_no"], one["code"], stage.code, stage.case_no, one["optional"])
                    self.books[one["code"]] = book
                    met.append(book)
        return met

    def _news(self, book: Book) -> Iterable[tuple[dict[str, Any], Mapping[str, Any]]]:
        """What is new in the journal of a case, each with the case as it stands now."""
        rows = self._doors.get(WATCHER, f"/api/cases/{book.case_no}/journal")[book.read :]
        if not rows:
            return
        book.read += len(rows)
        page = self._doors.get(WATCHER, f"/api/cases/{book.case_no}")
        shown = [_clock(c) for c in page["clocks"] if c["state"] == "running" or _name(c) in book.running]
        book.running = {_name(c) for c in page["clocks"] if c["state"] == "running"}
        book.sentences = {c["kind"]: c["sentence"] for c in page["clocks"] if c["state"] == "running"}
        book.phase = page["phase"]
        for row in rows:
            yield {**row, "at": _local(row["at"])}, {**page, "shown": shown}

    def _deed(self, row: Mapping[str, Any], book: Book, page: Mapping[str, Any]) -> Deed:
        payload = row["payload"] or {}
        window, officer = self._who(row["actor"], payload, page)
        words = _words(row["act"], payload, page, book)
        together = self._together.get(payload.get("task", 0)) if "outcome" in payload else None
        shown = ("stage_statutory", *COUNTING) if row["act"] == "extend" else COUNTING
        sentence = next((book.sentences[k] for k in shown if k in book.sentences), "")
        return Deed(
            row["at"],
            book.case_no,
            book.code,
            book.stage,
            window,
            officer,
            row["act"],
            _outcome(row["act"], payload),
            page["shown"],
            f"{words}（{together} 个部门同时）" if together else words,
            sentence or page["phase_name"],
        )

    def _who(self, actor: str, payload: Mapping[str, Any], page: Mapping[str, Any]) -> tuple[str, str]:
        """The window at which it was done, and by whom."""
        kind, _, login = actor.partition(":")
        if kind == "officer":
            name, place = _staff()[login]
            return self._windows.get(payload.get("task", 0), place), name
        if kind == "applicant":
            return {"web": "网上", "mobile": "网上"}.get(payload.get("channel", "web"), "窗口"), self._applicant
        return "", "系统"

    # ---- for the reckoning
    def told(self) -> list[Told]:
        """Every case, whole, as the server tells of it now."""
        stages = list(dict.fromkeys(book.stage for book in self.books.values()))
        return [self._whole(book) for book in sorted(self.books.values(), key=lambda book: stages.index(book.stage))]

    def _whole(self, book: Book) -> Told:
        page = self._doors.get(WATCHER, f"/api/cases/{book.case_no}")
        acts = self._doors.get(WATCHER, f"/api/cases/{book.case_no}/journal")
        tasks = [{**t, "arrived_at": _local(t["arrived_at"]), "done_at": _local(t["done_at"])} for t in page["tasks"]]
        heard = [{**a, "at": _local(a["at"]), "payload": a["payload"] or {}} for a in acts]
        guide, limits = _guide(book.code), _step_limits(book.code)
        return Told(book.case_no, book.code, guide, limits, heard, tasks, page["clocks"], book.master, book.optional)


# ---------------------------------------------------------------- in words
def _when(row: Mapping[str, Any]) -> tuple[datetime, bool]:
    """Its moment; then first what people did and what lit up before them, then what follows from it in other cases."""
    return row["at"], row["actor"] == "system" and row["act"] != "flag"


def _turn(row: Mapping[str, Any]) -> tuple[int, str]:
    """Of several who press at one moment one is written down first, whichever it was; told are the signers in the order of
    names, and what a stage hears in the order of the matters, before what follows from it."""
    match row["act"]:
        case "countersign":
            return 1, str(row["actor"])
        case "matter_ended":
            return 0, str(row["payload"]["matter"])
        case _:
            return 1, ""


def _outcome(act: str, payload: Mapping[str, Any]) -> str | None:
    if payload.get("mode") in WITH_STAGE:
        return str(payload["mode"])
    known = (payload.get(name) for name in ("outcome", "to", "ending", "verdict", "result", "mode", "answer"))
    return next((str(one) for one in known if one), None)


def _words(act: str, payload: Mapping[str, Any], page: Mapping[str, Any], book: Book) -> str:
    steps = {t["id"]: t["name"] for t in page["tasks"]}
    matter = f"{page['matter']}　"
    if act == "flag":
        return "▲ " + matter + _flag_words(payload)
    if act == "receive":  # a matter of a stage is received and accepted in one act
        return "" if "stage" in payload else matter + _receipt_words(page)
    if act == "matter_moved":
        return matter + _pause_words(payload) if payload["pauses"] else ""
    if "task" in payload and "outcome" in payload and payload.get("mode") not in WITH_STAGE:
        said = payload.get("opinion") or payload.get("reason") or payload.get("text") or ""
        told = f"{steps.get(payload['task'], payload['step'])}：{OUTCOME_LABELS[payload['outcome']]}"
        turn = f"（第 {payload['round']} 轮）" if act == "countersign" else ""
        return f"{matter}{told}{turn}{'，' + str(said).rstrip('。') if said else ''}"
    label = ACTS[act].label if act in ACTS else SYSTEM_WORDS[act]
    return f"{matter}{label}{_more(act, payload, {t['step']: t['name'] for t in page['tasks']})}"


def _more(act: str, payload: Mapping[str, Any], steps: Mapping[str, str]) -> str:
    match act:
        case "accept":
            return WITH_STAGE[payload["mode"]]
        case "release_matter" | "drop_matter" | "matter_ended" | "convert_matter":
            return f" {payload['matter']}" + (f"，{payload['reason']}" if payload.get("reason") else "")
        case "order":
            return f" {payload['paper']}：{payload['text']}"
        case "answer_order":
            return f" {payload['number']}：{payload['reply']}"
        case "extend":
            return f" {payload['span'].removesuffix('wd')} 个工作日，{payload['reason']}"
        case "send_back":
            return f"到“{steps[payload['to']]}”：{payload['reason']}"
        case "add_signer":
            return f" {_departments()[payload['department']]}"
        case "result_arrived":
            return f" {payload['matter']}" + ("，转为本件的材料，不需上传" if payload["materials"] else "")
        case _:
            return ""


def _pause_words(payload: Mapping[str, Any]) -> str:
    _, ended = payload["pauses"][-1]
    return f"阶段得知事项{'恢复计时' if ended else '暂停计时'} {payload['matter']}"


def _flag_words(payload: Mapping[str, Any]) -> str:
    kind, lamp = ClockKind(payload["clock"]), Lamp(payload["to"])
    word = RULES[kind].late_word if lamp is RULES[kind].late else lamp.word
    step = f"“{payload['step']}”" if payload.get("step") else ""
    return f"{step}{RULES[kind].label}：{word}（到期 {payload['due_on']}，规则 {payload['rule']}）"


def _receipt_words(page: Mapping[str, Any]) -> str:
    filed, received = _local(page["filed_at"]), _local(page["received_at"])
    late = f"，下班后提交，{received.month}月{received.day}日 {received:%H:%M} 收件" if received > filed else "，收件"
    return f"申请 {page['case_no']}{late}"


def _clock(c: Mapping[str, Any]) -> dict[str, Any]:
    over = c["state"] != "running"
    return {
        "kind": c["kind"],
        "subject": c["subject"],
        "start": c["started_on"],
        "due": c["due_on"],
        "used": c["used"],
        "paused": c["paused"],
        "lamp": "done" if over else c["lamp"],
    }


def _name(c: Mapping[str, Any]) -> tuple[str, str]:
    return c["kind"], c["subject"]


def _local(moment: str | None) -> Any:
    return None if moment is None else datetime.fromisoformat(moment).astimezone(ZONE)


# ---------------------------------------------------------------- what is printed beside the product
@cache
def _guide(code: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml((seed_folder() / code / "guide.yaml").read_text("utf-8"))
    return found


@cache
def _form(code: str, name: str) -> Form:
    return read_form((seed_folder() / code / "forms" / f"{name}.json").read_bytes(), name)


@cache
def _step_limits(code: str) -> Mapping[str, str]:
    """The limit of each step as the diagram writes it, those of the parts that every matter calls among them."""
    files = [*sorted((seed_folder() / "parts").glob("*.bpmn")), seed_folder() / code / "matter.bpmn"]
    drawn = (re.findall(r"<bpmn:userTask ([^>]*)>", file.read_text("utf-8")) for file in files)
    named = (dict(re.findall(r'([\w:]+)="([^"]*)"', one)) for found in drawn for one in found)
    return {step["id"]: step["ls:limit"] for step in named if "ls:limit" in step}


@cache
def _staff() -> Mapping[str, tuple[str, str]]:
    """Name and place of every officer of the city, by log-in."""
    return {o["login"]: (o["name"], _departments()[o["department"]]) for o in _city()["officers"]}


@cache
def _departments() -> Mapping[str, str]:
    return {d["code"]: d["name"] for d in _city()["departments"]}


@cache
def _city() -> Mapping[str, Any]:
    found: Mapping[str, Any] = hall_description()["offices"][0]
    return found


def _filled(form: Form, today: date) -> dict[str, Any]:
    """The usual answers: everything checked, nothing against it."""
    return {f.key: _answer(f, today) for f in form.fields if f.required or f.key == "opinion"}


def _answer(one: Field, today: date) -> Any:
    match one.type:
        case FieldType.NUMBER:
            return one.minimum or 1
        case FieldType.CHECKBOX:
            return True
        case FieldType.RADIO | FieldType.SELECT:
            return one.options[0].value
        case FieldType.CHECKLIST:
            return [option.value for option in one.options]
        case FieldType.DATE:
            return today.isoformat()
        case _:
            return "经核对，与申报材料一致，符合规定条件。"
