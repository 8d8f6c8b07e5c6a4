"""Which fields OpenSLO has, v1 and v1alpha, and the shape of each.

From the specification's prose, its JSON schema (schemas/v1) and the Go SDK (pkg/openslo): where they differ, what any
of them accepts; what is required is what all of them need to make sense of an object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from kakeibo.definitions.amounts import AmountError, one_of
from kakeibo.definitions.shapes import Shape, Text
from kakeibo.i18n import t
from kakeibo.imports.foreign import NUMBER, SWITCH, Anything, Foreign, Many, Texts, Words, choice, record

_METHODS: Final = ("Occurrences", "Timeslices", "RatioTimeslices")


def _duration(text: str) -> str:
    """A positive whole number and one of m h d w M Q Y."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}[mhdwMQY]", text, re.ASCII):
        raise AmountError(
            t("'{text}' is not a duration", text=text[:40]), t("write a number and m, h, d, w, M, Q or Y")
        )
    return text


def _after(text: str) -> str:
    """A duration, or nothing at all: the specification itself writes 0m."""
    return text if re.fullmatch(r"0[mhdwMQY]", text, re.ASCII) else _duration(text)


def _slice(text: str) -> str:
    """A duration; a bare number counts minutes."""
    return f"{text}m" if re.fullmatch(r"[1-9][0-9]{0,8}", text, re.ASCII) else _duration(text)


def _method(text: str) -> str:
    """The prose writes TimeSlices in places, the rest Timeslices."""
    return next((method for method in _METHODS if method.lower() == text.lower()), "") or one_of(text, _METHODS)


_NAME: Final = Text()
_DURATION: Final = Text(_duration)
_OPERATOR: Final = choice("lte", "gte", "lt", "gt")
_METADATA: Final = record({"name": _NAME}, {"displayName": Words(), "labels": Texts(), "annotations": Texts()})


def _object(spec: Shape, *, needed: bool = True) -> Foreign:
    """apiVersion, kind, metadata, spec."""
    header: dict[str, Shape] = {"apiVersion": _NAME, "kind": _NAME, "metadata": _METADATA}
    return record({**header, "spec": spec}) if needed else record(header, {"spec": spec})


def _inline(spec: Shape, reference: str, kind: str) -> Foreign:
    """An object written where it is used, or the name of one that stands elsewhere."""
    return record(
        {}, {reference: _NAME, "kind": choice(kind), "metadata": _METADATA, "spec": spec}, (reference, "spec")
    )


_SOURCE: Final = record({"spec": Anything()}, {"metricSourceRef": _NAME, "type": _NAME})
_METRIC: Final = record({"metricSource": _SOURCE})
_RATIO: Final = record(
    {},
    {
        "counter": SWITCH,
        "good": _METRIC,
        "bad": _METRIC,
        "total": _METRIC,
        "rawType": choice("success", "failure"),
        "raw": _METRIC,
    },
    ("total", "raw"),
    ("good", "bad", "raw"),
)
_SLI: Final = record(
    {},
    {"description": Words(), "thresholdMetric": _METRIC, "ratioMetric": _RATIO},
    ("thresholdMetric", "ratioMetric"),
)
_INDICATOR: Final = record({"spec": _SLI}, {"metadata": _METADATA, "apiVersion": _NAME, "kind": choice("SLI")})
_CALENDAR: Final = record({"startTime": _NAME, "timeZone": _NAME})
_WINDOW: Final = record({"duration": _DURATION}, {"isRolling": SWITCH, "calendar": _CALENDAR})
_OBJECTIVE: Final = record(
    {},
    {
        "displayName": Words(),
        "op": _OPERATOR,
        "value": NUMBER,
        "target": NUMBER,
        "targetPercent": NUMBER,
        "timeSliceTarget": NUMBER,
        "timeSliceWindow": Text(_slice),
        "indicator": _INDICATOR,
        "indicatorRef": _NAME,
        "compositeWeight": NUMBER,
    },
)
_CONDITION: Final = record(
    {"threshold": NUMBER, "lookbackWindow": _DURATION},
    {"kind": choice("burnrate"), "op": _OPERATOR, "alertAfter": Text(_after)},
)
_ALERT_CONDITION: Final = record({"severity": _NAME, "condition": _CONDITION}, {"description": Words()})
_TARGET: Final = record({"target": _NAME}, {"description": Words()})
_POLICY: Final = record(
    {"conditions": Many(_inline(_ALERT_CONDITION, "conditionRef", "AlertCondition"))},
    {
        "description": Words(),
        "alertWhenNoData": SWITCH,
        "alertWhenBreaching": SWITCH,
        "alertWhenResolved": SWITCH,
        "notificationTargets": Many(_inline(_TARGET, "targetRef", "AlertNotificationTarget")),
    },
)
_SLO: Final = record(
    {"service": _NAME, "budgetingMethod": Text(_method), "objectives": Many(_OBJECTIVE)},
    {
        "description": Words(),
        "indicator": _INDICATOR,
        "indicatorRef": _NAME,
        "timeWindow": Many(_WINDOW),
        "alertPolicies": Many(_inline(_POLICY, "alertPolicyRef", "AlertPolicy")),
    },
)
_DATA_SOURCE: Final = record({"type": _NAME}, {"description": Words(), "connectionDetails": Anything()})
_SERVICE: Final = replace(record({}, {"description": Words()}), blank=True)

