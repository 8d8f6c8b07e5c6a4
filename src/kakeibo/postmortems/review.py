"""What a postmortem lacks before its meeting, and before it is published. Pure: the rule is mechanical."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kakeibo.i18n import t
from kakeibo.postmortems.comments import Thread, open_of
from kakeibo.postmortems.form import Action, Form
from kakeibo.postmortems.records import Postmortem, Step

Lack = Literal["answer", "question", "ready", "author", "reviewer", "own_reviewer", "owner", "due"]


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is lacking; `what`: of which question or action."""

    lack: Lack
    what: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A review meeting: how many seconds it took, and who was there."""

    began: int
    seconds: int
    present: tuple[str, ...]


def before_ready(form: Form, threads: Sequence[Thread]) -> list[Missing]:
    """Every question that is open: of the form, and of readers."""
    own = [Missing("question", one.text) for one in form.open_questions]
    return own + [Missing("answer", f"{one.id}: {one.text}") for one in open_of(threads, "question")]


def before_publishing(held: Postmortem, form: Form, threads: Sequence[Thread], reviewer: str) -> list[Missing]:
    """All that is lacking: it is ready, no question is open, a reviewer who is not the author, every action has its
    owner and day."""
    found = before_ready(form, threads)
    if held.state == "draft":
        found.insert(0, Missing("ready"))
    if not form.head.author.strip():
        found.append(Missing("author"))
    if not reviewer.strip():
        found.append(Missing("reviewer"))
    elif same_person(reviewer, form.head.author):
        found.append(Missing("own_reviewer", reviewer))
    return found + of_actions(form.actions)


def of_actions(actions: Sequence[Action]) -> list[Missing]:
    """The actions that have no owner or no day."""
    owners = [Missing("owner", one.what) for one in actions if not one.owner.strip()]
    return owners + [Missing("due", one.what) for one in actions if one.due is None]


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for how they are typed."""
    return _plain(one) == _plain(other)


def words(missing: Missing) -> str:
    """What is to be done about it."""
    sentences = {
        "ready": t("have it ready first: kakeibo postmortem ready"),
        "question": t("an open question of the form: {what}", what=missing.what),
        "answer": t("a question nobody has answered: {what}", what=missing.what),
        "author": t("say who is in charge: author: in the front matter"),
        "reviewer": t("name the reviewer"),
        "own_reviewer": t("{what} is the author: somebody else has to review it", what=missing.what),
        "owner": t("an action without an owner: {what}", what=missing.what),
        "due": t("an action without a day: {what}", what=missing.what),
    }
    return sentences[missing.lack]


def meetings(steps: Sequence[Step]) -> list[Meeting]:
    """The meetings that are over."""
    found, began = [], None
    for one in steps:
        if one.step == "meeting_began":
            began = one.at
        elif one.step == "meeting_ended" and began is not None:
            found.append(Meeting(began, max(0, one.at - began), tuple(filter(None, one.detail.split("\n")))))
            began = None
    return found


def meeting_going(steps: Sequence[Step]) -> bool:
    """Whether a meeting has begun that has not ended."""
    own = [one.step for one in steps if one.step in ("meeting_began", "meeting_ended")]
    return bool(own) and own[-1] == "meeting_began"


def absent(required: Sequence[str], meetings: Sequence[Meeting]) -> list[str]:
    """Those who had to be at a meeting and were at none."""
    there = [name for one in meetings for name in one.present]
    return [name for name in required if not any(same_person(name, one) for one in there)]


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
