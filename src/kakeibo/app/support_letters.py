"""An answer for support as text and as JSON; the page has its own way of laying it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec

from kakeibo.app.supporting import Answer
from kakeibo.budgets.outages import Verdict
from kakeibo.i18n import LANGUAGES, speaking, t
from kakeibo.ledger.complaints import Complaint
from kakeibo.letters import figures, phrases, support, support_json
from kakeibo.letters.lines import Page


def sentences(answer: Answer) -> list[str]:
    """What the answer rests on."""
    if not answer.judged:
        return [support.uncounted(answer.journey, answer.until, answer.zone)]
    found = []
    for one in answer.judged:
        found += [support.finding(one.slo, one.finding, answer.zone), *support.causes(one.parts)]
    if answer.also:
        found.append(support.also(answer.also))
    return found


def asked_before(answer: Answer) -> str:
    """How often this user has written; empty when nobody was named."""
    if not answer.complaint.user_hash:
        return ""
    if not answer.before:
        return t("This user has not written in the 28 days before.")
    return t("Complaints of this user in the 28 days before: {n}.", n=answer.before)


def replies(answer: Answer) -> dict[str, str]:
    """Language -> a reply to copy."""
    found = {}
    for lang in LANGUAGES:
        with speaking(lang):
            found[lang] = support.reply(answer.verdict, answer.journey, answer.complaint.at, answer.zone)
    return found


def text(answer: Answer, *, width: int, colour: bool) -> str:
    """For the terminal."""
    page = Page(width, colour)
    page.line(support.headline(answer.verdict), style="bold")
    title = phrases.title(answer.journey)[0] if answer.journey else "-"
    page.line(f"{title}, {figures.moment(answer.complaint.at, answer.zone)}")
    page.line()
    page.line(support.meaning(answer.verdict))
    for sentence in [*sentences(answer), *filter(None, [asked_before(answer)])]:
        page.line(f"- {sentence}")
    for lang, words in replies(answer).items():
        page.line()
        page.line(t("Reply to copy ({lang}):", lang=lang))
        page.line(words)
    page.line()
    page.line(t("Kept as complaint {id}.", id=answer.complaint.id))
    return page.text()


def to_json(answer: Answer) -> bytes:
    """docs/contracts/support.md"""
    found = {
        "version": support_json.VERSION,
        "complaint": support_json.complaint_line(answer.complaint),
        "journey": answer.journey.key if answer.journey else None,
        "verdict": answer.verdict,
        "found": [support_json.finding_line(one.slo, one.finding, one.parts) for one in answer.judged],
        "also": [journey.key for journey in answer.also],
        "user_complaints_before": answer.before if answer.complaint.user_hash else None,
        "words": [support.headline(answer.verdict), support.meaning(answer.verdict), *sentences(answer)],
        "replies": replies(answer),
    }
    return msgspec.json.encode(found)


def listed(found: Sequence[Complaint], zone: str) -> str:
    """Complaints for the terminal, a line each."""
    if not found:
        return t("No complaint has been kept.") + "\n"
    return "".join(f"{one.id}  {line(one, zone)}\n" for one in found)


def line(one: Complaint, zone: str) -> str:
    """A complaint in short."""
    parts = [figures.moment(one.at, zone), phrases.printable(one.journey or "-"), verdict_word(one)]
    return f"{'  '.join(parts)}  {phrases.printable(one.text, 300)}"


def verdict_word(one: Complaint) -> str:
    """What was answered, in a few words."""
    return support.headline(cast(Verdict, one.verdict))


def list_json(found: Sequence[Complaint]) -> bytes:
    """docs/contracts/support.md"""
    lines = [support_json.complaint_line(one) for one in found]
    return msgspec.json.encode({"version": support_json.VERSION, "complaints": lines})
