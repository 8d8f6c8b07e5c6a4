"""The rest: over a hundred services through the library apprise (pip install "kakeibo[apprise]").

It connects by itself, so that the checks of addresses and time do not hold for it, and tells little of what became of
a message: not for waking people up.
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from kakeibo.i18n import t
from kakeibo.notifiers import options
from kakeibo.notifiers.kinds import Message, Notifier, Outcome, cut


class Apprise(Notifier):
    KIND = "apprise"
    REQUIRED = ("url_env",)
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "url_env": options.variable("the service's address as apprise writes it, such as discord://..."),
    }

    def carry(self, target: str, message: Message) -> Outcome:
        del target
        try:
            import apprise
        except ImportError:
            return Outcome("refused", t('the library apprise is not installed: pip install "kakeibo[apprise]"'))
        service, address = apprise.Apprise(), self.secret("url_env")
        lines = [message.summary, *(f"{label}: {value}" for label, value in (*message.facts, *message.links))]
        try:
            if not service.add(address):
                return Outcome("refused", t("apprise does not understand the address"))
            with apprise.LogCapture(level=logging.WARNING) as told:  # type: ignore[no-untyped-call]
                sent = service.notify(title=message.subject, body="\n".join(lines), body_format="text")
                words = " ".join(told.getvalue().split())
        except Exception as error:  # its plugins raise what they like
            return Outcome("unknown", f"{type(error).__name__}: {error}")
        return Outcome("sent") if sent else Outcome("later", cut(words, 300) or t("apprise could not deliver it"))
