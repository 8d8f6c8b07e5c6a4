"""Published postmortems for tests."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from kakeibo.postmortems import changes
from kakeibo.postmortems.form import Form, Head, Measured
from kakeibo.postmortems.writing import write
from kakeibo.store import Store

SLO = "play-video/availability"


def published(
    store: Store,
    title: str,
    causes: tuple[str, str],
    *,
    day: date = date(2026, 9, 1),
    text: str = "",
    burnt: Fraction | None = Fraction(33, 25),
) -> None:
    """Enter a postmortem that counts as published: a trigger, a root cause, and what it burnt."""
    trigger, root = causes
    measured = Measured(burnt={} if burnt is None else {SLO: burnt})
    head = Head(title, day, author="Player on call", triggers=(trigger,), root_causes=(root,), measured=measured)
    with store.writing() as connection:
        form = Form(head, {"summary": text or title})
        changes.imported(connection, write(form), f"{title}.md", changes.Act("SRE lead", 1))
