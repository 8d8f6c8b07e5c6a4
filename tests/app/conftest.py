"""A small site: a book, a log with a known story, and a way to run commands as a user does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kakeibo import i18n
from kakeibo.app.cli import main

BOOK = """\
organisation: {name: Testers, timezone: Asia/Tokyo, language: en}
teams: {player: {name: Player team}}
services: {learning: {team: player, runbook: "https://wiki.example/learning"}}
lists:
  system_codes: [SYSTEM]
  client_codes: [BAD_INPUT]
sources:
  web: {type: nginx-json, path: logs/*.json*, fields: {duration: request_time}}
journeys:
  play-video:
    title: {en: Play a video, ja: 動画を再生できる}
    service: learning
    source: web
    valid: operation = 'PlayVideo'
    void: agent = 'probe'
    slos:
      availability: {good: status < 500 and not (error in system_codes), target: 90%, window: 1d}
      latency: {good: duration <= 0.3, target: 50%, window: 1d}
"""
START = datetime(2026, 10, 1, 0, 0, tzinfo=UTC)


@dataclass
class Output:
    code: int
    out: str
    err: str


@dataclass
class Site:
    """A folder with a book and logs; `run` gives a command and returns what it printed."""

    folder: Path
    run: Callable[..., Output]

    def write(self, name: str, *events: dict[str, object] | str) -> Path:
        """Append events (or raw lines) to a log."""
        path = self.folder / "logs" / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.writelines((e if isinstance(e, str) else json.dumps(e, ensure_ascii=False)) + "\n" for e in events)
        return path


def event(minute: float = 0, **fields: object) -> dict[str, object]:
    """An access-log line `minute` minutes after START; a quick and good play by default."""
    when = (START + timedelta(minutes=minute)).isoformat()
    return {
        "time": when,
        "operation": "PlayVideo",
        "status": 200,
        "error": "",
        "request_time": 0.1,
        "agent": "",
    } | fields


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Site]:
    monkeypatch.chdir(tmp_path)
    for variable in ("KAKEIBO_LANG", "KAKEIBO_STORE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "kakeibo.yaml").write_text(BOOK, encoding="utf-8")

    def run(*arguments: str) -> Output:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main(list(arguments))
        i18n.use("en")
        told = capsys.readouterr()
        return Output(int(exit_.value.code or 0), told.out, told.err)

    yield Site(tmp_path, run)
    i18n.use("en")
