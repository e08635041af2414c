"""事项与流程: what an office offers, its drawings, and how a new version comes to run.

A drawing lives in the browser until it is published; the server keeps none. Every answer to the page's script is a piece of
page made by the same templates that serve whoever has no script.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from engine.catalogue import (
    DIAGRAM,
    GUIDE,
    Bundle,
    Checked,
    GuideNotUnderstood,
    MatterNotPublishable,
    MatterUnknown,
    VersionOutdated,
    VersionRow,
    check,
    code_names,
    compare_bundles,
    content_hash,
    copy_of,
    export,
    known_parts,
    pack,
    publish,
    read_guide,
    rehearse,
    running_matters,
    versions,
)
from engine.diagrams import KIND_NAMES, MendNotPossible, describe, mend
from engine.errors import Fault, LianshenError, NotNow, NotValid
from engine.people import Office, Role, departments, office, office_time
from engine.reports import Count, cases_by_version
from engine.store import Tx
from forms import Form

from ..here import here
from ..noun import Strict
from . import drawing, fields, foreign
from . import versions as side_by_side
from .look import POLICY, now, officer, officers_only, page
from .strip import strip

pages = Blueprint("designer", __name__)
# bpmn-js writes the icons of its alignment menu with style="" in the markup; no other page needs that, and no style
# element or address is let in by it.
DRAWING_POLICY = f"{POLICY}; style-src-attr 'unsafe-inline'"
designers_only = officers_only(Role.DESIGNER)


@pages.context_processor
def _words() -> dict[str, Any]:
    return {"file_words": drawing.file_words, "kind_names": KIND_NAMES}


class MatterKnown(NotNow):
    code = "matter-known"
    sentence = "事项代码“{matter}”已经有了：{name}。"
    remedy = "换一个代码，或打开这个事项修改。"


class NameMissing(NotValid):
    code = "matter-name-missing"
    sentence = "没有写事项名称。"
    remedy = "按事项清单写全称，例如：建设工程规划许可证核发。"


class FilesNotText(NotValid):
    code = "files-not-text"
    sentence = "有 {count} 个文件读不出文字，没有打开。"
    remedy = "用 UTF-8 重新保存后再上传。"


class NoteMissing(NotValid):
    code = "publish-note-missing"
    sentence = "没有写发布说明。"
    remedy = "用一句话写明改了什么、为什么，版本列表里会看到。"


# ---------------------------------------------------------------- what there is
@pages.get("/designer")
@designers_only
def listing() -> Response:
    """Every matter of the office with what runs of it."""
    with here().database.reading() as tx:
        return _listing(tx, _office(tx))


def _listing(tx: Tx, of: Office, status: int = 200, faults: tuple[fields.Told, ...] = (), **typed: str) -> Response:
    cases, by_code = cases_by_version(tx, of), dict[str, list[tuple[int, Count]]]()
    for (code, number), count in cases.items():
        by_code.setdefault(code, []).insert(0, (number, count))
    return page(
        "designer-list.html", status, matters=running_matters(tx, of), cases=by_code, faults=faults, typed=typed
    )


@pages.get("/designer/<string:code>/versions")
@designers_only
def history(code: str) -> Response:
    """Every version of a matter, with its files."""
    with here().database.reading() as tx:
        of = _office(tx)
        rows = versions(tx, of, code)
        cases = {number: count for (matter, number), count in cases_by_version(tx, of).items() if matter == code}
        name = next(m.name for m in running_matters(tx, of) if m.code == code)
        return page("designer-versions.html", code=code, name=name, versions=rows, cases=cases)


@pages.get("/designer/<string:code>/compare")
@designers_only
def comparison(code: str) -> Response:
    """Any two versions of a matter beside each other. The older one of what is asked need not be the smaller number."""
    asked: Mapping[str, Any] = Strict().parse(drawing.Comparing(), request, location="query")
    with here().database.reading() as tx:
        of = _office(tx)
        rows = versions(tx, of, code)
        name = next(m.name for m in running_matters(tx, of) if m.code == code)
        numbers = side_by_side.chosen(rows, asked["old"], asked["new"])
        if numbers is None:
            return page("designer-compare.html", code=code, name=name, versions=rows, numbers=None, compared=None)
        old, new = (export(tx, of, code, number)[1] for number in numbers)
        done = side_by_side.compared(compare_bundles(old, new, code_names(tx, of)), numbers)
        return page("designer-compare.html", code=code, name=name, versions=rows, numbers=numbers, compared=done)


@pages.get("/designer/<string:code>/versions/<int:number>/files")
@designers_only
def download(code: str, number: int) -> Response:
    """The very bytes of a version: its diagram, or all of it packed."""
    kind = _address()["kind"]
    with here().database.reading() as tx:
        files = export(tx, _office(tx), code, number)[1]
    return _attached(files[DIAGRAM] if kind == "bpmn" else pack(files), f"{code}-{number}.{kind}")


# ---------------------------------------------------------------- opening a drawing
@pages.get("/designer/<string:code>")
@designers_only
def editor(code: str) -> Response:
    """A matter's drawing: the running version, or an older one to start from again."""
    asked = _address()
    with here().database.reading() as tx:
        of = _office(tx)
        chosen, files = export(tx, of, code, asked["version"])
        return _editor(tx, of, code, files, opened=chosen.number, published=asked["published"])


