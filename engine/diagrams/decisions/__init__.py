"""Decisions of DMN 1.1 to 1.3 as frozen values, texts as drawn: tables and literal expressions, and which asks for which."""

from .table import Decision, Input, Output, Rule, Table, is_decisions

__all__ = ["Decision", "Input", "Output", "Rule", "Table", "is_decisions"]
