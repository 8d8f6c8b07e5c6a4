"""Indicators of OpenSLO -> what a book measures: events of a log, or counters of Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from kakeibo.definitions import amounts
from kakeibo.definitions.amounts import AmountError
from kakeibo.definitions.openslo import OWN_TYPE, annotation
from kakeibo.definitions.writing import decimal
from kakeibo.errors import PredicateError
from kakeibo.i18n import t
from kakeibo.imports.documents import Part
from kakeibo.imports.drafts import Draft, own_name
from kakeibo.imports.openslo_objects import Objects
from kakeibo.imports.promql import fixed_range, over_window, samples
from kakeibo.model import Events, Measure, Queries, Source
from kakeibo.predicates import Predicate, parse

_QUERY_KEYS: Final = ("query", "promql", "expr")
_ADDRESS_KEYS: Final = ("url", "URL", "address", "endpoint", "server", "host")
_SIGNS: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_TYPES: Final = {"prometheus", "thanos", "mimir", "cortex", "victoriametrics"}
"""Stores of metrics that answer PromQL."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One query: where it is written, of which type its store is, what our name for that store is."""

    part: Part
    type: str
    source: str
    spec: dict[str, Any]


class Metrics:
    """Indicators with their data sources."""

    def __init__(self, objects: Objects, draft: Draft) -> None:
        self.objects = objects
        self.draft = draft

    def measure(self, indicator: Part, objective: Part) -> tuple[str, Measure] | None:
        """The source's name and what is measured; None, with the reason in the findings, when a book cannot."""
        if indicator.has("ratioMetrics"):
            return self.ratio(indicator.part("ratioMetrics"), objective)
        if indicator.has("ratioMetric"):
            return self.ratio(indicator.part("ratioMetric"), objective)
        return self.threshold(indicator.part("thresholdMetric"), objective)

    def ratio(self, ratio: Part, objective: Part) -> tuple[str, Measure] | None:
        for key in ("op", "value"):
            if objective.has(key) and not (key == "value" and ratio.has("incremental")):
                objective.warn(key, t("{key} has no meaning for a ratio of counts: it is left out", key=key))
        if ratio.has("raw"):
            message = t("a ratio that is ready-made cannot be counted: this SLO is left out")
            ratio.warn("raw", message, t("write the two queries that it is made of, good and total"))
            return None
        one = "good" if ratio.has("good") else "bad"
        part, total = self.metric(ratio, one), self.metric(ratio, "total")
        if part is None or total is None:
            return None
        if part.source != total.source:
            ratio.warn(one, t("the two queries ask different sources: this SLO is left out"), t("ask one source"))
            return None
        if total.type == OWN_TYPE:
            return self.events(part, total)
        if not ratio.get("counter", ratio.get("incremental", True)):
            ratio.warn(
                "counter", t("counter: false, yet a book counts: the queries are taken for counters"), t("check them")
            )
        valid, share = self.counted(total), self.counted(part)
        return total.source, Queries(total.source, valid, **{one: share})

    def events(self, part: Metric, total: Metric) -> tuple[str, Measure] | None:
        """Conditions in the words of a book."""
        for metric in (part, total):
            self.add_lists(metric)
        valid = self.condition(total, "valid", "true")
        good = self.condition(part, "good")
        void = self.condition(total, "void") if "void" in total.spec else None
        if valid is None or good is None:
            return None
        return total.source, Events(total.source, valid, good, void)

    def condition(self, metric: Metric, key: str, usual: str = "") -> Predicate | None:
        text = metric.spec.get(key, usual)
        place = (*metric.part.keys, "spec", key)
        if not isinstance(text, str) or not text:
            metric.part.document.error(
                place, t("the key '{key}' is missing", key=key), t("write a condition: status < 500")
            )
            return None
        try:
            return parse(text, self.draft.lists)
        except PredicateError as error:
            metric.part.document.error(place, error.message, error.mend)
            return None

    def add_lists(self, metric: Metric) -> None:
        lists = metric.spec.get("lists", {})
        for name, codes in lists.items() if isinstance(lists, dict) else ():
            if not isinstance(codes, list):
                continue
            found = tuple(str(code) for code in codes)
            if self.draft.lists.setdefault(name, found) != found:
                message = t("the list {name} is written with different codes", name=name)
                metric.part.document.error((*metric.part.keys, "spec", "lists"), message, t("keep one of them"))

    def threshold(self, metric: Part, objective: Part) -> tuple[str, Measure] | None:
        """A gauge compared with a value: one sample a minute is an event, good when it meets the value."""
        found = self.metric(metric, "")
        if found is None:
            return None
        missing = [key for key in ("op", "value") if not objective.has(key)]
        if missing:
            message = t("a threshold needs op and value: {keys} is missing", keys=", ".join(missing))
            objective.error("", message, t("write it like this: {example}", example="op: lte, value: 0.3"))
            return None
        if found.type == OWN_TYPE:
            metric.warn("metricSource", t("a source of a book has no gauges: this SLO is left out"))
            return None
        value: Fraction = objective.get("value")
        query = self.query(found)
        metric.warn(
            "metricSource", t("a gauge is looked at once a minute: each look is an event, good when it meets the value")
        )
        good = samples(query, f"{_SIGNS[objective.get('op')]} {decimal(value)}")
        return found.source, Queries(found.source, samples(query), good)

    # -- queries and their sources ----------------------------------------------------------------------------------

    def metric(self, part: Part, key: str) -> Metric | None:
        """A query with its source, which stands in the draft from now on."""
        whole = part.part(key) if key else part
        if whole.has("source"):  # v1alpha
            spec = {"query": whole.get("query")}
            return self.with_source(
                Metric(whole, whole.get("source").lower(), own_name(whole.get("source")), spec), None
            )
        source = whole.part("metricSource")
        reference, kind = source.get("metricSourceRef"), source.get("type")
        data = self.objects.find("DataSource", reference) if reference else None
        if reference and data is None and (kind or "").lower() != OWN_TYPE:
            message = t("the {kind} {name} is not in these files", kind="DataSource", name=reference)
            source.warn("metricSourceRef", message, t("give the file that has it too"))
        kind = kind or (data.part("spec").get("type") if data else None)
        if kind is None:
            message = t("nothing says of which type this source is: this SLO is left out")
            source.warn("", message, t("write type: Prometheus, or give the file with the DataSource"))
            return None
        spec = dict(source.get("spec", {}))
        name = spec.get("source") if kind.lower() == OWN_TYPE else None
        noted = data.part("metadata").get("annotations", {}).get(annotation("name")) if data else None
        name = own_name(str(name or noted or reference or kind))
        return self.with_source(Metric(source, kind.lower(), name, spec), data)

    def with_source(self, metric: Metric, data: Part | None) -> Metric | None:
        if metric.type == OWN_TYPE:
            return self.own_source(metric, data)
        if metric.type not in _TYPES:
            message = t("kakeibo does not read {type}: this SLO is left out", type=metric.type)
            metric.part.warn("type", message, t("have the same counts in Prometheus or in a log"))
            return None
        details = data.part("spec").get("connectionDetails", {}) if data else {}
        url = next((str(details[key]) for key in _ADDRESS_KEYS if key in details), None)
        ours = data is not None and annotation("name") in data.part("metadata").get("annotations", {})
        rest = {key: value for key, value in details.items() if key not in _ADDRESS_KEYS}
        if rest and not ours and data is not None and metric.source not in self.draft.sources:
            message = t("left out are {names}: what opens a source is no part of a book", names=", ".join(rest))
            data.part("spec").warn("connectionDetails", message)
        place = data.place if data else metric.part.place
        self.draft.prometheus(metric.source, url, place, rest if ours else None)
        return metric

    def own_source(self, metric: Metric, data: Part | None) -> Metric | None:
        """A source of a book, as our export writes it; without its object it must be added by hand."""
        if metric.source in self.draft.sources:
            return metric
        details = dict(data.part("spec").get("connectionDetails", {})) if data else {}
        paths = details.pop("path", ())
        try:
            rejected = amounts.share(str(details.pop("max_rejected", "1%")))
            silent = amounts.length(str(details.pop("silent_after"))) if "silent_after" in details else None
        except AmountError as error:
            metric.part.error("", error.message, error.mend)
            return None
        kind = details.pop("type", "nginx-json")
        if data is None:
            message = t("the source {name} is not in these files: a log at {path} stands in the book for now",
                        name=metric.source, path="access.log")  # fmt: skip
            metric.part.warn("metricSourceRef", message, t("correct it there"))
            paths = "access.log"
        every = tuple(map(str, paths)) if isinstance(paths, list) else (str(paths),) if paths else ()
        zone = details.pop("timezone", None)
        breakdown, histogram = (tuple(map(str, details.pop(key, ()))) for key in ("breakdown", "histogram"))
        found = Source(metric.source, str(kind), every, Path(), zone, rejected, details, breakdown, histogram, silent)
        self.draft.sources[metric.source] = found
        return metric

    def query(self, metric: Metric) -> str:
        """The text of a query, whatever the key it stands under."""
        for key in _QUERY_KEYS:
            if isinstance(metric.spec.get(key), str):
                return str(metric.spec[key])
        message = t("no query: a source of type prometheus needs one")
        metric.part.error(
            "spec", message, t("write it like this: {example}", example="spec: {query: http_requests_total}")
        )
        return ""

    def counted(self, metric: Metric) -> str:
        """A query of a counter over the window of whoever asks."""
        text = self.query(metric)
        counted = over_window(text)
        if counted is None:
            message = t("this query does not say over which time it counts")
            mend = t("write a counter, or an expression with the range [$window], into the book")
            metric.part.warn("spec", message, mend)
            return " ".join(text.split())
        if fixed_range(text):
            message = t("the query's own range is replaced by the time that is asked for, [$window]")
            metric.part.warn("spec", message, t("check the query in the book"))
        return counted
