"""Every table of Lianshen, on one page.

Whatever a row may never be, the database refuses: CHECK constraints and partial unique indexes carry names, and a
room turns the name of a broken one into its own error. `_at` is a UTC moment, `_on` a civil date of the office.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from .columns import Json, Moment, Word

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", Key, primary_key=True, autoincrement=True)


def _to(target: str, *, null: bool = False, name: str = "", index: bool = False) -> Column[int]:
    table = target.split(".")[0]
    return Column(name or f"{table.rstrip('s')}_id", Key, ForeignKey(target), nullable=null, index=index)


def _text(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=null, server_default=default)


def _at(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, Moment, nullable=null)


def _on(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, sa.Date, nullable=null)


def _one_of(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(v) for v in values)})", name=column)


# ---------------------------------------------------------------- offices and the people in them
offices = Table(
    "offices",
    metadata,
    _id(),
    _text("code"),
    _text("name"),
    _text("region"),
    _text("level"),
    _text("zone", default="Asia/Shanghai"),
    Column("hours", Json, nullable=False),
    Column("count_start_day", sa.Boolean, nullable=False, server_default=sa.false()),
    _text("number_prefix", default=""),
    # by which rule silence on an opinion counts as no objection; empty: it does not
    _text("silence_basis", default=""),
    _to("offices.id", null=True, name="parent_id"),
    Column("journal_n", Integer, nullable=False, server_default="0"),
    _text("journal_hash", default=""),
    UniqueConstraint("code"),
    UniqueConstraint("number_prefix"),
    _one_of("level", "nation", "province", "city", "county", "township", "village"),
)
# one row: a mark that triggers change with every change of an office, its departments, windows, calendars, matters or people.
# What is kept of them in memory holds as long as the mark does (docs/decisions/0029)
establishment = Table(
    "establishment",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("mark"),
    CheckConstraint("id = 1", name="one"),
)
calendar_notices = Table(
    "calendar_notices",
    metadata,
    _id(),
    _text("region"),
    _text("number"),
    Column("year", Integer, nullable=False),
    _on("holds_from"),
    Column("body", Json, nullable=False),
    _at("imported_at"),
    UniqueConstraint("region", "number"),
)
departments = Table(
    "departments",
    metadata,
    _id(),
    _to("offices.id"),
    _text("code"),
    _text("name"),
    UniqueConstraint("office_id", "code"),
)
windows = Table(
    "windows",
    metadata,
    _id(),
    _to("offices.id"),
    _to("departments.id", index=True),
    _text("code"),
    _text("name"),
    _text("kind"),
    UniqueConstraint("office_id", "code"),
    _one_of("kind", "department", "general", "joint"),
)
persons = Table("persons", metadata, _id(), _text("name"), _text("identity"), UniqueConstraint("identity"))
officers = Table(
    "officers",
    metadata,
    _id(),
    _to("offices.id"),
    _to("departments.id", index=True),
    _to("persons.id"),
    _text("login"),
    _text("post"),
    Column("roles", Json, nullable=False),
    _text("password_hash", null=True),
    Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    UniqueConstraint("login"),
)
officer_windows = Table(
    "officer_windows",
    metadata,
    Column("officer_id", Key, ForeignKey("officers.id"), primary_key=True),
    Column("window_id", Key, ForeignKey("windows.id"), primary_key=True, index=True),
)
stand_ins = Table(
    "stand_ins",
    metadata,
    _id(),
    _to("officers.id", name="absent_id"),
    _to("officers.id", name="stand_in_id", index=True),
    _on("from_on"),
    _on("until_on"),
    _text("basis"),
    CheckConstraint("from_on <= until_on", name="order"),
    CheckConstraint("absent_id <> stand_in_id", name="two_officers"),
)
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("digest", Text, primary_key=True),
    _to("officers.id", index=True),
    _text("kind"),
    _text("note", default=""),
    _at("created_at"),
    _at("seen_at"),
    _at("ends_at"),
    _one_of("kind", "session", "token"),
)
guesses = Table("guesses", metadata, _id(), _text("digest"), _at("at"))
"""Wrong ones, at what the digest is of. Each lies for an hour."""
Index("ix_guesses_at", guesses.c.at)
Index("ix_guesses_digest", guesses.c.digest, guesses.c.at)
remedies = Table(
    "remedies",
    metadata,
    _id(),
    _to("offices.id"),
    _text("decision"),
    _text("body"),
    _text("source_mark"),
    UniqueConstraint("office_id", "decision"),
    _one_of("decision", "refuse_acceptance", "decide_refuse", "terminate"),
)

# ---------------------------------------------------------------- the catalogue
# other systems that an office may call; a drawing names the code, the address and the secret stay here
connections = Table(
    "connections",
    metadata,
    _id(),
    _to("offices.id"),
    _text("code"),
    _text("name"),
    _text("url"),
    # closed with the key of the hall, which no backup of the database carries
    _text("sealed"),
    Column("timeout", Integer, nullable=False),
    Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    _at("changed_at"),
    UniqueConstraint("office_id", "code"),
    CheckConstraint("timeout BETWEEN 1 AND 60", name="timeout"),
)
# how strictly an office takes a rule about drawings; what has no row is taken as its card says
rule_levels = Table(
    "rule_levels",
    metadata,
    _id(),
    _to("offices.id"),
    _text("rule"),
    _text("level"),
    _text("reason"),
    _at("changed_at"),
    UniqueConstraint("office_id", "rule"),
    _one_of("level", "error", "warning", "info", "off"),
)
matters = Table(
    "matters",
    metadata,
    _id(),
    _to("offices.id"),
    _to("departments.id"),
    _text("code"),
    _text("name"),
    Column("running_number", Integer, nullable=True),
    UniqueConstraint("office_id", "code"),
)
versions = Table(
    "versions",
    metadata,
    _id(),
    _to("matters.id"),
    Column("number", Integer, nullable=False),
    _text("content_hash"),
    _at("published_at"),
    _to("officers.id", null=True, name="published_by"),
    _text("note"),
    UniqueConstraint("matter_id", "number"),
    UniqueConstraint("matter_id", "content_hash"),
    CheckConstraint("number > 0", name="number"),
)
blobs = Table(
    "blobs", metadata, Column("digest", Text, primary_key=True), Column("body", sa.LargeBinary, nullable=False)
)
version_files = Table(
    "version_files",
    metadata,
    Column("version_id", Key, ForeignKey("versions.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", Text, ForeignKey("blobs.digest"), nullable=False),
)
series = Table(
    "series",
    metadata,
    Column("office_id", Key, ForeignKey("offices.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

# ---------------------------------------------------------------- cases
drafts = Table(
    "drafts",
    metadata,
    _id(),
    _to("matters.id"),
    Column("applicant", Json, nullable=False),
    Column("answers", Json, nullable=False),
    Column("materials", Json, nullable=False),
    _text("query_digest"),
    _at("saved_at"),
    _at("asked_at", null=True),
    _text("precheck", null=True),
    _text("precheck_opinion", default=""),
    _to("officers.id", null=True, name="precheck_by"),
    _at("precheck_at", null=True),
    _text("filed_as", null=True),
    CheckConstraint("precheck IS NULL OR precheck IN ('ok', 'fail')", name="precheck"),
)
_TO_CHECK = sa.and_(drafts.c.asked_at.is_not(None), drafts.c.precheck.is_(None), drafts.c.filed_as.is_(None))
Index("ix_drafts_asked", drafts.c.asked_at, drafts.c.id, postgresql_where=_TO_CHECK, sqlite_where=_TO_CHECK)
cases = Table(
    "cases",
    metadata,
    _id(),
    _text("case_no"),
    _to("offices.id"),
    _to("matters.id"),
    _to("versions.id"),
    _text("channel"),
    _text("applicant_name"),
    Column("applicant", Json, nullable=False),
    Column("answers", Json, nullable=False),
    _text("project_code", null=True),
    # the stage that this case belongs to, where a joint approval opened it
    Column("master_id", Key, ForeignKey("cases.id"), nullable=True),
    # the case of the lower office that was reviewed there first and sent up: this one decides it
    Column("lower_id", Key, ForeignKey("cases.id"), nullable=True),
    _text("query_digest"),
    _text("phase"),
    _text("result", null=True),
    _text("acceptance_mode", null=True),
    _at("filed_at"),
    _at("received_at"),
    _on("received_on"),
    _at("accepted_at", null=True),
    _on("accepted_on", null=True),
    _at("decided_at", null=True),
    _on("decided_on", null=True),
    _at("served_at", null=True),
    _at("closed_at", null=True),
    UniqueConstraint("case_no"),
    _one_of("channel", "window", "web", "mobile", "post", "other"),
    _one_of(
        "phase",
        "received",
        "correcting",
        "accepted",
        "decided",
        "served",
        "closed",
        "not_accepted",
        "withdrawn",
        "terminated",
    ),
    CheckConstraint("received_at >= filed_at", name="received_after_filing"),
    CheckConstraint(
        "phase IN ('received', 'correcting', 'not_accepted', 'withdrawn', 'terminated') OR accepted_at IS NOT NULL",
        name="accepted_has_moment",
    ),
    CheckConstraint(
        "phase NOT IN ('decided', 'served', 'closed') OR decided_at IS NOT NULL", name="decided_has_moment"
    ),
    CheckConstraint("phase NOT IN ('served', 'closed') OR served_at IS NOT NULL", name="served_has_moment"),
    CheckConstraint("decided_at IS NULL OR decided_at >= accepted_at", name="decided_after_acceptance"),
    CheckConstraint(
        "(closed_at IS NOT NULL) = (phase IN ('closed', 'not_accepted', 'withdrawn', 'terminated'))",
        name="end_has_moment",
    ),
    CheckConstraint("(result IS NULL) = (decided_at IS NULL AND closed_at IS NULL)", name="result"),
)
Index(
    "uq_cases_of_stage",
    cases.c.master_id,
    cases.c.matter_id,
    unique=True,
    postgresql_where=cases.c.master_id.is_not(None),
    sqlite_where=cases.c.master_id.is_not(None),
)
Index(
    "uq_cases_above",
    cases.c.lower_id,
    unique=True,
    postgresql_where=cases.c.lower_id.is_not(None),
    sqlite_where=cases.c.lower_id.is_not(None),
)
Index("ix_cases_office", cases.c.office_id, cases.c.id)
Index("ix_cases_matter", cases.c.matter_id, cases.c.id)
Index(
    "ix_cases_version",
    cases.c.version_id,
    cases.c.id,
    postgresql_where=cases.c.closed_at.is_(None),
    sqlite_where=cases.c.closed_at.is_(None),
)
# one row per matter that a stage calls: written by acts of the stage alone, from what its child cases tell
stage_matters = Table(
    "stage_matters",
    metadata,
    _id(),
    _to("cases.id"),
    _text("token"),
    _text("code"),
    Column("optional", sa.Boolean, nullable=False),
    Column("state", Word, nullable=False),
    _text("reason", default=""),
    Column("tolerant", sa.Boolean, nullable=False, server_default=sa.false()),
    _at("open_at", null=True),
    _on("open_on", null=True),
    _to("cases.id", null=True, name="child_id"),
    Column("told_n", Integer, nullable=False, server_default="0"),
    Column("pauses", Json, nullable=False),
    _text("ending", null=True),
    _text("failed", null=True),
    _on("ended_on", null=True),
    UniqueConstraint("case_id", "code"),
    _one_of("state", "waiting", "held", "open", "ended"),
    CheckConstraint("(state = 'ended') = (ending IS NOT NULL AND ended_on IS NOT NULL)", name="ended"),
    CheckConstraint("(ending = 'not_started') = (ending IS NOT NULL AND open_on IS NULL)", name="not_started"),
    CheckConstraint("state NOT IN ('waiting', 'held') OR open_on IS NULL", name="not_open_yet"),
    CheckConstraint(
        "ending IS NULL OR ending IN ('granted', 'refused', 'withdrawn', 'terminated', 'not_accepted', 'not_started')",
        name="ending",
    ),
)
# one row per token that waits, or waited, for the answer of another system
calls = Table(
    "calls",
    metadata,
    _id(),
    _to("cases.id"),
    _text("token"),
    _text("step"),
    _text("name"),
    _to("departments.id"),
    _to("windows.id"),
    # code of the connection, and what it was called when the call began
    _text("connection"),
    _text("system"),
    Column("state", Word, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    _text("reason", default=""),
    _at("asked_at"),
    _at("next_at", null=True),
    _at("ended_at", null=True),
    UniqueConstraint("case_id", "token"),
    _one_of("state", "waiting", "answered", "refused", "by_hand", "withdrawn"),
    CheckConstraint("(state = 'waiting') = (next_at IS NOT NULL)", name="waiting_has_next"),
    CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
)
Index("ix_calls_state", calls.c.state, calls.c.ended_at)
case_departments = Table(
    "case_departments",
    metadata,
    Column("case_id", Key, ForeignKey("cases.id"), primary_key=True),
    Column("department_id", Key, ForeignKey("departments.id"), primary_key=True),
)
Index("ix_case_departments_seen", case_departments.c.department_id, case_departments.c.case_id)
# where a case stands: how often it was saved, the end of its journal, its process. The one row that each act changes, and by which it holds
# the case; that of the case itself, to which half of all tables refer, is left alone until something of it has changed
processes = Table(
    "processes",
    metadata,
    Column("case_id", Key, ForeignKey("cases.id"), primary_key=True),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("journal_n", Integer, nullable=False, server_default="0"),
    _text("journal_hash", default=""),
    _text("state_digest", default=""),
    Column("state", sa.LargeBinary, nullable=False),
)
tasks = Table(
    "tasks",
    metadata,
    _id(),
    _to("cases.id"),
    _text("token"),
    _text("step"),
    _text("name"),
    _text("kind"),
    _text("form", null=True),
    _to("departments.id"),
    _to("windows.id"),
    _to("officers.id", null=True),
    Column("state", Word, nullable=False),
    _at("arrived_at"),
    _at("claimed_at", null=True),
    _at("done_at", null=True),
    _text("outcome", null=True),
    _to("persons.id", null=True),
    Column("draft", Json, nullable=True),
    # the gravest lamp and the earliest due day among the clocks that this task stands under, kept with them: a worklist
    # sorts and counts by these and reads no clock
    Column("lamp", Word, nullable=False, server_default="green"),
    _on("due_on", null=True),
    # that of its case, which never changes: a list that is narrowed by it looks at no case
    Column("matter_id", Key, nullable=False, server_default="0"),
    _one_of("state", "open", "claimed", "done", "withdrawn"),
    CheckConstraint("(state = 'claimed') <= (officer_id IS NOT NULL AND claimed_at IS NOT NULL)", name="claimed_by"),
    CheckConstraint("state <> 'open' OR officer_id IS NULL", name="open_is_free"),
    CheckConstraint("(state IN ('done', 'withdrawn')) = (done_at IS NOT NULL)", name="done_has_moment"),
    UniqueConstraint("case_id", "token"),
)
# what is to do in one case, however long its history, where it is asked in these words; all else of a case by the key above
LIVE_STATES = ("open", "claimed")
LIVE = tasks.c.state.in_(LIVE_STATES)
Index("ix_tasks_case", tasks.c.case_id, postgresql_where=LIVE, sqlite_where=LIVE)
Index(
    "ix_tasks_pool_due",
    tasks.c.window_id,
    tasks.c.lamp,
    tasks.c.due_on,
    tasks.c.id,
    tasks.c.matter_id,
    postgresql_where=tasks.c.state == "open",
    sqlite_where=tasks.c.state == "open",
)
Index(
    "ix_tasks_desk_due",
    tasks.c.officer_id,
    tasks.c.lamp,
    tasks.c.due_on,
    tasks.c.id,
    tasks.c.matter_id,
    postgresql_where=tasks.c.state == "claimed",
    sqlite_where=tasks.c.state == "claimed",
)
Index(
    "ix_tasks_done",
    tasks.c.officer_id,
    tasks.c.done_at,
    tasks.c.id,
    postgresql_where=tasks.c.state == "done",
    sqlite_where=tasks.c.state == "done",
)
# who signs at a countersign: rows, so that one may be added, removed, or signed for a second round
signers = Table(
    "signers",
    metadata,
    _id(),
    _to("cases.id", index=True),
    _text("token"),
    _text("step"),
    Column("round", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    _to("departments.id"),
    Column("weight", Integer, nullable=False),
    Column("state", Word, nullable=False),
    _text("verdict", null=True),
    _text("opinion", default=""),
    _to("persons.id", null=True),
    _at("asked_at", null=True),
    _at("signed_at", null=True),
    _text("reason", default=""),
    CheckConstraint("weight > 0", name="weight"),
    CheckConstraint("(state = 'signed') = (verdict IS NOT NULL AND signed_at IS NOT NULL)", name="signed"),
    CheckConstraint("verdict IS NULL OR verdict IN ('agree', 'conditions', 'object')", name="verdict"),
    _one_of("state", "waiting", "asked", "signed", "removed", "spared"),
)
Index(
    "uq_signers_department",
    signers.c.case_id,
    signers.c.token,
    signers.c.department_id,
    unique=True,
    postgresql_where=signers.c.state != "removed",
    sqlite_where=signers.c.state != "removed",
)
# opinions that are asked for beside the drawing, each with the day on which the answer is due
opinions = Table(
    "opinions",
    metadata,
    _id(),
    _to("cases.id", index=True),
    _to("departments.id"),
    _text("question"),
    _on("due_on"),
    _to("officers.id", name="asked_by"),
    _at("asked_at"),
    _text("answer", null=True),
    _text("text", default=""),
    _to("persons.id", null=True),
    _at("answered_at", null=True),
    CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
    CheckConstraint(
        "answer IS NULL OR answer IN ('agree', 'conditions', 'object', 'silent', 'recalled')", name="answer"
    ),
)
Index(
    "ix_opinions_owed",
    opinions.c.department_id,
    opinions.c.due_on,
    postgresql_where=opinions.c.answer.is_(None),
    sqlite_where=opinions.c.answer.is_(None),
)
# the minutes of a consultation (会商纪要): written once; what it resolved stands in rows that its departments report on
consultations = Table(
    "consultations",
    metadata,
    _id(),
    _to("cases.id", index=True),
    _to("offices.id"),
    _text("number"),
    _text("kind"),
    _on("held_on"),
    _text("place"),
    _text("chair"),
    Column("attendees", Json, nullable=False),
    Column("agenda", Json, nullable=False),
    _text("text"),
    # the number of the minutes that this one takes the place of
    _text("corrects", null=True),
    _to("officers.id", name="convened_by"),
    _at("written_at"),
    UniqueConstraint("office_id", "number"),
    UniqueConstraint("office_id", "corrects"),
    sa.ForeignKeyConstraint(
        ["office_id", "corrects"],
        ["consultations.office_id", "consultations.number"],
        name="fk_consultations_corrects",
    ),
    _one_of("kind", "consultation", "joint_review", "joint_conference"),
    CheckConstraint("corrects <> number", name="corrects_another"),
)
resolutions = Table(
    "resolutions",
    metadata,
    _id(),
    _to("cases.id", index=True),
    _to("consultations.id"),
    Column("item", Integer, nullable=False),
    _to("departments.id"),
    _text("text"),
    _on("due_on", null=True),
    _text("report", null=True),
    _to("officers.id", null=True, name="reported_by"),
    _at("reported_at", null=True),
    UniqueConstraint("consultation_id", "item"),
    CheckConstraint("item > 0", name="item"),
    CheckConstraint(
        "(report IS NULL) = (reported_at IS NULL) AND (report IS NULL) = (reported_by IS NULL)", name="reported"
    ),
)
Index(
    "ix_resolutions_owed",
    resolutions.c.department_id,
    postgresql_where=resolutions.c.report.is_(None),
    sqlite_where=resolutions.c.report.is_(None),
)
clocks = Table(
    "clocks",
    metadata,
    _id(),
    _to("cases.id"),
    _text("kind"),
    _text("subject", default=""),
    Column("clock", Json, nullable=False),
    Column("state", Word, nullable=False),
    _on("due_on", null=True),
    _at("due_at", null=True),
    Column("provisional", sa.Boolean, nullable=False),
    _text("lamp"),
    _at("alert_at", null=True),
    _one_of("state", "running", "stopped"),
    _one_of("lamp", "green", "yellow", "red", "dark_red", "grey"),
    CheckConstraint("state = 'running' OR alert_at IS NULL", name="stopped_is_silent"),
)
Index("ix_clocks_case", clocks.c.case_id, clocks.c.state)
Index(
    "uq_clocks_running",
    clocks.c.case_id,
    clocks.c.kind,
    clocks.c.subject,
    unique=True,
    postgresql_where=clocks.c.state == "running",
    sqlite_where=clocks.c.state == "running",
)
# whoever looks for what is due reads nothing but this
Index(
    "ix_clocks_alert",
    clocks.c.alert_at,
    clocks.c.id,
    clocks.c.case_id,
    postgresql_where=clocks.c.alert_at.is_not(None),
    sqlite_where=clocks.c.alert_at.is_not(None),
)
# most lamps are green, and nobody looks for those; whoever asks for others says so in these words, for SQLite takes no others
LIT = sa.and_(clocks.c.state == "running", clocks.c.lamp != sa.literal_column("'green'"))
Index("ix_clocks_lamp", clocks.c.lamp, clocks.c.case_id, postgresql_where=LIT, sqlite_where=LIT)
pauses = Table(
    "pauses",
    metadata,
    _id(),
    _to("cases.id", index=True),
    _text("ground"),
    _text("basis"),
    _text("reason"),
    _text("planned"),
    _on("started_on"),
    _at("started_at"),
    _on("ended_on", null=True),
    _at("ended_at", null=True),
    _to("officers.id", name="approved_by"),
    CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="order"),
)
extensions = Table(
    "extensions",
    metadata,
    _id(),
    _to("cases.id"),
    _text("kind"),
    _text("span"),
    _text("approver"),
    _text("reason"),
    _at("approved_at"),
    _to("officers.id", name="approved_by"),
    UniqueConstraint("case_id", "kind"),
)
materials = Table(
    "materials",
    metadata,
    _id(),
    _to("cases.id"),
    _text("key"),
    _text("name"),
    _text("rule"),
    Column("state", Word, nullable=False),
    _on("promised_on", null=True),
    _at("brought_at", null=True),
    # the case whose result this paper is: it came without an upload
    Column("source_id", Key, ForeignKey("cases.id"), nullable=True),
    UniqueConstraint("case_id", "key"),
    _one_of("state", "brought", "missing", "promised", "not_needed"),
)
material_files = Table(
    "material_files",
    metadata,
    _id(),
    _to("cases.id", index=True),
    _text("key"),
    _text("name"),
    _text("media_type"),
    Column("size", Integer, nullable=False),
    Column("digest", Text, ForeignKey("blobs.digest"), nullable=False),
    _at("brought_at"),
    _text("brought_by"),
    UniqueConstraint("case_id", "key", "digest"),
    CheckConstraint("size > 0", name="size"),
)
corrections = Table(
    "corrections",
    metadata,
    _id(),
    _to("cases.id"),
    Column("round", Integer, nullable=False),
    Column("items", Json, nullable=False),
    _at("asked_at"),
    _at("brought_at", null=True),
    UniqueConstraint("case_id", "round"),
)
transfers = Table(
    "transfers",
    metadata,
    _id(),
    _to("cases.id"),
    _text("kind"),
    _text("receiver"),
    _text("reason"),
    _at("sent_at"),
    _at("back_at", null=True),
    # of a case that was sent up: the last row of the upper case's journal that it has heard of
    Column("told_n", Integer, nullable=False, server_default="0"),
    _one_of("kind", "hq", "upper_level"),
)
Index(
    "uq_transfers_out",
    transfers.c.case_id,
    transfers.c.kind,
    unique=True,
    postgresql_where=transfers.c.back_at.is_(None),
    sqlite_where=transfers.c.back_at.is_(None),
)
papers = Table(
    "papers",
    metadata,
    _id(),
    _to("cases.id", index=True),
    _to("offices.id"),
    _text("kind"),
    _text("number"),
    _text("title"),
    _text("body"),
    _text("digest"),
    _at("issued_at"),
    UniqueConstraint("office_id", "number"),
)
possessions = Table(
    "possessions",
    metadata,
    _id(),
    _to("cases.id", index=True),
    _text("holder"),
    _to("windows.id", null=True),
    _to("officers.id", null=True),
    _at("from_at"),
    _at("until_at", null=True),
    _one_of("holder", "window", "officer", "applicant", "third_party", "hq", "upper_level", "system"),
    CheckConstraint("until_at IS NULL OR until_at >= from_at", name="order"),
    CheckConstraint("(holder = 'window') <= (window_id IS NOT NULL)", name="window_named"),
    CheckConstraint("(holder = 'officer') <= (officer_id IS NOT NULL)", name="officer_named"),
)
Index(
    "uq_possessions_open",
    possessions.c.case_id,
    unique=True,
    postgresql_where=possessions.c.until_at.is_(None),
    sqlite_where=possessions.c.until_at.is_(None),
)
nudges = Table(
    "nudges",
    metadata,
    _id(),
    _to("cases.id", index=True),
    _to("officers.id"),
    _on("nudged_on"),
    _at("at"),
    _text("text"),
    UniqueConstraint("case_id", "officer_id", "nudged_on"),
)
orders = Table(
    "orders",
    metadata,
    _id(),
    _to("cases.id", index=True),
    _to("offices.id"),
    _to("departments.id"),
    _text("number"),
    _text("text"),
    _on("reply_due_on"),
    _to("officers.id", name="issued_by"),
    _at("issued_at"),
    _text("reply", null=True),
    _to("officers.id", null=True, name="replied_by"),
    _at("replied_at", null=True),
    UniqueConstraint("office_id", "number"),
    CheckConstraint("(replied_at IS NULL) = (reply IS NULL)", name="replied"),
)
Index(
    "ix_orders_owed",
    orders.c.department_id,
    orders.c.id,
    postgresql_where=orders.c.reply.is_(None),
    sqlite_where=orders.c.reply.is_(None),
)

# ---------------------------------------------------------------- key projects: many cases towards one date
projects = Table(
    "projects",
    metadata,
    _id(),
    _to("offices.id"),
    _text("code"),
    _text("name"),
    _text("owner"),
    Column("investment", Integer, nullable=False),
    _text("level"),
    _text("leader"),
    _text("lead_unit"),
    _to("officers.id", name="tracker_id"),
    _text("event"),
    _on("target_on"),
    _at("opened_at"),
    _at("closed_at", null=True),
    UniqueConstraint("office_id", "code"),
    _one_of("level", "nation", "province", "city", "county"),
)
plan_items = Table(
    "plan_items",
    metadata,
    _id(),
    _to("projects.id"),
    _text("code"),
    _to("departments.id"),
    _text("owner"),
    UniqueConstraint("project_id", "code"),
)
Index(
    "ix_cases_project",
    cases.c.office_id,
    cases.c.project_code,
    postgresql_where=cases.c.project_code.is_not(None),
    sqlite_where=cases.c.project_code.is_not(None),
)
requests = Table(
    "requests",
    metadata,
    Column("key", Text, primary_key=True),
    _text("fingerprint"),
    Column("answer", Json, nullable=False),
    _at("at"),
)

# ---------------------------------------------------------------- evidence, work to do, who hears of what
journal = Table(
    "journal",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("format", Integer, nullable=False),
    _text("act"),
    _text("actor"),
    _text("acting_for", null=True),
    _at("at"),
    _text("header"),
    _text("payload_digest"),
    _text("state_digest"),
    _text("previous"),
    _text("hash"),
    CheckConstraint("n > 0", name="n"),
)
payloads = Table(
    "payloads",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    _text("salt"),
    _text("body"),
)
jobs = Table(
    "jobs",
    metadata,
    _id(),
    _text("kind"),
    Column("case_id", Key, ForeignKey("cases.id"), nullable=True),
    Column("payload", Json, nullable=False),
    _at("run_at"),
    _at("try_at"),
    Column("state", Word, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _at("leased_until", null=True),
    _text("dedupe", null=True),
    _text("last_error", null=True),
    _at("done_at", null=True),
    UniqueConstraint("dedupe"),
    _one_of("state", "waiting", "running", "done", "dead"),
    CheckConstraint("(state = 'running') = (leased_until IS NOT NULL)", name="running_is_leased"),
)
_UNFINISHED, _DEAD = jobs.c.state.in_(["waiting", "running"]), jobs.c.state == "dead"
Index("ix_jobs_due", jobs.c.run_at, jobs.c.id, postgresql_where=_UNFINISHED, sqlite_where=_UNFINISHED)
Index("ix_jobs_case", jobs.c.case_id, jobs.c.run_at, jobs.c.id, postgresql_where=_UNFINISHED, sqlite_where=_UNFINISHED)
Index("ix_jobs_dead", jobs.c.id, postgresql_where=_DEAD, sqlite_where=_DEAD)
heartbeats = Table("heartbeats", metadata, Column("name", Text, primary_key=True), _at("at"))
inbox = Table(
    "inbox",
    metadata,
    _id(),
    _to("officers.id"),
    _to("cases.id", null=True),
    _text("text"),
    _text("dedupe"),
    _at("at"),
    _at("read_at", null=True),
    UniqueConstraint("officer_id", "dedupe"),
)
Index("ix_inbox_newest", inbox.c.officer_id, inbox.c.id)
