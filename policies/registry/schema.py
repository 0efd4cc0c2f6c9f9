"""What the registry looks like at rest, and the views that the exchange's own subgraph reads.

Times are microseconds since 1970 in UTC (`times`); who acted is a JSON array of person, organisation and application
(`actor`). Subjects are pseudonyms or sealed bytes, reasons and notes sealed bytes. Views hold nothing
sealed: every column but the serial number is text, times are `YYYY-MM-DDTHH:MM:SS+00:00`.
"""

from __future__ import annotations

from typing import Final


def _time(column: str) -> str:
    return f"CAST(strftime('%Y-%m-%dT%H:%M:%S+00:00', {column} / 1000000, 'unixepoch') AS TEXT)"


def _person(column: str) -> str:
    return f"CAST(json_extract({column}, '$[0]') AS TEXT)"


def _organisation(column: str) -> str:
    return f"CAST(json_extract({column}, '$[1]') AS TEXT)"


_SERIAL: Final = "CAST(substr(id, 3, 4) AS INTEGER) * 1000000 + CAST(substr(id, 8) AS INTEGER) AS serial"
"""The order in which ids of one letter were made: A-2026-10 comes after A-2026-9."""

_TABLES: Final = (
    "CREATE TABLE version (name TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "INSERT INTO version VALUES ('agreements', 0), ('emergencies', 0), ('changes', 0), ('consents', 0)",
    # The last number that ids of one letter and year were made with.
    "CREATE TABLE series (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE agreement (
        id TEXT PRIMARY KEY, asker TEXT NOT NULL, owner TEXT NOT NULL, roles TEXT NOT NULL, wishes TEXT NOT NULL,
        row_rule TEXT NOT NULL, purpose TEXT NOT NULL, mode TEXT NOT NULL, basis TEXT NOT NULL,
        starts INTEGER NOT NULL, ends INTEGER NOT NULL, step TEXT NOT NULL, since INTEGER NOT NULL,
        drafted_by TEXT NOT NULL, asked_by TEXT, approved_by TEXT) STRICT, WITHOUT ROWID""",
    """CREATE TABLE emergency (
        id TEXT PRIMARY KEY, area TEXT NOT NULL, basis TEXT NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL,
        declared_by TEXT NOT NULL, declared INTEGER NOT NULL, confirmed_by TEXT, confirmed INTEGER,
        ended_by TEXT, ended INTEGER) STRICT, WITHOUT ROWID""",
    """CREATE TABLE glass (
        id TEXT PRIMARY KEY, person TEXT NOT NULL, organisation TEXT NOT NULL, application TEXT NOT NULL,
        subject_type TEXT NOT NULL, sealed_subject BLOB NOT NULL, pseudonym TEXT NOT NULL, reason BLOB NOT NULL,
        opened INTEGER NOT NULL, until INTEGER NOT NULL,
        reviewed_by TEXT, reviewed INTEGER, outcome TEXT, note BLOB) STRICT, WITHOUT ROWID""",
    "CREATE INDEX glass_of_person ON glass (organisation, person, opened)",
    "CREATE INDEX glass_to_review ON glass (opened) WHERE outcome IS NULL",
    """CREATE TABLE blocked (
        organisation TEXT, person TEXT, glass TEXT NOT NULL, since INTEGER NOT NULL,
        PRIMARY KEY (organisation, person)) STRICT, WITHOUT ROWID""",
    # Of 25 million people: the pseudonym as 16 bytes, 1 for given and 0 for objected; nothing on record is no row.
    """CREATE TABLE consent (
        purpose TEXT, pseudonym BLOB, given INTEGER NOT NULL,
        PRIMARY KEY (purpose, pseudonym)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE assigned (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, subject_type TEXT NOT NULL, sealed_subject BLOB NOT NULL,
        pseudonym TEXT NOT NULL, organisation TEXT NOT NULL, person TEXT NOT NULL,
        opened_by TEXT NOT NULL, opened INTEGER NOT NULL, closed_by TEXT, closed INTEGER) STRICT, WITHOUT ROWID""",
    "CREATE INDEX assigned_to_person ON assigned (organisation, person) WHERE closed IS NULL",
    """CREATE TABLE change (
        id TEXT PRIMARY KEY, digest TEXT NOT NULL, text TEXT NOT NULL, reason BLOB NOT NULL, step TEXT NOT NULL,
        proposed_by TEXT NOT NULL, proposed INTEGER NOT NULL, settled_by TEXT, settled INTEGER)
        STRICT, WITHOUT ROWID""",
    "CREATE UNIQUE INDEX change_in_force ON change (step) WHERE step = 'approved'",  # one at a time, whatever the code
)

_VIEWS: Final = (
    f"""CREATE VIEW agreement_view AS SELECT {_SERIAL}, id, asker, owner,
        CAST((SELECT ifnull(group_concat(value, ', '), '') FROM json_each(roles)) AS TEXT) AS roles, purpose, mode,
        row_rule AS rows, CAST((SELECT ifnull(group_concat(pattern, ', '), '') FROM
            (SELECT DISTINCT json_extract(value, '$[0]') AS pattern FROM json_each(wishes))) AS TEXT) AS coordinates,
        basis, {_time("starts")} AS startsAt, {_time("ends")} AS endsAt, step,
        {_person("drafted_by")} AS draftedBy, {_person("approved_by")} AS approvedBy FROM agreement""",  # noqa: S608  (names of columns)
    f"""CREATE VIEW emergency_view AS SELECT {_SERIAL}, id, area, basis,
        {_time("starts")} AS startsAt, {_time("ends")} AS endsAt,
        {_person("declared_by")} AS declaredBy, {_organisation("declared_by")} AS declaredByOrganisation,
        {_time("declared")} AS declaredAt, {_person("confirmed_by")} AS confirmedBy,
        {_organisation("confirmed_by")} AS confirmedByOrganisation, {_time("confirmed")} AS confirmedAt,
        {_person("ended_by")} AS endedBy, {_time("ended")} AS endedAt FROM emergency""",  # noqa: S608  (names of columns)
    f"""CREATE VIEW glass_view AS SELECT {_SERIAL}, id, person, organisation, {_time("opened")} AS openedAt,
        {_time("until")} AS until, {_person("reviewed_by")} AS reviewedBy, outcome,
        hex(reason) AS reason, hex(note) AS note FROM glass""",  # noqa: S608  (names of columns)
    f"""CREATE VIEW change_view AS SELECT {_SERIAL}, id, digest, step,
        {_person("proposed_by")} AS proposedBy, {_organisation("proposed_by")} AS proposedByOrganisation,
        {_time("proposed")} AS proposedAt, {_person("settled_by")} AS settledBy,
        {_organisation("settled_by")} AS settledByOrganisation, {_time("settled")} AS settledAt,
        hex(reason) AS reason, text AS policy, text AS lists FROM change""",  # noqa: S608  (names of columns)
    f"""CREATE VIEW case_view AS SELECT {_SERIAL}, id, kind, person, organisation, {_time("opened")} AS openedAt,
        {_time("closed")} AS closedAt FROM assigned""",  # noqa: S608  (names of columns)
)

MIGRATIONS: Final = ((*_TABLES, *_VIEWS),)
"""Statements that lead from each `user_version` to the next. Never edit one that was released; add one."""
