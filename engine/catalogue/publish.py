"""Publishing: read, lint, compile, check forms and windows, store the very bytes. One act, one transaction.

The database says what runs; a folder seeds and exchanges. Race: two designers publish at once: the one who names a
version that is not running any more is refused, and the unique key (matter, number) is the net below.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

from forms import FieldType, Form, FormNotAnswered, FormNotUnderstood, judge, read_form

from ..clock import ClockKind, OfficeTime
from ..connections import open_codes
from ..diagrams import (
    CORRECTION_RECEIVED,
    Diagram,
    Finding,
    Levels,
    MatterFacts,
    Reading,
    Severity,
    StepKind,
    Survey,
    TimeProof,
    has_errors,
    latest_behind,
    lint_reading,
    read,
    unreached,
)
from ..errors import Fault, NotNow, NotValid
from ..people import (
    Office,
    Officer,
    Role,
    Window,
    demand_role_in,
    office_time,
    officers_at,
    officers_of,
    remedy_text,
    upper_office,
    window_for,
    windows,
)
from ..runtime import Refused, compile
from ..store import ConstraintBroken, Tx, journal, tables
from .bundle import DIAGRAM, FORMS, GUIDE, PARTS, Bundle, content_hash, diagrams_of, drawn_of, form_key, read_folder
from .foundation import without_basis
from .guide import Guide, GuideNotUnderstood, parsed_guide, places_of, read_guide
from .marks import unverified_as_law
from .proving import called_matters, summary
from .strictness import levels_of
from .version import APPLICATION, OWN_DEPARTMENT, Version, nodes, running_version, upper_version, version


class MatterNotPublishable(NotValid):
    """The bundle has errors; `faults` is every one of them, from every check."""

    code = "matter-not-publishable"
    sentence = "事项“{matter}”有 {count} 处错误，没有发布，正在运行的版本不受影响。"
    remedy = "按每处的提示修改后重新发布。"


class VersionOutdated(NotNow):
    """The files were made from a version that is not the running one."""

    code = "version-outdated"
    sentence = "事项“{matter}”现在运行第 {running} 版，这份文件{base}。"
    remedy = "先用 lianshen export 取回第 {running} 版合并修改；确认要覆盖时，加上 --over {running}。"


WRITTEN = (FieldType.TEXTFIELD, FieldType.TEXTAREA)
SAYS_NO = re.compile("不予|不同意|不通过|未通过|不符合|不合格|不可行|不准|驳回|退回|拒绝|否决|反对")
LOOKING = frozenset((StepKind.INTAKE, StepKind.REVIEW, StepKind.CHECK, StepKind.DECIDE))
FREE = re.compile("(不收费|免费|无)[。.]?")


@dataclass(frozen=True)
class Checked:
    """What the checks found in a bundle. `bundle` holds only the parts that the diagram calls; `diagram` is None where no
    faithful one could be read. proof: of the promise and the statute by the step limits, None where nothing could be proved."""

    code: str
    bundle: Bundle
    findings: tuple[Finding, ...]
    diagram: Diagram | None = None
    proof: TimeProof | None = None

    @property
    def good(self) -> bool:
        return not has_errors(self.findings)


@dataclass(frozen=True)
class Published:
    """The version that runs now; `new` is False when this very content was running already."""

    version: Version
    new: bool
    warnings: tuple[Finding, ...]


def publish(
    tx: Tx, of: Office, bundle: Bundle, by: Officer | None, note: str, now: datetime, *, over: int | None = None
) -> Published:
    """Make this content the running version of its matter in an office. Idempotent by content.

    over: number of the version that these files replace; None when the matter has none yet. by: None for the seeds
    that come with the program. Raises ActNotAllowed, MatterNotPublishable with every fault, VersionOutdated.
    """
    if by is not None:
        demand_role_in(tx, by, of.id, Role.DESIGNER)
    checked = check(tx, of, bundle, now)
    if not checked.good:
        faults = [f.fault() for f in checked.findings if f.severity is Severity.ERROR]
        raise MatterNotPublishable(faults=faults, matter=checked.code, count=len(faults))
    guide = read_guide(checked.bundle[GUIDE], GUIDE)
    warnings = tuple(f for f in checked.findings if f.severity is not Severity.ERROR)
    matter = _matter_row(tx, of, guide)
    digest = content_hash(checked.bundle)
    same = tx.row(
        sa.select(tables.versions).where(
            tables.versions.c.matter_id == matter.id, tables.versions.c.content_hash == digest
        )
    )
    if same is not None and same.number == matter.running_number:
        return Published(version(tx, same.id), False, warnings)
    if over != matter.running_number:
        base = "没有注明替换哪一版" if over is None else f"替换的是第 {over} 版"
        raise VersionOutdated(matter=guide.code, running=matter.running_number, base=base)
    number = same.number if same is not None else _store(tx, matter.id, checked.bundle, digest, by, note, now)
    m = tables.matters
    told_by_guide = {"name": guide.name, "department_id": _department_id(tx, of, guide)}
    tx.execute(m.update().where(m.c.id == matter.id).values(running_number=number, **told_by_guide))
    made = running_version(tx, of.id, guide.code)
    told = {"matter": guide.code, "number": number, "content": digest, "over": over, "note": note}
    if checked.proof is not None:
        told["time"] = summary(checked.proof)
    entry = journal.Entry("publish", f"officer:{by.login}" if by else "system", now, told)
    journal.append(tx, journal.Stream("office", of.id), of.code, entry, "")
    return Published(made, True, warnings)


def publish_seeds(tx: Tx, of: Office, folder: Path, now: datetime) -> list[Published]:
    """Publish every shipped matter that this office can run and has no version of. What has a version stays as it is."""
    known = {r.code for r in tx.rows(sa.select(tables.matters.c.code).where(tables.matters.c.office_id == of.id))}
    departments = {w.department for w in windows(tx, of.id)}
    published = []
    for guide, bundle in _seeds(tx, of, folder):
        here = guide.code not in known and guide.department in departments
        if here and _drawn_departments(bundle) <= departments:
            published.append(publish(tx, of, bundle, None, "随程序提供", now))
    return published


def _seeds(tx: Tx, of: Office, folder: Path) -> Iterator[tuple[Guide, Bundle]]:
    """The shipped matters as this office would run them, one by one as they are read: the drawing of its level (`county/LY01`) in
    place of the general one, where an upper office runs the matter that it is sent up to. Then the stages, which call them."""
    stages = []
    drawn = {file.parent.name for at in (folder, folder / of.level) for file in at.glob("*/guide.yaml")}
    for name in sorted(drawn):
        seed = _seed(tx, of, folder, name)
        if seed is not None and seed[0].stage:
            stages.append(seed)
        elif seed is not None:
            yield seed
    yield from stages


def _seed(tx: Tx, of: Office, folder: Path, name: str) -> tuple[Guide, Bundle] | None:
    for place in (folder / of.level / name, folder / name):
        if (place / GUIDE).exists():
            bundle = read_folder(place)
            guide = read_guide(bundle[GUIDE], GUIDE)
            if not list(_escalation_faults(tx, of, guide)):
                return guide, bundle
    return None


def _drawn_departments(bundle: Bundle) -> set[str]:
    """The departments that some step of a bundle names."""
    diagram = read(diagrams_of(bundle)).diagram
    drawn = {n.work.department for n in nodes(diagram) if n.work is not None} if diagram else set()
    return {d for d in drawn if d is not None and d != OWN_DEPARTMENT}


# ---------------------------------------------------------------- the checks, in the order of the file's life
def check(tx: Tx, of: Office, bundle: Bundle, now: datetime | None = None) -> Checked:
    """Every check of a bundle against an office; nothing is written and nothing is raised for what is wrong in it.

    The rules are taken as the office takes them. now: waivers are judged on the office's civil date; None takes all of them as
    running.
    """
    time = office_time(tx, of)
    levels, today = levels_of(tx, of.id), time.civil(now) if now else None
    try:
        guide = read_guide(bundle[GUIDE], GUIDE)
    except GuideNotUnderstood as wrong:
        return _without_guide(bundle, wrong, levels, today)
    findings = list(_of_guide(bundle[GUIDE]))
    forms = _forms(bundle, findings)
    if APPLICATION in forms:
        findings += _application_findings(guide, forms[APPLICATION])
    bundle, reading = _drawn_together(bundle, guide.code.lower())
    proof: TimeProof | None = None
    if reading.diagram is not None:
        facts = facts_of(tx, of, guide, forms, reading.diagram, time)
        survey = Survey(reading.diagram, facts)
        reading, proof = lint_reading(reading, facts, levels, today, survey), survey.time_proof
    findings += reading.findings
    if reading.diagram is not None:
        findings += _compile_findings(reading.diagram, reading.findings)
        findings += _demands(tx, of, guide, forms, reading.diagram)
    findings += _promise_findings(guide, time)
    placed = (_placed(f, bundle[GUIDE]) for f in findings)
    in_order = sorted(dict.fromkeys(placed), key=lambda f: (f.file, f.line, f.column, f.rule))
    return Checked(guide.code, bundle, tuple(in_order), reading.diagram, proof)


@lru_cache(maxsize=64)
def _of_guide(body: bytes) -> tuple[Finding, ...]:
    """What its rules say of a readable guide. Kept, as the guide itself: a drawing is checked as it is drawn."""
    return (*unverified_as_law(body, GUIDE), *without_basis(body, GUIDE))


def _without_guide(bundle: Bundle, wrong: GuideNotUnderstood, levels: Levels, today: date | None) -> Checked:
    """Of a bundle whose guide cannot be read: its faults, and what can be said of the drawing without it."""
    reading = lint_reading(read(drawn_of(called_parts_only(bundle))), levels=levels, today=today)
    faults = (_placed(f, bundle[GUIDE]) for f in _from_faults(wrong.faults))
    return Checked("", bundle, (*faults, *reading.findings), reading.diagram)


def guide_findings(body: bytes, file: str) -> list[Finding]:
    """What can be said of a guide by itself, without an office: its faults, else what its rules say."""
    try:
        read_guide(body, file)
    except GuideNotUnderstood as wrong:
        return [_placed(f, body, file) for f in _from_faults(wrong.faults)]
    return [*unverified_as_law(body, file), *without_basis(body, file)]


def _placed(finding: Finding, guide: bytes, file: str = GUIDE) -> Finding:
    """A finding of the guide with the line of its place, the nearest that is written; any other one as it is."""
    if finding.file != file or not finding.element.startswith("/"):
        return finding
    places, place = _places(guide), finding.element
    while place not in places and place:
        place = place.rpartition("/")[0]
    line, column = places.get(place, (finding.line, finding.column))
    return replace(finding, line=line, column=column)


@lru_cache(maxsize=64)
def _places(guide: bytes) -> Mapping[str, tuple[int, int]]:
    """Nothing for a guide that is no YAML: it has no places."""
    return places_of(guide) if parsed_guide(guide) else {}


def called_parts_only(bundle: Bundle) -> dict[str, bytes]:
    """Without the parts that nothing calls: a part that changes elsewhere must not make a new version of this matter."""
    kept = {name: body for name, body in bundle.items() if not name.startswith(PARTS)}
    return _called(
        bundle, {key for name, body in diagrams_of(kept).items() for key in _calls(read({name: body}).diagram)}
    )


def _called(bundle: Bundle, called: Iterable[str | None]) -> dict[str, bytes]:
    """A bundle without the parts that are called neither from outside the parts, as told, nor by one that is called."""
    kept, wanted = {name: body for name, body in bundle.items() if not name.startswith(PARTS)}, set(called)
    parts = {name: _drawn(name, body) for name, body in bundle.items() if name.startswith(PARTS)}
    while new := {name for name, part in parts.items() if name not in kept and part.processes & wanted}:
        kept |= {name: bundle[name] for name in new}
        wanted |= {key for name in new for key in parts[name].calls}
    return kept


def _drawn_together(bundle: Bundle, main: str) -> tuple[dict[str, bytes], Reading]:
    """A bundle with the parts that are called, and its drawings read. Mostly read once: with the parts whose names stand in it,
    which as a rule are those that are called; where they are not, the calls are looked for first."""
    parts = {name for name in bundle if name.startswith(PARTS)}
    named = {name: body for name, body in bundle.items() if name not in parts}
    while new := {
        name
        for name in parts
        if name not in named
        and any(
            key.encode() in body for key in _drawn(name, bundle[name]).processes for body in diagrams_of(named).values()
        )
    }:
        named |= {name: bundle[name] for name in new}
    reading = read(drawn_of(named), main)
    called = {n.called for n in nodes(reading.diagram) if n.at.file not in parts} if reading.diagram else set()
    if reading.diagram is not None and _called(bundle, called) == named:
        return named, reading
    kept = called_parts_only(bundle)
    return kept, read(drawn_of(kept), main)


def facts_of(
    tx: Tx, of: Office, guide: Guide, forms: dict[str, Form], diagram: Diagram, time: OfficeTime
) -> MatterFacts:
    """What the rules may know of this matter in this office, whose time this is."""
    here, m = windows(tx, of.id), tables.matters
    running = sa.select(m.c.code).where(m.c.office_id == of.id, m.c.running_number.is_not(None))
    return MatterFacts(
        departments=frozenset(w.department for w in here) | {OWN_DEPARTMENT},
        windows=frozenset(w.code for w in here),
        forms={key: form.keys for key, form in forms.items()},
        initial=(forms[APPLICATION].keys if APPLICATION in forms else frozenset()) | {"channel"},
        grounds=frozenset(
            str(g) for kind in (ClockKind.PROMISED, ClockKind.STATUTORY) for g in guide.limits[kind].grounds
        ),
        limits=frozenset(str(limit.span) for limit in guide.limits.values()),
        instant=guide.kind == "instant",
        two_person=guide.two_person,
        callable=frozenset(diagram.processes),
        matters=frozenset(r.code for r in tx.rows(running)) | _called_above(guide),
        connections=frozenset(open_codes(tx, of.id)),
        department=guide.department,
        promised=guide.limits[ClockKind.PROMISED],
        statutory=guide.limits[ClockKind.STATUTORY],
        time=time,
        called=called_matters(tx, of, diagram),
        refusals={key: _refusals(form) for key, form in forms.items()},
        reasons={
            key: frozenset(f.key for f in form.fields if f.required and f.type in WRITTEN)
            for key, form in forms.items()
        },
        doers=_doers(tx, of, guide, here, diagram) if guide.two_person else None,
        messages=frozenset({CORRECTION_RECEIVED}),
        free=FREE.fullmatch(guide.fee.text.strip()) is not None,
        result="" if guide.stage else guide.result,
    )


def _doers(tx: Tx, of: Office, guide: Guide, here: Sequence[Window], diagram: Diagram) -> Mapping[str, frozenset[str]]:
    """Who can do the steps of which two persons must do one each: those at the window, each natural person once."""
    seated: dict[int, dict[int, str]] = {}
    for officer in officers_of(tx, of.id):
        for at in officer.windows if officer.active else ():
            seated.setdefault(at, {}).setdefault(officer.person_id, officer.login)
    found = {}
    for node in nodes(diagram):
        if node.work is not None and node.work.kind in LOOKING:
            department = guide.department if node.work.department == OWN_DEPARTMENT else node.work.department
            window = window_for(here, node.work.window, department)
            found[node.id] = frozenset(seated.get(window.id, {}).values() if window else ())
    return found


def _refusals(form: Form) -> frozenset[str]:
    """The fields of a form of which some answer says no."""
    return frozenset(f.key for f in form.fields if any(SAYS_NO.search(option.label) for option in f.options))


def _called_above(guide: Guide) -> frozenset[str]:
    return frozenset({guide.escalates.matter} if guide.escalates else ())


def _forms(bundle: Bundle, findings: list[Finding]) -> dict[str, Form]:
    forms = {}
    for name, body in bundle.items():
        if name.startswith(FORMS):
            try:
                forms[form_key(name)] = read_form(body, name)
            except FormNotUnderstood as wrong:
                findings += _from_faults(wrong.faults)
    return forms


def _compile_findings(diagram: Diagram, told: Iterable[Finding]) -> list[Finding]:
    """Why it cannot be executed, without what a rule has told as an error already: one cause is one finding."""
    try:
        compile(diagram)
    except Refused as refused:
        known = {(f.rule, f.file, f.element) for f in told if f.severity is Severity.ERROR}
        known |= {("unreachable", node.at.file, node.id) for node in unreached(diagram)}
        return [f for f in _from_faults(refused.faults) if (f.rule, f.file, f.element) not in known]
    return []


def _demands(tx: Tx, of: Office, guide: Guide, forms: dict[str, Form], diagram: Diagram) -> Iterable[Finding]:
    """What a running case would miss: the application form, and the remedy text of every refusal that is drawn."""
    here = {w.department for w in windows(tx, of.id)}
    if guide.department not in here:
        yield _error(
            GUIDE, "department-unknown", f"{of.name}没有登记部门“{guide.department}”的窗口", "登记窗口或改正部门代码"
        )
    if APPLICATION not in forms:
        yield _error(GUIDE, "application-form-missing", "没有申请表单 forms/application.json", "补上申请表单")
    signing = [(n, s) for n in nodes(diagram) if n.work and n.work.signing for s in n.work.signing.signers]
    for node, signer in signing:
        if signer.department not in here | {OWN_DEPARTMENT}:
            sentence = f"会签步骤“{node.name or node.id}”的部门“{signer.department}”没有窗口"
            yield _error(DIAGRAM, "signer-unknown", sentence, "登记窗口或改正部门代码")
    yield from _officer_findings(tx, of, guide, diagram)
    kinds = {n.work.kind for n in nodes(diagram) if n.work is not None}
    if bool(guide.stage) != (StepKind.SUMMARY in kinds):
        sentence = "阶段的流程要有牵头部门的“牵头汇总”一步，其他事项不能有"
        yield _error(
            DIAGRAM, "stage-without-summary", sentence, "在指南写明 stage，并在并联汇合之后画 ls:kind=summary 的一步"
        )
    yield from _escalation_findings(tx, of, guide, forms, diagram)
    if not guide.stage and not guide.escalates and any(diagram.matter_called(n) for n in nodes(diagram)):
        yield _error(
            DIAGRAM,
            "call-outside-stage",
            "只有阶段和须上报的事项的流程可以调用其他事项",
            "在指南写明 stage 或 escalates，或改为调用公共流程",
        )
    drawn = {o.code for n in nodes(diagram) if n.work is not None for o in n.work.outcomes}
    for outcome, decision in (("refuse_acceptance", "refuse_acceptance"), ("refuse", "decide_refuse")):
        if outcome in drawn and remedy_text(tx, of.id, decision) is None:
            yield _error(
                DIAGRAM,
                "remedy-missing",
                f"{of.name}没有登记“{'不予受理' if outcome == 'refuse_acceptance' else '不予许可'}”的救济途径，这样的决定不能作出",
                "先登记救济途径（复议机关、受诉法院、期限）",
            )


def _officer_findings(tx: Tx, of: Office, guide: Guide, diagram: Diagram) -> Iterable[Finding]:
    """A step that is drawn for one officer: he works here and sits at the window of the step."""
    here = windows(tx, of.id)
    for node in nodes(diagram):
        work = node.work
        if work is None or work.officer is None:
            continue
        department = guide.department if work.department == OWN_DEPARTMENT else work.department
        window = window_for(here, work.window, department)
        if window is not None and work.officer not in {one.login for one in officers_at(tx, window.id)}:
            at, sentence = node.at, f"步骤“{node.name or node.id}”指定的经办人“{work.officer}”不在窗口“{window.name}”"
            remedy = "改成该窗口在职人员的账号；不指定的，删去 ls:officer"
            yield Finding("officer-unknown", Severity.ERROR, at.file, at.line, at.column, node.id, sentence, remedy)


def _escalation_findings(
    tx: Tx, of: Office, guide: Guide, forms: dict[str, Form], diagram: Diagram
) -> Iterable[Finding]:
    """A matter that the upper office decides: it runs there, is drawn so here, and asks the applicant for nothing more."""
    drawn = any(n.work and n.work.kind is StepKind.ESCALATE for n in nodes(diagram))
    called = [code for n in nodes(diagram) if (code := diagram.matter_called(n))]
    up = guide.escalates
    if up is None:
        if drawn:
            told = "在指南写明 escalates: {level, matter}，或把这一步改画为决定"
            yield _error(DIAGRAM, "escalation-unknown", "流程画了“上报”，指南没有写上报给哪一级、是哪个事项", told)
        return
    if not drawn or called != [up.matter]:
        sentence = f"指南写明须上报，流程要画一步“上报”（ls:kind=escalate），其后调用上级的事项 {up.matter} 一次"
        yield _error(DIAGRAM, "escalation-not-drawn", sentence, f"补画上报和 calledElement={up.matter} 的调用活动")
    yield from _escalation_faults(tx, of, guide)
    above = upper_version(tx, of.id, up)
    if above is None or APPLICATION not in forms:
        return
    needed = {f.key: f.label for f in above.content.forms[APPLICATION].fields if f.required}
    if more := [label for key, label in needed.items() if key not in forms[APPLICATION].keys]:
        sentence = f"上级事项 {up.matter} 的申请表单还要填{'、'.join(more)}，这里的申请表单没有，上级不能再向申请人要"
        yield _error(GUIDE, "upper-asks-more", sentence, "在申请表单里补上这些字段（用同样的 key）")


def _escalation_faults(tx: Tx, of: Office, guide: Guide) -> Iterable[Finding]:
    """Why the matter that a guide sends its cases up to cannot be opened: no such office above, or it does not run there."""
    up = guide.escalates
    if up is None:
        return
    upper = upper_office(tx, of.id, up.level)
    if upper is None:
        yield _error(
            GUIDE,
            "upper-office-missing",
            f"{of.name}没有登记{up.level_name}的上级机构",
            "先登记上级机构，或改正 escalates",
        )
    elif upper_version(tx, of.id, up) is None:
        yield _error(
            GUIDE,
            "upper-matter-not-running",
            f"{upper.name}没有开办事项 {up.matter}",
            "上级机构先发布该事项，或改正 escalates",
        )


def _application_findings(guide: Guide, form: Form) -> Iterable[Finding]:
    """What the guide says of the application form: when a paper is needed, and how an example is filled in."""
    options = {
        f.key: {o.value for o in f.options} for f in form.fields if f.type in (FieldType.RADIO, FieldType.SELECT)
    }
    for material in guide.materials:
        if material.needed_when and material.needed_when[1] not in options.get(material.needed_when[0], ()):
            field, value = material.needed_when
            sentence = f"材料“{material.name}”要求 {field}={value}，申请表单没有这个选项，申请人看不懂什么时候要交"
            yield _error(GUIDE, "material-condition-unknown", sentence, "改成申请表单里单选或下拉的字段和选项")
    try:
        judge(form, guide.sample) if guide.sample else None
    except FormNotAnswered as wrong:
        for fault in wrong.faults:
            yield _error(GUIDE, "sample-not-answered", f"示范文本不合申请表单：{fault.sentence}", fault.remedy)


def _promise_findings(guide: Guide, time: OfficeTime) -> list[Finding]:
    """The promise against the statute by date, on every start day of the known calendar: 3 working days can end later
    than 7 calendar days. Shown and lit is the earlier one, so this is a warning that names the worst day."""
    found = latest_behind(guide.limits[ClockKind.PROMISED], guide.limits[ClockKind.STATUTORY], time)
    if found is None:
        return []
    worst, most = found
    sentence = f"承诺时限可能晚于法定时限：{worst:%Y-%m-%d} 起算时晚 {most} 天；届时以法定时限为准"
    return [
        Finding(
            *("promise-after-statute", Severity.WARNING, GUIDE, 1, 1, "/limits/promised"),
            sentence,
            "缩短承诺时限，或改用同一种计算单位",
        )
    ]


@dataclass(frozen=True)
class _Drawn:
    """Which processes a part draws, and which it calls."""

    processes: frozenset[str]
    calls: frozenset[str]


@lru_cache(maxsize=256)
def _drawn(name: str, body: bytes) -> _Drawn:
    """Kept, because a designer's drawing is checked as he draws it, and its parts stay the same."""
    diagram = read({name: body}).diagram
    return _Drawn(frozenset(diagram.processes) if diagram else frozenset(), _calls(diagram))


