"""One version of a matter as cases use it: guide, forms, diagram and the compiled plan, made once per content."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from forms import Form, read_form

from ..diagrams import Diagram, Node, Scope, StepKind, Work, names_read, read
from ..errors import NotFound
from ..people import MARK, Establishment, establishment, upper_office
from ..runtime import Plan, compile
from ..store import Prepared, Tx, tables
from .bundle import FORMS, GUIDE, Bundle, content_hash, drawn_of, form_key
from .guide import Escalation, Guide, read_guide

APPLICATION = "application"
OWN_DEPARTMENT = "@matter"
_KEEP = 256


class MatterUnknown(NotFound):
    code = "matter-unknown"
    sentence = "{office}没有开办事项“{matter}”。"
    remedy = "核对事项代码，或先发布该事项的流程。"


class VersionUnknown(NotFound):
    code = "version-unknown"
    sentence = "事项“{matter}”没有第 {number} 版。"
    remedy = "用事项的版本列表核对版次。"


@dataclass(frozen=True)
class Content:
    """What follows from a version's bytes alone: equal for equal content, shared by all cases and threads."""

    hash: str
    guide: Guide
    forms: Mapping[str, Form]
    diagram: Diagram
    plan: Plan
    routing: frozenset[str]
    """Names that some condition or script reads, or that go out to another system: of a form's answers only these enter the
    process."""
    calls_out: bool = False
    """Whether a step of it is answered by another system."""


class Version(NamedTuple):
    """A published, immutable version of one matter of one office."""

    id: int
    matter_id: int
    office_id: int
    department_id: int
    code: str
    name: str
    number: int
    content: Content

    @property
    def guide(self) -> Guide:
        return self.content.guide

    @property
    def department(self) -> str:
        return self.content.guide.department

    def form(self, key: str | None) -> Form | None:
        return self.content.forms.get(key) if key else None


_made: OrderedDict[str, Content] = OrderedDict()
_lock = threading.Lock()


def content_of(bundle: Bundle, content_hash: str, main: str | None = None) -> Content:
    """Read and compile a bundle that was published before; its content hash is the key of the cache."""
    with _lock:
        if content_hash in _made:
            _made.move_to_end(content_hash)
            return _made[content_hash]
    made = make_content(bundle, content_hash)
    with _lock:
        _made[content_hash] = made
        while len(_made) > _KEEP:
            _made.popitem(last=False)
    return made


def make_content(bundle: Bundle, content_hash: str) -> Content:
    """Read and compile a bundle. Raises GuideNotUnderstood, FormNotUnderstood, DiagramNotValid, Refused."""
    guide = read_guide(bundle[GUIDE], GUIDE)
    forms = {form_key(name): read_form(body, name) for name, body in bundle.items() if name.startswith(FORMS)}
    diagram = read(drawn_of(bundle), main=guide.code.lower()).diagram
    if diagram is None:
        raise AssertionError("a bundle is linted before it is made into content")
    calls_out = any(node.outbound for node in nodes(diagram))
    return Content(content_hash, guide, forms, diagram, compile(diagram), names_read(diagram), calls_out)


def version(tx: Tx, version_id: int) -> Version:
    """A version by id."""
    return _whole(tx, tx.row(_VERSION, version_id=version_id))


def version_kept(tx: Tx, version_id: int, mark: str) -> Version:
    """The same. What its matter is called is kept as long as the mark of the establishment holds."""
    known = tx.keeping("versions", mark, dict[int, Any])
    if version_id not in known:
        known[version_id] = tx.row(_VERSION, version_id=version_id)
    return _whole(tx, known[version_id])


def _whole(tx: Tx, row: Any) -> Version:
    content = _made.get(row.content_hash) or content_of(files(tx, row.id), row.content_hash)
    return Version(row.id, row.matter_id, row.office_id, row.department_id, row.code, row.name, row.number, content)


_VERSION = Prepared(
    sa.select(
        tables.versions.c.id,
        tables.versions.c.number,
        tables.versions.c.content_hash,
        tables.matters.c.id.label("matter_id"),
        tables.matters.c.office_id,
        tables.matters.c.department_id,
        tables.matters.c.code,
        tables.matters.c.name,
    )
    .join(tables.matters, tables.matters.c.id == tables.versions.c.matter_id)
    .where(tables.versions.c.id == sa.bindparam("version_id"))
)


def running_version(tx: Tx, office_id: int, code: str) -> Version:
    """The version that a new case of this matter gets. Raises MatterUnknown when the office does not run the matter."""
    return running(tx, office_id, code)[0]


def running(tx: Tx, office_id: int, code: str) -> tuple[Version, Establishment]:
    """The same, with what is known of the establishment at this moment."""
    found = tx.row(_RUNNING, office_id=office_id, code=code)
    if found is None:
        o = tables.offices
        raise MatterUnknown(office=tx.value(sa.select(o.c.name).where(o.c.id == office_id)), matter=code)
    return version_kept(tx, found.id, found.mark), establishment(tx, found.mark)


_RUNNING = Prepared(
    sa.select(tables.versions.c.id, MARK.label("mark"))
    .join(
        tables.matters,
        sa.and_(
            tables.matters.c.id == tables.versions.c.matter_id,
            tables.matters.c.running_number == tables.versions.c.number,
        ),
    )
    .where(tables.matters.c.office_id == sa.bindparam("office_id"), tables.matters.c.code == sa.bindparam("code"))
)


def upper_version(tx: Tx, office_id: int, up: Escalation) -> Version | None:
    """The version that a case sent up by this office gets at the upper one; None where there is no such office above, or where
    it does not run the matter."""
    above = upper_office(tx, office_id, up.level)
    try:
        return running_version(tx, above.id, up.matter) if above is not None else None
    except MatterUnknown:
        return None


def running_guides(tx: Tx, office_id: int, codes: Collection[str]) -> dict[str, Guide]:
    """The guides of the running versions of these matters, by code, in one query; what the office does not run is left out."""
    v, m = tables.versions, tables.matters
    rows = tx.rows(
        sa.select(m.c.code, v.c.id, v.c.content_hash)
        .join(m, sa.and_(m.c.id == v.c.matter_id, m.c.running_number == v.c.number))
        .where(m.c.office_id == office_id, m.c.code.in_(codes))
    )
    return {r.code: (_made.get(r.content_hash) or content_of(files(tx, r.id), r.content_hash)).guide for r in rows}


def files(tx: Tx, version_id: int) -> dict[str, bytes]:
    """The very bytes that were published."""
    f, b = tables.version_files, tables.blobs
    rows = tx.rows(sa.select(f.c.name, b.c.body).join(b, b.c.digest == f.c.digest).where(f.c.version_id == version_id))
    return {r.name: r.body for r in rows}


def holds_together(tx: Tx, version_id: int, digest: str) -> bool:
    """Whether the kept bytes of a version are still those of its content hash."""
    return content_hash(files(tx, version_id)) == digest


def step_kinds(of: Version) -> dict[str, StepKind]:
    """The kind of every drawn step by its id."""
    return {node.id: node.work.kind for node in nodes(of.content.diagram) if node.work is not None}


def drawn_step(of: Version, step: str) -> Work:
    """What a step asks for, by its id."""
    return next(node.work for node in nodes(of.content.diagram) if node.id == step and node.work is not None)


def nodes(diagram: Diagram) -> Iterator[Node]:
    """Every node of every process, sub-processes included."""

    def inside(scope: Scope) -> Iterator[Node]:
        for node in scope.nodes.values():
            yield node
            if node.inner is not None:
                yield from inside(node.inner)

    for process in diagram.processes.values():
        yield from inside(process)
