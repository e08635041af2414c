"""A matter's diagram as a picture that the server draws: how far a case has come, or, without marks, how it will go.

Told by shape, weight and word, never by colour alone; its words stand in a list beside it for whoever cannot see it.
Nothing in it is a style: classes only, so that themes, print and forced colours do as they do elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import Markup, escape

from engine.clock import Lamp
from engine.diagrams import ChangeKind, Diagram, Node, Scope, Shape

from .words import LAMP_MARKS

FONT, SMALL, LINE = 13.0, 12.0, 17.0
PAD = 14.0
MOST_LINES = 4
_BADGES = (Lamp.YELLOW, Lamp.RED, Lamp.DARK_RED, Lamp.GREY)
_EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")


@dataclass(frozen=True)
class Mark:
    """How a drawn step looks. state: done, now or late, as `engine.reports.State`; lines: what stands below its name."""

    state: str
    lines: tuple[str, ...] = ()
    lamp: Lamp | None = None


@dataclass(frozen=True)
class Changed:
    """How an element differs from another version of the drawing. told: every difference, in words."""

    kind: ChangeKind
    told: tuple[str, ...]


@dataclass
class Canvas:
    """The picture while it is made: pieces in the order in which they lie over one another, and how far they reach."""

    pieces: list[Markup] = field(default_factory=list)
    box: list[float] = field(default_factory=lambda: [1e9, 1e9, -1e9, -1e9])

    def add(self, name: str, inside: Markup | str = "", /, **attributes: object) -> None:
        told = Markup("").join(
            Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _figure(value))
            for key, value in attributes.items()
            if value not in ("", None)
        )
        self.pieces.append(Markup("<{0}{1}>{2}</{0}>").format(Markup(name), told, inside))

    def gather(self, since: int, inside: Markup, /, **attributes: object) -> None:
        """What has been added since then, as one group."""
        inside = Markup("").join((inside, *self.pieces[since:]))
        del self.pieces[since:]
        self.add("g", inside, **attributes)

    def reach(self, x: float, y: float, width: float = 0, height: float = 0) -> None:
        box = self.box
        box[:] = [min(box[0], x), min(box[1], y), max(box[2], x + width), max(box[3], y + height)]

    def text(self, words: str, x: float, y: float, kind: str, anchor: str = "middle") -> None:
        width = _width(words, SMALL if kind.startswith("sm") else FONT)
        self.reach(x - {"middle": width / 2, "start": 0.0}[anchor], y - FONT, width, LINE)
        self.add("text", escape(words), class_=kind, x=x, y=y, text_anchor=anchor if anchor != "start" else "")


def draw(
    diagram: Diagram,
    marks: Mapping[str, Mark] | None = None,
    taken: Collection[str] = (),
    *,
    title: str,
    told: str = "",
    key: str = "dg",
    changed: Mapping[str, Changed] | None = None,
) -> Markup:
    """The main process of a diagram as one `<svg>`.

    marks: by the id of the element. taken: ids of the flows by which the case came. title, told: the picture's name and
    what it shows, in words. key: begins the ids inside it, one per picture of a page. changed: what differs from another
    version, by the id of the element; such an element can be linked to as `#key-id`. Empty where nothing is laid out.
    """
    marked, sheet, differs = marks or {}, Canvas(), changed or {}
    scopes = [s for s in _drawn(diagram.processes[diagram.main]) if any(n in diagram.shapes for n in s.nodes)]
    if not scopes:
        return Markup("")
    nodes = [node for scope in scopes for node in scope.nodes.values() if node.id in diagram.shapes]
    _bands(sheet, diagram, scopes)
    for node in nodes:
        if _open_scope(node, diagram):
            began, at = len(sheet.pieces), diagram.shapes[node.id]
            _frame(sheet, node, at, marked.get(node.id))
            _differs(sheet, began, f"{key}-{node.id}", differs.get(node.id), (at.x, at.y))
    for went in (False, True):  # the ways that were taken lie on top
        for scope in scopes:
            for flow in scope.flows:
                if flow.id in diagram.edges and (flow.id in taken) is went:
                    began = len(sheet.pieces)
                    _flow(sheet, diagram.edges[flow.id], went, key)
                    _differs(sheet, began, f"{key}-{flow.id}", differs.get(flow.id), _middle(diagram.edges[flow.id]))
    for node in sorted(nodes, key=lambda n: n.kind == "boundaryEvent"):
        if not _open_scope(node, diagram):
            began, at = len(sheet.pieces), diagram.shapes[node.id]
            _node(sheet, node, at, diagram.labels.get(node.id), marked.get(node.id))
            inset = 0.25 if node.kind.endswith("Gateway") else 0.12 if node.kind in _EVENTS else 0
            corner = at.x + at.width * inset, at.y + at.height * inset
            _differs(sheet, began, f"{key}-{node.id}", differs.get(node.id), corner)
    for scope in scopes:
        for flow in scope.flows:
            if flow.name and flow.id in diagram.edges:
                _flow_label(sheet, flow.name, diagram.edges[flow.id], diagram.labels.get(flow.id))
    return finished(sheet, title, told, key)


def finished(sheet: Canvas, title: str, told: str, key: str) -> Markup:
    """The picture with its name and what it shows, in words. key: begins the ids inside it."""
    x, y = sheet.box[0] - PAD, sheet.box[1] - PAD
    width, height = sheet.box[2] - x + PAD, sheet.box[3] - y + PAD
    arrows = Markup("").join(
        Markup(
            '<marker id="{0}-{1}" viewBox="0 0 8 8" refX="7.4" refY="4" markerWidth="9" markerHeight="9"'
            ' markerUnits="userSpaceOnUse" orient="auto"><path class="ah {1}" d="M0 0 8 4 0 8z"/></marker>'
        ).format(key, kind)
        for kind in ("way", "went")
    )
    return Markup(
        '<svg class="dg" viewBox="{x} {y} {w} {h}" width="{w}" height="{h}" role="img" aria-labelledby="{k}-t {k}-d">'
        '<title id="{k}-t">{title}</title><desc id="{k}-d">{told}</desc><defs>{arrows}</defs>{pieces}</svg>'
    ).format(
        x=_figure(x),
        y=_figure(y),
        w=_figure(width),
        h=_figure(height),
        k=key,
        title=title,
        told=told,
        arrows=arrows,
        pieces=Markup("").join(sheet.pieces),
    )


def _drawn(scope: Scope) -> Iterator[Scope]:
    """A process and the sub-processes that are opened in the same drawing."""
    yield scope
    for node in scope.nodes.values():
        if node.inner is not None:
            yield from _drawn(node.inner)


def _open_scope(node: Node, diagram: Diagram) -> bool:
    return node.inner is not None and any(inner in diagram.shapes for inner in node.inner.nodes)


# ---------------------------------------------------------------- what lies below
def _bands(sheet: Canvas, diagram: Diagram, scopes: Iterable[Scope]) -> None:
    """Lanes and pools, the larger first, each with its name upright at the left."""
    home = {node for scope in scopes for node in scope.nodes}
    bands = [(diagram.shapes[key], name) for key, name in diagram.bands.items() if "#" not in key and key not in home]
    for at, name in sorted(bands, key=lambda band: -band[0].width * band[0].height):
        sheet.reach(at.x, at.y, at.width, at.height)
        sheet.add("rect", class_="lane", x=at.x, y=at.y, width=at.width, height=at.height)
        sheet.add("rect", class_="lane-h", x=at.x, y=at.y, width=30, height=at.height)
        sheet.add("text", escape(name), class_="sm vt", x=at.x + 15, y=at.y + at.height / 2, text_anchor="middle")


def _frame(sheet: Canvas, node: Node, at: Shape, mark: Mark | None) -> None:
    """An opened sub-process: a frame with its name in the corner."""
    sheet.reach(at.x, at.y, at.width, at.height)
    look = f"n frame {_state(mark)}"
    sheet.add("rect", class_=look, x=at.x, y=at.y, width=at.width, height=at.height, rx=8)
    sheet.text(node.name or "", at.x + 10, at.y + 18, "sm", "start")


def _flow(sheet: Canvas, points: tuple[tuple[float, float], ...], went: bool, key: str) -> None:
    for x, y in points:
        sheet.reach(x, y)
    path = path_of("M", *(part for n, (x, y) in enumerate(points) for part in (("L", x, y) if n else (x, y))))
    kind = "went" if went else "way"
    sheet.add("path", class_="f went" if went else "f", d=path, marker_end=f"url(#{key}-{kind})")


def _flow_label(sheet: Canvas, name: str, points: tuple[tuple[float, float], ...], label: Shape | None) -> None:
    """The name of a flow where it was drawn; else above the middle of its longest stretch."""
    if label is not None:
        sheet.text(name, label.x + label.width / 2, label.y + label.height - 2, "sm lb")
        return
    (x0, y0), (x1, y1) = _longest(points)
    upright = abs(x1 - x0) < abs(y1 - y0)
    x = (x0 + x1) / 2 + (_width(name, SMALL) / 2 + 5 if upright else 0)
    sheet.text(name, x, (y0 + y1) / 2 + (4 if upright else -5), "sm lb")


def _longest(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], tuple[float, float]]:
    return max(pairwise(points), key=lambda ends: abs(ends[0][0] - ends[1][0]) + abs(ends[0][1] - ends[1][1]))


def _middle(points: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    (x0, y0), (x1, y1) = _longest(points)
    return (x0 + x1) / 2, (y0 + y1) / 2


def _differs(sheet: Canvas, since: int, key: str, change: Changed | None, corner: tuple[float, float]) -> None:
    """What was just drawn is marked as different: a colour, a line of its own kind, and a sign that says the same."""
    if change is None:
        return
    x, y = corner
    sheet.reach(x - 10, y - 10, 20, 20)
    sheet.add("circle", class_="sg", cx=x, cy=y, r=9)
    sheet.add("text", escape(change.kind.sign), class_="sgt", x=x, y=y + 4.5, text_anchor="middle")
    told = Markup("<title>{}</title>").format("；".join(change.told))
    sheet.gather(since, told, id=key, class_=f"df df-{change.kind}")


# ---------------------------------------------------------------- nodes
def _node(sheet: Canvas, node: Node, at: Shape, label: Shape | None, mark: Mark | None) -> None:
    sheet.reach(at.x, at.y, at.width, at.height)
    if node.kind.endswith("Gateway"):
        _gateway(sheet, node, at, label, mark)
    elif node.kind in _EVENTS:
        _event(sheet, node, at, label, mark)
    else:
        _step(sheet, node, at, mark)


def _step(sheet: Canvas, node: Node, at: Shape, mark: Mark | None) -> None:
    look = f"n {_state(mark)}"
    sheet.add("rect", class_=look, x=at.x, y=at.y, width=at.width, height=at.height, rx=6)
    below = list(mark.lines) if mark is not None else []
    name = wrapped(node.name or node.id, at.width - 10, FONT, MOST_LINES - len(below))
    words = [(line, "st") for line in name]
    words += [(line, "sm") for one in below for line in wrapped(one, at.width - 6, SMALL, 2)]
    words = words[:MOST_LINES]
    top = at.y + at.height / 2 - (len(words) - 1) * LINE / 2 + FONT * 0.36
    if (node.called is not None or node.inner is not None) and len(words) > 2:
        top -= 6  # the sign of what is inside stands below
    late = mark is not None and mark.state == "late"
    for n, (line, kind) in enumerate(words):
        look = "sm hot" if late and kind == "sm" and n == len(words) - 1 else kind
        sheet.text(line, at.x + at.width / 2, top + n * LINE, look)
    if mark is not None:
        badge(sheet, at, mark.lamp)
    if node.called is not None or node.inner is not None:
        x, y = at.x + at.width / 2, at.y + at.height - 8
        sheet.add("path", class_="mk", d=path_of("M", x - 4, y, "h", 8.0, "M", x, y - 4, "v", 8.0))


def badge(sheet: Canvas, at: Shape, lamp: Lamp | None) -> None:
    """A lamp that asks for attention, on the corner of its box, where no word is in its way."""
    if lamp not in _BADGES:
        return
    x, y = at.x + at.width - 4, at.y + 4
    sheet.reach(x - 12, y - 12, 24, 24)
    sheet.add("circle", class_="bdg", cx=x, cy=y, r=10.5)
    sheet.add("use", href=f"#l{LAMP_MARKS[lamp][0]}", x=x - 8, y=y - 8, width=16, height=16)


def _gateway(sheet: Canvas, node: Node, at: Shape, label: Shape | None, mark: Mark | None) -> None:
    x, y, w, h = at.x, at.y, at.width, at.height
    cx, cy = x + w / 2, y + h / 2
    diamond = path_of("M", cx, y, "L", x + w, cy, "L", cx, y + h, "L", x, cy, "z")
    sheet.add("path", class_=f"n {_state(mark)}", d=diamond)
    d = w * 0.24
    if node.kind == "exclusiveGateway":
        sheet.add("path", class_="mk", d=path_of("M", cx - d / 2, cy - d / 2, "l", d, d, "m", 0.0, -d, "l", -d, d))
    elif node.kind == "parallelGateway":
        sheet.add(
            "path", class_="mk", d=path_of("M", cx, cy - d * 0.7, "v", d * 1.4, "M", cx - d * 0.7, cy, "h", d * 1.4)
        )
    else:
        sheet.add("circle", class_="mk", cx=cx, cy=cy, r=d)
        if node.kind == "eventBasedGateway":
            sheet.add("circle", class_="mk", cx=cx, cy=cy, r=d * 0.72)
    _below(sheet, node.name, at, label)


def _event(sheet: Canvas, node: Node, at: Shape, label: Shape | None, mark: Mark | None) -> None:
    cx, cy, r = at.x + at.width / 2, at.y + at.height / 2, at.width / 2
    ends = " end" if node.kind == "endEvent" else ""
    sheet.add("circle", class_=f"n {_state(mark)}{ends}", cx=cx, cy=cy, r=r)
    if node.kind not in ("startEvent", "endEvent"):
        dashed = " dash" if node.kind == "boundaryEvent" and not node.interrupting else ""
        sheet.add("circle", class_=f"mk thin{dashed}", cx=cx, cy=cy, r=r - 3)
    kind = node.events[0].kind if node.events else ""
    if kind == "message":
        x, y = cx - r * 0.45, cy - r * 0.32
        w, h = r * 0.9, r * 0.64
        fold = ("l", w / 2, h * 0.55, "l", w / 2, -h * 0.55)
        sheet.add("path", class_="mk thin", d=path_of("M", x, y, "h", w, "v", h, "h", -w, "z", *fold))
    elif kind == "timer":
        sheet.add("circle", class_="mk thin", cx=cx, cy=cy, r=r * 0.5)
        sheet.add("path", class_="mk thin", d=path_of("M", cx, cy - r * 0.32, "v", r * 0.32, "h", r * 0.26))
    elif kind == "terminate":
        sheet.add("circle", class_="mk full", cx=cx, cy=cy, r=r * 0.5)
    told = mark.lines[0] if mark is not None and mark.lines else ""
    _below(sheet, node.name, at, label, told)


def _below(sheet: Canvas, name: str | None, at: Shape, label: Shape | None, told: str = "") -> None:
    """The name of an event or a gateway where it was drawn, else below it; and below that what is told of it."""
    x, y = at.x + at.width / 2, at.y + at.height + 14
    if label is not None:
        x, y = label.x + label.width / 2, label.y + label.height - 2
    if name:
        sheet.text(name, x, y, "sm lb")
    if told:
        sheet.text(told, x, at.y - 6 if label is not None and label.y < at.y else y + LINE, "sm lb")


def _state(mark: Mark | None) -> str:
    return {"done": "done", "now": "now", "late": "now late"}.get(mark.state, "todo") if mark is not None else "todo"


# ---------------------------------------------------------------- measures
def wrapped(words: str, width: float, size: float, most: int) -> list[str]:
    """The words in lines of this width; what has no room ends in an ellipsis. A line does not begin with a sign that closes,
    nor end with one that opens (禁则)."""
    lines, line = [], ""
    for char in words:
        if line and char not in "）》”、，。" and _width(line + char, size) > width:
            opening = line[-1] if len(line) > 1 and line[-1] in "（《“" else ""  # it stands before what it opens
            lines.append(line.removesuffix(opening))
            line = opening + char.strip()
        else:
            line += char
    lines = [*lines, line] if line else lines
    most = max(1, most)
    return [*lines[: most - 1], lines[most - 1][:-1] + "…"] if len(lines) > most else lines


def _width(words: str, size: float) -> float:
    """About how wide a text is: a Chinese character as wide as high, others a little more than half."""
    return sum(size if ord(char) > 0x2E7F else size * 0.58 for char in words)


def path_of(*parts: str | float) -> str:
    """The parts of a path: letters of commands and figures."""
    return " ".join(_figure(part) for part in parts)


def _figure(value: object) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
