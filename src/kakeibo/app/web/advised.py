"""The advisor's review as pages and the API show it: that of the files which the book names."""

from __future__ import annotations

from kakeibo.app.advising import advise
from kakeibo.app.web.desk import Desk, Glance
from kakeibo.practice.advice import Review


def advised(desk: Desk, glance: Glance) -> Review:
    """What the advisor says as of a glance."""
    return advise(glance.book.path, desk.store, glance.at, strict=False)
