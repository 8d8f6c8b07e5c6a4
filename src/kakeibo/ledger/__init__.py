"""The account book itself: counts, what was delivered, and how far each source has been read.

Everything a source delivered at once is one `Posting`, written in one transaction together with the read positions.
docs/ledger.md says what that guarantees, and why it holds.
"""

from kakeibo.ledger.definitions import Definition, Redefined, define, definitions, differences, sources_of, text_of
from kakeibo.ledger.deliveries import Health, health, reasons, samples, unknown_codes
from kakeibo.ledger.positions import Cursor, cursor, forget, pending
from kakeibo.ledger.postings import Posting, post
from kakeibo.ledger.windows import series, sums

__all__ = [
    "Cursor",
    "Definition",
    "Health",
    "Posting",
    "Redefined",
    "cursor",
    "define",
    "definitions",
    "differences",
    "forget",
    "health",
    "pending",
    "post",
    "reasons",
    "samples",
    "series",
    "sources_of",
    "sums",
    "text_of",
    "unknown_codes",
]