@pages.get("/designer/new")
@designers_only
def new() -> Response:
    """A new matter from one that runs: its files under another code and name. Nothing is kept until it is published."""
    typed = {name: request.args.get(name, "").strip() for name in ("pattern", "code", "name")}
    with here().database.reading() as tx:
        of = _office(tx)
        try:
            files = _copied(tx, of, **typed)
        except LianshenError as refused:
            told = fields.Told(str(refused), refused.advice, "new-name" if not typed["name"] else "new-code")
            return _listing(tx, of, refused.status, (told,), **typed)
        return _editor(tx, of, typed["code"], files, opened=None)


def _demand_new(tx: Tx, of: Office, code: str, name: str) -> None:
    known = {m.code: m.name for m in running_matters(tx, of)}
    if code in known:
        raise MatterKnown(matter=code, name=known[code])
    if not name:
        raise NameMissing()


def _copied(tx: Tx, of: Office, pattern: str, code: str, name: str) -> dict[str, bytes]:
    _demand_new(tx, of, code, name)
    return copy_of(export(tx, of, pattern)[1], pattern, code, name)


@pages.post("/designer/<string:code>/open")
@designers_only
def opened(code: str) -> Response:
    """What has been uploaded, on the canvas."""
    with here().database.reading() as tx:
        of = _office(tx)
        bundle = drawing.unfolded(request.form.get("bundle", ""))
        return _editor(tx, of, code, bundle, opened=_number(request.form.get("over", "")), changed=True)


def _editor(
    tx: Tx,
    of: Office,
    code: str,
    files: Bundle,
    *,
    opened: int | None,
    changed: bool = False,
    published: int | None = None,
) -> Response:
    """The page of a drawing. opened: the version that it is made from; changed: it is not that version's any more."""
    parts = known_parts(tx, of)
    whole = {**parts, **files}
    checked = check(tx, of, whole, now())
    running = _running(tx, of, code)
    answer = page(
        "designer.html",
        code=code,
        name=_name(files, code),
        opened=opened,
        running=running,
        checked=checked,
        lines=drawing.lines(checked.findings, checked.diagram),
        critical=drawing.critical(checked.proof, checked.diagram),
        strip=strip(checked.proof, checked.diagram, departments(tx, of.id)),
        steps=describe(checked.diagram) if checked.diagram else (),
        named=code_names(tx, of),
        staying=_staying(tx, of, code),
        published=published if running and published == running.number else None,
        told={
            "matter": code if running else "",
            "code": code,
            "base": opened,
            "running": running.number if running else None,
            "changed": changed or opened is None,
            "whose": f"{of.code}.{officer().login}",
            "files": {name: drawing.text_of(name, body) for name, body in sorted(whole.items())},
            "words": {name: drawing.file_words(name) for name in whole},
            **drawing.choices(tx, of, {n: b for n, b in whole.items() if n.startswith("parts/")}),
        },
    )
    answer.headers["Content-Security-Policy"] = DRAWING_POLICY
    return answer


