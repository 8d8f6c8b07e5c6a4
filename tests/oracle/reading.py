"""Lines of logs read the plain way: json, re and csv, one line at a time."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.oracle.expressions import Row, number_in

Fields = Mapping[str, tuple[str, ...]]
"""Column -> the keys that lead to it."""
Types = Mapping[str, str]
BLANK: Final = b" \t\r\n\v\f"


class Number(str):
    """A number as it is written in JSON."""


def lines_of(data: bytes, blank: bytes = BLANK) -> Iterator[bytes]:
    """The lines of a log, without byte order marks; blank ones are none."""
    lines = (line.removeprefix(b"\xef\xbb\xbf") for line in data.split(b"\n"))
    return (line for line in lines if line.strip(blank))


def json_record(line: bytes) -> dict[str, Any] | None:
    """The object that a line is; of a key given twice the first counts. None when it is no JSON object."""
    try:
        text = line.decode("utf-8").strip(BLANK.decode())
        record = json.loads(text, object_pairs_hook=_first, parse_int=Number, parse_float=Number, parse_constant=Number)
        json.dumps(record, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair is no text
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _first(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


def row_of(record: Mapping[str, Any], fields: Fields, types: Types) -> Row:
    """The columns of a record, each of its type; None where missing or of no use."""
    readings = {"number": number, "text": text, "boolean": boolean}
    return {column: readings[kind](_at(record, fields.get(column, (column,)))) for column, kind in types.items()}


def _at(record: Any, path: Sequence[str]) -> Any:
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def number(value: Any) -> float | None:
    if isinstance(value, bool):
        return float(value)
    return number_in(value) if isinstance(value, str) else None


def text(value: Any) -> str | None:
    if isinstance(value, Number):
        return str(int(value)) if re.fullmatch(r"-?\d+", value) else repr(float(value))
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def boolean(value: Any) -> bool | None:
    if isinstance(value, Number):
        return float(value) != 0
    if isinstance(value, str):
        return {"true": True, "t": True, "yes": True, "y": True, "1": True,
                "false": False, "f": False, "no": False, "n": False, "0": False}.get(value.lower())  # fmt: skip
    return value if isinstance(value, bool) else None


def csv_record(line: bytes, header: Sequence[str], delimiter: str = ",") -> dict[str, str | None] | None:
    """The fields of a line; an empty field is missing."""
    try:
        text = line.rstrip(b"\r").decode("utf-8").replace("\r", " ").replace("\x1f", " ")
        (fields,) = csv.reader([text], delimiter=delimiter, strict=True)
    except (ValueError, csv.Error):
        return None
    return dict(zip(header, (field or None for field in fields), strict=True)) if len(fields) == len(header) else None


COMBINED: Final = re.compile(
    r'(?P<remote_addr>[^"]*?) - (?P<remote_user>[^"]*?) \[(?P<time>[^"]*?)\] "(?P<request>(?:[^"\\]|\\.)*)" '
    r'(?P<status>[^"]*?) (?P<bytes>[^"]*?) "(?P<referer>(?:[^"\\]|\\.)*)" "(?P<user_agent>(?:[^"\\]|\\.)*)"\s*'
)


def combined_record(line: bytes) -> dict[str, str | None] | None:
    """The fields of a line of the combined format, and the parts of its request."""
    try:
        found = COMBINED.fullmatch(line.decode("utf-8").rstrip("\r").replace("\r", " ").replace("\x01", " "))
    except ValueError:
        return None
    if found is None:
        return None
    record: dict[str, str | None] = {k: None if v == "-" else v for k, v in found.groupdict().items()}
    method, target, protocol = (*(found["request"].split(" ")), "", "", "")[:3]
    path, _, query = target.partition("?")
    parts = {
        "method": "" if method == "-" else method,
        "path": path,
        "query": query.split("?")[0],
        "protocol": protocol,
    }
    return record | {key: part or None for key, part in parts.items()}


def minute_of(time: object, zone: str | None = None) -> int | None:
    """The minute of a time in any of the forms a log may write."""
    if not isinstance(time, str):
        return None
    moment = _moment(time, zone)
    return None if moment is None else (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(minutes=1)


def _moment(time: str, zone: str | None) -> datetime | None:
    if re.fullmatch(r"\d{1,19}(\.\d*)?", time, re.ASCII):
        number = int(time.split(".")[0])
        for unit in (1, 1_000, 1_000_000, 1_000_000_000):
            if number < 4_102_444_800 * unit:
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number // unit)
        return None
    time = re.sub(r"(:\d\d)[.,]\d+", r"\1", time.replace(":60", ":59")).replace("UTC", "+0000")
    time = re.sub(r"([+-]\d\d)$", r"\g<1>00", time) if ":" in time else time
    for form in ("%Y-%m-%d{}%H:%M:%S", "%Y-%m-%d{}%H:%M"):
        for between in "T ":
            for end in ("%z", " %z", ""):
                if moment := _parsed(time, form.format(between) + end, zone):
                    return moment
    return _parsed(time, "%d/%b/%Y:%H:%M:%S %z", zone) or _parsed(time, "%d/%b/%Y:%H:%M:%S", zone)


def _parsed(time: str, form: str, zone: str | None) -> datetime | None:
    try:
        moment = datetime.strptime(time, form)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=ZoneInfo(zone)) if zone else None
    return moment


_WORD: Final = r'([^"]*?) '
ALB: Final = re.compile(
    r'(?P<type>[^"]*?) (?P<time>[^"]*?) (?P<elb>[^"]*?) (?P<client>[^"]*?) (?P<target>[^"]*?) '
    r'(?P<a>[^"]*?) (?P<b>[^"]*?) (?P<c>[^"]*?) (?P<status>[^"]*?) '
    + 3 * _WORD
    + r'"(?P<request>[^"]*)" "(?P<user_agent>[^"]*)" '
    + 3 * _WORD
    + '"'
)


def alb_record(line: bytes) -> dict[str, str | None] | None:
    """The fields of a load balancer's line, as far as all versions of the format have them."""
    try:
        found = ALB.match(line.decode("utf-8").rstrip("\r").replace("\r", " ").replace("\x01", " "))
    except ValueError:
        return None
    if found is None:
        return None
    words = found["request"].split(" ")
    method, url, protocol = (*words, "", "", "")[:3]
    target = re.match(r"[a-z]+://[^/?]*([^?]*)(?:\?([^?]*))?", url)
    phases = [number_in(found[phase]) for phase in "abc"]
    duration = sum(p for p in phases if p is not None) if all(p is not None and p >= 0 for p in phases) else None
    client = re.fullmatch(r"(.*):\d+", found["client"])
    record = {
        "method": method.removeprefix("-"),
        "path": target[1] if target else "",
        "query": url.split("?")[1] if "?" in url else "",
        "protocol": protocol.removeprefix("-"),
        "client_ip": client[1] if client else "",
        "duration": "" if duration is None else repr(duration),
    }
    values = {k: v or None for k, v in record.items()} | {k: found[k] for k in ("time", "status", "user_agent")}
    return {key: None if value == "-" else value for key, value in values.items()}
