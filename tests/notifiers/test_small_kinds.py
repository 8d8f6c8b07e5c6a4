"""A line in a log; and what apprise makes of a message."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.notifiers.made import FIRING, LONG, made
from tests.servers.receiver import Receiver, Reply


def test_a_line_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert made("log").send("", LONG).result == "sent"
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)


def test_a_line_in_a_file(tmp_path: Path) -> None:
    channel = made("log", file=str(tmp_path / "told.log"))
    for target in ("", "me"):
        assert channel.send(target, FIRING).result == "sent"
    first, second = (tmp_path / "told.log").read_text(encoding="utf-8").splitlines()
    assert first.startswith(
        "2026-11-21T17:23:00Z | firing | learning:page:29836990 | 緊急: 動画を再生できる（成功） | "
    )
    assert "| -> me |" in second


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    outcome = made("log", file=str(tmp_path)).send("", FIRING)
    assert outcome.result == "later"
    assert str(tmp_path) in outcome.detail


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_by_apprise(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver()
    receiver.troubles = [Reply(200), Reply(500, "oops")]
    with receiver.serving() as url:
        monkeypatch.setenv("SERVICE", url.replace("http://", "json://"))
        channel = made("apprise", url_env="SERVICE")
        assert [channel.send("", FIRING).result for _ in range(2)] == ["sent", "later"]
    assert receiver.requests[0].json()["title"] == FIRING.subject
    assert "残り: 41%" in receiver.requests[0].json()["message"]
    monkeypatch.setenv("SERVICE", "no-such-service://x")
    assert channel.send("", FIRING).result == "refused"


def test_without_apprise_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.setenv("SERVICE", "json://localhost")
    outcome = made("apprise", url_env="SERVICE").send("", FIRING)
    assert outcome.result == "refused"
    assert "kakeibo[apprise]" in outcome.detail
