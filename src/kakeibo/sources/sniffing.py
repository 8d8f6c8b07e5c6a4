"""Which kind of source a log is, and with which options: every kind that might fit reads the first lines, and the
share of lines that it can read is the evidence."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from kakeibo.errors import OptionError, SourceError
from kakeibo.i18n import t
from kakeibo.model import Source
from kakeibo.sources import line_formats
from kakeibo.sources.csv import TIME_COLUMNS
from kakeibo.sources.field_roles import Fields, time_field
from kakeibo.sources.json_lines import JsonLines, NginxJson
from kakeibo.sources.kinds import Reader, literal, reader
from kakeibo.sources.nginx import COMBINED
from kakeibo.sources.sampling import first_lines
from kakeibo.sources.sidekiq import Sidekiq
from kakeibo.sources.strangers import error_for, shortened
from kakeibo.sources.times import parse_minute

_LINES: Final = 1_000
_BYTES: Final = 1 << 20
_ENOUGH: Final = Fraction(1, 2)
_DEPTH: Final = 3
_VALUES: Final = 200
_DELIMITERS: Final = ",\t;|"
_NGINX_KEYS: Final = {
    "remote_addr", "remote_user", "request", "request_uri", "uri", "request_method", "request_time", "request_length",
    "request_id", "body_bytes_sent", "bytes_sent", "http_referer", "http_user_agent", "http_x_forwarded_for",
    "upstream_addr", "upstream_response_time", "upstream_status", "time_iso8601", "time_local", "msec", "server_name",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a log is. `readable`: the share of its first `lines` lines that a reader of this kind reads.

    `zoneless`: its times are written without a zone. `fields`: what its lines hold, with a few values each, where the
    lines decide.
    """

    kind: str
    options: Mapping[str, object]
    lines: int
    readable: Fraction
    zoneless: bool = False
    fields: Fields = field(default_factory=dict)


def sniff(path: Path) -> Sniffed:
    """What kind of log `path` is. Raises SourceError with what it looks like, what it lacks, and the mend."""
    _refuse_what_is_no_file(path)
    with path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return _parquet(path)
    raw = [line for line in first_lines(path, _BYTES) if line.strip()][:_LINES]
    if not raw:
        raise _lineless(path)
    if raw[0][:2] in (b"\xff\xfe", b"\xfe\xff") and b"\0" in raw[0]:
        mend = t("turn it into UTF-8: iconv -f UTF-16 -t UTF-8 FILE > FILE.utf8")
        raise SourceError(t("{path} is written in UTF-16", path=path), mend)
    if _is_binary(raw):
        raise SourceError(
            t("{path} is no text: it begins with {bytes}", path=path, bytes=raw[0][:8].hex(" ")),
            t("give a log of lines of text (also .gz or .zst) or a Parquet file"),
        )
    looks: tuple[Callable[[Path, list[bytes]], Sniffed | None], ...] = (_jobs, _json, _balancer, _access, _csv)
    for look in looks:
        if (found := look(path, raw)) is not None:
            return found
    raise error_for(path, [line.decode("utf-8", "replace") for line in raw])


def _refuse_what_is_no_file(path: Path) -> None:
    if path.is_dir():
        mend = t("name the logs in it: kakeibo init {path}", path=path / "*.log")
        raise SourceError(t("{path} is a folder, not a log", path=path), mend)
    if not path.exists():
        raise SourceError(t("there is no file {path}", path=path), t("check the path"))
    if not path.is_file():
        raise SourceError(t("{path} is no regular file", path=path), t("save its content to a file first"))


def _lineless(path: Path) -> SourceError:
    """Why no line can be had from a file."""
    give = t("give a log that has lines in it")
    with path.open("rb") as file:
        start = file.read(_BYTES)
    if not start.strip():
        return SourceError(t("{path} is empty", path=path), give)
    if len(start) == _BYTES and b"\n" not in start:
        return SourceError(t("the first line of {path} is longer than {n} MB", path=path, n=_BYTES >> 20), give)
    return SourceError(t("{path} cannot be decompressed, or is empty inside", path=path), give)


