"""Sidekiq jobs: one logical job over all its executions.

A server middleware writes a JSON line at each execution's end (docs/sources.md shows it). A job counts once: in the
minute it is done or dead, or, when it is neither by `deadline:` after its first enqueue, as `unfinished` in the minute
the deadline passes. So the answer does not depend on how the log was cut into batches.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import msgspec

from kakeibo.clock import zone
from kakeibo.errors import OptionError
from kakeibo.i18n import t
from kakeibo.model import Signs, Source
from kakeibo.predicates import ColumnType
from kakeibo.sources.json_lines import not_json
from kakeibo.sources.kinds import Reader

_COLUMNS: Final[dict[str, ColumnType]] = {
    "class": "text", "queue": "text", "status": "text", "error": "text",
    "latency": "number", "duration": "number", "retries": "number",
}  # fmt: skip
_FINAL: Final = {"done", "dead"}
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_REMEMBERED_MINUTES: Final = 60 * 24 * 60
"""Minutes for which a job counted as unfinished is remembered, so that its late end is not a second job."""
_COUNTED: Final = "counted"
_KEPT: Final = 1_000
_LONGEST_JID: Final = 500
"""What the ledger takes as a key of a pending job. Sidekiq's own have 24 characters."""
_MICROS: Final = 1_000_000
_MINUTE: Final = 60 * _MICROS
_LATEST_SECONDS: Final = 4_102_444_800  # 2100: a larger number is in milliseconds
_LARGEST: Final = 1e14

Pending = Mapping[str, tuple[int, str]]
"""Jobs not counted yet, by job id: (minute it is due, its state as JSON)."""


class _State(msgspec.Struct, omit_defaults=True):
    """What is known of a job that has not ended."""

    enqueued: int  # microseconds since 1970
    job_class: str | None = None
    queue: str | None = None
    error: str | None = None
    retries: int = 0


@dataclass(slots=True)
class Gathered:
    """What some lines come to: `jobs` that count (rows in the order of `Sidekiq.ROW`), changes of what is pending
    (None: gone), readable lines per minute, and the lines that could not be read as (offset, line, reason)."""

    jobs: list[tuple[Any, ...]] = field(default_factory=list)
    pending: dict[str, tuple[int, str] | None] = field(default_factory=dict)
    minutes: Counter[int] = field(default_factory=Counter)
    refused: list[tuple[int, bytes, str]] = field(default_factory=list)


