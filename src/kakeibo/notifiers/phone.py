"""The telephone: Twilio calls, reads the summary out twice, and takes 4 (I take it) or 6 (it is over) for an answer."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from urllib.parse import urlencode
from xml.etree import ElementTree

from kakeibo.i18n import t
from kakeibo.notifiers.kinds import Message, Outcome, cut
from kakeibo.notifiers.twilio import Twilio

ACKNOWLEDGE: Final = "4"
RESOLVE: Final = "6"
_VOICES: Final = {"ja": "ja-JP", "en": "en-US"}
_SPOKEN: Final = 400
"""Characters that are read out: half a minute, and twice that fits the 4,000 that a call may be told."""


class Phone(Twilio):
    KIND = "phone"
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        **Twilio.ACCOUNT,
        "ring": {
            "type": "integer",
            "minimum": 5,
            "maximum": 120,
            "description": "Seconds that it rings; less than it takes the mailbox to answer. Left out: 25.",
        },
    }

    def carry(self, target: str, message: Message) -> Outcome:
        base, about = self.text("answer_url").rstrip("/"), self.answerable(message)
        fields = {"Twiml": call(message, base, about), "Timeout": self.text("ring", "25")}
        if about:
            fields |= {"StatusCallback": f"{base}/status?{urlencode({'id': message.id})}"}
        return self.create("Calls", target, fields)


def call(message: Message, answer_url: str = "", about: str = "") -> str:
    """What is said on the telephone, as TwiML. The digit is posted to /gather?id=... below `answer_url`, when there
    is something to answer (`about`)."""
    voice = _VOICES.get(message.language, "en-US")
    response = ElementTree.Element("Response")
    within = response
    words = cut(f"{message.subject}. {message.summary}", _SPOKEN)
    if about:
        action = f"{answer_url}/gather?{urlencode({'id': message.id})}"
        attributes = {
            "action": action,
            "method": "POST",
            "numDigits": "1",
            "timeout": "10",
            "actionOnEmptyResult": "false",
        }
        within = ElementTree.SubElement(response, "Gather", attributes)
        words = f"{words} {t('Press 4 to say that you are looking into it, or 6 to say that it is over.')}"
    for turn in range(2):
        if turn:
            ElementTree.SubElement(within, "Pause", {"length": "1"})
        ElementTree.SubElement(within, "Say", {"language": voice}).text = words
    if about:
        no_answer = t("There was no answer. Somebody else will be called.")
        ElementTree.SubElement(response, "Say", {"language": voice}).text = no_answer
    return ElementTree.tostring(response, encoding="unicode")
