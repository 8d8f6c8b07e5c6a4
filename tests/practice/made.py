"""Lessons that cite everything, and material around files, for checks alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

from kakeibo.app.check import read_with_marks
from kakeibo.errors import Problem
from kakeibo.postmortems.causes import CAUSES
from kakeibo.practice import files
from kakeibo.practice.kinds import History, Material, checks
from kakeibo.practice.lessons import Lesson

TODAY = date(2026, 11, 22)
NOW = 29_690_000
"""A minute of November 2026."""
WORDS = " ".join(check.WORDS[0] for check in checks().values() if check.WORDS)
EVERYTHING = Lesson(1, "PM-1", "Everything went wrong", date(2026, 10, 1), frozenset(CAUSES), WORDS,
                    {"play-video/availability": Fraction(33, 25)})  # fmt: skip
"""A postmortem that every check comes from."""
BOOK = """\
organisation: {name: Testers, timezone: Asia/Tokyo, language: en}
teams: {player: {name: Player team}}
services: {learning: {team: player, runbook: "https://wiki.example/learning"}}
sources: {web: {type: nginx-json, path: logs/*.json*}}
journeys:
  play-video:
    title: {en: Play a video, ja: 動画を再生できる}
    service: learning
    source: web
    slos: {availability: {good: status < 500, target: 99.9%}}
"""


def material(folder: Path, paths: Sequence[Path] = (), book: str = BOOK, history: History | None = None) -> Material:
    """What checks look at: a book in `folder`, and files."""
    (folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    the_book, marks = read_with_marks(folder / "kakeibo.yaml")
    return Material(the_book, marks, files.read(paths), history or History(NOW - 90 * 24 * 60, NOW))


def found(kind: str, of: Material) -> list[Problem]:
    """What one check finds."""
    return sorted(dict.fromkeys(checks()[kind].findings(of)))


def written(folder: Path, name: str, text: str) -> Path:
    """A file to look at."""
    path = folder / "given" / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, encoding="utf-8")
    return path
