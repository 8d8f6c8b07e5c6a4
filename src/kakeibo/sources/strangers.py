"""Logs that no kind of source reads: what each looks like, what it lacks, and the mend."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kakeibo.errors import SourceError
from kakeibo.i18n import t

_SHOWN: Final = 80


def error_for(path: Path, lines: Sequence[str]) -> SourceError:
    """What to say of a log that none of the readers reads."""
    text = "\n".join(lines[:200])
    for pattern, say in _KNOWN:
        if re.search(pattern, text, re.MULTILINE):
            message, mend = say()
            return SourceError(f"{path}: {message}", mend)
    message = t("{path} is in no format known here; it begins: {line}", path=path, line=shortened(lines[0]))
    return SourceError(message, _write_json())


def shortened(line: str, most: int = _SHOWN) -> str:
    """The first characters of a line, with what cannot be printed replaced."""
    shown = "".join(c if c.isprintable() else "·" for c in line[:most])
    return f"{shown}..." if len(line) > most else shown


def _write_json() -> str:
    return t(
        "have one JSON object written per event, with the time, what was asked for, a status and how long it took; "
        "or write a book by hand with type: nginx and its log_format: (docs/sources.md)"
    )


def _sidekiq() -> tuple[str, str]:
    return (
        t("this looks like Sidekiq's own log: it lacks status, enqueued_at and completed_at of each job"),
        t("add the server middleware in docs/sources.md, and give the file that it writes"),
    )


def _nginx_error() -> tuple[str, str]:
    return (
        t("this looks like a web server's error log: it has only what failed, so no share of good events"),
        t("give the access log beside it"),
    )


def _syslog() -> tuple[str, str]:
    return (
        t("this looks like a syslog: a time, a host and free text, but no status of a request"),
        t("give the access log of the web server or application"),
    )


def _rails() -> tuple[str, str]:
    return (
        t("this looks like Rails' own log: one request is spread over several lines"),
        t("have one JSON line written per request (lograge does that), or give nginx's access log"),
    )


def _one_document() -> tuple[str, str]:
    return (
        t("this looks like one JSON document over several lines, not one JSON object a line"),
        t("turn it into lines: jq -c '.[]' FILE > FILE.jsonl"),
    )


def _pairs() -> tuple[str, str]:
    return (t("this looks like key=value pairs (logfmt), which are not read here"), _write_json())


def _page() -> tuple[str, str]:
    return (t("this looks like a web page or XML, not a log"), t("give the log file itself"))


_KNOWN: Final = (
    (r'"pid":\d+,"tid":"|\bpid=\d+ tid=\w+', _sidekiq),
    (r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[(debug|info|notice|warn|error|crit|alert|emerg)\]", _nginx_error),
    (r"^\[[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d(\.\d+)? \d{4}\] \[", _nginx_error),
    (r"^Started (GET|POST|PUT|PATCH|DELETE) \"|^\w, \[\d{4}-\d\d-\d\dT.*Started (GET|POST)", _rails),
    (r"^(<\d+>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ \S+:", _syslog),
    (r"\A\s*(\[\s*\{|\[\s*$|\{\s*$)", _one_document),
    (r"(?i)\A\s*<(!doctype|html|\?xml|!--)", _page),
    (r'^\S+=("[^"]*"|\S+) \S+=("[^"]*"|\S+)', _pairs),
)
