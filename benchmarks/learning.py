"""What a registry of thousands of postmortems costs: lists, search, causes, the digest, a page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from statistics import median

from benchmarks.counting import Outcome
from benchmarks.scenes import Scene
from benchmarks.tables import Finding
from kakeibo.app import postmortem_pages as pages
from kakeibo.postmortems import changes, records, searching
from kakeibo.postmortems.actions import overdue, promised
from kakeibo.postmortems.causes import ROOT_CAUSES, TRIGGERS
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.form import Action, Form, Head, Measured
from kakeibo.postmortems.pareto import pareto
from kakeibo.postmortems.writing import write
from kakeibo.store import Store, open_store

TODAY = date(2026, 11, 1)
_SENTENCES = (
    "the pool of connections ran dry because retries had no limit and the alert came late while 月次の集計 で "
    "データベース の負荷 が高くなり 動画 が再生 できません でした 担当者 が気づく まで 時間 がかかり ました"
)


def postmortems(scene: Scene, lines: int, runs: int) -> Outcome:
    """5,000 of them, of 6 KB each, in SQLite."""
    number = 500 if lines < 1_000_000 else 5_000
    store = open_store(f"sqlite:///{scene.folder}/postmortems.db")
    began = time.process_time()
    _fill(store, number)
    findings = [Finding("postmortems: each import", (time.process_time() - began) / number * 1e3, "ms CPU")]
    published = records.published(store)
    asked: dict[str, Callable[[], object]] = {
        "list of all": lambda: records.postmortems(store),
        "search, a word of few": lambda: searching.search(store, "needle"),
        "search, one Japanese character": lambda: searching.search(store, "針"),
        "search, words of all": lambda: searching.search(store, "動画 pool"),
        "causes on both axes": lambda: [pareto(published, "trigger"), pareto(published, "root_cause", "budget")],
        "actions overdue": lambda: overdue(promised(published), TODAY),
        "one with its text and comments": lambda: pages.whole(store, number // 2),
    }
    for what, ask in asked.items():
        took = [_milliseconds(ask) for _ in range(max(3, runs))]
        findings.append(Finding(f"postmortems: {number:,}, {what}", median(took), "ms CPU", 300.0))
    store.close()
    return [], findings


def _milliseconds(ask: Callable[[], object]) -> float:
    began = time.process_time()
    ask()
    return (time.process_time() - began) * 1e3


def _fill(store: Store, number: int) -> None:
    dice = Random(1)
    with store.writing() as connection:
        for one in range(number):
            form = _form(dice, one)
            if one == number // 3:
                form = replace(form, texts={**form.texts, "summary": "A needle. 針です。"})
            changes.imported(connection, write(form), f"{one}.md", Act("Reliability engineer", 1_788_000_000))


def _form(dice: Random, number: int) -> Form:
    def prose(words: int) -> str:
        return " ".join(dice.choices(_SENTENCES.split(), k=words))

    head = Head(
        title=f"{prose(5)} {number}",
        date=TODAY - timedelta(days=dice.randrange(2_000)),
        team=f"team-{dice.randrange(20)}",
        author="On call",
        triggers=tuple(dice.sample(list(TRIGGERS), 2)),
        root_causes=tuple(dice.sample(list(ROOT_CAUSES), 2)),
        measured=Measured(burnt={"play/availability": Fraction(dice.randrange(1, 300), 97)}),
    )
    todo = tuple(
        Action(prose(8), owner="On call", due=TODAY - timedelta(days=dice.randrange(-200, 200))) for _ in range(3)
    )
    return Form(
        head, {"summary": prose(100), "impact": prose(100), "timeline": prose(400), "root_causes": prose(200)}, todo
    )