def _calls(diagram: Diagram | None) -> frozenset[str]:
    return frozenset(n.called for n in nodes(diagram) if n.called) if diagram else frozenset()


def _from_faults(faults: Sequence[Fault]) -> Iterable[Finding]:
    for f in faults:
        place = f.file or ""
        yield Finding(
            f.code or "fault", Severity.ERROR, place, f.line or 1, f.column or 1, f.place, f.sentence, f.remedy
        )


def _error(file: str, rule: str, sentence: str, remedy: str) -> Finding:
    return Finding(rule, Severity.ERROR, file, 1, 1, "", sentence, remedy)


# ---------------------------------------------------------------- storing
def _matter_row(tx: Tx, of: Office, guide: Guide) -> sa.Row[tuple[object, ...]]:
    m = tables.matters
    tx.insert_once(m, office_id=of.id, department_id=_department_id(tx, of, guide), code=guide.code, name=guide.name)
    chosen = sa.select(m).where(m.c.office_id == of.id, m.c.code == guide.code)
    return tx.execute(chosen.with_for_update() if tx.dialect == "postgresql" else chosen).one()


def _department_id(tx: Tx, of: Office, guide: Guide) -> int:
    d = tables.departments
    return int(tx.value(sa.select(d.c.id).where(d.c.office_id == of.id, d.c.code == guide.department)))


def _store(tx: Tx, matter_id: int, bundle: Bundle, digest: str, by: Officer | None, note: str, now: datetime) -> int:
    v = tables.versions
    number = (
        int(tx.value(sa.select(sa.func.coalesce(sa.func.max(v.c.number), 0)).where(v.c.matter_id == matter_id))) + 1
    )
    try:
        version_id = tx.insert(
            v,
            matter_id=matter_id,
            number=number,
            content_hash=digest,
            published_at=now,
            published_by=by.id if by else None,
            note=note,
        )
    except ConstraintBroken as twin:
        raise VersionOutdated(matter=matter_id, running=number, base="与另一位设计员同时发布") from twin
    for name, body in bundle.items():
        blob = hashlib.sha256(body).hexdigest()
        tx.insert_once(tables.blobs, digest=blob, body=body)
        tx.execute(tables.version_files.insert().values(version_id=version_id, name=name, digest=blob))
    return number
