"""What a fleet's story is made of. Times of the day are in minutes, lengths in seconds, shares per mille.

Nothing here draws or writes; see `fleet_days`, `fleet_folders`, `publishing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from kakeibo.model import Title

Minutes = tuple[int, int]
"""[from, to) in minutes of the local day."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that happens to `share` of the devices, at once or spread over `when`.

    gap: a device alone loses its radio for `length` (from, to) messages. reboot: it misses one message and counts anew.
    battery: it runs low, and is charged later. firmware: an update fails in waves and is rolled back, from the last of
    `when` on. carrier: the devices of `region` that use it are silent. gateway: ours stands still, they are well.
    `weekly`: on the first day of seven, otherwise every day.
    """

    key: str
    kind: Literal["gap", "reboot", "battery", "firmware", "carrier", "gateway"]
    title: Title
    when: Minutes
    share: int
    evidence: str
    region: str = ""
    model: str = ""
    length: tuple[int, int] = (1, 1)
    weekly: bool = False


@dataclass(frozen=True, slots=True)
class FleetScenario:
    """A story of devices. The rules are those of its book, which the tests compare; `every`: seconds between messages.

    `regions` and `models` are (name, weight). `trips`: parts of the day in which devices are rented.
    """

    name: str
    title: Title
    timezone: str
    first_day: date
    every: int
    silent_after: int
    error_code: str
    more_errors_than: int
    errors_end_after: int
    breaker_share: int
    breaker_ahead: int
    breaker_at_least: int
    out_below: int
    firmware: tuple[str, str]
    regions: tuple[tuple[str, int], ...]
    models: tuple[tuple[str, int], ...]
    trips: tuple[Minutes, ...]
    troubles: tuple[Trouble, ...]
    book: str
    least_devices: int = 20
    most_days: int = 31

    @property
    def per_day(self) -> int:
        """Messages of a device."""
        return 86_400 // self.every
