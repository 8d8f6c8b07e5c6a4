"""What stands beside the counts on the chart of a journey: what happened to it in the same time.

Each kind is one function in `MARKS`, called with the book, the store, the journey and the stretch that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from kakeibo import ledger
from kakeibo.app import incident_desk
from kakeibo.app.releasing import words
from kakeibo.app.web.charts import Stretch
from kakeibo.i18n import marked, t
from kakeibo.ledger.releases import releases
from kakeibo.letters import phrases
from kakeibo.letters.slips import kind_word
from kakeibo.model import Book, Journey
from kakeibo.store import Store

MOST: Final = 50
"""Marks of a kind that are shown: those that began last."""
TITLES: Final = {
    "incident": marked("Incidents"),
    "release": marked("Releases"),
    "charge": marked("What was charged to a cause"),
}
"""Kind -> its heading on the page."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something in [start, end), in minutes; of a moment, both are the same. `slo` None: it is about all of the
    journey's objectives. `address`: a page of ours that says more, or ""."""

    kind: str
    start: int
    end: int
    words: str
    slo: str | None = None
    address: str = ""

    @property
    def momentary(self) -> bool:
        return self.start == self.end


def marks(book: Book, store: Store, journey: Journey, stretch: Stretch) -> dict[str, list[Mark]]:
    """Kind -> what happened in `stretch`, in order; kinds of which nothing did are left out."""
    found = {kind: sorted(one(book, store, journey, stretch), key=_order)[-MOST:] for kind, one in MARKS.items()}
    return {kind: each for kind, each in found.items() if each}


def _order(mark: Mark) -> tuple[int, int]:
    return mark.start, mark.end


def _hit(_: Book, store: Store, journey: Journey, stretch: Stretch) -> Iterable[Mark]:
    """Incidents of the journey, as long as they did harm; one that is not over lasts until the end of the picture."""
    for one in incident_desk.of_journey(store, journey.key, *stretch):
        start, end = incident_desk.span(one)
        text = t("Incident {id}: {title}", id=one.id, title=phrases.printable(one.title, 200))
        last = stretch[1] if end is None else max(end, start + 1)
        yield Mark("incident", start, last, text, address=f"/incidents/{one.id}")


def _released(book: Book, store: Store, journey: Journey, stretch: Stretch) -> Iterable[Mark]:
    """Releases of the journey's service, and of those that it cannot do without."""
    service = book.services.get(journey.service or "")
    if service is None:
        return []
    found = releases(store, [service.key, *service.depends_on], since=stretch[0], until=stretch[1])
    return [Mark("release", one.at, one.at, words(one)) for one in found]


def _charged(_: Book, store: Store, journey: Journey, stretch: Stretch) -> Iterable[Mark]:
    """What people charged its failures to, as in the account book."""
    for slip in ledger.slips(store, "charge"):
        if slip.revoked or slip.from_minute >= stretch[1] or slip.to_minute <= stretch[0]:
            continue
        for slo in journey.slos:
            if slip.covers(slo.name):
                text = f"{kind_word(slip.kind)}: {phrases.printable(slip.name, 200)}"
                yield Mark("charge", slip.from_minute, slip.to_minute, text, slo.name)


MARKS: Final[dict[str, Callable[[Book, Store, Journey, Stretch], Iterable[Mark]]]] = {
    "incident": _hit,
    "release": _released,
    "charge": _charged,
}
