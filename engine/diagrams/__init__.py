"""Diagrams: BPMN bytes become a frozen graph, and the rules say what is wrong with it.

Pure; the only room with lxml.
"""

from .describe import GuideStep, describe, drawn_names
from .diff import Change, ChangeKind, compare, condition_words
from .expressions import Expression, ExpressionNotUnderstood, Script, expression, script
from .facts import MatterFacts
from .findings import DiagramNotValid, Finding, Severity, has_errors
from .graph import (
    Announcement,
    Diagram,
    EventDefinition,
    Flow,
    Loop,
    Mark,
    Mended,
    Message,
    Node,
    Outbound,
    Outcome,
    Scope,
    Shape,
    Signer,
    Signing,
    Work,
)
from .lint import lint, lint_files, lint_reading, lint_structure, rules
from .pattern import PatternNotUnderstood, standard
from .reader import MAX_BYTES, Reading, is_without_graph, read
from .repairs import REPAIRS, Card, Repair, Repaired, confirmed, find_places, repair
from .rulebook import Rule
from .tour import nodes as nodes_of
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
    "MAX_BYTES",
    "NAMESPACE",
    "NODE_NAMES",
    "OUTCOMES",
    "OUTCOME_LABELS",
    "PLACE_NAMES",
    "REPAIRS",
    "SIGNING_RULES",
    "Announcement",
    "Card",
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
    "Outbound",
    "Outcome",
    "PatternNotUnderstood",
    "Place",
    "Reading",
    "Repair",
    "Repaired",
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
    "confirmed",
    "describe",
    "drawn_names",
    "expression",
    "find_places",
    "has_errors",
    "is_without_graph",
    "lint",
    "lint_files",
    "lint_reading",
    "lint_structure",
    "nodes_of",
    "read",
    "repair",
    "rules",
    "script",
    "standard",
    "with_process",
]
