"""A diagram as a frozen graph: what every other room knows of a drawing. No XML, no engine.

Made by the reader only. Ids are the drawn ids; `Scope.id` is the path of ids from the process down (`P`, `P/sub`),
unique and stable, so that a stored token finds its place again in a graph read anew from the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .decisions import Decision
from .foreign import Assigned, DecisionCall, Passage, Snippet
from .mark import Mark as Mark
from .vocabulary import MATTER_CODE, Place, StepKind


@dataclass(frozen=True)
class EventDefinition:
    """One trigger or result of an event.

    kind: message signal timer error escalation conditional link terminate cancel compensate.
    name: of the message, signal or link; the code of an error or escalation (None catches all).
    text: of the timer or the condition, as drawn. timer: date, duration or cycle.
    activity: compensate: the one activity meant. waits: compensate: whether the thrower waits until all is undone.
    """

    kind: str
    name: str | None = None
    text: str | None = None
    timer: str | None = None
    activity: str | None = None
    waits: bool = True


@dataclass(frozen=True)
class Flow:
    id: str
    source: str
    target: str
    condition: str | None
    name: str | None
    at: Mark
    taken: tuple[Snippet, ...] = ()
    """What is assigned when a token takes it."""


@dataclass(frozen=True)
class Announcement:
    """What a multi-instance throws to its own border when an instance is done. condition: as drawn, None: always."""

    event: EventDefinition | None
    condition: str | None = None


@dataclass(frozen=True)
class Loop:
    """Multi-instance (parallel, sequential) or standard loop, texts as drawn.

    behavior: All (nothing is thrown), One (at the first instance that is done), None (at each), Complex (each announcement
    whose condition holds, and the rest is cancelled).
    """

    kind: str
    collection: str | None = None
    item: str | None = None
    output: str | None = None
    output_item: str | None = None
    cardinality: str | None = None
    condition: str | None = None
    maximum: int | None = None
    test_before: bool = False
    behavior: str = "All"
    announces: tuple[Announcement, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """One way to finish a step: the code of the vocabulary, and what its button says."""

    code: str
    label: str


@dataclass(frozen=True)
class Signer:
    """A department that signs, with the weight of its vote."""

    department: str
    weight: int = 1


@dataclass(frozen=True)
class Signing:
    """How a countersign (会签) is done. rule: all, any (the first one suffices), in_turn, vote. threshold: of a vote, the weight
    that carries it."""

    rule: str
    signers: tuple[Signer, ...]
    threshold: int = 0


@dataclass(frozen=True)
class Work:
    """Our attributes of a step that a person does.

    limit: length of the step's own clock, `3wd` or `5cd`, as drawn; None when the step has none.
    outcomes: the drawn narrowing, or all of the kind. ground: of a special step. form: key of a form beside the diagram.
    """

    kind: StepKind
    department: str | None
    window: str | None
    limit: str | None
    form: str | None
    outcomes: tuple[Outcome, ...]
    ground: str | None
    place: Place
    signing: Signing | None = None
    officer: str | None = None
    """The log-in of the officer whose step it is at once, instead of lying in the pool of his window."""


@dataclass(frozen=True)
class Outbound:
    """A step that another system answers (对外调用). connection: the code of the office's connection, never an address: a drawing
    comes from outside. sends: the facts that go out. returns: the names that may come back as facts; nothing else is taken."""

    connection: str
    sends: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shape:
    """Bounds of a drawn element in the diagram interchange, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Node:
    """A flow node: activity, gateway or event. `kind` is the BPMN tag, `work` our attributes where it is a person's step."""

    id: str
    kind: str
    at: Mark
    name: str | None = None
    lane: str | None = None
    work: Work | None = None
    events: tuple[EventDefinition, ...] = ()
    default: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    parallel_multiple: bool = False
    loop: Loop | None = None
    called: str | None = None
    optional: bool = False
    """Of a called matter: the stage does not wait for it."""
    script: str | None = None
    script_language: str | None = None
    script_stores: bool = False
    """Whether what the script assigns plainly becomes facts (autoStoreVariables)."""
    script_result: str | None = None
    """The fact that takes the value of the script (resultVariable)."""
    assigned: Assigned | None = None
    """Who does it, as another tool wrote it."""
    before: tuple[Snippet, ...] = ()
    after: tuple[Snippet, ...] = ()
    """What is assigned when a token comes to it, and when it is done."""
    passage: Passage | None = None
    """What goes in and out; None: everything."""
    decision: DecisionCall | None = None
    initiator: str | None = None
    """Of a start event: the fact that takes who started it."""
    message: str | None = None
    by_event: bool = False
    compensates: bool = False
    inner: Scope | None = None
    handler: str | None = None
    ordering: str = "Parallel"
    cancel_remaining: bool = True
    completion: str | None = None
    needs: int = 1
    """Tokens that must have come before the activity begins (startQuantity)."""
    gives: int = 1
    """Tokens that leave by each flow when it is done (completionQuantity)."""
    instantiates: bool = False
    """A receive task or event gateway whose event starts the process."""
    all_events: bool = False
    """Of an instantiating event gateway: every event behind it must come, not the first one only."""
    outbound: Outbound | None = None
    """Of a service task, send task or business rule task that calls another system; `work` says who confirms it by hand."""
    odd: str | None = None
    """Name of a BPMN attribute whose value has no meaning: never run in silence."""


