"""The tables, as they are after the newest migration. docs/ledger.md says what each is for.

There are no foreign keys: sources and slos are never deleted and every key is taken from them in the same transaction;
having the database check again costs a third of the speed of posting.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()


def _key(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=True, autoincrement=False)


def _moment(name: str) -> Column[int]:
    """Minutes (or hours) since 1970. 64 bits: a broken clock writes any year, and that must not stop the counting."""
    return Column(name, BigInteger, nullable=False, primary_key=True, autoincrement=False)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _text(name: str, *, unique: bool = False, primary_key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, unique=unique, primary_key=primary_key)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


sources = Table(
    "sources", metadata, Column("id", Integer, primary_key=True), _text("name", unique=True), _number("version")
)

slos = Table("slos", metadata, Column("id", Integer, primary_key=True), _text("name", unique=True))

# Minute first: a posting then writes neighbouring pages; (slo, minute) costs several times as much.
minute_counts = Table(
    "minute_counts", metadata, _moment("minute"), _key("slo_id"),
    _number("good"), _number("bad"), _number("void"), _number("unknown"),
    sqlite_with_rowid=False,
)  # fmt: skip

# The hours of a source that have rows in hour_totals.
snapshots = Table("snapshots", metadata, _key("source_id"), _moment("hour"), sqlite_with_rowid=False)

# Apart by source: a source read for the first time, from a month ago on, must not touch the later hours of the others.
hour_totals = Table(
    "hour_totals", metadata, _key("source_id"), _moment("hour"), _key("slo_id"),
    _number("good"), _number("bad"), _number("void"), _number("unknown"),
    sqlite_with_rowid=False,
)  # fmt: skip

# Source first: there are few sources, and they are always read one by one.
source_minutes = Table(
    "source_minutes", metadata, _key("source_id"), _moment("minute"), _number("lines"), _number("rejected"),
    sqlite_with_rowid=False,
)  # fmt: skip

# The path as bytes: a file name need not be text.
streams = Table(
    "streams", metadata, Column("id", Integer, primary_key=True), Column("source_id", Integer, nullable=False),
    _bytes("path"), _number("device"), _number("inode"), _number("size"), _number("mtime_ns"),
    _bytes("head"), _number("head_length"), _bytes("tail"), _number("tail_length"), _number("position"),
    Index("streams_by_source", "source_id"),
)  # fmt: skip

rejections = Table(
    "rejections", metadata, Column("id", Integer, primary_key=True), Column("source_id", Integer, nullable=False),
    _text("path"), _number("offset"), _text("reason"), _text("text"),
    Index("rejections_by_source", "source_id", "id"),
)  # fmt: skip

rejection_reasons = Table(
    "rejection_reasons", metadata, _key("source_id"), _text("reason", primary_key=True), _number("lines"),
    sqlite_with_rowid=False,
)  # fmt: skip

unknown_codes = Table(
    "unknown_codes", metadata, _key("source_id"), _text("column", primary_key=True), _text("value", primary_key=True),
    _number("events"),
    sqlite_with_rowid=False,
)  # fmt: skip

pending = Table(
    "pending", metadata, _key("source_id"), _text("key", primary_key=True), _number("due"), _text("state"),
    sqlite_with_rowid=False,
)  # fmt: skip
