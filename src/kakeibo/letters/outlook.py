"""The forecast in a plain sentence."""

from __future__ import annotations

from kakeibo.budgets.forecast import Forecast
from kakeibo.i18n import t
from kakeibo.letters import figures


def sentence(forecast: Forecast | None, zone: str, *, overspent: bool = False) -> str:
    """When the budget ends at the present speed; empty when there is nothing to say beyond the state.

    `overspent`: more is spent than is allowed by now, though not more than a calendar period will allow at its end.
    """
    if forecast is None or forecast.outlook in ("exhausted", "no_data"):
        return ""
    if overspent and forecast.outlook in ("ends", "lasts"):
        return _overspent(forecast, zone)
    if forecast.outlook == "lasts":
        return t("At this speed the allowed failures last.")
    if forecast.outlook == "few_failures":
        span = figures.span(forecast.minutes)
        return t("Too few failures for a forecast: {n} in {span}.", n=figures.whole(forecast.failures), span=span)
    return _ending(forecast, zone)


def _ending(forecast: Forecast, zone: str) -> str:
    days = [None if end is None else figures.short_day(end, zone) for end in (forecast.earliest, forecast.latest)]
    first, last = days
    if last is None and forecast.likely is None:
        return t(
            "At the worst speed of late the allowed failures are used up on {day}; otherwise they last.",
            day=first,
        )
    if last is None:
        return t("At this speed the allowed failures are used up from {day} on, unless it slows down.", day=first)
    if first == last:
        return t("At this speed the allowed failures are used up on {day}.", day=first)
    return t("At this speed the allowed failures are used up between {first} and {last}.", first=first, last=last)


def _overspent(forecast: Forecast, zone: str) -> str:
    if forecast.likely is None:
        return t("More than allowed so far; at this speed it can even out by the end of the period.")
    day = figures.short_day(forecast.likely, zone)
    return t("More than allowed so far; what the whole period allows is used up on {day} at this speed.", day=day)
