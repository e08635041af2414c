"""Names of cases to search by: every piece of up to three characters of an applicant's name, and orders that lists are read in

An index beside `cases` and not on it: an act changes a case's row again and again, and its names never; so nothing of
this is touched by an act but by the one that files the case. Written by triggers, in the act's own transaction. What a
database must bring along is nothing but itself: SQLite its FTS5, PostgreSQL its ordinary GIN (see docs/decisions).
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_PIECES = """(
    WITH RECURSIVE name(whole) AS (SELECT lower({name})),
    at(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM at, name WHERE i < length(whole))
    SELECT group_concat(substr(whole, i, 1) || ' ' || substr(whole, i, 2) || ' ' || substr(whole, i, 3), ' ')
    FROM at, name
)"""

SQLITE = (
    """CREATE VIRTUAL TABLE case_names USING fts5(
        pieces, content='', detail=none, columnsize=0,
        tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
    )""",
    f"INSERT INTO case_names (rowid, pieces) SELECT id, {_PIECES.format(name='applicant_name')} FROM cases",
    f"""CREATE TRIGGER case_names_new AFTER INSERT ON cases BEGIN
        INSERT INTO case_names (rowid, pieces) VALUES (new.id, {_PIECES.format(name="new.applicant_name")});
    END""",
    f"""CREATE TRIGGER case_names_changed AFTER UPDATE OF applicant_name ON cases
    WHEN old.applicant_name <> new.applicant_name BEGIN
        INSERT INTO case_names (case_names, rowid, pieces)
        VALUES ('delete', old.id, {_PIECES.format(name="old.applicant_name")});
        INSERT INTO case_names (rowid, pieces) VALUES (new.id, {_PIECES.format(name="new.applicant_name")});
    END""",
)
POSTGRESQL = (
    """CREATE FUNCTION lianshen_pieces(whole text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce(array_agg(DISTINCT substr(whole, i, n)), '{}')
        FROM generate_series(1, char_length(whole)) AS i, generate_series(1, 3) AS n
        WHERE i + n <= char_length(whole) + 1
    $$""",
    """CREATE TABLE case_names (
        case_id bigint NOT NULL CONSTRAINT pk_case_names PRIMARY KEY
            CONSTRAINT fk_case_names_case_id REFERENCES cases (id) ON DELETE CASCADE,
        number text COLLATE "C" NOT NULL,
        name text COLLATE "C" NOT NULL
    )""",
    """INSERT INTO case_names (case_id, number, name)
    SELECT id, case_no, lower(applicant_name COLLATE "C") FROM cases""",
    "CREATE INDEX ix_case_names_number ON case_names (number)",
    "CREATE INDEX ix_case_names_pieces ON case_names USING gin (lianshen_pieces(name)) WITH (fastupdate = off)",
    """CREATE FUNCTION lianshen_name_case() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO case_names (case_id, number, name)
        VALUES (new.id, new.case_no, lower(new.applicant_name COLLATE "C"))
        ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, name = excluded.name;
        RETURN NULL;
    END $$""",
    "CREATE TRIGGER case_names_new AFTER INSERT ON cases FOR EACH ROW EXECUTE FUNCTION lianshen_name_case()",
    """CREATE TRIGGER case_names_changed AFTER UPDATE OF case_no, applicant_name ON cases FOR EACH ROW
    WHEN (old.case_no <> new.case_no OR old.applicant_name <> new.applicant_name)
    EXECUTE FUNCTION lianshen_name_case()""",
)


def upgrade() -> None:
    postgresql = op.get_context().dialect.name == "postgresql"
    for statement in POSTGRESQL if postgresql else SQLITE:
        op.get_bind().exec_driver_sql(statement)
    # lists that are read in the order of an index, a page at a time
    op.create_index("ix_case_departments_seen", "case_departments", ["department_id", "case_id"])
    op.drop_index("ix_case_departments_department_id", "case_departments")
    op.create_index("ix_cases_office", "cases", ["office_id", "id"])
    op.create_index("ix_cases_matter", "cases", ["matter_id", "id"])
    op.drop_index("ix_cases_matter_id", "cases")
    op.create_index("ix_inbox_newest", "inbox", ["officer_id", "id"])
    for name, table, columns, where in (
        ("ix_cases_version", "cases", ["version_id", "id"], "closed_at IS NULL"),
        ("ix_orders_owed", "orders", ["department_id", "id"], "reply IS NULL"),
        ("ix_opinions_owed", "opinions", ["department_id", "due_on"], "answer IS NULL"),
        ("ix_drafts_asked", "drafts", ["asked_at", "id"], _ASKED),
    ):
        op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


_ASKED = "asked_at IS NOT NULL AND precheck IS NULL AND filed_as IS NULL"
