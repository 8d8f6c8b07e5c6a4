"""Pyrra (https://pyrra.dev), ServiceLevelObjective v1alpha1 -> a book. docs/formats.md says what becomes of what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from kakeibo.definitions import amounts
from kakeibo.definitions.amounts import AmountError
from kakeibo.definitions.quantities import decimal
from kakeibo.definitions.shapes import Text, written_like
from kakeibo.i18n import LANGUAGES, marked, t
from kakeibo.imports.documents import Document, Part
from kakeibo.imports.drafts import Draft, key_of
from kakeibo.imports.foreign import NUMBER, SWITCH, Anything, Many, Texts, Words, record
from kakeibo.imports.promql import over_window, samples
from kakeibo.model import Journey, Queries, Service, Slo, Team, Window

FORMAT: Final = "pyrra"
SUMMARY: Final = marked("Pyrra, ServiceLevelObjective of pyrra.dev/v1alpha1")

_VERSION: Final = "pyrra.dev/v1alpha1"
_KIND: Final = "ServiceLevelObjective"
_SOURCE: Final = "prometheus"
_SECONDS: Final[dict[str, Fraction | int]] = {
    "y": 31_536_000,
    "w": 604_800,
    "d": 86_400,
    "h": 3_600,
    "m": 60,
    "s": 1,
    "ms": Fraction(1, 1000),
}
_PIECE: Final = re.compile(r"([0-9]{1,9})(ms|[ywdhms])", re.ASCII)


def seconds(text: str) -> Fraction:
    """A length of time as Prometheus writes it: 28d, 1h30m, 300ms."""
    pieces = _PIECE.findall(text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        raise AmountError(t("'{text}' is not a duration", text=text[:40]), written_like("28d"))
    return sum((int(number) * Fraction(_SECONDS[unit]) for number, unit in pieces), Fraction(0))


_QUERY: Final = record({"metric": Text()})
_GROUPING: Final = Many(Words())
_INDICATOR: Final = record(
    {},
    {
        "ratio": record({"errors": _QUERY, "total": _QUERY}, {"grouping": _GROUPING}),
        "latency": record({"success": _QUERY, "total": _QUERY}, {"grouping": _GROUPING}),
        "latencyNative": record({"latency": Text(seconds), "total": _QUERY}, {"grouping": _GROUPING}),
        "bool_gauge": record({"metric": Text()}, {"grouping": _GROUPING}),
    },
    ("ratio", "latency", "latencyNative", "bool_gauge"),
)
_ALERTING: Final = record(
    {}, {"disabled": SWITCH, "burnrates": SWITCH, "absent": SWITCH, "name": Words(), "absentName": Words()}
)
_SPEC: Final = record(
    {"target": NUMBER, "window": Text(seconds), "indicator": _INDICATOR},
    {"description": Words(), "alerting": _ALERTING, "partial_response_strategy": Words()},
)
_METADATA: Final = record({"name": Text()}, {"namespace": Words(), "labels": Texts(), "annotations": Texts()})
_OBJECT: Final = record(
    {"apiVersion": Words(), "kind": Words(), "metadata": _METADATA, "spec": _SPEC}, {"status": Anything()}
)
_TEAM: Final = "pyrra.dev/team"


def read(documents: Sequence[Document], draft: Draft) -> None:
    """Fill the draft from Pyrra's objects: each is a service with a journey of one SLO."""
    for document in documents:
        for key, expected in (("apiVersion", _VERSION), ("kind", _KIND)):
            if document.text(key) != expected:
                message = t("'{text}' is not what Pyrra's objects have here", text=document.text(key)[:40])
                document.error((key,), message, written_like(f"{key}: {expected}"))
                break
        else:
            document.read(_OBJECT, f"apiVersion: {_VERSION}")
    if draft.findings.errors:
        return
    for document in documents:
        _slo(document.whole, draft)


def _slo(part: Part, draft: Draft) -> None:
    spec, metadata = part.part("spec"), part.part("metadata")
    target, window = _target(spec), _window(spec)
    found = _measure(spec.part("indicator"))
    if target is None or window is None:
        return
    sli, measure = found
    key = key_of(metadata.get("name"))
    _say_left_out(metadata, spec)
    alerting = spec.part("alerting")
    silent = alerting.get("disabled", False) or not alerting.get("burnrates", True)
    draft.prometheus(_SOURCE, None, part.place)
    _service(key, metadata, draft)
    journey = Journey(key, dict.fromkeys(LANGUAGES, metadata.get("name")), "cuj", key, _SOURCE, ())
    slo = Slo(f"{key}/{sli}", measure, target, window, alerts=() if silent else None)
    draft.add(journey, slo, part.document.place(("metadata", "name")))