V1: Final[Mapping[str, Foreign]] = {
    "SLO": _object(_SLO),
    "SLI": _object(_SLI),
    "DataSource": _object(_DATA_SOURCE),
    "Service": _object(_SERVICE, needed=False),
    "AlertPolicy": _object(_POLICY),
    "AlertCondition": _object(_ALERT_CONDITION),
    "AlertNotificationTarget": _object(_TARGET),
}

_OLD_QUERY: Final = record({"source": _NAME, "queryType": _NAME, "query": _NAME})
_OLD_RATIO: Final = record({"good": _OLD_QUERY, "total": _OLD_QUERY}, {"incremental": SWITCH, "counter": SWITCH})
_OLD_UNITS: Final = {"Second": "", "Minute": "m", "Hour": "h", "Day": "d", "Week": "w", "Month": "M", "Quarter": "Q",
                     "Year": "Y"}  # fmt: skip


def _count(text: str) -> str:
    return _duration(f"{text}d")[:-1]


_OLD_WINDOW: Final = record(
    {"unit": choice(*_OLD_UNITS), "count": Text(_count)}, {"isRolling": SWITCH, "calendar": _CALENDAR}
)
_OLD_OBJECTIVE: Final = record(
    {"target": NUMBER},
    {
        "displayName": Words(),
        "op": _OPERATOR,
        "value": NUMBER,
        "ratioMetrics": _OLD_RATIO,
        "timeSliceTarget": NUMBER,
        "timeSliceWindow": Text(_slice),
    },
)
_OLD_SLO: Final = record(
    {"service": _NAME, "budgetingMethod": Text(_method), "objectives": Many(_OLD_OBJECTIVE)},
    {
        "description": Words(),
        "indicator": record({"thresholdMetric": _OLD_QUERY}),
        "timeWindows": Many(_OLD_WINDOW),
    },
)
V1ALPHA: Final[Mapping[str, Foreign]] = {
    "SLO": _object(_OLD_SLO),
    "Service": _object(_SERVICE, needed=False),
}
VERSIONS: Final[Mapping[str, Mapping[str, Foreign]]] = {"openslo/v1": V1, "openslo/v1alpha": V1ALPHA}


def old_duration(unit: str, count: str) -> str | None:
    """A v1alpha time window as a duration, None for seconds that are no whole minutes."""
    if unit == "Second":
        minutes, rest = divmod(int(count), 60)
        return None if rest or not minutes else f"{minutes}m"
    return count + _OLD_UNITS[unit]
