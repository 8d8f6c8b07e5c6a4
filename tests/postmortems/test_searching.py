"""Search: every word, however short, in both languages, on both databases."""

from dataclasses import replace
from datetime import date

import pytest

from kakeibo.postmortems import changes
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.comments import Comment
from kakeibo.postmortems.form import Form, Head
from kakeibo.postmortems.searching import excerpt, search
from kakeibo.postmortems.writing import write
from kakeibo.store import Store

ACT = Act("Player on call", 1_788_000_000)
LEAK = Form(
    Head("A leak in the pool", date(2026, 8, 1), services=("edge",)), {"summary": "Connections ran out: 100%_of."}
)
MONTH = Form(
    Head("月初にデータベースが遅くなった", date(2026, 9, 1), language="ja"),
    {"summary": "接続の数が足りず、動画が再生できませんでした。"},
)


@pytest.fixture
def registry(store: Store) -> Store:
    with store.writing() as connection:
        for form in (LEAK, MONTH):
            changes.open_(connection, write(form), ACT)
        third = changes.open_(
            connection, write(replace(LEAK, head=replace(LEAK.head, title="Another", date=date(2026, 9, 9)))), ACT
        )
        changes.comment(connection, third.id, Comment("question", "なぜ証明書が？"), ACT)
    return store


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("leak", ["A leak in the pool"]),
        ("CONNECTIONS ran", ["Another", "A leak in the pool"]),
        ("edge", ["Another", "A leak in the pool"]),
        ("月初", [MONTH.head.title]),
        ("数", [MONTH.head.title]),
        ("動画　接続", [MONTH.head.title]),
        ("ﾃﾞｰﾀﾍﾞｰｽ", [MONTH.head.title]),
        ("証明書", ["Another"]),
        ("100%_", ["Another", "A leak in the pool"]),
        ("100%x", []),
        ("leak 月初", []),
        ("  ", []),
        ("'; --", []),
    ],
)
def test_every_word_must_occur(registry: Store, query: str, titles: list[str]) -> None:
    assert [hit.postmortem.title for hit in search(registry, query)] == titles


def test_words_in_the_title_come_first_then_the_newest(registry: Store) -> None:
    with registry.writing() as connection:
        changes.open_(connection, write(replace(LEAK, head=replace(LEAK.head, title="Pool of connections"))), ACT)
    assert [hit.postmortem.title for hit in search(registry, "connections")] == [
        "Pool of connections", "Another", "A leak in the pool",
    ]  # fmt: skip


def test_what_was_written_over_is_not_found_any_more(registry: Store) -> None:
    with registry.writing() as connection:
        changes.revise(connection, 1, 1, write(LEAK).replace("Connections", "Handles"), ACT)
    assert [hit.postmortem.id for hit in search(registry, "connections")] == [3]


def test_an_excerpt_shows_the_place(registry: Store) -> None:
    assert search(registry, "足りず")[0].excerpt == "接続の数が足りず、動画が再生できませんでした。"
    long = "---\nteam: x\n---\n" + "a" * 300 + " needle " + "b" * 300
    assert excerpt(long, ["needle"]).startswith("…")
    assert "needle" in excerpt(long, ["needle"])
    assert excerpt(long, ["team"]) == ""