def _service(key: str, metadata: Part, draft: Draft) -> None:
    """The label by which Pyrra knows a team is the team of the service."""
    name = metadata.get("labels", {}).get(_TEAM)
    team = key_of(name) if name else None
    if team:
        draft.teams.setdefault(team, Team(team, name))
    draft.services.setdefault(key, Service(key, team))


def _target(spec: Part) -> Fraction | None:
    """A percentage in a text."""
    target: Fraction = spec.get("target")
    if not 0 <= target <= 100:
        spec.error("target", t("a target of Pyrra lies between 0 and 100"), written_like('target: "99.9"'))
        return None
    if target in (0, 100):
        message = t("a target of {target} % leaves nothing to count: this SLO is left out", target=target)
        spec.warn("target", message, t("write a target below 100%, such as 99.9%"))
        return None
    if target < 1:
        message = t("a target of Pyrra is a percentage: {target} means {target} %", target=decimal(target))
        spec.warn("target", message, t("write {percent} if that was meant", percent=decimal(target * 100)))
    return target / 100


def _window(spec: Part) -> Window | None:
    length: Fraction = spec.get("window")
    minutes, rest = divmod(length, 60)
    if rest or not minutes:
        spec.warn("window", t("a book counts in minutes: this SLO is left out"), t("write a window of whole minutes"))
        return None
    text = f"{minutes // 1440}d" if minutes % 1440 == 0 else f"{minutes}m"
    try:
        return amounts.window(text)
    except AmountError as error:
        spec.warn("window", t("{reason}: this SLO is left out", reason=error.message), error.mend)
        return None


def _measure(indicator: Part) -> tuple[str, Queries]:
    """A name for the SLI, and its queries."""
    name = next(iter(key for key in ("ratio", "latency", "latencyNative", "bool_gauge") if indicator.has(key)))
    kind = indicator.part(name)
    if kind.get("grouping"):
        message = t("the groups by {names} become one SLO over all of them", names=", ".join(kind.get("grouping")))
        kind.warn("grouping", message, t("write an SLO for each group, or look at the groups as breakdown"))
    if name == "ratio":
        return "availability", Queries(_SOURCE, _counter(kind, "total"), bad=_counter(kind, "errors"))
    if name == "latency":
        return "latency", Queries(_SOURCE, _counter(kind, "total"), good=_counter(kind, "success"))
    if name == "latencyNative":
        count = f"sum(increase({kind.part('total').get('metric')}[$window]))"
        fast = f"histogram_fraction(0, {decimal(kind.get('latency'))}, {count}) * histogram_count({count})"
        kind.warn(
            "latency", t("a native histogram is cut between its buckets: the number of good events is an estimate")
        )
        return "latency", Queries(_SOURCE, f"histogram_count({count})", good=fast)
    gauge = kind.get("metric")
    kind.warn("metric", t("a gauge is looked at once a minute: each look is an event, good when it meets the value"))
    return "availability", Queries(_SOURCE, samples(gauge), good=samples(gauge, "== 1"))


def _counter(kind: Part, key: str) -> str:
    """A counter; what is more than a selector stays as it is, with a word."""
    text: str = kind.part(key).get("metric")
    counted = over_window(text)
    if counted is None:
        message = t("this query does not say over which time it counts")
        mend = t("write a counter, or an expression with the range [$window], into the book")
        kind.part(key).warn("metric", message, mend)
    return counted or text


def _say_left_out(metadata: Part, spec: Part) -> None:
    labels = [label for label in metadata.get("labels", {}) if label != _TEAM]
    for key, names in (("labels", labels), ("annotations", list(metadata.get("annotations", {})))):
        if names:
            metadata.warn(key, t("a book has no place for {key}: left out is {names}", key=key, names=", ".join(names)))
    if metadata.get("namespace"):
        message = t(
            "a book has no place for {key}: left out is {names}", key="namespace", names=metadata.get("namespace")
        )
        metadata.warn("namespace", message)
    if spec.get("description"):
        spec.warn("description", t("a book has no place for descriptions: it is left out"))
    if spec.get("partial_response_strategy"):
        value = spec.get("partial_response_strategy")
        message = t("a book has no place for {key}: left out is {names}", key="partial_response_strategy", names=value)
        spec.warn("partial_response_strategy", message)
    alerting = spec.part("alerting")
    for key in ("absent", "name", "absentName"):
        if alerting.get(key):
            alerting.warn(key, t("a rule of a book has no {key}: it is left out", key=key))
