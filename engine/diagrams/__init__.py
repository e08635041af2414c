"""Diagrams: BPMN bytes become a frozen graph, and the rules say what is wrong with it.

Pure; the only room with lxml.
"""

from .decisions import Decision, Table, is_decisions
from .describe import GuideStep, describe, drawn_names
from .dialects import Proposal, countersign, forms_of, proposal
from .diff import Change, ChangeKind, compare, condition_words, limit_words
from .expressions import Expression, ExpressionNotUnderstood, cell, expression, expression_of_decision
from .facts import MatterFacts
from .findings import DiagramNotValid, Finding, Severity, Station, Way, has_errors
from .foreign import Assigned, DecisionCall, FormField, Passage, Passed, Snippet
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
from .reads import names_read
from .repairs import REPAIRS, Card, Repair, Repaired, confirmed, find_places, repair
from .rulebook import Rule
from .scripts import Script, ScriptLanguageNotRun, script
from .soundness import Flaw, FlawKind, Verdict, prove
from .tour import nodes as nodes_of
from .vocabulary import (
    CORRECTION_RECEIVED,
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
    "CORRECTION_RECEIVED",
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
    "Assigned",
    "Card",
    "Change",
    "ChangeKind",
    "Decision",
    "DecisionCall",
    "Diagram",
    "DiagramNotValid",
    "EventDefinition",
    "Expression",
    "ExpressionNotUnderstood",
    "Finding",
    "Flaw",
    "FlawKind",
    "Flow",
    "FormField",
    "GuideStep",
    "Loop",
    "Mark",
    "MatterFacts",
    "Mended",
    "Message",
    "Node",
    "Outbound",
    "Outcome",
    "Passage",
    "Passed",
    "PatternNotUnderstood",
    "Place",
    "Proposal",
    "Reading",
    "Repair",
    "Repaired",
    "Rule",
    "Scope",
    "Script",
    "ScriptLanguageNotRun",
    "Severity",
    "Shape",
    "Signer",
    "Signing",
    "Snippet",
    "Station",
    "StepKind",
    "Table",
    "Verdict",
    "Way",
    "Work",
    "as_text",
    "cell",
    "compare",
    "condition_words",
    "confirmed",
    "countersign",
    "describe",
    "drawn_names",
    "expression",
    "expression_of_decision",
    "find_places",
    "forms_of",
    "has_errors",
    "is_decisions",
    "is_without_graph",
    "limit_words",
    "lint",
    "lint_files",
    "lint_reading",
    "lint_structure",
    "names_read",
    "nodes_of",
    "proposal",
    "prove",
    "read",
    "repair",
    "rules",
    "script",
    "standard",
    "with_process",
]
