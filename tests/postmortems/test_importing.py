"""Postmortems of others: headings of common templates, in both languages; what was not understood is said."""

from datetime import date

import pytest
from tests.postmortems.forms import FULL

from kakeibo.errors import UsageError
from kakeibo.postmortems.form import Action
from kakeibo.postmortems.importing import Imported, import_text
from kakeibo.postmortems.writing import write

FALLBACK = date(2020, 2, 2)
BOOK_TEMPLATE = """\
# Search Postmortem (incident #465)

**Date**: 2025-10-21

**Authors**: Search on call, Search lead

**Status**: Complete, action items in progress

**Summary**: Search was down for 66 minutes.

**Impact**: Many queries were lost.

**Root Causes**: Cascading failure by a leak.

**Trigger**: A rare word.

**Detection**: By the alert on errors.

**Action Items**:

| Action Item | Type | Owner | Bug |
| ----------- | ---- | ----- | --- |
| Update the playbook | mitigate | Search lead | 5554823 |
| Plug the leak | prevent | Search on call | |

## Lessons Learned

**What went well**

- Monitoring told at once.

**What went wrong**

- Nobody had practised it.

**Where we got lucky**

- A mailing list had the word.

## Timeline

- 14:51 the news

## Supporting information:

A dashboard.
"""
DEEP_TEMPLATE = """\
---
title: Pool of connections ran dry
tags: [database]
severity: SEV2
services: [api, worker]
triggers: [load, gremlins]
---

## Incident Summary

Requests waited.

### Leadup

A campaign.

## Five Whys

1. The pool was small.

## Corrective actions

1. Make it larger
2. [x] Alert on it
"""
EVERY_DEPTH = """\
> A form of another house

# Videos stood still

### Date

2024-03-04

### Authors

Player on call

### Summary of impact

Nobody saw videos.

### What caused the incident?

#### Trigger(s)

A campaign.

#### Process Breakdown(s)

Nobody told us.

#### Root Cause(s)

Too little room.

### Open Questions

| Person | Question |
|--------|----------|
| On call | Why then? |

### Lessons Learnt

#### Where did we get lucky?

It rained.

### Action Items & Followups

| # | Action Item | Type (Mitigate / Prevent) | Who | Priority | Due Date |
|---|-------------|---------------------------|-----|----------|----------|
| 1 | Ask before campaigns | Prevent | Player lead | P1 | 2024-04-01 |
"""
JAPANESE = """\
# 障害報告：決済ができない

| 項目 | 内容 |
|---|---|
| 発生日時 | 2025年3月4日 10:00 |
| 担当者 | 決済チーム |

## 概要

決済が30分できませんでした。

## 影響範囲

全員

## 良かった点

- すぐ気づいた

## 再発防止策

| 対策 | 担当者 | 期日 |
|---|---|---|
| 期限の監視を入れる | 運用 | 2025/04/01 |
"""


def taken(text: str, name: str = "a.md") -> Imported:
    return import_text(text, name, FALLBACK)


def test_the_form_of_the_site_reliability_engineering_book() -> None:
    found = taken(BOOK_TEMPLATE)
    form = found.form
    assert form.head.title == "Search Postmortem (incident #465)"
    assert form.head.date == date(2025, 10, 21)
    assert form.head.author == "Search on call, Search lead"
    assert form.texts == {
        "summary": "Search was down for 66 minutes.",
        "impact": "Many queries were lost.",
        "root_causes": "Cascading failure by a leak.",
        "trigger": "A rare word.",
        "detection": "By the alert on errors.",
        "well": "- Monitoring told at once.",
        "badly": "- Nobody had practised it.",
        "lucky": "- A mailing list had the word.",
        "timeline": "- 14:51 the news",
    }
    assert form.actions == (
        Action("Update the playbook (Bug: 5554823)", "mitigate", "Search lead"),
        Action("Plug the leak", "prevent", "Search on call"),
    )
    assert form.preface == "**Status**: Complete, action items in progress"
    assert form.extra == (("Supporting information:", "A dashboard."),)
    assert found.doubts == ("the heading 'Supporting information:' has no place in the form: kept as it is",)


def test_front_matter_of_others_and_headings_within_headings() -> None:
    found = taken(DEEP_TEMPLATE, "2024-05-06-pool.md")
    form = found.form
    assert (form.head.title, form.head.date) == ("Pool of connections ran dry", date(2024, 5, 6))
    assert form.head.services == ("api", "worker")
    assert form.head.triggers == ("load",)
    assert form.texts["summary"] == "Requests waited.\n\n### Leadup\n\nA campaign."
    assert form.texts["root_causes"] == "1. The pool was small."
    assert [one.what for one in form.actions] == ["Make it larger", "✓ Alert on it"]
    assert found.doubts == ("triggers: there is no cause 'gremlins'",)


def test_headings_at_every_depth_and_fields_as_headings() -> None:
    found = taken(EVERY_DEPTH)
    form = found.form
    assert (form.head.title, form.head.date, form.head.author) == (
        "Videos stood still", date(2024, 3, 4), "Player on call",
    )  # fmt: skip
    assert form.texts == {
        "impact": "Nobody saw videos.",
        "trigger": "A campaign.",
        "root_causes": "Too little room.",
        "lucky": "It rained.",
    }
    assert form.actions == (Action("Ask before campaigns (Priority: P1)", "prevent", "Player lead", date(2024, 4, 1)),)
    assert [heading for heading, _ in form.extra] == ["Process Breakdown(s)", "Open questions"]


def test_japanese() -> None:
    form = taken(JAPANESE).form
    assert (form.head.title, form.head.date, form.head.author) == ("決済ができない", date(2025, 3, 4), "決済チーム")
    assert form.head.language == "ja"
    assert form.texts == {"summary": "決済が30分できませんでした。", "impact": "全員", "well": "- すぐ気づいた"}
    assert form.actions == (Action("期限の監視を入れる", owner="運用", due=date(2025, 4, 1)),)
    assert form.preface == ""


def test_our_own_form_comes_as_it_is() -> None:
    assert taken(write(FULL)) == Imported(FULL, ())


def test_words_without_headings_are_kept_whole() -> None:
    found = taken("It broke.\n\nThen it worked.\n", "folder/what_happened.md")
    assert (found.form.head.title, found.form.head.date) == ("what happened", FALLBACK)
    assert found.form.texts == {"summary": "It broke.\n\nThen it worked."}
    assert len(found.doubts) == 2


@pytest.mark.parametrize("text", [BOOK_TEMPLATE, DEEP_TEMPLATE, EVERY_DEPTH, JAPANESE, "# Only a title\n"])
def test_whatever_was_imported_has_our_form(text: str) -> None:
    form = taken(text).form
    assert taken(write(form)) == Imported(form, ())


def test_a_file_without_a_word_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no text"):
        taken(" \n\n")
