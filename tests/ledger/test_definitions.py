"""What an SLO was judged by: recorded once, never altered, and said when counts of two definitions meet."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kakeibo import ledger
from kakeibo.ledger import Definition, Posting, Redefined
from kakeibo.model import Events, Source, Stream
from kakeibo.predicates import canonical, parse
from kakeibo.store import Store, tables

NOON = 29_700_000
READ = Stream(None, "logs/access.json", 1, 2, 300, 4, b"head", 4, b"tail", 4, 200)


def read(store: Store, source: str = "web") -> None:
    """Something of `source` has been read."""
    version = ledger.cursor(store, source).version
    ledger.post(store, Posting(source, version, [(NOON, "play/a", 1, 0, 0, 0)], [(NOON, 1, 0)], [READ]))


def rows(store: Store) -> list[tuple[int, str]]:
    table = tables.definitions
    with store.reading() as connection:
        return [(at, text) for at, text in connection.execute(select(table.c.at, table.c.text).order_by(table.c.id))]


def test_the_first_definition_is_no_change_and_is_recorded_once(store: Store) -> None:
    assert ledger.define(store, "web", {"play/a": "good: x", "play/b": "good: y"}, NOON) == []
    assert ledger.define(store, "web", {"play/b": "good: y", "play/a": "good: x"}, NOON + 5) == []
    assert rows(store) == [(NOON, "good: x"), (NOON, "good: y")]
    assert ledger.definitions(store)["play/a"] == Definition("good: x", "web")


def test_a_change_is_told_once_with_the_earlier_text_and_the_history_stays(store: Store) -> None:
    ledger.define(store, "web", {"play/a": "good: x", "play/b": "good: y"}, NOON)
    read(store)
    changed = {"play/a": "good: z", "play/b": "good: y"}
    assert ledger.define(store, "web", changed, NOON + 60) == [Redefined("play/a", "changed", "good: x", "good: z")]
    assert ledger.define(store, "web", changed, NOON + 90) == []
    assert ledger.definitions(store) == {
        "play/a": Definition("good: z", "web", redefined=NOON + 60),
        "play/b": Definition("good: y", "web"),
    }
    assert ledger.define(store, "web", changed | {"play/a": "good: x"}, NOON + 120) == [
        Redefined("play/a", "changed", "good: z", "good: x")
    ]
    assert rows(store) == [(NOON, "good: x"), (NOON, "good: y"), (NOON + 60, "good: z"), (NOON + 120, "good: x")]


def test_an_slo_added_before_anything_was_read_counts_from_the_first_line(store: Store) -> None:
    ledger.define(store, "web", {"play/a": "good: x"}, NOON)
    assert ledger.define(store, "web", {"play/a": "good: x", "play/b": "good: y"}, NOON + 1) == []
    assert ledger.definitions(store)["play/b"] == Definition("good: y", "web")


@pytest.mark.parametrize("before", [{"play/a": "good: x"}, {}])
def test_an_slo_added_to_a_source_already_read_lacks_what_was_read(store: Store, before: dict[str, str]) -> None:
    ledger.define(store, "web", before, NOON)
    read(store)
    assert ledger.define(store, "web", before | {"play/b": "good: y"}, NOON + 9) == [
        Redefined("play/b", "added", present="good: y")
    ]
    assert ledger.definitions(store)["play/b"] == Definition("good: y", "web", counted_since=NOON + 9)
    ledger.define(store, "web", before | {"play/b": "good: z"}, NOON + 20)
    assert ledger.definitions(store)["play/b"] == Definition("good: z", "web", NOON + 20, counted_since=NOON + 9)


def test_an_slo_taken_out_and_put_back_has_a_gap(store: Store) -> None:
    ledger.define(store, "web", {"play/a": "good: x"}, NOON)
    read(store)
    assert ledger.define(store, "web", {}, NOON + 10) == []
    assert ledger.definitions(store)["play/a"].text == ""
    assert ledger.define(store, "web", {}, NOON + 11) == []
    assert ledger.define(store, "web", {"play/a": "good: x"}, NOON + 20) == [
        Redefined("play/a", "added", present="good: x")
    ]
    assert ledger.definitions(store)["play/a"] == Definition("good: x", "web", counted_since=NOON + 20)


def test_an_slo_that_is_renamed_is_a_new_one_and_the_old_counts_stay(store: Store) -> None:
    ledger.define(store, "web", {"play/a": "good: x"}, NOON)
    read(store)
    assert ledger.define(store, "web", {"play/new": "good: x"}, NOON + 10) == [
        Redefined("play/new", "added", present="good: x")
    ]
    assert ledger.sums(store, [(NOON, NOON + 1)])[NOON, NOON + 1]["play/a"].good == 1


def test_an_slo_counted_from_another_source_has_moved(store: Store) -> None:
    ledger.define(store, "web", {"play/a": "good: x"}, NOON)
    read(store)
    assert ledger.define(store, "alb", {"play/a": "good: x"}, NOON + 5) == [Redefined("play/a", "moved", "web", "alb")]
    assert ledger.definitions(store)["play/a"] == Definition("good: x", "alb", redefined=NOON + 5)
    assert ledger.sources_of(store, ["play/a"]) == {"web", "alb"}
    assert ledger.define(store, "web", {}, NOON + 6) == []  # it is not web's any more
    assert ledger.definitions(store)["play/a"].source == "alb"


def test_a_store_that_counted_before_there_were_definitions_takes_the_first_ones(store: Store) -> None:
    read(store)
    assert ledger.define(store, "web", {"play/a": "good: x"}, NOON + 5) == []
    assert ledger.definitions(store)["play/a"] == Definition("good: x", "web")


def test_recounting_starts_the_history_again(store: Store) -> None:
    ledger.define(store, "web", {"play/a": "good: x"}, NOON)
    ledger.define(store, "jobs", {"mail/a": "good: x"}, NOON)
    read(store)
    ledger.define(store, "web", {"play/a": "good: z", "play/b": "good: y"}, NOON + 5)
    ledger.forget(store, "web", ["play/a", "play/b"], ledger.cursor(store, "web").version)
    assert ledger.definitions(store) == {"mail/a": Definition("good: x", "jobs")}
    assert ledger.define(store, "web", {"play/a": "good: z", "play/b": "good: y"}, NOON + 6) == []
    assert ledger.definitions(store)["play/a"] == Definition("good: z", "web")


def test_of_two_who_notice_the_same_at_once_one_records_and_tells(store: Store) -> None:
    ledger.define(store, "web", {"play/a": "good: x"}, NOON)
    together, told = threading.Barrier(4), list[Redefined]()

    def notice() -> None:
        together.wait(30)
        told.extend(ledger.define(store, "web", {"play/a": "good: z"}, NOON + 5))

    threads = [threading.Thread(target=notice) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert told == [Redefined("play/a", "changed", "good: x", "good: z")]
    assert rows(store) == [(NOON, "good: x"), (NOON + 5, "good: z")]


def test_any_text_can_be_stored(store: Store) -> None:
    lists = {"codes": ("A\0", "\ud800", "日本")}
    text = ledger.text_of(measure("error in codes", lists=lists), WEB, lists)
    ledger.define(store, "web", {"play/a": text}, NOON)
    assert ledger.define(store, "web", {"play/a": text}, NOON) == []


# -- what belongs to a definition ------------------------------------------------------------------------------------


WEB = Source("web", "nginx-json", ("*.json",), Path(), options={"fields": {"op": "graphql", "duration": "time"}})


def measure(good: str, void: str | None = None, lists: Mapping[str, tuple[str, ...]] | None = None) -> Events:
    known = lists or {}
    left_out = parse(void, known) if void else None
    return Events("web", parse("op = 'Play'", known), parse(good, known), left_out)


def test_the_text_is_what_a_person_would_read() -> None:
    lists = {"system_codes": ("TIMEOUT", "DB"), "client_codes": ("NOT_FOUND", "DB"), "more": ("X",)}
    text = ledger.text_of(
        measure("NOT (error  IN system_codes) -- ours\nAND status<500", "status = 499", lists), WEB, lists
    )
    assert text == (
        "valid: op = 'Play'\n"
        "good: not (error in system_codes) and status < 500\n"
        "void: status = 499\n"
        "system_codes: DB, TIMEOUT\n"
        "codes of other lists: NOT_FOUND, X\n"
        "op is read from: graphql"
    )
    assert (
        ledger.text_of(measure("status < 500"), WEB, lists)
        == "valid: op = 'Play'\ngood: status < 500\nvoid: false\nop is read from: graphql"
    )


@pytest.mark.parametrize(
    "lists", [{"mine": ("A",), "other": ("B", "C")}, {"mine": ("A", "B"), "other": ("B",)}, {"mine": ("A",)}]
)
def test_a_code_that_gets_another_answer_changes_the_definition(lists: dict[str, tuple[str, ...]]) -> None:
    before = {"mine": ("A",), "other": ("B",)}
    texts = [ledger.text_of(measure("error in mine", lists=known), WEB, known) for known in (before, lists)]
    assert texts[0] != texts[1]


def test_what_a_column_is_read_from_and_the_deadline_of_jobs_belong_to_it() -> None:
    one = measure("duration <= 0.3")
    texts = [
        ledger.text_of(one, replace(WEB, options=options), {})
        for options in (
            {"fields": {"duration": "time"}},
            {"fields": {"duration": "upstream"}},
            {"fields": {"duration": "time"}, "deadline": "30m"},
        )
    ]
    assert len(set(texts)) == 3
    more = {"fields": {"duration": "time", "agent": "ua"}, "time": "ts"}
    assert ledger.text_of(one, replace(WEB, options=more), {}) == texts[0]


def test_lists_that_are_not_asked_and_the_order_of_codes_make_no_difference() -> None:
    before = {"mine": ("A", "B"), "other": ("C",)}
    after = {"other": ("C",), "mine": ("B", "A"), "third": ("C",)}
    one, same = (ledger.text_of(measure("error in mine", lists=known), WEB, known) for known in (before, after))
    assert one == same
    assert ledger.text_of(measure("error = 'A'"), WEB, {}) == ledger.text_of(
        measure("error = 'A'", lists=before), WEB, before
    )


layout = st.sampled_from([" ", "  ", "\n", " /* why */ ", "\t"])


@given(st.lists(layout, min_size=12, max_size=12))
def test_layout_and_case_of_keywords_make_no_difference(gaps: list[str]) -> None:
    words = ["lower", "(", "op", ")", "IN", "(", "'a  B'", ",", "'it''s'", ")", "AND", "Ok", "Is Not Distinct From 'x'"]
    text = "".join(word + gap for word, gap in zip(words, [*gaps, ""], strict=True))
    assert canonical(text) == "lower(op) in ('a  B', 'it''s') and Ok is not distinct from 'x'"
    assert parse(canonical(text), {}).sql == parse(text, {}).sql


def test_differences_are_the_lines_that_no_longer_hold() -> None:
    change = Redefined("play/a", "changed", "valid: a\ngood: b\nvoid: false", "valid: a\ngood: c\nvoid: d")
    assert change.differences == ["good: b", "void: false"]
