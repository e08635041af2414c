"""What a proof tells apart, and what it had to leave out: never in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ...clock import GROUND_NAMES, Ground, Span
from ..graph import Node
from ..paths.course import Stop
from ..rulebook import title
from ..vocabulary import StepKind
from .track import Drawn, Layer, State, Track, span_of, waited


class ApartKind(StrEnum):
    """Why a limit does not count it."""

    BEFORE = "before"  # 受理之前
    PAUSE = "pause"  # 特别程序，停止计时
    OPTIONAL = "optional"  # 可选事项，阶段不等它
    AFTER = "after"  # 决定之后，另有时限
    BESIDE = "beside"  # 决定不等它


@dataclass(frozen=True)
class Apart:
    """Something that the limits do not count. span: how long it may take at most, None where that is not limited."""

    kind: ApartKind
    scope: str
    element: str
    title: str
    span: Span | None

    @property
    def words(self) -> str:
        """`专家评审最长 15 个工作日`."""
        return f"{self.title}最长 {self.span.words}" if self.span is not None else self.title


@dataclass(frozen=True)
class Unlimited:
    """A step, a wait or a matter that takes time which nobody has limited; why: in words."""

    scope: str
    element: str
    title: str
    why: str

    @property
    def words(self) -> str:
        return f"“{self.title}”{self.why}，不计"


class Teller:
    """Gathers what is to be told of the stops of a course, while tracks are laid over it."""

    def __init__(self, drawn: Drawn, department: str | None) -> None:
        self.drawn, self.stops, self.own = drawn, drawn.course.stops, department
        self._scopes = {drawn.course.root: drawn.diagram.main}
        self._open: dict[tuple[str, str], Unlimited] = {}
        self._paused: dict[str, Apart] = {}
        self._counted: set[str] = set()
        self._ends: set[str] = set()
        self._bounds: list[str] = []

    # ---- names
    def node(self, state: State) -> Node:
        return self.stops[state.at].node

    def scope(self, state: State) -> str:
        """`Scope.id` of where the stop is drawn."""
        return self._scope_of(self.stops[state.at].inside)

    def _scope_of(self, inside: str) -> str:
        if inside not in self._scopes:
            node = self.stops[inside].node
            inner = node.inner or self.drawn.diagram.processes[node.called or ""]
            self._scopes[inside] = inner.id
        return self._scopes[inside]

    def title(self, state: State) -> str:
        return title(self.node(state))

    def department(self, state: State) -> str | None:
        """Who answers for the time: the department of the step, or of the matter that is called."""
        stop = self.stops[state.at]
        if stop.node.work is not None:
            drawn = stop.node.work.department
            return self.own if drawn == "@matter" else drawn
        matter = self.drawn.called.get(self.drawn.matter(stop) or "")
        return matter.department if matter is not None else None

    def is_open(self, state: State, name: str) -> bool:
        """Whether it takes time that nobody has limited, in the limit of this name."""
        return (state.at, name) in self._open

    # ---- what a track says of its stops
    def heard(self, layer: Layer, track: Track) -> None:
        """Take note of a track: what it counts, what stands still in it, what nobody limits."""
        self._ends |= {track.states[place].at for place in track.ends}
        if layer.circle:
            self._bounds.append("事项互为前置，先后没有计入")
        if layer.tangled:
            self._bounds.append("循环有几个入口，按画的先后分清去路和回路")
        for place, state in enumerate(track.states):
            self._counted.add(state.at)
            stop = self.stops[state.at]
            paused = stop.node.work is not None and layer.pauses(stop.node.work)
            if paused:
                self._paused[state.at] = self._pause(state, stop, layer)
            elif state.part != "out" and not track.lengths[place]:
                why = self._unlimited(stop, layer)
                if why:
                    self._open[state.at, layer.name] = Unlimited(self.scope(state), stop.node.id, title(stop.node), why)
            self._bounds += self._unclear(stop)

    def _pause(self, state: State, stop: Stop, layer: Layer) -> Apart:
        work = stop.node.work
        assert work is not None
        ground = next((g for g in Ground if g == work.ground), None)
        stop_rule = layer.limit.grounds.get(ground) if ground is not None else None
        longest = stop_rule.longest if stop_rule is not None else None
        name = GROUND_NAMES[ground] if ground is not None else title(stop.node)
        return Apart(ApartKind.PAUSE, self.scope(state), stop.node.id, name, longest or span_of(work.limit))

    def _unlimited(self, stop: Stop, layer: Layer) -> str:
        """Why a stop that took nothing may take time all the same; empty where it takes none."""
        node = stop.node
        if stop.opens:
            return ""
        code = self.drawn.matter(stop)
        if code is not None:
            return "" if node.optional else f"（{code}）没有已公布的承诺时限"
        if node.work is not None:
            stops = layer.stands_still(node.work)
            return f"不停止{layer.name}的计时，又没有环节时限" if stops else "没有环节时限"
        match node.kind:
            case "userTask" | "manualTask" | "task":
                return "没有环节时限"
            case "callActivity":
                return "调用的流程不在这里"
            case "receiveTask":
                return "等待消息，时间由对方定"
            case "intermediateCatchEvent" if any(e.kind in ("message", "signal", "conditional") for e in node.events):
                return "等待外部事件，时间由对方定"
        return "的定时没有固定长度" if waited(node) is None and not layer.bordered_by_limit(stop) else ""

    def _unclear(self, stop: Stop) -> Iterator[str]:
        node = stop.node
        if node.loop is not None and (node.loop.kind != "parallel"):
            yield f"“{title(node)}”依次或反复办理，次数不定，按一次计"
        if node.kind == "adHocSubProcess" and node.ordering == "Sequential":
            yield f"自选子流程“{title(node)}”里的步骤按同时办理计"
        for key in stop.handlers:
            yield f"事件子流程“{title(self.stops[key].node)}”随时可能开始，没有计入"

    # ---- the lists
    def bounds(self) -> list[str]:
        main = (
            f"事件子流程“{title(self.stops[key].node)}”随时可能开始，没有计入" for key in self.drawn.course.handlers
        )
        return list(dict.fromkeys((*self._bounds, *main)))

    def open(self) -> tuple[Unlimited, ...]:
        return tuple(dict.fromkeys(self._open.values()))

    def apart(self) -> tuple[Apart, ...]:
        """In the order of a case: before acceptance, the special procedures, what nobody waits for, after the decision."""
        order = list(ApartKind)
        found = [*self._paused.values(), *self._beside()]
        return tuple(sorted(found, key=lambda one: order.index(one.kind)))

    def _beside(self) -> Iterator[Apart]:
        after, before = self._behind_the_end(), self._before_acceptance()
        for key, stop in self.stops.items():
            node, state = stop.node, State(key)
            if key in self._counted:
                if self.drawn.matter(stop) and node.optional:
                    yield Apart(ApartKind.OPTIONAL, self.scope(state), node.id, title(node), None)
            elif node.work is not None and key not in self._paused:
                kind = ApartKind.AFTER if key in after else ApartKind.BEFORE if key in before else ApartKind.BESIDE
                yield Apart(kind, self.scope(state), node.id, title(node), span_of(node.work.limit))

    def _behind_the_end(self) -> set[str]:
        """What may follow where the limit ends."""
        found: set[str] = set()
        todo = list(self._ends)
        while todo:
            stop = self.stops[todo.pop()]
            around = (stop.inside,) if stop.inside in self.stops and not stop.next else ()
            fresh = [key for key in (*stop.next, *around) if key not in found]
            found.update(fresh)
            todo += fresh
        return found

    def _before_acceptance(self) -> set[str]:
        """What comes to an intake, the intake included."""
        intakes = (key for key, stop in self.stops.items() if stop.node.work and stop.node.work.kind is StepKind.INTAKE)
        found: set[str] = set()
        todo = list(intakes)
        while todo:
            key = todo.pop()
            if key not in found and key not in self._counted:
                found.add(key)
                todo += self.drawn.course.back[key]
        return found
