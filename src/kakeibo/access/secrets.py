"""Random secrets: shown once, kept as a hash. 256 random bits need no slow hash; passwords do (accounts.py)."""

from __future__ import annotations

import hashlib
import secrets


def new() -> str:
    """A secret of 256 bits, fit for headers, cookies and addresses."""
    return secrets.token_urlsafe(32)


def kept(secret: str) -> str:
    """What of a secret is stored, and looked up by."""
    return hashlib.sha256(secret.encode()).hexdigest()
