"""An action is done: that cell is new, and nothing else in the text."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.postmortems.forms import FULL, forms

from kakeibo.postmortems.form import Action, Form
from kakeibo.postmortems.marking import with_done
from kakeibo.postmortems.reading import read
from kakeibo.postmortems.writing import write

DAY = date(2026, 10, 20)
HEAD = "---\ndate: 2026-09-01\n---\n\n# It broke\n\n"


@given(forms, st.data())
def test_one_line_is_new(form: Form, data: st.DataObject) -> None:
    text = write(form)
    held = read(text)
    if not held.actions:
        return
    number = data.draw(st.integers(1, len(held.actions)))
    marked = with_done(text, number, DAY)
    actions = list(held.actions)
    actions[number - 1] = replace(actions[number - 1], done=DAY)
    assert read(marked) == replace(held, actions=tuple(actions))
    before, after = text.split("\n"), marked.split("\n")
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) <= 1


def test_a_table_of_ones_own_keeps_its_form() -> None:
    text = (
        HEAD + "## Action items\r\n\r\n|What | Ticket|Done|Owner |\r\n|---|:-:|---|---|\r\n"
        "|Alert \\| pool | X-1 | | Ops|\r\n  | Talk | X-2\r\n\r\nLast words.\r\n\r\n## Well\r\n\r\nAll.\r\n"
    )
    assert with_done(text, 1, DAY) == text.replace("\r\n", "\n").replace("X-1 | |", "X-1 | 2026-10-20 |")
    short = with_done(text, 2, DAY)
    assert "\n  | Talk | X-2| 2026-10-20 |\n\nLast words.\n" in short
    assert read(short).actions[1] == replace(read(text).actions[1], done=DAY)


def test_a_list_becomes_the_table_that_has_the_day() -> None:
    text = HEAD + "## 再発防止策\n\nIn this order:\n\n- Alert on the pool\n- Talk\n\n## Ours\n\n- no action\n"
    marked = with_done(text, 2, DAY)
    assert read(marked).actions == (Action("Alert on the pool"), Action("Talk", done=DAY))
    assert "\n## 再発防止策\n\nIn this order:\n\n| Action | Type | Owner | Due | Done |\n" in marked
    assert marked.endswith("| Talk | other |  |  | 2026-10-20 |\n\n## Ours\n\n- no action\n")
    assert read(marked).extra == read(text).extra


def test_actions_in_two_places_are_counted_through() -> None:
    text = (
        HEAD
        + "## Actions\n\n- One\n\n## Impact\n\nNone.\n\n## Action items\n\n| Action | Done |\n|---|---|\n| Two | |\n"
    )
    assert read(text).actions == (Action("One"), Action("Two"))
    assert with_done(text, 2, DAY) == text.replace("| Two | |", "| Two | 2026-10-20 |")


def test_a_table_without_the_column_gets_it() -> None:
    text = HEAD + "## Actions\n\n| Action | Owner | Ticket |\n|---|---|---|\n| One | Ops | X-1 |\n| Two | Dev | |\n"
    first, second = read(with_done(text, 1, DAY)).actions
    assert (first, second) == (replace(read(text).actions[0], done=DAY), read(text).actions[1])
    assert "X-1" in first.what


@pytest.mark.parametrize("number", [4, 99])
def test_an_action_that_is_none(number: int) -> None:
    with pytest.raises(IndexError):
        with_done(write(FULL), number, DAY)
