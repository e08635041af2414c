"""Quick fixes: what one press of a button changes in a file, by the name that a finding bears (`Finding.fix`).

A mend is certain: it does what the drawing says already, or what only one thing can be meant by. Whatever it is not about stays, to
the byte where nothing has to be written anew. Other than a repair of a foreign file (`repairs/`) it leaves no trace: a designer has
asked for it, sees it, and publishes it as his.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from engine.errors import NotNow, NotValid

from .graph import Diagram, Flow, Scope
from .paths import steps_before
from .reader.gate import Refused
from .reader.several import read
from .reader.sheet import Element, children, reference
from .reader.sheet import text as written_in
from .repairs.paper import Paper
from .rules.choice_unlabelled import label_meant
from .rules.exclusive_without_condition import default_meant
from .rules.outcome_never_given import meant, never_given
from .tour import scopes


class MendUnknown(NotValid):
    code = "mend-unknown"
    sentence = "没有“{fix}”这种修改。"
    remedy = "重新检查，按列出的修改。"


class MendNotPossible(NotNow):
    """The drawing is another one by now."""

    code = "mend-not-possible"
    sentence = "这一处已经不是检查时的样子，没有改。"
    remedy = "等检查结果刷新后再改。"


@dataclass(frozen=True)
class _Page:
    """A file to be mended, with the graph of what is drawn in it."""

    paper: Paper
    diagram: Diagram

    def flow(self, element: Element) -> tuple[Flow, Scope]:
        """The flow that is drawn so, where it is drawn. Raises MendNotPossible."""
        key = element.get("id")
        found = ((flow, scope) for scope in scopes(self.diagram) for flow in scope.flows if flow.id == key)
        return _there(next(found, None))


def mend(body: bytes, file: str, fix: str, element: str) -> bytes:
    """The file with this fix made at this element. Raises MendUnknown; MendNotPossible where there is nothing (more) to be mended
    so, or where the file cannot be read."""
    made = MENDS.get(fix)
    if made is None:
        raise MendUnknown(fix=fix)
    diagram = read({file: body}).diagram
    try:
        paper = Paper(file, body)
    except Refused as wrong:
        raise MendNotPossible() from wrong
    drawn = paper.by_id(element)
    if diagram is None or drawn is None:
        raise MendNotPossible()
    made.change(_Page(paper, diagram), drawn)
    if not paper.changed:
        raise MendNotPossible()
    return paper.bytes()


# ---------------------------------------------------------------- one function, one fix
def _drop_condition(page: _Page, flow: Element) -> None:
    """A condition that nothing looks at, and a default that nothing takes."""
    drawn, scope = page.flow(flow)
    for condition in list(children(flow, "conditionExpression")):
        page.paper.drop(condition)
    if scope.nodes[drawn.source].kind in ("parallelGateway", "eventBasedGateway"):
        source = page.paper.by_id(drawn.source)
        if source is not None and reference(source.get("default")) == drawn.id:
            page.paper.unset(source, "default")


def _set_default(page: _Page, gateway: Element) -> None:
    """The one way without a condition is taken when no other one is."""
    drawn = next((s for s in scopes(page.diagram) if gateway.get("id") in s.nodes), None)
    scope = _there(drawn)
    page.paper.set(gateway, "default", _there(default_meant(scope.nodes[gateway.get("id")], scope) or None))


def _spell_outcome(page: _Page, flow: Element) -> None:
    """The outcome that is written nearly so."""
    for drawn, _, wrong, possible in never_given(page.diagram):
        if drawn.id != flow.get("id") or not (right := meant(wrong, possible)):
            continue
        for condition in children(flow, "conditionExpression"):
            said = written_in(condition) or ""
            for quote in "'\"":
                said = said.replace(f"{quote}{wrong}{quote}", f"{quote}{right}{quote}")
            if said != written_in(condition):
                page.paper.write(condition, said)


def _label(page: _Page, flow: Element) -> None:
    """What the button of the one outcome says that leads here."""
    drawn, scope = page.flow(flow)
    label = "" if drawn.name else label_meant(drawn, steps_before(scope)[drawn.source], scope)
    page.paper.set(flow, "name", _there(label or None))


def _drop_gateway(page: _Page, gateway: Element) -> None:
    """One way in, one way out: the way in goes on to where the way out led, with what is written on it."""
    (came, *more_in), (left, *more_out) = (
        page.paper.flows(gateway, end) or [None] for end in ("targetRef", "sourceRef")
    )
    if came is None or left is None or more_in or more_out or page.flow(left)[0].condition is not None:
        raise MendNotPossible()
    refers = [e for e in page.paper.elements if gateway.get("id") in (e.get("sourceRef"), e.get("targetRef"))]
    if any(e is not came and e is not left for e in refers):
        raise MendNotPossible()  # a note hangs on it
    for place in list(page.paper.root.iter("{*}flowNodeRef")):
        if reference(written_in(place)) == gateway.get("id"):
            page.paper.drop(place)
    target = page.paper.by_id(reference(left.get("targetRef")))
    page.paper.set(came, "targetRef", left.get("targetRef") or "")
    for inner in list(children(_there(target), "incoming")):
        if reference(written_in(inner)) == left.get("id"):
            page.paper.write(inner, came.get("id") or "")
    edges = {reference(e.get("bpmnElement")): e for e in page.paper.root.iter("{*}BPMNEdge")}
    shapes = {reference(e.get("bpmnElement")): e for e in page.paper.root.iter("{*}BPMNShape")}
    before, behind = edges.get(came.get("id")), edges.get(left.get("id"))
    if before is not None and behind is not None:
        _join(before, behind)
    for gone in (left, gateway, behind, shapes.get(gateway.get("id"))):
        if gone is not None:
            page.paper.drop(gone)


def _join(before: Element, behind: Element) -> None:
    """One line of two: up to the middle of what stood between them, then on."""
    points = [list(edge.iter("{*}waypoint")) for edge in (before, behind)]
    last, first = points[0][-1], points[1][0]
    level = last.get("y") == first.get("y") or last.get("x") == first.get("x")
    after = last
    for point in points[1][1:] if level else points[1]:
        after.addnext(point)
        after = point
    if level and len(points[0]) > 1:
        before.remove(last)


def _draw_line(page: _Page, flow: Element) -> None:
    """A flow that takes effect and is not on the drawing: straight from the middle of the one end to that of the other."""
    drawn, _ = page.flow(flow)
    if any(reference(e.get("bpmnElement")) == drawn.id for e in page.paper.root.iter("{*}BPMNEdge")):
        raise MendNotPossible()
    if not page.paper.draw_line(drawn.id, drawn.source, drawn.target):
        raise MendNotPossible()


@dataclass(frozen=True)
class Mend:
    """words: what is pressed."""

    words: str
    change: Callable[[_Page, Element], None]


MENDS: Mapping[str, Mend] = {
    "condition-dropped": Mend("去掉这个条件", _drop_condition),
    "default-set": Mend("把没有条件的一路设为默认", _set_default),
    "outcome-spelt": Mend("改正办理结果的代码", _spell_outcome),
    "label-from-outcome": Mend("写上办理结果的名称", _label),
    "gateway-dropped": Mend("删去网关，前后连起来", _drop_gateway),
    "line-drawn": Mend("补画这条连线", _draw_line),
}


_Found = TypeVar("_Found")


def _there(found: _Found | None) -> _Found:
    """Raises MendNotPossible for nothing."""
    if found is None:
        raise MendNotPossible()
    return found
