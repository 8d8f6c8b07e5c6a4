"""Answers for support in plain words: what was found, the numbers it rests on, and a reply to the user.

Pure words: `app/supporting.py` finds the facts, and gives them as they are asked for here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kakeibo.budgets.breakdown import Part
from kakeibo.budgets.outages import Finding, Verdict
from kakeibo.clock import local
from kakeibo.i18n import t
from kakeibo.letters import device_time, figures, phrases
from kakeibo.letters.where_page import sentence as shared
from kakeibo.model import Journey, Slo

_PARTS: Final = 2


def headline(verdict: Verdict) -> str:
    """The verdict in a few words."""
    words: dict[Verdict, str] = {
        "outage": t("An outage: it failed for most users"),
        "partial": t("A partial outage: it failed for some users"),
        "user": t("Probably on this user's side"),
        "unknown": t("Not known"),
    }
    return words[verdict]


def meaning(verdict: Verdict) -> str:
    """What support can rely on."""
    words: dict[Verdict, str] = {
        "outage": t("The fault is ours. The user need not try anything else."),
        "partial": t("More failed than usual: this user may well be one of those it failed for."),
        "user": t("It went as usual for the others: look at this user's device, network and account."),
        "unknown": t("The numbers do not tell. Ask for more, and do not say that all is well."),
    }
    return words[verdict]


def finding(slo: Slo, found: Finding, zone: str) -> str:
    """The numbers of one objective, as a sentence or two."""
    look, count = found.look, found.look.count
    span = stretch(look.start, look.end, zone)
    aspect = phrases.aspect(slo)
    if found.reason == "no_data":
        return t(
            "{aspect}: {measured} of {all} minutes ({span}) were recorded: nobody can say what happened.",
            aspect=aspect, measured=figures.whole(look.measured), all=figures.whole(look.end - look.start), span=span,
        )  # fmt: skip
    values = {
        "aspect": aspect,
        "valid": figures.whole(count.valid),
        "span": span,
        "bad": figures.whole(count.bad),
        "share": "-" if look.share is None else figures.percent(look.share, digits=1),
        "usual": figures.percent(found.usual, digits=1),
    }
    numbers = (
        t(
            "{aspect}: of {valid} of device time ({span}), {bad} were out of service ({share}); usually {usual} are.",
            **{**values, "valid": device_time.hours(count.valid), "bad": device_time.hours(count.bad)},
        )
        if device_time.is_device_time(slo)
        else t("{aspect}: of {valid} attempts ({span}), {bad} took too long ({share}); usually {usual} do.", **values)
        if slo.sli_type == "latency"
        else t("{aspect}: of {valid} attempts ({span}), {bad} failed ({share}); usually {usual} fail.", **values)
    )
    if found.reason == "few_arrived":
        came = figures.whole(round(look.expected or 0))
        return phrases.joined(
            [numbers, t("Usually about {n} attempts come at such a time: users may not even reach us.", n=came)]
        )
    if found.reason == "few_events":
        return phrases.joined([numbers, t("That is too few attempts to tell.")])
    return numbers


def causes(parts: Sequence[Part]) -> list[str]:
    """What the failures have in common."""
    return [shared(part) for part in parts[:_PARTS]]


def uncounted(journey: Journey | None, until: int | None, zone: str) -> str:
    """Why there are no numbers at all."""
    if journey is None:
        return t("Which journey is meant cannot be told from these words. Choose one and ask again.")
    if until is None:
        return t("Nothing has been counted yet.")
    return t(
        "This time has not been counted yet, or nothing of this journey is; the latest data is of {moment}.",
        moment=figures.moment(until - 1, zone),
    )


def reply(verdict: Verdict, journey: Journey | None, at: int, zone: str) -> str:
    """What to write to the user, in the language in use."""
    moment = figures.moment(at, zone)
    title = phrases.title(journey)[0] if journey else ""
    if verdict in ("outage", "partial"):
        trouble = (
            t('We are sorry: around {moment}, "{title}" did not work for many users.', moment=moment, title=title)
            if verdict == "outage"
            else t('We are sorry: around {moment}, "{title}" did not work for some users.', moment=moment, title=title)
        )
        return phrases.joined(
            [
                trouble,
                t("The fault was on our side; there is nothing wrong with your device.")
                if verdict == "outage"
                else t("The fault was most likely on our side."),
                t("Please try again, and write to us if it still does not work."),
            ]
        )
    if verdict == "user":
        return phrases.joined(
            [
                t("Thank you for telling us. We looked at the time around {moment}.", moment=moment),
                t('"{title}" worked as usual then for the others, so the cause may be near you.', title=title),
                t("Please try it once more in another browser or over another network."),
                t("If it still fails, tell us your device, your browser, and the message that you see."),
            ]
        )
    return phrases.joined(
        [
            t("Thank you for telling us. We are looking at what happened around {moment}.", moment=moment),
            t("Please tell us your device, your browser, and the message that you see."),
            t("We will write to you again."),
        ]
    )


def stretch(start: int, end: int, zone: str) -> str:
    """From when to when, on a clock: the day stands above."""
    return f"{local(start, zone):%H:%M}–{local(end, zone):%H:%M}"


def also(journeys: Sequence[Journey]) -> str:
    """Which other journeys were disturbed; empty when none was."""
    if not journeys:
        return ""
    return t(
        "Also disturbed around that time: {journeys}.",
        journeys=phrases.listed([phrases.title(one)[0] for one in journeys]),
    )
