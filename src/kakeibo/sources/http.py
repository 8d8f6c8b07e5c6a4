"""Messages that are sent to us: POST /api/v1/fleets/FLEET/messages, a JSON object a line."""

from __future__ import annotations

from kakeibo.sources.kinds import Incoming


class Http(Incoming):
    """There is nothing to be told: the server of the web takes them in."""

    KIND = "http"
