"""Targets, windows and methods of OpenSLO -> those of a book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Final

from kakeibo.definitions import amounts
from kakeibo.definitions.amounts import AmountError
from kakeibo.definitions.native import DEFAULT_WINDOW
from kakeibo.definitions.shapes import written_like
from kakeibo.i18n import t
from kakeibo.imports.documents import Part
from kakeibo.imports.drafts import Draft
from kakeibo.imports.openslo_fields import old_duration
from kakeibo.model import Method, Window
from kakeibo.windows import Period

_PERIODS: Final[Mapping[str, Period]] = {
    "1d": "day",
    "24h": "day",
    "1w": "week",
    "7d": "week",
    "1M": "month",
    "1Q": "quarter",
    "3M": "quarter",
    "1Y": "year",
    "12M": "year",
    "4Q": "year",
}
_LEFT_OUT: Final = "write the SLO into the book by hand"


def target_of(objective: Part) -> Fraction | None:
    """The target as a ratio, from `target` or `targetPercent`."""
    if not objective.has("target") and not objective.has("targetPercent"):
        objective.error(
            "", t("one of these keys is missing: {keys}", keys="target, targetPercent"), written_like("target: 0.999")
        )
        return None
    percent: Fraction | None = objective.get("targetPercent")
    ratio: Fraction = objective.get("target", percent / 100 if percent is not None else None)
    if percent is not None and objective.has("target"):
        if ratio != percent / 100:
            message = t("target and targetPercent say different things")
            objective.error("targetPercent", message, t("keep one of them"))
            return None
        objective.warn("targetPercent", t("target and targetPercent are both written, which the specification forbids"))
    key = "target" if objective.has("target") else "targetPercent"
    if not 0 <= ratio < 1:
        message = t("a target lies from 0 to below 1, as targetPercent from 0 to below 100")
        objective.error(key, message, written_like("target: 0.999"))
        return None
    if not ratio:
        objective.warn(
            key, t("a target of 0 is met whatever happens: this SLO is left out"), t("write the target that is meant")
        )
        return None
    return ratio


def window_of(spec: Part, notes: Mapping[str, str], draft: Draft) -> Window | None:
    """The window of an SLO; None, with the reason in the findings, when it is wrong or has no place in a book."""
    old = spec.has("timeWindows")
    windows = spec.parts("timeWindows" if old else "timeWindow")
    if not windows:
        spec.warn(
            "timeWindow",
            t("no time window: 28 days are taken"),
            written_like("timeWindow: [{duration: 28d, isRolling: true}]"),
        )
        return DEFAULT_WINDOW
    if len(windows) > 1:
        windows[1].error("", t("an SLO has one time window"), t("keep one of them"))
        return None
    window = windows[0]
    duration = old_duration(window.get("unit"), window.get("count")) if old else window.get("duration")
    if duration is None:
        window.warn("unit", t("a book counts in minutes: this SLO is left out"), t("write a window of whole minutes"))
        return None
    rolling = window.get("isRolling", not window.has("calendar"))
    if rolling and window.has("calendar"):
        window.error("calendar", t("a window is rolling or follows the calendar, not both"), t("keep one of them"))
        return None
    if not window.has("calendar"):
        if "isRolling" not in window.values or not rolling:
            message = t("neither isRolling nor calendar: the window is taken as rolling")
            window.warn("duration", message, written_like("isRolling: true"))
        return _rolling(window, duration, notes, draft)
    return _calendar(window, duration, ours=bool(notes))


def _rolling(part: Part, duration: str, notes: Mapping[str, str], draft: Draft) -> Window | None:
    try:
        window = amounts.window(duration)
    except AmountError as error:
        part.warn("duration", t("{reason}: this SLO is left out", reason=error.message), error.mend)
        return None
    if window.minutes:
        return window
    return replace(window, timezone=notes.get("timezone", draft.organisation.timezone))


def _calendar(part: Part, duration: str, *, ours: bool) -> Window | None:
    calendar = part.part("calendar")
    try:
        zone = amounts.timezone(calendar.get("timeZone"))
        start = datetime.strptime(calendar.get("startTime").replace("T", " "), "%Y-%m-%d %H:%M:%S")
    except AmountError as error:
        calendar.error("timeZone", error.message, error.mend)
        return None
    except ValueError:
        message = t("'{text}' is not a date and time", text=calendar.get("startTime")[:40])
        calendar.error("startTime", message, written_like("startTime: 2024-01-01 00:00:00"))
        return None
    period = _PERIODS.get(duration)
    if period is None:
        message = t("a book's calendar has days, weeks, months, quarters and years: this SLO is left out")
        part.warn("duration", message, t("write 1d, 1w, 1M, 1Q or 1Y, or a rolling window"))
        return None
    if zone == "UTC" and not ours:
        calendar.warn(
            "timeZone",
            t("the JSON schema of OpenSLO does not list the time zone UTC; the Go SDK takes it, and so do we"),
        )
    if not _begins(period, start):
        message = t("a {period} of a book begins when the calendar's does, not at this time", period=period)
        calendar.warn("startTime", message, t("check whether that is meant"))
    return Window(period, calendar=period, timezone=zone)


def _begins(period: Period, start: datetime) -> bool:
    """Whether a period of the calendar begins at this moment, Mondays and Januaries as in a book."""
    if (start.hour, start.minute, start.second) != (0, 0, 0):
        return False
    if period == "week":
        return start.weekday() == 0
    months = {"day": range(1, 13), "month": range(1, 13), "quarter": (1, 4, 7, 10), "year": (1,)}[period]
    return start.month in months and (period == "day" or start.day == 1)


def method_of(spec: Part, objective: Part, ours: bool) -> Method | None:
    """What the budget counts, by the budgeting method."""
    name = spec.get("budgetingMethod")
    if name == "Occurrences":
        for key in ("timeSliceTarget", "timeSliceWindow"):
            if objective.has(key):
                objective.warn(key, t("{key} means nothing with the method Occurrences: it is left out", key=key))
        return Method()
    if name == "RatioTimeslices" and not ours:
        spec.warn(
            "budgetingMethod",
            t("the specification's text does not know RatioTimeslices; its examples and the Go SDK do"),
        )
    minutes = _slice_minutes(spec, objective)
    share = objective.get("timeSliceTarget")
    if name == "RatioTimeslices":
        if share is not None:
            objective.warn("timeSliceTarget", t("{key} means nothing with the method RatioTimeslices: it is left out",
                                                key="timeSliceTarget"))  # fmt: skip
        return None if minutes is None else Method("ratio_slices", minutes)
    if share is None or not 0 <= share <= 1:
        message = t("with the method Timeslices, timeSliceTarget is a number above 0 and up to 1")
        objective.error("timeSliceTarget", message, written_like("timeSliceTarget: 0.95"))
        return None
    return None if minutes is None else Method("slices", minutes, share)


def _slice_minutes(spec: Part, objective: Part) -> int | None:
    text = objective.get("timeSliceWindow")
    if text is None and spec.has("timeWindows"):
        objective.warn("", t("v1alpha does not say how long a slice is: 1 minute is taken"))
        return 1
    if text is None:
        message = t("the key '{key}' is missing", key="timeSliceWindow")
        objective.error("", message, written_like("timeSliceWindow: 5m"))
        return None
    try:
        return amounts.slice_length(text)
    except AmountError as error:
        objective.warn("timeSliceWindow", t("{reason}: this SLO is left out", reason=error.message), error.mend)
        return None
