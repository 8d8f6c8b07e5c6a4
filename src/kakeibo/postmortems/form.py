"""The form that every postmortem has: what is known for programs (the head), and what people write (the sections).

`writing.py` makes Markdown of it, `reading.py` makes it of Markdown; the same content, whichever way it went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final, Literal, get_args

Section = Literal[
    "summary", "impact", "timeline", "detection", "trigger", "root_causes", "well", "badly", "lucky", "actions",
    "budget", "questions",
]  # fmt: skip
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)
"""In the order in which they stand. Of actions and open questions see below; all others are text."""

ActionType = Literal["prevent", "detect", "mitigate", "process", "other"]
ACTION_TYPES: Final[tuple[ActionType, ...]] = get_args(ActionType)
"""So that it does not happen again; is seen sooner; hurts less; works better together; anything else."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do. `owner` "" and `due` None: nobody has said yet. `done`: the day on which it was."""

    what: str
    type: ActionType = "other"
    owner: str = ""
    due: date | None = None
    done: date | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the person in charge is to find out; `answered` once it stands in the text."""

    text: str
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What was counted, not typed; None where nobody knows. Seconds since 1970. `bad`: bad events beyond the usual, of
    the SLO that was hit hardest. `burnt`: SLO's name -> the share of its budget, exact."""

    began: int | None = None
    ended: int | None = None
    detected: int | None = None
    acknowledged: int | None = None
    resolved: int | None = None
    bad: int | None = None
    users: int | None = None
    burnt: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """What programs know a postmortem by. `author`: who is in charge, a role. `required` and `optional`: who is to be
    at the meeting. `language`: that of the headings."""

    title: str
    date: date
    team: str | None = None
    services: tuple[str, ...] = ()
    incident: int | None = None
    author: str = ""
    triggers: tuple[str, ...] = ()
    root_causes: tuple[str, ...] = ()
    external: bool = False
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    language: str = "en"
    measured: Measured = Measured()


@dataclass(frozen=True, slots=True)
class Form:
    """A whole postmortem. `texts`: section -> Markdown; `extra`: sections under headings of their own, in order.
    `preface`: what stands between the title and the first section; `note`: what stands above the table of actions."""

    head: Head
    texts: Mapping[Section, str] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    questions: tuple[Question, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    preface: str = ""
    note: str = ""

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """Those that are not answered yet."""
        return tuple(question for question in self.questions if not question.answered)
