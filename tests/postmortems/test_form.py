"""The form: the same content as Markdown and as nouns, whichever way it went."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from tests.postmortems.forms import FULL, forms

from kakeibo.errors import UsageError
from kakeibo.postmortems.form import Action, Form, Question
from kakeibo.postmortems.headings import section_of
from kakeibo.postmortems.reading import read
from kakeibo.postmortems.writing import write

LEAST = "---\ndate: 2026-10-01\n---\n\n# Videos did not start\n"


def test_a_form_comes_back_as_it_went() -> None:
    assert read(write(FULL)) == FULL


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_text_comes_back_as_it_went(language: str) -> None:
    text = write(replace(FULL, head=replace(FULL.head, language=language)))
    assert write(read(text)) == text


@settings(max_examples=150, deadline=None)
@given(forms)
def test_any_form_comes_back(form: Form) -> None:
    assert read(write(form)) == form


def test_both_languages_are_read_wherever_they_stand() -> None:
    text = LEAST + "## 影響\n\n多くの人\n\n## Root Cause\n\nA leak\n\n## 未解決の問い\n\n- [ ] なぜ？\n- [x] いつ？\n"
    form = read(text)
    assert form.texts == {"impact": "多くの人", "root_causes": "A leak"}
    assert form.questions == (Question("なぜ？"), Question("いつ？", answered=True))
    assert form.open_questions == (Question("なぜ？"),)


def test_what_has_no_place_in_the_form_is_kept() -> None:
    form = read(LEAST + "\nBefore.\n\n## Follow the money\n\nSpent.\n")
    assert form.preface == "Before."
    assert form.extra == (("Follow the money", "Spent."),)


def test_a_heading_in_a_block_of_code_begins_nothing() -> None:
    form = read(LEAST + "## Summary\n\n````\n```\n## Impact\n````\n\n## Trigger\n\nx\n")
    assert form.texts == {"summary": "````\n```\n## Impact\n````", "trigger": "x"}


def test_lines_that_end_otherwise_are_the_same_text() -> None:
    assert read(write(FULL).replace("\n", "\r\n")) == FULL


def test_actions_are_read_from_tables_and_lists() -> None:
    form = read(
        LEAST
        + "## Action items\n\n| Task | Assignee | Deadline |\n|:--|:--|--:|\n| Add an alert | Ops | 2026/11/01 |\n\n"
        "- [ ] Write a runbook\n"
    )
    assert form.actions == (Action("Add an alert", owner="Ops", due=date(2026, 11, 1)), Action("Write a runbook"))


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("1. Root Cause(s)", "root_causes"),
        ("**What went poorly?**", "badly"),
        ("What didn’t go well", "badly"),
        ("Where We Got Lucky", "lucky"),
        ("TL;DR", "summary"),
        ("再発防止策", "actions"),
        ("Appendix", None),
    ],
)
def test_headings_of_other_templates(heading: str, section: str | None) -> None:
    assert section_of(heading) == section


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# No front matter\n", "no front matter"),
        ("---\ndate: 2026-10-01\n---\n\nNo title\n", "no title"),
        (LEAST.replace("2026-10-01", "yesterday"), "date: 'yesterday' is not a day"),
        (LEAST.replace("date:", "dat:"), "there is no key 'dat': did you mean date?"),
        (LEAST.replace("01\n---", "01\ntriggers: [relase]\n---"), "no cause 'relase': did you mean release?"),
        (LEAST.replace("01\n---", "01\nservices: {a: b}\n---"), "services takes a list"),
        (LEAST.replace("01\n---", "01\nteam: [a\n---"), "front matter: line"),
        (LEAST.replace("01\n---", "01\nincident: -3\n---"), "incident: '-3' is not a number"),
        (LEAST.replace("01\n---", "01\nexternal: perhaps\n---"), "neither yes nor no"),
        (LEAST.replace("01\n---", "01\nlanguage: fr\n---"), "language: 'fr' is not known"),
        (LEAST.replace("01\n---", "01\nmeasured: {from: noon}\n---"), "from: 'noon' is not a time"),
        (LEAST.replace("01\n---", "01\nmeasured: {budget: {a/b: 1/0}}\n---"), "a/b: '1/0' is not a share"),
        (LEAST.replace("01\n---", "01\nmeasured: {budget: 3}\n---"), "measured takes keys of its own"),
        ("---\n- a\n---\n\n# Title\n", "not a list of keys"),
        ("x" * 400_001, "more than 400000 characters"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_mend(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(text)
    assert said in str(raised.value)
    assert raised.value.mend