# ---------------------------------------------------------------- what the script asks while one draws
@pages.post("/designer/check")
@designers_only
def checking() -> Response:
    """The findings of a drawing: the very check of `lianshen lint`, with the office."""
    with here().database.reading() as tx:
        of = _office(tx)
        checked = check(tx, of, drawing.brought(tx, of, faithful=False).bundle, now())
        held = strip(checked.proof, checked.diagram, departments(tx, of.id))
    critical = drawing.critical(checked.proof, checked.diagram)
    lines = drawing.lines(checked.findings, checked.diagram)
    return page("fragments/findings.html", checked=checked, lines=lines, critical=critical, strip=held)


@pages.post("/designer/mend")
@designers_only
def mending() -> Response:
    """A drawing's file with one quick fix made. Nothing is kept; the script puts it on the canvas, and can take it back."""
    with here().database.reading() as tx:
        given = drawing.brought(tx, _office(tx), drawing.Mending, faithful=False)
    file, fix, element = (str(given.more[key]) for key in ("file", "fix", "element"))
    if file not in given.bundle:
        raise MendNotPossible()
    return jsonify({"text": drawing.text_of(file, mend(given.bundle[file], file, fix, element))})


@pages.post("/designer/compare")
@designers_only
def comparing() -> Response:
    """What differs from the version that runs now."""
    with here().database.reading() as tx:
        of = _office(tx)
        given = drawing.brought(tx, of)
        running = _running(tx, of, given.matter) if given.matter else None
        return page("fragments/changes.html", running=running, changes=_changes(tx, of, given.bundle, given.matter))


@pages.post("/designer/walk")
@designers_only
def walking() -> Response:
    """A drawing walked by these moves. Nothing is kept: they are made anew each time."""
    with here().database.reading() as tx:
        of = _office(tx)
        given = drawing.brought(tx, of, drawing.Walking, faithful=False)
        time, named = office_time(tx, of), code_names(tx, of)
    walk = rehearse(given.bundle, given.moves, now(), time)
    asked = fields.shown(Form("begin", walk.asks), {})
    opened = [(step, _asked_at(step.token, fields.shown(Form("step", step.asks), {}))) for step in walk.open]
    return page("fragments/walk.html", walk=walk, asked=asked, opened=opened, named=named, messages=drawing.MESSAGES)


def _asked_at(token: str, shown: list[fields.Shown]) -> list[fields.Shown]:
    """Two open steps may ask for the same: the ids of their fields tell them apart."""
    return [replace(q, id=f"{q.id}-{token}") for q in shown]


@pages.post("/designer/pack")
@designers_only
def packing() -> Response:
    """A drawing as it stands, packed to carry away."""
    with here().database.reading() as tx:
        given = drawing.brought(tx, _office(tx))
    return _attached(pack(given.bundle), "bundle.zip")


@pages.post("/designer/gather")
@designers_only
def gathering() -> Response:
    """Uploaded files as texts for the canvas."""
    bundle = drawing.uploaded()
    texts = {name: drawing.text_of(name, body) for name, body in bundle.items()}
    unread = [
        Fault(n, f"{drawing.file_words(n)}不是认识的编码", "用 UTF-8 重新保存") for n, t in texts.items() if t is None
    ]
    if unread:
        raise FilesNotText(faults=unread, count=len(unread))
    return jsonify({"files": texts, "words": {name: drawing.file_words(name) for name in texts}})


@pages.post("/designer/ready")
@designers_only
def ready() -> Response:
    """What publishing would mean: findings, differences, the cases that stay where they are."""
    with here().database.reading() as tx:
        of = _office(tx)
        given = drawing.brought(tx, of)
        checked = check(tx, of, given.bundle, now())
        code = checked.code or given.matter
        outlook = _outlook(tx, of, code, given.base, given.bundle, checked)
        return page("fragments/publish.html", **outlook, note="", refused=None)


# ---------------------------------------------------------------- without a script
@pages.post("/designer/upload")
@designers_only
def upload() -> Response:
    """Files as a new version: findings and differences first, nothing is published yet. What is not brought is taken from
    the matter's running version."""
    with here().database.reading() as tx:
        of = _office(tx)
        bundle = drawing.uploaded()
        code = _matter_of(bundle) or request.form.get("matter", "")
        running = _running(tx, of, code) if code else None
        base = export(tx, of, code)[1] if running else {}
        whole = {**known_parts(tx, of), **base, **bundle}
        return _uploaded(tx, of, code, whole, running.number if running else None)


