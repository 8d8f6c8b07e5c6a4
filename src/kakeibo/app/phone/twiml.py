"""Answers to Twilio, in the language in use: https://www.twilio.com/docs/voice/twiml"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree

from kakeibo.i18n import language

_VOICES: Final = {"ja": "ja-JP", "en": "en-US"}


def said(words: str) -> str:
    """Say it and hang up."""
    response = ElementTree.Element("Response")
    ElementTree.SubElement(response, "Say", {"language": _VOICES[language()]}).text = words
    ElementTree.SubElement(response, "Hangup")
    return ElementTree.tostring(response, encoding="unicode")


def texted(words: str = "") -> str:
    """Answer a text message; with "" not at all."""
    response = ElementTree.Element("Response")
    if words:
        ElementTree.SubElement(response, "Message").text = words
    return ElementTree.tostring(response, encoding="unicode")
