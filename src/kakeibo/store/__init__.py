"""Our own database: one schema on SQLite (beside the book) or PostgreSQL (for many workers).

What differs between the two databases, and every line of SQL text, stays in this room; the rooms above compose
SQLAlchemy expressions over `tables` and hand rows to `bulk`.
"""

from kakeibo.store.connection import Store, open_store

__all__ = ["Store", "open_store"]