def _uploaded(
    tx: Tx,
    of: Office,
    code: str,
    bundle: Bundle,
    over: int | None,
    *,
    status: int = 200,
    note: str = "",
    refused: LianshenError | None = None,
) -> Response:
    missing = [name for name in (DIAGRAM, GUIDE) if name not in bundle]
    if missing:
        told = fields.Told(
            f"缺少 {'、'.join(map(drawing.file_words, missing))}", "一起上传，或打开已有的事项再上传", "files"
        )
        return _listing(tx, of, 422, (told,))
    checked = check(tx, of, bundle, now())
    outlook = _outlook(tx, of, checked.code or code, over, bundle, checked)
    return page(
        "designer-upload.html",
        status,
        **outlook,
        note=note,
        refused=refused,
        folded=drawing.folded(checked.bundle),
        can_open=all(drawing.text_of(name, body) is not None for name, body in checked.bundle.items()),
        steps=describe(checked.diagram) if checked.diagram else (),
        named=code_names(tx, of),
    )


# ---------------------------------------------------------------- a drawing of another tool
@pages.post("/designer/import")
@designers_only
def importing() -> Response:
    """A drawing of another tool: what was found in it and what would be mended. Nothing is kept."""
    with here().database.reading() as tx:
        of = _office(tx)
        try:
            files = foreign.chosen(request.files.get("drawing"), request.files.getlist("parts"))
        except foreign.DrawingMissing as refused:
            return _listing(tx, of, refused.status, (fields.Told(str(refused), refused.advice, "drawing"),))
        return _foreign(tx, of, files)


@pages.post("/designer/import/draft")
@designers_only
def drafting() -> Response:
    """The drawing with what has been confirmed of it becomes the draft of a new matter: checked, tried and published as any."""
    typed = {name: request.form.get(name, "").strip() for name in ("pattern", "code", "name")}
    ticked = frozenset(request.form.getlist("confirm"))
    with here().database.reading() as tx:
        of = _office(tx)
        files = drawing.unfolded(request.form.get("bundle", ""))
        if DIAGRAM not in files:
            raise foreign.DrawingMissing()
        try:
            _demand_new(tx, of, typed["code"], typed["name"])
            pattern = export(tx, of, typed["pattern"])[1]
            made = foreign.as_matter(
                foreign.imported(files, known_parts(tx, of)),
                ticked,
                pattern,
                typed["pattern"],
                typed["code"],
                typed["name"],
            )
        except LianshenError as refused:
            told = fields.Told(str(refused), refused.advice, "new-name" if not typed["name"] else "new-code")
            return _foreign(tx, of, files, refused.status, (told,), ticked, typed)
        return _uploaded(tx, of, typed["code"], {**known_parts(tx, of), **made}, None)


def _foreign(
    tx: Tx,
    of: Office,
    files: Bundle,
    status: int = 200,
    faults: tuple[fields.Told, ...] = (),
    ticked: frozenset[str] = frozenset(),
    typed: Mapping[str, str] | None = None,
) -> Response:
    done = foreign.imported(files, known_parts(tx, of))
    return page(
        "designer-import.html",
        status,
        done=done,
        words=foreign.RESULTS[done.result],
        lines=foreign.lines(done),
        repairs=foreign.shown(done, ticked),
        folded=drawing.folded(files),
        matters=running_matters(tx, of),
        faults=faults,
        typed=typed or {},
    )