def _is_binary(lines: Sequence[bytes]) -> bool:
    sample = b"\n".join(lines)[:1_000_000]
    strange = sum(sample.count(bytes([code])) for code in range(32) if code not in (9, 10, 13, 27))
    return b"\0" in sample[:4096] or 20 * strange > len(sample)


# -- evidence -------------------------------------------------------------------------------------------------------


def _judged(
    kind: str, options: Mapping[str, object], path: Path, lines: Sequence[bytes], fields: Fields
) -> Sniffed | None:
    """How well a reader of this kind reads the lines; None when it reads less than half of them."""
    try:
        found = reader(_source(kind, options, path))
    except OptionError:
        return None
    times = _times(found, lines)
    share = Fraction(sum(parse_minute(text, "UTC") is not None for text in times), len(lines))
    if share < _ENOUGH:
        return None
    zoneless = any(parse_minute(text, None) is None and parse_minute(text, "UTC") is not None for text in times)
    return Sniffed(kind, options, len(lines), share, zoneless, fields)


def _source(kind: str, options: Mapping[str, object], path: Path) -> Source:
    return Source("log", kind, (path.name,), path.parent, "UTC", options=options)


def _times(found: Reader, lines: Sequence[bytes]) -> list[str]:
    """The times that the reader's own scan finds in the lines."""
    data = b"\n".join(lines) + b"\n"
    if found.may_drop or found.suspicious(data):
        cleaned = [clean for line in lines if (clean := found.clean(line, data)) is not None]
    else:
        cleaned = list(lines)
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        file.write(b"\n".join(cleaned) + b"\n")
        file.flush()
        return _texts(found.scan(file.name, {}, data, cleaned=True))


def _texts(scan: str) -> list[str]:
    import duckdb

    try:
        rows = duckdb.connect().execute(f'SELECT "@time" FROM ({scan}) LIMIT {_LINES}').fetchall()
    except duckdb.Error:
        return []
    return [row[0] for row in rows if row[0] is not None]


# -- one look for each kind of log ----------------------------------------------------------------------------------


