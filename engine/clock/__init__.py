"""The legal clock (时限): calendars, limits, pauses, lamps, and the story of every date. No database, no wall clock."""

from .calendar import Day, DayKind, Reason, WorkCalendar
from .catalogue_forms import follow, limit_from_catalogue, limits_from_catalogue
from .clock import Clock, Extension, Pause
from .kinds import RULES, AtDue, ClockKind, ClockRule, Lamp, limit_of
from .lamps import LAMP_RULES, LampState, lamp, lamp_and_words, lamp_words
from .law import (
    Compared,
    DeemedAcceptance,
    ExtensionNotLawful,
    check_extension,
    compare_promise,
    deemed_acceptance,
    extend,
)
from .limits import (
    GROUND_NAMES,
    UNVERIFIED,
    Approver,
    CountedFrom,
    ExtensionRule,
    Ground,
    Limit,
    Span,
    Stop,
    Unit,
    check_planned,
)
from .notice import Notice, Source, demand_region, dump_notice, parse_notice, shipped_notices
from .office_time import OfficeHours, OfficeTime, Received, office_zone
from .sentences import due_by, receipt_sentence, sentence
from .story import DayPart, Story, StoryDay, Sum
from .words import long_date, short_date, short_moment

__all__ = [
    "GROUND_NAMES",
    "LAMP_RULES",
    "RULES",
    "UNVERIFIED",
    "Approver",
    "AtDue",
    "Clock",
    "ClockKind",
    "ClockRule",
    "Compared",
    "CountedFrom",
    "Day",
    "DayKind",
    "DayPart",
    "DeemedAcceptance",
    "Extension",
    "ExtensionNotLawful",
    "ExtensionRule",
    "Ground",
    "Lamp",
    "LampState",
    "Limit",
    "Notice",
    "OfficeHours",
    "OfficeTime",
    "Pause",
    "Reason",
    "Received",
    "Source",
    "Span",
    "Stop",
    "Story",
    "StoryDay",
    "Sum",
    "Unit",
    "WorkCalendar",
    "check_extension",
    "check_planned",
    "compare_promise",
    "deemed_acceptance",
    "demand_region",
    "due_by",
    "dump_notice",
    "extend",
    "follow",
    "lamp",
    "lamp_and_words",
    "lamp_words",
    "limit_from_catalogue",
    "limit_of",
    "limits_from_catalogue",
    "long_date",
    "office_zone",
    "parse_notice",
    "receipt_sentence",
    "sentence",
    "shipped_notices",
    "short_date",
    "short_moment",
]
