"""Where the failures went, for the terminal."""

from __future__ import annotations

from kakeibo.budgets.breakdown import Breakdown
from kakeibo.letters import where_page
from kakeibo.letters.lines import Page
from kakeibo.letters.trial_text import write


def render(found: Breakdown, *, width: int, colour: bool) -> str:
    """In lines of at most `width` cells (45 or more), in the language in use."""
    page = Page(width, colour)
    title, sentences = where_page.heading(found)
    page.line(title, style="bold")
    for sentence in sentences:
        page.line(sentence)
    for section in where_page.sections(found):
        write(page, section)
    return page.text()