@dataclass(frozen=True)
class Scope:
    """A process or sub-process with what is drawn directly in it; a global task stands as a process of that one task."""

    id: str
    name: str
    kind: str
    at: Mark
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]
    leaving: Mapping[str, tuple[Flow, ...]] = field(repr=False)
    entering: Mapping[str, tuple[Flow, ...]] = field(repr=False)

    @property
    def is_global_task(self) -> bool:
        """Declared for others to call, and drawn nowhere."""
        return self.kind.startswith("global")


@dataclass(frozen=True)
class Message:
    """A declared message: payload and correlation texts as drawn. id, at: where it is declared."""

    payload: str | None = None
    variable: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    id: str = field(default="", compare=False)
    at: Mark | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Mended:
    """The trace of a repair at the element of this id. open: a person has still to confirm it. was: what stood there."""

    id: str
    kind: str
    at: Mark
    open: bool
    was: str


@dataclass(frozen=True)
class Waiver:
    """What a designer lets pass at the element of this id, and why. rule: code of the rule; until: the last day on which it holds.
    whole: it is written at a process and holds for all that is drawn in its file. at: where it is written."""

    id: str
    rule: str
    reason: str
    until: date
    whole: bool
    at: Mark


@dataclass(frozen=True)
class Diagram:
    """All that one or several BPMN files draw together (a matter and the parts that it calls).

    main: id of the process that a case runs. shapes, edges, labels: drawn bounds, way points and bounds of labels by element
    id. bands: the names of drawn lanes and pools by their id. mended: the traces of repairs. decisions: those of the DMN files
    given with it, by id. waivers: what designers let pass.
    """

    main: str
    processes: Mapping[str, Scope]
    messages: Mapping[str, Message]
    correlation_keys: Mapping[str, tuple[str, ...]]
    shapes: Mapping[str, Shape] = field(repr=False, default_factory=dict)
    edges: Mapping[str, tuple[tuple[float, float], ...]] = field(repr=False, default_factory=dict)
    files: tuple[str, ...] = ()
    labels: Mapping[str, Shape] = field(repr=False, default_factory=dict)
    bands: Mapping[str, str] = field(repr=False, default_factory=dict)
    mended: tuple[Mended, ...] = ()
    decisions: Mapping[str, Decision] = field(repr=False, default_factory=dict)
    waivers: tuple[Waiver, ...] = ()

    def matter_called(self, node: Node) -> str | None:
        """The code of the matter that a call activity opens as a case of its own; None for a part, which runs inside."""
        called = node.called if node.kind == "callActivity" else None
        outside = called is not None and called not in self.processes and MATTER_CODE.fullmatch(called)
        return called if outside else None
