"""Drills as those who play them ask: begin one, note what takes place, look at how it went, make one of an incident."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

import click

from kakeibo import clock, ledger
from kakeibo.app.drilling import Drill, Playing
from kakeibo.errors import KakeiboError, UsageError
from kakeibo.i18n import t
from kakeibo.incidents.records import incident
from kakeibo.letters import drills as letter
from kakeibo.letters import drills_json
from kakeibo.letters.advice import names_of
from kakeibo.model import Book
from kakeibo.practice.drills import incidents, reading, records
from kakeibo.practice.drills.records import Kind, Note, Run
from kakeibo.practice.drills.scenarios import Scenario
from kakeibo.store import Store

SHEET: Final = "sheet.md"
_STEP: Final = 0.2


def run(
    path: Path,
    book: Book,
    scenario: Path,
    *,
    roles: Sequence[str],
    scripted: bool,
    programs: bool,
    pick: str,
    tell: Sequence[str],
    every: float,
    stop: Callable[[], bool],
) -> int:
    """Play a scenario until it ends, it is resolved, or `stop()`; the exit code. `path`: where the book is."""
    chosen = reading.read(scenario, pick)
    chosen = replace(chosen, tell=tuple(tell) or chosen.tell)
    playing = Playing(_roles(roles), scripted, programs, scenario.parent)
    _, folder = records.begin(records.folder_of(path), chosen.name)
    zone, names = book.organisation.timezone, names_of(book)
    with _begun(book, chosen, folder, playing) as drill:
        text = letter.sheet(drill.scenario, drill.run, zone)
        (folder / SHEET).write_text(text, encoding="utf-8")
        click.echo(t("The drill {id} begins. The facilitator's sheet: {path}", id=folder.name, path=folder / SHEET))
        while not stop():
            began, now = clock.monotonic(), clock.now()
            for due in drill.step(min(now, drill.ends)):
                click.echo(letter.happening(drill.run, due.at, due.what, names))
            if drill.is_resolved or now >= drill.ends:
                break
            while not stop() and (left := every - (clock.monotonic() - began)) > 0:
                clock.sleep(min(left, _STEP))
        drill.finish(clock.now())
    return report(path, book, folder.name, form="text")


def _begun(book: Book, chosen: Scenario, folder: Path, playing: Playing) -> Drill:
    """A drill; where it cannot begin, nothing is left of it."""
    try:
        return Drill(book, chosen, folder, clock.now(), playing)
    except KakeiboError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _roles(given: Sequence[str]) -> dict[str, str]:
    """role -> name of "role=name"."""
    found = {}
    for text in given:
        role, _, name = text.partition("=")
        if not role.strip() or not name.strip():
            raise UsageError(t("'{text}' names nobody", text=text), t("write --role commander=NAME"))
        found[role.strip()] = name.strip()
    return found


def note(path: Path, book: Book, kind: str, drill: str | None, by: str, text: str) -> int:
    """Note what took place in a drill that goes on; the exit code."""
    drills = records.folder_of(path)
    found = records.find(drills, drill)
    if found.ended is not None:
        raise UsageError(t("the drill {id} is over", id=found.id), t("what took place is noted while it goes on"))
    at = int(clock.now().timestamp())
    new = Note(at, cast(Kind, kind), " ".join(by.split())[:100], " ".join(text.split())[:500])
    records.note(drills / found.id, new)
    del book
    click.echo(f"{letter.after(found, at)} {letter.kind_word(new)}")
    return 0


def report(path: Path, book: Book, drill: str | None, *, form: str) -> int:
    """Print how a drill went, the newest unless one is named, as "text", "markdown" or "json"; the exit code."""
    drills, zone = records.folder_of(path), book.organisation.timezone
    found = records.find(drills, drill)
    runs = records.runs(drills)
    if form == "json":
        sys.stdout.buffer.write(drills_json.report(found, runs) + b"\n")
    elif form == "markdown":
        click.echo(letter.markdown(found, runs, zone), nl=False)
    else:
        width = shutil.get_terminal_size((80, 24)).columns
        click.echo(letter.render(found, runs, zone, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0


def show(path: Path, book: Book, *, as_json: bool) -> int:
    """Print every drill; the exit code."""
    found: list[Run] = records.runs(records.folder_of(path))
    if as_json:
        sys.stdout.buffer.write(drills_json.listed(found) + b"\n")
        return 0
    width, zone = shutil.get_terminal_size((80, 24)).columns, book.organisation.timezone
    click.echo(letter.listed(found, zone, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0


def from_incident(book: Book, store: Store, number: int) -> str:
    """The YAML of a scenario in which the objectives fail as they did in an incident. Raises UsageError for one whose
    impact nobody has measured."""
    found = incident(store, number, entries=0)
    measured = found.measured
    if measured is None or measured.start is None or not measured.harms:
        raise UsageError(
            t("nothing is known of the impact of incident {id}", id=number),
            t("choose one with an impact: kakeibo incident list"),
        )
    start = measured.start.minute
    end = measured.end.minute if measured.end else measured.at
    known = book.slos()
    slos = [one.slo for one in measured.harms if one.slo in known and known[one.slo].method.kind != "counted_slices"]
    series = ledger.series(store, slos, start, max(end, start + 1), incidents.STEP)
    usual = {one.slo: one.usual for one in measured.harms}
    if not any(series.values()):
        raise UsageError(
            t("nothing was counted while incident {id} went on", id=number),
            t("choose one with an impact: kakeibo incident list"),
        )
    return incidents.script_of(found.title, t("Incident {id} again.", id=number), (start, end), series, usual)
