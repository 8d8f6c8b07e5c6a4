"""The words of the letters explained, with the field's own terms for those who want to look further."""

from __future__ import annotations

from collections.abc import Sequence

from kakeibo.budgets.report import Row
from kakeibo.definitions.menu import MENU
from kakeibo.i18n import t


def entries() -> list[tuple[str, str]]:
    """(term, explanation) in the order in which a newcomer meets them."""
    return [
        (
            t("Promise"),
            t(
                "The share of events that should go well within a period, agreed between those who build a service "
                "and those who answer for it. Also called service level objective (SLO); the share is its target."
            ),
        ),
        (
            t("Event"),
            t(
                "One thing a user or a machine tried to do, for instance one page that was opened. "
                "Every event is counted, none is sampled."
            ),
        ),
        (
            t("Failed"),
            t("An event that counts but did not go well: it ended in an error, or took longer than promised."),
        ),
        (
            t("Reached"),
            t("Good events divided by all events that count. Also called service level indicator (SLI)."),
        ),
        (
            t("Allowed failures"),
            t(
                "No service is perfect. A promise of 99.9% allows 1 failure in 1,000 events. These failures can be "
                "spent, for instance on new releases, like money in a household. Also called error budget."
            ),
        ),
        (
            t("Spending speed"),
            t(
                "How fast failures happen, compared with what is allowed: at 1x they are used up exactly within the "
                "period, at 2x in half of it. Also called burn rate."
            ),
        ),
        (
            t("Measured"),
            t(
                "For which share of the time there is data. Time without data counts neither as good nor as bad: "
                "it is not known."
            ),
        ),
        (
            t("Could not be judged"),
            t("An event that lacks the field needed to judge it. It counts as failed, and is shown apart."),
        ),
        (
            t("Left out by rule"),
            t("Events that were agreed not to count, such as those during planned maintenance. Shown apart."),
        ),
    ]


def types(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """(what a promise can be about, explanation) of those that the rows are about, in the order of the menu."""
    present = {row.slo.sli_type for row in rows}
    return [(t(entry.word), t(entry.about)) for sli_type, entry in MENU.items() if sli_type in present]


def states() -> list[tuple[str, str]]:
    """(state, explanation), best first."""
    return [
        (t("healthy"), t("The promise is kept, and failures come slowly enough for it to stay so.")),
        (t("at risk"), t("The promise is still kept, but little is left, or failures come too fast.")),
        (t("exhausted"), t("All failures allowed have been spent.")),
        (t("still filling"), t("Data has not been collected for long enough to judge.")),
        (t("no data"), t("Not one event was counted, so nothing can be said.")),
    ]
