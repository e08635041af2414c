"""Diagrams: BPMN bytes become a frozen graph, and the rules say what is wrong with it.

Pure; the only room with lxml.
"""

from .describe import GuideStep, describe, drawn_names
from .diff import Change, ChangeKind, compare, condition_words
from .expressions import Expression, ExpressionNotUnderstood, Script, expression, script
from .facts import MatterFacts
from .findings import DiagramNotValid, Finding, Severity, has_errors
from .graph import (
    Diagram,
    EventDefinition,
    Flow,
    Loop,
    Mark,
    Mended,
    Message,
    Node,
    Outcome,
    Scope,
    Shape,
    Signer,
    Signing,
    Work,
)
from .lint import lint, lint_files, lint_reading, rules
from .pattern import PatternNotUnderstood, standard
from .reader import Reading, read
from .rulebook import Rule
from .vocabulary import (
    ENDINGS,
    KIND_NAMES,
    MATTER_CODE,
    NAMESPACE,
    NODE_NAMES,
    OUTCOME_LABELS,
    OUTCOMES,
    PLACE_NAMES,
    SIGNING_RULES,
    Place,
    StepKind,
)
from .writing import as_text, with_process

__all__ = [
    "ENDINGS",
    "KIND_NAMES",
    "MATTER_CODE",
    "NAMESPACE",
    "NODE_NAMES",
    "OUTCOMES",
    "OUTCOME_LABELS",
    "PLACE_NAMES",
    "SIGNING_RULES",
    "Change",
    "ChangeKind",
    "Diagram",
    "DiagramNotValid",
    "EventDefinition",
    "Expression",
    "ExpressionNotUnderstood",
    "Finding",
    "Flow",
    "GuideStep",
    "Loop",
    "Mark",
    "MatterFacts",
    "Mended",
    "Message",
    "Node",
    "Outcome",
    "PatternNotUnderstood",
    "Place",
    "Reading",
    "Rule",
    "Scope",
    "Script",
    "Severity",
    "Shape",
    "Signer",
    "Signing",
    "StepKind",
    "Work",
    "as_text",
    "compare",
    "condition_words",
    "describe",
    "drawn_names",
    "expression",
    "has_errors",
    "lint",
    "lint_files",
    "lint_reading",
    "read",
    "rules",
    "script",
    "standard",
    "with_process",
]
