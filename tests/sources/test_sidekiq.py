"""Jobs over their executions: one job counts once, however its lines are spread over passes and files."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.site import Site

from kakeibo.clock import minute_of
from kakeibo.model import Source
from kakeibo.sources.sidekiq import Gathered, Sidekiq

START = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
BOOK = """\
sources: {web: {type: sidekiq, path: logs/*.log, deadline: 30m}}
journeys: {j: {title: J, source: web, slos: {ok: {good: status = 'done' and latency <= 600, target: 90%}}}}
"""


def line(jid: str, status: str, enqueued: float, completed: float | None = None, **more: object) -> dict[str, object]:
    """One execution; times in minutes after START."""
    times = {"enqueued_at": enqueued, "completed_at": completed}
    stamps = {k: (START + timedelta(minutes=m)).isoformat() for k, m in times.items() if m is not None}
    return {"jid": jid, "class": "MailJob", "queue": "default", "status": status, **stamps, **more}


def site(folder: Path, *lines: dict[str, object]) -> Site:
    made = Site(folder, BOOK)
    write(made, *lines)
    return made


def write(made: Site, *lines: dict[str, object], name: str = "a.log") -> None:
    with made.log.with_name(name).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(each) + "\n" for each in lines)


def counted(made: Site, minutes: float = 0) -> dict[int, bool]:
    """Ingest as of that many minutes after START; what has been counted, minutes after START -> is it good."""
    made.ingest(now=START + timedelta(minutes=minutes))
    found = made.counted()
    assert set(found.values()) <= {1}
    return {minute - minute_of(START): good for minute, good in found}


def test_a_job_that_is_done(tmp_path: Path) -> None:
    assert counted(site(tmp_path, line("a", "done", 0, 5))) == {5: True}


def test_latency_is_from_the_first_enqueue(tmp_path: Path) -> None:
    made = site(tmp_path, line("a", "failed", 0, 1, error="Timeout"), line("a", "done", 12, 13, retry_count=0))
    assert counted(made) == {13: False}  # 13 minutes after the first, 1 after the second


def test_retries_in_several_passes_and_files(tmp_path: Path) -> None:
    made = site(tmp_path, line("a", "failed", 0, 1))
    assert counted(made, 2) == {}
    write(made, line("a", "failed", 3, 4, retry_count=0), name="b.log")
    assert counted(made, 5) == {}
    write(made, line("a", "done", 5, 6, retry_count=1))
    assert counted(made, 7) == {6: True}
    assert counted(made, 70) == {6: True}


def test_a_job_that_died(tmp_path: Path) -> None:
    assert counted(site(tmp_path, line("a", "failed", 0, 1), line("a", "dead", 2, 3))) == {3: False}


def test_a_job_without_an_end_is_bad_when_its_deadline_has_passed(tmp_path: Path) -> None:
    made = site(tmp_path, line("a", "failed", 0.5, 1))
    assert counted(made, 30.9) == {}
    assert counted(made, 31) == {30: False}
    assert counted(made, 32) == {30: False}


def test_an_end_after_the_deadline_is_no_second_job(tmp_path: Path) -> None:
    made = site(tmp_path, line("a", "failed", 0, 1))
    assert counted(made, 40) == {30: False}
    write(made, line("a", "done", 44, 45))
    assert counted(made, 46) == {30: False}


def test_an_end_after_the_deadline_read_at_once_is_the_same(tmp_path: Path) -> None:
    assert counted(site(tmp_path, line("a", "failed", 0, 1), line("a", "done", 44, 45)), 46) == {30: False}


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    good = line("a", "done", 0, 1)
    made = site(
        tmp_path, {k: v for k, v in good.items() if k != "jid"}, {k: v for k, v in good.items() if k != "completed_at"}
    )
    summary = made.ingest(START)
    assert summary.rejected == 2
    assert {reason.split(":")[0] for reason in summary.reasons} == {"no jid, status", "no completed_at"}


# -- any job, any cut ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """What happens to a job: its first enqueue, the minutes each execution takes, how it ends (None: it does not)."""

    enqueued: int
    failures: tuple[int, ...]
    end: str | None

    def lines(self, jid: str) -> list[tuple[int, dict[str, object]]]:
        """(minute of writing, line)."""
        at, found = self.enqueued, []
        for retry, minutes in enumerate(self.failures):
            found.append((at + minutes, line(jid, "failed", at, at + minutes, error="E", retry_count=retry - 1)))
            at += minutes
        if self.end:
            found.append((at + 1, line(jid, self.end, at, at + 1, retry_count=len(self.failures) - 1)))
        return found

    def truth(self) -> tuple[int, bool] | None:
        """(minute it counts in, is it good); None when nothing is ever written of it."""
        if self.end:
            ended = self.enqueued + sum(self.failures) + 1
            if ended <= self.enqueued + 30:
                return ended, self.end == "done" and ended - self.enqueued <= 10
        return (self.enqueued + 30, False) if self.failures or self.end else None


jobs = st.builds(
    Job,
    st.integers(0, 200),
    st.lists(st.integers(1, 25), max_size=3).map(tuple),
    st.sampled_from(["done", "done", "dead", None]),
)


@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.lists(jobs, max_size=12), st.lists(st.integers(0, 400), max_size=5))
def test_any_splitting_gives_the_same_counts(some: list[Job], passes: list[int]) -> None:
    """The log is read at any minutes, each time as far as it has been written by then; jobs are settled each time."""
    reader = Sidekiq(Source("jobs", "sidekiq", ("log",), Path(), options={"deadline": "30m"}))
    written = sorted(
        ((at, json.dumps(record).encode()) for i, job in enumerate(some) for at, record in job.lines(str(i))),
        key=lambda entry: entry[0],
    )
    found: Counter[tuple[int, bool]] = Counter()
    pending: dict[str, tuple[int, str]] = {}

    def take(gathered: Gathered) -> None:
        for row in gathered.jobs:
            event: dict[str, Any] = dict(zip(Sidekiq.ROW, row, strict=True))
            good = event["status"] == "done" and event["latency"] <= 600
            found[event["@time"] // 60 - minute_of(START), good] += 1
        for jid, state in gathered.pending.items():
            if state is None:
                pending.pop(jid, None)
            else:
                pending[jid] = state

    read = 0
    for now in [*sorted(passes), 1_000]:
        ready = sum(1 for at, _ in written if at <= now)
        take(reader.gather(enumerate(text for _, text in written[read:ready]), pending))
        read = ready
        take(reader.settle(pending, minute_of(START) + now))
    assert found == Counter(truth for job in some if (truth := job.truth()))