def _objects(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """The lines that are JSON objects."""
    found = []
    for line in lines:
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def _jobs(path: Path, lines: list[bytes]) -> Sniffed | None:
    """What Sidekiq's middleware writes."""
    records = _objects(lines)
    jobs = [record for record in records if "jid" in record and {"status", "enqueued_at"} & record.keys()]
    if 2 * len(jobs) < len(lines) or not any("class" in record for record in jobs):
        return None
    found = reader(_source("sidekiq", {}, path))
    assert isinstance(found, Sidekiq)
    refused = len(found.gather(enumerate(lines), {}).refused)
    share = 1 - Fraction(refused, len(lines))
    if share < _ENOUGH:
        raise error_for(path, ['{"pid":0,"tid":""}'])
    zones = [record.get("enqueued_at") for record in jobs]
    zoneless = any(isinstance(zone, str) and parse_minute(zone, None) is None for zone in zones)
    return Sniffed("sidekiq", {}, len(lines), share, zoneless)


def _json(path: Path, lines: list[bytes]) -> Sniffed | None:
    records = _objects(lines)
    if 2 * len(records) < len(lines):
        return None
    fields = _fields(records)
    kind: type[JsonLines] = NginxJson if len(_NGINX_KEYS & fields.keys()) >= 2 else JsonLines
    found = _judged(kind.KIND, {}, path, lines, fields)
    if found is None and (time := time_field(fields)) is not None:
        found = _judged(kind.KIND, {"time": time}, path, lines, fields)
    if found is not None:
        return found
    if {"pid", "tid", "lvl"} <= fields.keys():
        raise error_for(path, ['{"pid":0,"tid":""}'])
    raise SourceError(
        t("{path} has one JSON object a line, but none of its keys holds the time: {keys}",
          path=path, keys=shortened(", ".join(fields))),
        t('have the time written with each event, such as "time": "2026-11-21T17:23:25+09:00"'),
    )  # fmt: skip


def _fields(records: Iterable[dict[str, Any]]) -> Fields:
    """Field -> values; a nested one by its dotted path, one with a dot in its name in quotes."""
    found: dict[str, list[object]] = {}

    def walk(record: Mapping[str, Any], before: str, depth: int) -> None:
        for key, value in record.items():
            if not key or (before and "." in key) or not key.isprintable() or '"' in key:
                continue
            name = f'"{key}"' if "." in key else f"{before}{key}"
            if isinstance(value, dict) and depth < _DEPTH and "." not in key:
                walk(value, f"{name}.", depth + 1)
            elif len(values := found.setdefault(name, [])) < _VALUES:
                values.append(value)

    for record in islice(records, _LINES):
        walk(record, "", 1)
    return found


def _balancer(path: Path, lines: list[bytes]) -> Sniffed | None:
    if not any(line.split(b" ")[0] in (b"http", b"https", b"h2", b"grpcs", b"ws", b"wss") for line in lines[:20]):
        return None
    return _judged("alb", {}, path, lines, {})


def _access(path: Path, lines: list[bytes]) -> Sniffed | None:
    """The combined format, or whatever format most lines follow."""
    texts = [line.decode("utf-8", "replace").rstrip() for line in lines]
    inferred = line_formats.infer(texts)
    if inferred is None:
        return None
    timed = line_formats.with_microseconds(inferred, texts)
    options = {} if inferred == COMBINED else {"log_format": timed[0] if timed else inferred}
    return _judged("nginx", options, path, lines, {"request_time": timed[1]} if timed else {})


def _csv(path: Path, lines: list[bytes]) -> Sniffed | None:
    for delimiter in _DELIMITERS:
        rows = _rows(lines, delimiter)
        header, *records = rows or [[]]
        usual, times = Counter(len(row) for row in records).most_common(1)[0] if records else (0, 0)
        if len(header) < 2 or len(header) != usual or 2 * times < len(records) or not all(header):
            continue
        fields = {name: [row[i] for row in records if len(row) == usual][:_VALUES] for i, name in enumerate(header)}
        options: dict[str, object] = {} if delimiter == "," else {"delimiter": delimiter}
        time: str | None = next((name for name in TIME_COLUMNS if name in header), None)
        if time is None and (time := time_field(fields)) is not None:
            options["time"] = time
        if time is None:
            continue
        # The header is no event.
        found = _judged("csv", options, path, lines, fields)
        if found is not None:
            share = min(found.readable * len(lines) / (len(lines) - 1), Fraction(1))
            return Sniffed("csv", options, len(lines) - 1, share, found.zoneless, fields)
    return None


def _rows(lines: Sequence[bytes], delimiter: str) -> list[list[str]]:
    texts = [line.decode("utf-8-sig", "replace").rstrip("\r") for line in lines]
    try:
        return list(csv.reader(texts, delimiter=delimiter))
    except csv.Error:
        return []


def _parquet(path: Path) -> Sniffed:
    import duckdb

    try:
        # As text: DuckDB needs another library to give Python a time with a zone.
        text = f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet({literal(str(path))}) LIMIT {_VALUES}"
        found = duckdb.connect().execute(text)
        names, rows = [column[0] for column in found.description or ()], found.fetchall()
    except duckdb.Error as error:
        message = t("{path} is a Parquet file that cannot be read: {why}", path=path, why=str(error).splitlines()[0])
        raise SourceError(message, t("write it again, or give another file")) from None
    fields = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    time = "time" if "time" in names else time_field(fields)
    if not rows or time is None:
        message = t("{path} has no column that holds the time: {keys}", path=path, keys=shortened(", ".join(names)))
        raise SourceError(message, t("write a column time, as a timestamp with a zone or as ISO 8601 text"))
    options = {} if time == "time" else {"time": time}
    texts = _texts(reader(_source("parquet", options, path)).scan(str(path), {}, b""))
    zoneless = any(parse_minute(text, None) is None and parse_minute(text, "UTC") is not None for text in texts)
    share = Fraction(sum(parse_minute(text, "UTC") is not None for text in texts), max(len(texts), 1))
    return Sniffed("parquet", options, len(texts), share, zoneless, fields)