# ---------------------------------------------------------------- publishing
@pages.post("/designer/<string:code>/publish")
@designers_only
def publishing(code: str) -> Response:
    """Make a drawing the running version. Race: somebody has published meanwhile: the answer says who and what, and the
    drawing is not lost. Running cases stay on their version."""
    by_script = request.is_json
    with here().database.reading() as tx:
        of = _office(tx)
        if by_script:
            given = drawing.brought(tx, of, drawing.Publishing)
            bundle, note, over = given.bundle, str(given.more["note"]), given.more["over"]
        else:
            bundle = drawing.unfolded(request.form.get("bundle", ""))
            note, over = request.form.get("note", "").strip()[:500], _number(request.form.get("over", ""))
    try:
        if not note.strip():
            raise NoteMissing()
        with here().database.writing() as tx:
            done = publish(tx, of, bundle, officer(), note.strip(), now(), over=over)
    except (NoteMissing, MatterNotPublishable, VersionOutdated) as refused:
        with here().database.reading() as tx:
            if not by_script:
                return _uploaded(tx, of, code, bundle, over, status=refused.status, note=note, refused=refused)
            outlook = _outlook(tx, of, code, over, bundle, check(tx, of, bundle, now()))
            return page("fragments/publish.html", refused.status, **outlook, note=note, refused=refused)
    target = url_for("designer.editor", code=done.version.code, published=done.version.number)
    return jsonify({"to": target}) if by_script else redirect(target, 303)


def _outlook(tx: Tx, of: Office, code: str, over: int | None, bundle: Bundle, checked: Checked) -> Mapping[str, Any]:
    """What a designer is shown before he publishes. meanwhile: the versions that have come since the one he started from.
    A content that was published before runs again under its old number: it is revived."""
    rows = _versions(tx, of, code)
    running = next((row for row in rows if row.running), None)
    digest = content_hash(checked.bundle)
    revived = next((row.number for row in rows if row.content_hash == digest), None)
    return {
        "code": code,
        "name": _name(bundle, code),
        "over": over,
        "running": running,
        "next_number": revived or max((row.number for row in rows), default=0) + 1,
        "deed": "恢复" if revived else "发布",
        "meanwhile": [row for row in rows if over is None or row.number > over] if _outdated(running, over) else [],
        "outdated": _outdated(running, over),
        "checked": checked,
        "lines": drawing.lines(checked.findings, checked.diagram),
        "changes": _changes(tx, of, checked.bundle, code),
        "theirs": _theirs(tx, of, code, over) if _outdated(running, over) else None,
        "staying": _staying(tx, of, code),
    }


def _outdated(running: VersionRow | None, over: int | None) -> bool:
    return running is not None and running.number != over


def _changes(tx: Tx, of: Office, bundle: Bundle, code: str) -> Any:
    """Against the running version; None for a matter that has none yet."""
    if _running(tx, of, code) is None:
        return None
    return compare_bundles(export(tx, of, code)[1], bundle, code_names(tx, of))


def _theirs(tx: Tx, of: Office, code: str, over: int | None) -> Any:
    """What others have changed since the version that somebody started from; None where he named none."""
    if over is None or all(row.number != over for row in _versions(tx, of, code)):
        return None
    return compare_bundles(export(tx, of, code, over)[1], export(tx, of, code)[1], code_names(tx, of))


def _staying(tx: Tx, of: Office, code: str) -> list[tuple[int, Count]]:
    """Versions of a matter with the open cases on each, the newest first."""
    found = [(number, count) for (matter, number), count in cases_by_version(tx, of).items() if matter == code]
    return sorted(found, key=lambda one: one[0], reverse=True)


def _versions(tx: Tx, of: Office, code: str) -> list[VersionRow]:
    try:
        return list(versions(tx, of, code))
    except MatterUnknown:
        return []


def _running(tx: Tx, of: Office, code: str) -> VersionRow | None:
    return next((row for row in _versions(tx, of, code) if row.running), None)


# ---------------------------------------------------------------- small things
def _office(tx: Tx) -> Office:
    return office(tx, officer().office_id)


def _matter_of(bundle: Bundle) -> str:
    """The code that the guide of a bundle says; empty where it cannot be read."""
    try:
        return read_guide(bundle[GUIDE], GUIDE).code if GUIDE in bundle else ""
    except GuideNotUnderstood:
        return ""


def _name(bundle: Bundle, code: str) -> str:
    try:
        return read_guide(bundle[GUIDE], GUIDE).name
    except GuideNotUnderstood:
        return code


def _address() -> Mapping[str, Any]:
    asked: Mapping[str, Any] = Strict().parse(drawing.Choosing(), request, location="query")
    return asked


def _number(field: str) -> int | None:
    """A version's number in a form; empty is none."""
    if field and not (field.isascii() and field.isdigit() and len(field) < 10):
        abort(400)
    return int(field) if field else None


def _attached(body: bytes, name: str) -> Response:
    answer = Response(body, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
