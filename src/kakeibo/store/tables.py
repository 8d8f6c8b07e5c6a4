"""The tables, as they are after the newest migration. docs/ledger.md says what each is for.

There are no foreign keys: sources and slos are never deleted, and every key is taken from them in the same transaction;
a check of each row would make every posting dearer and find nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

_BIG = BigInteger().with_variant(Integer, "sqlite")  # an INTEGER of SQLite has 64 bits; strict tables know no BIGINT


def _keyed(name: str, *columns: Column[Any] | Index) -> Table:
    """A table that is stored in the order of its primary key.

    Strict, on SQLite: otherwise an integer of another library (numpy) is silently stored as bytes.
    """
    return Table(name, metadata, *columns, sqlite_with_rowid=False, sqlite_strict=True)


def _listed(name: str, *columns: Column[Any] | Index) -> Table:
    """A table whose rows get an id."""
    return Table(name, metadata, Column("id", Integer, primary_key=True), *columns, sqlite_strict=True)


def _key(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=True, autoincrement=False)


def _moment(name: str) -> Column[int]:
    """Minutes (or hours) since 1970. 64 bits: a broken clock writes any year, and that must not stop the counting."""
    return Column(name, _BIG, nullable=False, primary_key=True, autoincrement=False)


def _numbers(*names: str) -> list[Column[int]]:
    return [Column(name, _BIG, nullable=False) for name in names]


def _text(name: str, *, unique: bool = False, primary_key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, unique=unique, primary_key=primary_key)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _source() -> Column[int]:
    return Column("source_id", Integer, nullable=False)


COUNTS = ("good", "bad", "void", "unknown")

sources = _listed("sources", _text("name", unique=True), *_numbers("version"))
slos = _listed("slos", _text("name", unique=True))

# One row per change, never altered; the last one of an SLO holds. Empty text: not counted from then on.
definitions = _listed(
    "definitions",
    Column("slo_id", Integer, nullable=False),
    _source(),
    *_numbers("at"),
    _text("text"),
    Index("definitions_by_slo", "slo_id"),
)

# Minute first: a posting then writes neighbouring pages; (slo, minute) costs several times as much.
minute_counts = _keyed("minute_counts", _moment("minute"), _key("slo_id"), *_numbers(*COUNTS))

# Source first: a source read for the first time, from a month ago on, must not touch the later hours of the others.
snapshots = _keyed("snapshots", _key("source_id"), _moment("hour"))
hour_totals = _keyed("hour_totals", _key("source_id"), _moment("hour"), _key("slo_id"), *_numbers(*COUNTS))
source_minutes = _keyed("source_minutes", _key("source_id"), _moment("minute"), *_numbers("lines", "rejected"))

# The path as bytes: a file name need not be text.
streams = _listed(
    "streams",
    _source(),
    _bytes("path"),
    *_numbers("device", "inode", "size", "mtime_ns"),
    _bytes("head"),
    *_numbers("head_length"),
    _bytes("tail"),
    *_numbers("tail_length", "position"),
    Index("streams_by_source", "source_id"),
)

rejections = _listed(
    "rejections",
    _source(),
    _text("path"),
    *_numbers("offset"),
    _text("reason"),
    _text("text"),
    Index("rejections_by_source", "source_id", "id"),
)
rejection_reasons = _keyed(
    "rejection_reasons", _key("source_id"), _text("reason", primary_key=True), *_numbers("lines")
)
unknown_codes = _keyed(
    "unknown_codes",
    _key("source_id"),
    _text("column", primary_key=True),
    _text("value", primary_key=True),
    *_numbers("events"),
)
pending = _keyed("pending", _key("source_id"), _text("key", primary_key=True), *_numbers("due"), _text("state"))

# What people entered, and what they took back: rows are added, never altered.
slips = _listed(
    "slips",
    *map(_text, ("page", "kind", "name", "what", "scope", "author", "reason")),
    *_numbers("from_minute", "to_minute", "entered"),
)
revocations = _keyed("revocations", _key("slip_id"), _text("author"), _text("reason"), *_numbers("at"))

# Slip first: what one slip moved lies together, for putting it back.
moved_counts = _keyed(
    "moved_counts", _key("slip_id"), _moment("minute"), _key("slo_id"), *_numbers("good", "bad", "unknown")
)

# Events by hour and value of a column. Values are written once; of many, most come back every hour.
part_values = _listed(
    "part_values",
    *map(_text, ("column", "kind", "value")),
    Index("part_values_by_value", "column", "kind", "value", unique=True),
)
parts = _keyed("parts", _moment("hour"), _key("slo_id"), _key("value_id"), *_numbers("good", "bad", "void"))
# A change of state is one row, never altered. `number` counts the flips of one alert: of two workers that decide the
# same, one is refused. `alert_group`: alerts of one service that burn together are one matter; empty while quiet.
flips = _listed(
    "flips",
    *map(_text, ("subject", "severity")),
    *_numbers("number", "at", "noted"),
    *map(_text, ("alert_group", "before", "after", "reason", "facts")),
    Index("flips_by_alert", "subject", "severity", "number", unique=True),
    Index("flips_by_group", "alert_group"),
)
# Which flip was told to which receiver ("channel:target"): what holds on is told once to each. Told to "", a flip that
# ended a matter needs no more looking at.
told = _keyed("told", _key("flip_id"), _text("receiver", primary_key=True), *_numbers("at"))
acknowledgements = _listed(
    "acknowledgements",
    *map(_text, ("alert_group", "author", "origin", "note")),
    *_numbers("at"),
    Index("acknowledgements_by_group", "alert_group"),
)
stages = _listed("stages", *map(_text, ("slo", "stage", "author", "reason")), *_numbers("at"))

# What is to be sent: times in seconds since 1970. `key` names it, so that it is entered once; `cause` is what it is
# about, so that it can be called off; `holder` has it until `held_until`.
outbox = _listed(
    "outbox",
    _text("key", unique=True),
    *map(_text, ("cause", "channel", "target", "message", "state", "holder")),
    *_numbers("entered", "due", "held_until", "tries"),
    Index("outbox_by_due", "state", "due"),
    Index("outbox_by_cause", "cause"),
)
# Every try, and what became of it: append-only.
deliveries = _listed(
    "deliveries",
    *_numbers("outbox_id", "at"),
    *map(_text, ("result", "detail", "reference")),
    Index("deliveries_by_outbox", "outbox_id"),
)
# The last minute for which a step of the worker was done, by the step's name.
rounds = _keyed("rounds", _text("name", primary_key=True), *_numbers("at"))
leases = _keyed("leases", _text("name", primary_key=True), _text("holder"), *_numbers("held_until"))

# What was promised of an SLO: one row per change, never altered. The first one has always held.
promises = _listed("promises", Column("slo_id", Integer, nullable=False), *_numbers("at"), _text("terms"))

# Which minutes a change of the counts touched, for those who hold sums in memory. One row per posting.
touches = _listed("touches", *_numbers("from_minute", "to_minute"))

# On-call. Changes of a rota are added, never altered, like slips.
duty_changes = _listed(
    "duty_changes",
    *map(_text, ("kind", "rota", "person", "other", "author", "reason")),
    *_numbers("start", "end", "entered"),
)
duty_revocations = _keyed("duty_revocations", _key("change_id"), _text("author"), _text("reason"), *_numbers("at"))

# Escalations under way, in seconds since 1970. `version` is raised by every change: of two workers, one wins.
pages = _listed(
    "pages",
    *map(_text, ("team", "severity", "subject", "state", "answered_by", "trouble")),
    *_numbers("began", "seen", "step", "step_due", "lap", "lap_began", "answered", "version"),
    Index("pages_by_state", "state"),
)
legs = _listed(
    "legs",
    Column("page_id", Integer, nullable=False),
    *map(_text, ("person", "channel", "state", "worker")),
    *_numbers("lap", "step", "due", "leased_until", "done"),
    Index("legs_by_page", "page_id"),
    Index("legs_by_contact", "person", "channel", "done"),
)
# Calls of one person by another: `subject` is that of the page; by which way it was asked for: "chat", "cli".
calls = _keyed(
    "calls",
    _text("subject", primary_key=True),
    *map(_text, ("person", "author", "origin", "text")),
    *_numbers("at"),
)
# Requests from outside that were taken: one that comes again does nothing again.
requests = _keyed("requests", _text("key", primary_key=True), *_numbers("at"))
# What other tools told of their alerts, a row for each time that one fired. Seconds since 1970; `ended` 0: not yet.
# `changes`: how often the row was written.
received_alerts = _listed(
    "received_alerts",
    *map(_text, ("origin", "key", "name", "severity", "state", "summary", "labels")),
    *_numbers("began", "ended", "received", "changes"),
    Index("received_alerts_by_key", "origin", "key", "began", unique=True),
    Index("received_alerts_by_time", "began"),
)
# What the gate answered to whom; `decided` in seconds since 1970, `at` the minute of the counts. Append-only.
gate_answers = _listed(
    "gate_answers",
    *map(_text, ("service", "kind", "ruled", "verdict", "author", "reason", "facts")),
    *_numbers("at", "decided"),
)
# Signing in, in seconds since 1970. Passwords are hashed by argon2; of sessions and tokens, which are random, only a
# SHA-256 is kept. `groups`: as the provider said, one a line: what they may do, the book says at each request.
accounts = _keyed("accounts", _text("name", primary_key=True), _text("password"), *_numbers("at"))
sessions = _keyed(
    "sessions",
    _text("key", primary_key=True),
    *map(_text, ("kind", "name", "subject", "groups")),
    *_numbers("began", "ends"),
)
# People on their way to the provider and back.
sign_ins = _keyed(
    "sign_ins", _text("key", primary_key=True), *map(_text, ("state", "nonce", "verifier", "next")), *_numbers("ends")
)
# `revoked` 0: not. Names are never given twice, so that the audit log stays clear.
tokens = _keyed(
    "tokens",
    _text("name", primary_key=True),
    *map(_text, ("key", "team", "role", "author")),
    *_numbers("created", "ends", "revoked"),
    Index("tokens_by_key", "key", unique=True),
)
failed_sign_ins = _listed("failed_sign_ins", _text("name"), *_numbers("at"), Index("failed_sign_ins_by_time", "at"))
# Who changed what, by which door. Append-only: triggers of the database hold it so.
audit_log = _listed(
    "audit_log",
    *map(_text, ("door", "visitor", "who", "action", "subject", "detail")),
    *_numbers("at"),
)
# What people say; rows are added, never altered. `user_hash` is a keyed digest, "" when no user was named.
complaints = _listed(
    "complaints",
    *map(_text, ("journey", "text", "user_hash", "verdict", "origin")),
    *_numbers("at", "entered"),
    Index("complaints_by_journey", "journey", "at"),
)
votes = _listed("votes", *map(_text, ("journey", "role", "voter", "note")), *_numbers("score", "entered"))
rulings = _listed("rulings", *map(_text, ("journey", "ruling", "deciders", "reason")), *_numbers("entered"))
# Enquiries, churn and incidents as somebody uploaded them, reduced to times and numbers; `key` is their digest.
outside_notes = _listed(
    "outside_notes",
    *map(_text, ("key", "kind", "name", "content")),
    *_numbers("entered"),
    Index("outside_notes_by_key", "key", unique=True),
)

# What went live, in minutes since 1970: append-only.
releases = _listed(
    "releases",
    *map(_text, ("service", "version", "author", "note")),
    *_numbers("at", "entered"),
    Index("releases_by_time", "service", "at"),
)

# Fleets. `state` is the clock and all else that is about the whole fleet; devices are known by their number in it.
fleets = _listed("fleets", _text("name", unique=True), _bytes("state"))
devices = _keyed(
    "devices",
    *map(_key, ("fleet_id", "number")),
    *map(_text, ("name", "region", "model", "firmware")),
    Index("devices_by_name", "fleet_id", "name"),
)
# When devices were last heard of: a blob of many rows, appended; of one device the newest row holds. A row of a table
# for each would write a page for each heartbeat.
device_beats = _listed(
    "device_beats",
    Column("fleet_id", Integer, nullable=False),
    _bytes("rows"),
    *_numbers("devices"),
    Index("device_beats_by_fleet", "fleet_id"),
)
# What more is to be known of the devices that are not plain.
device_details = _keyed("device_details", _key("fleet_id"), _key("number"), _bytes("detail"))
# What happened, in seconds since 1970: append-only. Number -1: the whole fleet.
device_changes = _listed(
    "device_changes",
    Column("fleet_id", Integer, nullable=False),
    *_numbers("number", "at", "since", "fact"),
    *map(_text, ("what", "reason", "detail", "author")),
    Index("device_changes_by_device", "fleet_id", "number"),
    Index("device_changes_by_time", "fleet_id", "at"),
)
# What people entered: append-only; a fleet applies them in order, once.
device_orders = _listed(
    "device_orders",
    *map(_text, ("fleet", "verb", "device", "reason", "words", "author")),
    *_numbers("entered"),
    Index("device_orders_by_fleet", "fleet"),
)
# Messages that came to us and are not judged yet, a blob of many; taken out in the transaction that judges them.
received_blocks = _listed(
    "received_blocks", _text("source"), _bytes("body"), Index("received_blocks_by_source", "source")
)
# What was taken in lately, in digests: what is delivered again is known by them.
receipts = _listed("receipts", _text("source"), _bytes("digests"), Index("receipts_by_source", "source"))
# Who reads a source that comes to us: each one that begins raises `turn`, and what an earlier one still has is refused.
receivers = _keyed("receivers", _text("source", primary_key=True), *_numbers("turn"))
# Devices that are registered for a lifetime (LwM2M). `renewed`: in ms since 1970.
registrations = _keyed(
    "registrations",
    _text("source", primary_key=True),
    _text("place", primary_key=True),
    *map(_text, ("device", "binding", "address")),
    *_numbers("lifetime", "renewed"),
)

# Incidents, in seconds since 1970; 0: not yet. `version` is raised by every change, so that of two people who edit the
# same, one is told. `measured`, `typed`: when it did harm, as the counts have it and as somebody says; JSON.
incidents = _listed(
    "incidents",
    *map(_text, ("title", "state", "origin", "author", "services", "slos", "measured", "typed")),
    *_numbers("private", "opened", "acknowledged", "mitigated", "resolved", "merged_into", "version"),
    Index("incidents_by_state", "state"),
)
# What incidents were opened for, or took in: each cause once, so that it opens one incident however often it is seen.
incident_causes = _keyed(
    "incident_causes",
    _text("key", primary_key=True),
    *_numbers("incident_id", "at"),
    Index("incident_causes_by_incident", "incident_id"),
)
# The timeline: `at` is when it happened, `entered` when it was written. Append-only: triggers of the database hold it
# so. What is said of an entry later is a row of its own.
incident_entries = _listed(
    "incident_entries",
    *_numbers("incident_id", "at", "entered"),
    *map(_text, ("kind", "author", "door", "text", "detail")),
    Index("incident_entries_by_time", "incident_id", "at", "id"),
)
incident_marks = _listed(
    "incident_marks",
    *_numbers("incident_id", "entry_id", "marked", "at"),
    _text("author"),
    Index("incident_marks_by_incident", "incident_id"),
)
incident_roles = _keyed("incident_roles", _key("incident_id"), _text("role", primary_key=True), _text("person"))
incident_tasks = _listed(
    "incident_tasks",
    *_numbers("incident_id", "due", "added", "done"),
    *map(_text, ("text", "owner", "author")),
    Index("incident_tasks_by_incident", "incident_id"),
)
# Access that was given for a while; `ended` 0: still open.
incident_grants = _listed(
    "incident_grants",
    *_numbers("incident_id", "began", "ends", "ended", "tries"),
    *map(_text, ("hook", "person", "author", "reason", "state", "answer")),
    Index("incident_grants_by_state", "state", "ends"),
)

# Postmortems, in seconds since 1970; 0: not yet. `facts`: head and actions of the newest text, JSON. `origin`: the file
# that it was imported from, "" for none. `incident` 0: none.
postmortems = _listed(
    "postmortems",
    *map(_text, ("state", "title", "day", "team", "reviewer", "origin", "facts")),
    *_numbers("version", "incident", "opened", "readied", "published"),
    Index("postmortems_by_state", "state", "day"),
    Index("postmortems_by_incident", "incident"),
    Index("postmortems_by_origin", "origin"),
)
# Every text that a postmortem had. Append-only: triggers of the database hold it so, as for comments and steps.
postmortem_texts = _listed(
    "postmortem_texts",
    *_numbers("postmortem_id", "version", "at"),
    *map(_text, ("text", "author", "note")),
    Index("postmortem_texts_by_version", "postmortem_id", "version", unique=True),
)
# What is searched: the newest text and all comments, folded. Beside the others, so that lists do not read past it.
postmortem_words = _keyed("postmortem_words", _key("postmortem_id"), _text("words"))
# `thread` 0: begins one; else the number of the comment that it answers.
postmortem_comments = _listed(
    "postmortem_comments",
    *_numbers("postmortem_id", "thread", "at"),
    *map(_text, ("kind", "quote", "text", "author")),
    Index("postmortem_comments_by_postmortem", "postmortem_id"),
)
postmortem_steps = _listed(
    "postmortem_steps",
    *_numbers("postmortem_id", "at"),
    *map(_text, ("step", "author", "detail")),
    Index("postmortem_steps_by_postmortem", "postmortem_id"),
)
# Who has read it, the first time.
postmortem_readers = _keyed(
    "postmortem_readers", _key("postmortem_id"), _text("reader", primary_key=True), *_numbers("at")
)
# What the criterion said of an incident, once: `reasons` is "" where none is due, `exempt` 1 for an external cause.
postmortem_dues = _keyed(
    "postmortem_dues", _key("incident_id"), *map(_text, ("reasons", "team")), *_numbers("exempt", "postmortem_id", "at")
)
