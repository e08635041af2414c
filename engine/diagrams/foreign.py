"""What files of other tools say beside BPMN, as far as we read it: values of the graph, texts as drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FormField:
    """One question of a form that is drawn in the step itself. type: as the vendor calls it. checks: (name, value) of each
    validation; a vendor's own class is one by the name `class`."""

    key: str
    label: str
    type: str
    required: bool = False
    readable: bool = True
    writable: bool = True
    initial: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    checks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Assigned:
    """Who does a step, with which form and until when, as another tool wrote it (Camunda, Flowable, Activiti, SpiffWorkflow,
    potentialOwner of BPMN). Texts as drawn: names, or expressions of that engine."""

    assignee: str | None = None
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    form: str | None = None
    fields: tuple[FormField, ...] = ()
    due: str | None = None
    follow_up: str | None = None
    priority: str | None = None

    @property
    def says_something(self) -> bool:
        return self != Assigned()


@dataclass(frozen=True)
class Passed:
    """One value on its way into or out of an activity: the expression that gives it and the name that takes it. text None:
    every fact, each under its own name."""

    text: str | None
    target: str = ""


@dataclass(frozen=True)
class Passage:
    """What goes into an activity and what comes out; None: everything, as where nothing is drawn. odd: a way of passing that
    we do not carry out."""

    into: tuple[Passed, ...] | None = None
    out: tuple[Passed, ...] | None = None
    odd: str | None = None


@dataclass(frozen=True)
class Snippet:
    """A script beside what is drawn: a listener of a vendor's engine that only assigns, with its language."""

    text: str
    language: str


@dataclass(frozen=True)
class DecisionCall:
    """Which decision of a DMN file a rule task asks, and the fact that takes the result. how: singleEntry, singleResult,
    collectEntries, resultList; None as the vendor of the file does without saying: the whole result."""

    ref: str
    result: str | None = None
    how: str | None = None
    vendor: str = ""
