"""The account book itself: counts, what was delivered, and how far each source has been read.

Everything a source delivered at once is one `Posting`, written in one transaction together with the read positions.
docs/ledger.md says what that guarantees, and why it holds.
"""

from kakeibo.ledger.deliveries import Health, health, reasons, samples, unknown_codes
from kakeibo.ledger.positions import Cursor, cursor, forget, pending
from kakeibo.ledger.postings import Posting, post
from kakeibo.ledger.slices import slices
from kakeibo.ledger.windows import series, sums

__all__ = [
    "Cursor",
    "Health",
    "Posting",
    "cursor",
    "forget",
    "health",
    "pending",
    "post",
    "reasons",
    "samples",
    "series",
    "slices",
    "sums",
    "unknown_codes",
]
