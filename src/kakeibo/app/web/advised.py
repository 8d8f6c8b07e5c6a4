"""The advisor's review as pages and the API show it: that of the files which the book names."""

from __future__ import annotations

from starlette.exceptions import HTTPException

from kakeibo.app.advising import advise
from kakeibo.app.web.desk import Desk, Glance
from kakeibo.errors import BookError
from kakeibo.i18n import t
from kakeibo.practice.advice import Review


def advised(desk: Desk, glance: Glance) -> Review:
    """What the advisor says as of a glance. While the book on disk has errors there is no advice: it looks there."""
    try:
        return advise(glance.book.path, desk.store, glance.at, strict=False)
    except BookError:
        raise HTTPException(503, t("The book as it is now has errors: advice comes when they are mended.")) from None
