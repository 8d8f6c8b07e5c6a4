"""Names that our OpenSLO documents carry, for whoever writes and whoever reads them.

What OpenSLO has no field for stands in annotations with our prefix, so that an SLO that makes a round trip is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VERSION: Final = "openslo/v1"
PREFIX: Final = "kakeibo/"
OWN_TYPE: Final = "kakeibo"
"""The type of a metric source and of a data source whose `spec` is in the words of a book."""
CALENDAR_START: Final = "2024-01-01 00:00:00"
"""A Monday and the first of a year: every period of the calendar begins then."""
DISPLAY_LENGTH: Final = 63
"""So long may a displayName be."""
DURATIONS: Final = {"day": "1d", "week": "1w", "month": "1M", "quarter": "1Q", "year": "1Y"}
BESIDE: Final[Mapping[str, str]] = {
    "worst_of": "[play-video/availability]",
    "weighted": "{play-video/availability: 3}",
    "product_of": "[play-video/availability]",
    "split": "{by: region, parts: [tokyo]}",
    "probes": "{source: probes, good: status = 200, every: 5m}",
    "lists": "{system_codes: [DOWN]}",
}
"""Annotations of an SLO that hold what a book has under that key, with an example of each."""


def annotation(name: str) -> str:
    return PREFIX + name
