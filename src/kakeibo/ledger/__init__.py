"""The account book itself: counts, what was delivered, and how far each source has been read.

Everything a source delivered at once is one `Posting`, written in one transaction together with the read positions.
docs/ledger.md says what that guarantees, and why it holds.
"""

from kakeibo.ledger.adjustments import moved
from kakeibo.ledger.definitions import NOT_COUNTED, Definition, Redefined, define, definitions, sources_of, text_of
from kakeibo.ledger.deliveries import Health, delivered, gaps, health, last_delivered, reasons, samples, unknown_codes
from kakeibo.ledger.edition import edition
from kakeibo.ledger.held_sums import HeldSums
from kakeibo.ledger.latest import last_minute
from kakeibo.ledger.parts import Parts, intervals_by_hour, parts_of
from kakeibo.ledger.positions import Cursor, cursor, forget, pending
from kakeibo.ledger.postings import Posted, Posting, post
from kakeibo.ledger.promises import promise, promises
from kakeibo.ledger.slices import slices, spent_slices
from kakeibo.ledger.slips import enter, revoke, slips
from kakeibo.ledger.windows import series, sums

__all__ = [
    "NOT_COUNTED",
    "Cursor",
    "Definition",
    "Health",
    "HeldSums",
    "Parts",
    "Posted",
    "Posting",
    "Redefined",
    "cursor",
    "define",
    "definitions",
    "delivered",
    "edition",
    "enter",
    "forget",
    "gaps",
    "health",
    "intervals_by_hour",
    "last_delivered",
    "last_minute",
    "moved",
    "parts_of",
    "pending",
    "post",
    "promise",
    "promises",
    "reasons",
    "revoke",
    "samples",
    "series",
    "slices",
    "slips",
    "sources_of",
    "spent_slices",
    "sums",
    "text_of",
    "unknown_codes",
]