class Sidekiq(Reader):
    """`type: sidekiq`. Columns: class, queue, status (done, dead, unfinished), error, latency, duration, retries."""

    KIND = "sidekiq"
    stateful = True
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "deadline": {
            "type": "string",
            "pattern": "^[1-9][0-9]*[smhd]$",
            "description": "a job not done so long after its first enqueue has failed, e.g. 30m; left out: 1h",
        },
        "fields": {
            "type": "object",
            "description": "field -> key of the JSON object",
            "additionalProperties": {"type": "string"},
        },
    }

    @classmethod
    def signs(cls, options: Mapping[str, object]) -> Signs:
        """A job is done or not; it takes from its first enqueue until then."""
        del options
        return Signs("status = 'done'", "latency")

    ROW: ClassVar[tuple[str, ...]] = ("@time", *_COLUMNS)

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        text = self.option("deadline", str, "1h")
        if text[-1:] not in _UNITS or not text[:-1].isdecimal() or int(text[:-1]) == 0:
            raise OptionError(
                t("the deadline {text} is not a duration", text=repr(text)),
                t("write 90s, 30m, 6h or 1d"),
                ("deadline",),
            )
        self.deadline = int(text[:-1]) * _UNITS[text[-1]] * _MICROS
        self.keys_of_fields = {str(k): str(v) for k, v in self.option("fields", dict, {}).items()}

    @property
    def columns(self) -> Mapping[str, ColumnType]:
        return _COLUMNS

    def scan(self, file: str, uses: Mapping[str, ColumnType | None], head: bytes, *, cleaned: bool = False) -> str:
        raise NotImplementedError("jobs are gathered over several lines")

    def gather(self, lines: Iterable[tuple[int, bytes]], pending: Pending) -> Gathered:
        """Take in some lines of the log (with their offsets), given the jobs that are pending."""
        found = Gathered()
        for offset, line in lines:
            if line.strip() and (reason := self._take(line, pending, found)):
                found.refused.append((offset, line[:_KEPT], reason))
        return found

    def settle(self, pending: Pending, now_minute: int) -> Gathered:
        """Jobs whose deadline has passed are unfinished; those remembered long enough are forgotten."""
        found = Gathered()
        for jid, (due, text) in pending.items():
            if due > now_minute:
                continue
            if text == _COUNTED:
                found.pending[jid] = None
            else:
                found.jobs.append(self._late(msgspec.json.decode(text, type=_State)))
                found.pending[jid] = (due + _REMEMBERED_MINUTES, _COUNTED)
        return found

    def reason(self, line: bytes) -> str:
        return self._take(line, {}, Gathered()) or ""

    # -- one line ---------------------------------------------------------------------------------------------------

    def _take(self, line: bytes, pending: Pending, found: Gathered) -> str:
        """Take in one line; returns why it cannot be read, or ''."""
        try:
            record = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return not_json(line, error)
        if not isinstance(record, dict):
            return not_json(line, ValueError())
        jid, status = self._get(record, "jid"), self._get(record, "status")
        if not isinstance(jid, str) or not isinstance(status, str):
            return _untold("jid, status")
        enqueued, completed = self._micros(record, "enqueued_at"), self._micros(record, "completed_at")
        if len(jid) > _LONGEST_JID or "\0" in jid:
            return t("the jid has more than {n} characters, or one of them is NUL", n=_LONGEST_JID)
        held = found.pending.get(jid, pending.get(jid))
        if status in _FINAL and completed is None:
            return _untold("completed_at")
        if enqueued is None and held is None:
            return _untold("enqueued_at")
        moment = enqueued if completed is None else completed
        if moment is not None:
            found.minutes[moment // _MINUTE] += 1
        if held is not None and held[1] == _COUNTED:
            if status in _FINAL:
                found.pending[jid] = None
            return ""
        state = self._state(record, enqueued, msgspec.json.decode(held[1], type=_State) if held else None)
        if status not in _FINAL or completed is None:
            found.pending[jid] = (self._due(state), msgspec.json.encode(state).decode())
            return ""
        self._end(state, status, self._micros(record, "started_at"), completed, found)
        if held is not None:
            found.pending[jid] = None
        return ""

    def _end(self, state: _State, status: str, started: int | None, completed: int, found: Gathered) -> None:
        """The job has ended: in time, or too late, which is as if it had not."""
        if completed > state.enqueued + self.deadline:
            found.jobs.append(self._late(state))
            return
        duration = None if started is None else (completed - started) / _MICROS
        latency = (completed - state.enqueued) / _MICROS
        found.jobs.append(
            (completed // _MICROS, state.job_class, state.queue, status, state.error, latency, duration, state.retries)
        )

    def _state(self, record: Mapping[str, Any], enqueued: int | None, before: _State | None) -> _State:
        """What is known of the job after this line: the first enqueue, the last error, the retries so far."""
        count = self._get(record, "retry_count")
        retries = count + 1 if isinstance(count, int) else 0
        known = [value for value in (enqueued, before.enqueued if before else None) if value is not None]
        error = self._get(record, "error")
        return _State(
            min(known),
            _text(self._get(record, "class")) or (before.job_class if before else None),
            _text(self._get(record, "queue")) or (before.queue if before else None),
            _text(error) if error is not None else None,
            max(retries, before.retries if before else 0),
        )

    def _late(self, state: _State) -> tuple[Any, ...]:
        """The row of a job that was not done by its deadline: it counts in that minute."""
        due = (state.enqueued + self.deadline) // _MICROS
        return (due, state.job_class, state.queue, "unfinished", state.error, math.inf, None, state.retries)

    def _due(self, state: _State) -> int:
        """The first minute that begins after the deadline has passed."""
        return (state.enqueued + self.deadline) // _MINUTE + 1

    def _get(self, record: Mapping[str, Any], name: str) -> Any:
        return record.get(self.keys_of_fields.get(name, name))

    def _micros(self, record: Mapping[str, Any], name: str) -> int | None:
        """A time of the record in microseconds since 1970: ISO 8601, or a number of seconds or milliseconds."""
        value = self._get(record, name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < _LARGEST:
            return round(value * (1_000 if value > _LATEST_SECONDS else _MICROS))
        if not isinstance(value, str):
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        if moment.tzinfo is None:
            if self.source.timezone is None:
                return None
            moment = moment.replace(tzinfo=zone(self.source.timezone))
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _untold(fields: str) -> str:
    return t("no {field}: Sidekiq's own log does not tell it, the middleware in docs/sources.md does", field=fields)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
