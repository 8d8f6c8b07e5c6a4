"""Sums over windows, held for those who ask again and again: days that are over are summed once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from typing import Final

from kakeibo.ledger.touches import touched_since
from kakeibo.ledger.windows import Window, sums_of
from kakeibo.model import Count
from kakeibo.store import Store

_WINDOWS: Final = 100
"""So many are held: of a thousand objectives, some ten megabytes."""


class HeldSums:
    """`sums` of one store. A window is read anew once anything in it was touched. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: OrderedDict[Window, dict[str, Count]] = OrderedDict()
        self._mark: int | None = None
        self._lock = threading.Lock()

    def __call__(self, windows: Collection[Window]) -> dict[Window, dict[str, Count]]:
        """As `ledger.sums` of all SLOs. What it returns is shared: it must not be altered."""
        with self._lock, self._store.reading() as connection:
            # Marks and counts are read in one transaction: what is touched later is found the next time.
            touched = touched_since(connection, self._mark)
            self._forget(touched.stretches)
            self._mark = touched.until
            found = {window: self._held[window] for window in windows if window in self._held}
            found |= sums_of(connection, [window for window in windows if window not in found])
            for window in found:
                self._held[window] = found[window]
                self._held.move_to_end(window)
            while len(self._held) > _WINDOWS:
                self._held.popitem(last=False)
            return found

    def _forget(self, stretches: Collection[Window]) -> None:
        for window in list(self._held):
            if any(start < window[1] and window[0] < end for start, end in stretches):
                del self._held[window]
