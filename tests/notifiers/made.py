"""Messages and channels as tests need them."""

from __future__ import annotations

from dataclasses import replace

from kakeibo.model import Channel
from kakeibo.notifiers.kinds import Action, Message, Notifier, notifier

FIRING = Message(
    id="flip-17-slack",
    group="learning:page:29836990",
    kind="firing",
    severity="page",
    subject="緊急: 動画を再生できる（成功）",
    summary="動画を再生できる（成功）: 直近1時間の 3.2% が失敗しています <b>&。",
    brief="緊急: 動画を再生できる（成功）12:08 から。残り 41%",
    at=1_795_281_805,
    language="ja",
    facts=(("失敗", "3.2%"), ("残り", "41%")),
    links=(("手順書", "https://wiki.example/learning?a=1&b=2"),),
    actions=(
        Action("acknowledge", "対応します", "learning:page:29836990", "https://kakeibo.example/alerts"),
        Action("silence", "1時間止める", "learning:page:29836990"),
    ),
    data={"version": 1, "service": "learning", "team": "player", "since": "2026-11-21T16:51:00Z", "runbook": None},
)
OVER = replace(FIRING, id="flip-18-slack", kind="resolved", subject="終わりました: 動画", actions=())
TAKEN = replace(FIRING, id="flip-19-slack", kind="acknowledged", actions=())
LONG = replace(
    FIRING,
    subject="長い題名 & <" * 400,
    summary="長い文。&<>\n" * 800,
    facts=tuple((f"項目 {n} &" * 60, "値 & <" * 900) for n in range(60)),
    links=tuple((f"リンク {n}" * 90, f"https://wiki.example/{n}") for n in range(30)),
    actions=tuple(Action(f"a{n}", "押す" * 90, "x" * 3000, f"https://kakeibo.example/{n}") for n in range(30)),
)


def made(kind: str, **options: object) -> Notifier:
    """A notifier that may reach this machine, where its kind speaks HTTP."""
    local = {"allow_private": True} if kind not in ("email", "log", "apprise") else {}
    return notifier(Channel("test", kind, {**local, **options}))
