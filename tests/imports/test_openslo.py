"""OpenSLO as others write it: every kind and field, what it becomes, and what is said of the rest."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from kakeibo.errors import BookError
from kakeibo.imports import Imported, import_files
from kakeibo.model import BurnRule, Method, Queries, Slo

HERE = Path(__file__).parent
WHOLE = HERE / "documents" / "openslo.yaml"
GOOD, ALL = (f"{{metricSource: {{type: Prometheus, spec: {{query: {name}_total}}}}}}" for name in ("good", "all"))
SLO = f"""\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: answers}}
spec:
  service: shop
  indicator: {{spec: {{ratioMetric: {{counter: true, good: {GOOD}, total: {ALL}}}}}}}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.999}}]
"""
NO_ADDRESS = "nothing says where Prometheus is"


def imported(text: str, folder: Path) -> Imported:
    path = folder / "slo.yaml"
    path.write_text(text, encoding="utf-8")
    return import_files("openslo", [path])


def only(found: Imported) -> Slo:
    (journey,) = found.book.journeys.values()
    (slo,) = journey.slos
    return slo


def said(found: Imported) -> list[str]:
    """The warnings, without the file and the one on the address that every short example gets."""
    lines = [str(warning).partition("slo.yaml:")[2] for warning in found.warnings]
    return [line for line in lines if NO_ADDRESS not in line]


def refused(text: str, folder: Path) -> list[str]:
    with pytest.raises(BookError) as caught:
        imported(text, folder)
    return [str(problem).partition("slo.yaml:")[2] for problem in caught.value.problems]


def test_every_kind_and_field() -> None:
    found = import_files("openslo", [WHOLE])
    slos = {slo.name: slo for journey in found.book.journeys.values() for slo in journey.slos}
    answered = Queries(
        "metrics",
        'sum(increase(http_requests_total{job="shop"}[$window]))',
        'sum(increase(http_requests_total{job="shop",code!~"5.."}[$window]))',
    )
    good = slos["shop/shop-answers-good"]
    assert (good.measure, good.target, good.window.text) == (answered, Fraction("0.999"), "28d")
    assert good.alerts is not None
    assert good.alerts[0] == BurnRule(Fraction(2, 100), 60, "page")
    assert slos["shop/shop-answers-fair"].target == Fraction("0.995")
    load = slos["shop/pages-load"]
    assert load.method == Method("slices", 5, Fraction("0.95"))
    assert (load.window.calendar, load.window.timezone) == ("month", "UTC")
    assert slos["billing/by-ratios"].method == Method("ratio_slices", 10)
    assert set(slos) == {"shop/shop-answers-good", "shop/shop-answers-fair", "shop/pages-load", "billing/by-ratios"}
    assert found.book.sources["metrics"].options == {"url": "http://prometheus.example:9090"}


def test_everything_left_out_is_said() -> None:
    text = "\n".join(map(str, import_files("openslo", [WHOLE]).warnings))
    for word in ("token", "Our Prometheus", "tier", "labels", "annotations", "descriptions", "alertWhenResolved",
                 "chat", "mail", "The shop answers", "op has no meaning", "sev9", "rounded", "alertAfter",
                 "counter: false", "DataSource elsewhere", "ready-made", "datadog", "RatioTimeslices",
                 "no time window"):  # fmt: skip
        assert word in text


def test_a_short_one_says_nothing(tmp_path: Path) -> None:
    found = imported(SLO, tmp_path)
    assert said(found) == []
    assert only(found) == Slo(
        "shop/answers", Queries("prometheus", "all_total", "good_total"), Fraction("0.999"), only(found).window
    )


def test_files_may_refer_to_each_other(tmp_path: Path) -> None:
    (tmp_path / "sli.yaml").write_text(
        "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: sli}\nspec: {ratioMetric: {counter: true, bad: "
        "{metricSource: {type: prometheus, spec: {query: b}}}, "
        "total: {metricSource: {type: prometheus, spec: {query: a}}}}}\n",
        encoding="utf-8",
    )
    lines = SLO.splitlines()
    lines[5] = "  indicatorRef: sli"
    (tmp_path / "slo.yaml").write_text("\n".join(lines), encoding="utf-8")
    found = import_files("openslo", [tmp_path / "sli.yaml", tmp_path / "slo.yaml"])
    assert only(found).measure == Queries("prometheus", "a", bad="b")
    alone = imported("\n".join(lines), tmp_path)
    assert said(alone) == ["6:17: the SLI sli is not in these files; give the file that has it too"]
    assert alone.book.journeys == {}


@pytest.mark.parametrize(
    "text",
    [
        "kind: SLI\nmetadata: {name: x}\nspec: {thresholdMetric: {metricSource: {type: Prometheus, spec: {query: x}}}}",
        "kind: DataSource\nmetadata: {name: x}\nspec: {type: Prometheus, connectionDetails: {url: x}}",
        "kind: AlertPolicy\nmetadata: {name: x}\n"
        "spec: {conditions: [{conditionRef: y}], notificationTargets: [{targetRef: z}]}",
        "kind: AlertCondition\nmetadata: {name: x}\n"
        "spec: {severity: page, condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1h, alertAfter: 0m}}",
        "kind: AlertNotificationTarget\nmetadata: {name: x}\nspec: {target: slack}",
    ],
)
def test_a_single_object_is_read_and_said_to_be_unused(text: str, tmp_path: Path) -> None:
    found = imported(f"apiVersion: openslo/v1\n{text}\n", tmp_path)
    assert any("nothing in these files uses" in line for line in said(found))


def test_a_service_alone(tmp_path: Path) -> None:
    found = imported("apiVersion: openslo/v1\nkind: Service\nmetadata: {name: x, displayName: X}\nspec: {}\n", tmp_path)
    assert (found.book.services["x"].title, said(found)) == ({"en": "X", "ja": "X"}, [])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("openslo/v1", "openslo/v9", "1:13: 'openslo/v9' is no version of OpenSLO"),
        ("kind: SLO", "kind: Slo", "2:7: openslo/v1 has no kind 'Slo'; did you mean 'SLO'?"),
        ("  service: shop\n", "", "4:1: the key 'service' is missing"),
        ("target: 0.999", "target: 0.999, targetPercent: 99", "9:47: target and targetPercent say different things"),
        ("target: 0.999", "target: 1", "9:25: a target lies from 0 to below 1"),
        ("target: 0.999", "target: good", "9:25: 'good' is not a number"),
        ("{target: 0.999}", "{displayName: x}", "9:16: one of these keys is missing: target, targetPercent"),
        ("isRolling: true", "isRolling: true, calendar: {startTime: '2024-01-01 00:00:00', timeZone: UTC}",
         "7:49: a window is rolling or follows the calendar, not both"),
        ("isRolling: true", "calendar: {startTime: soon, timeZone: UTC}", "'soon' is not a date and time"),
        ("isRolling: true", "calendar: {startTime: '2024-01-01 00:00:00', timeZone: Mars}",
         "'Mars' is not a time zone"),
        ("28d", "28x", "7:27: '28x' is not a duration"),
        ("[{duration: 28d, isRolling: true}]", "[{duration: 28d}, {duration: 1d}]", "an SLO has one time window"),
        ("Occurrences", "Sometimes", "8:20: 'Sometimes' is not one of the choices"),
        ("Occurrences", "Timeslices", "the key 'timeSliceWindow' is missing"),
        ("[{target: 0.999}]", "[]", "an SLO needs an objective"),
        ("good: {metricSource", "god: {metricSource", "one of these keys is missing: good, bad, raw"),
        ("good: {metricSource", "raw: {metricSource: {spec: {a: b}}}, good: {metricSource", "only one can be written"),
        ("{target: 0.999}", "{target: 0.999, op: eq}", "'eq' is not one of the choices"),
        ("  service: shop\n", "  service: shop\n  indicatorRef: x\n",
         "only one can be written: indicator, indicatorRef"),
    ],
)  # fmt: skip
def test_mistakes(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert old in SLO
    problems = refused(SLO.replace(old, new, 1), tmp_path)
    assert any(message in problem for problem in problems), problems
    assert all(problem[0].isdigit() for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("target: 0.999", "target: 0.999, targetPercent: 99.9", "target and targetPercent are both written"),
        ("target: 0.999", "target: 0.0", "a target of 0 is met whatever happens: this SLO is left out"),
        ("target: 0.999", "target: 0.999, op: gt", "op has no meaning for a ratio"),
        (", isRolling: true", "", "neither isRolling nor calendar"),
        ("  timeWindow: [{duration: 28d, isRolling: true}]\n", "", "no time window: 28 days are taken"),
        ("28d", "999d", "a window of 999d is too long: this SLO is left out"),
        ("28d, isRolling: true", "366d, calendar: {startTime: '2024-01-01 00:00:00', timeZone: Asia/Tokyo}",
         "a book's calendar has days, weeks, months"),
        ("28d, isRolling: true", "1w, calendar: {startTime: '2024-01-02 00:00:00', timeZone: Asia/Tokyo}",
         "a week of a book begins when the calendar's does"),
        ("Occurrences\n", "RatioTimeslices\n", "does not know RatioTimeslices"),
        ("target: 0.999", "target: 0.999, timeSliceTarget: 0.9", "means nothing with the method Occurrences"),
        ("  service: shop\n", "  service: shop\n  flavour: x\n", "the key 'flavour' is not known here and is left out"),
    ],
)  # fmt: skip
def test_what_is_valid_but_odd(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert old in SLO
    text = SLO.replace(old, new, 1).replace("{target: 0.999}", "{target: 0.999, timeSliceWindow: 5m}", 1)
    assert any(message in line for line in said(imported(text, tmp_path)))


def test_two_objects_of_one_name(tmp_path: Path) -> None:
    (problem,) = refused(f"{SLO}---\n{SLO}", tmp_path)
    assert problem.startswith("13:18: there are two objects of kind SLO called answers; keep one of them: the first")


@pytest.mark.parametrize(
    ("condition", "rules", "message"),
    [
        ("op: gt, threshold: 13.44, lookbackWindow: 1h, alertAfter: 5m", (Fraction(2, 100), 60), None),
        ("threshold: 5.6, lookbackWindow: 6h", (Fraction(5, 100), 360), None),
        ("op: lt, threshold: 1, lookbackWindow: 1h", None, "a burn rate that is low"),
        ("op: gt, threshold: 1, lookbackWindow: 5m", None, "cannot be the long window of an alert"),
        ("op: gt, threshold: 1000, lookbackWindow: 6h", None, "spends 892.86%"),
        ("op: gt, threshold: 0, lookbackWindow: 6h", None, "spends 0%"),
    ],
)
def test_alerts(condition: str, rules: tuple[Fraction, int] | None, message: str | None, tmp_path: Path) -> None:
    policy = (
        "  alertPolicies: [{kind: AlertPolicy, metadata: {name: p}, spec: {conditions: [{kind: AlertCondition, "
        f"metadata: {{name: c}}, spec: {{severity: page, condition: {{kind: burnrate, {condition}}}}}}}]}}}}]\n"
    )
    found = imported(SLO + policy, tmp_path)
    assert only(found).alerts == (None if rules is None else (BurnRule(*rules, "page"),))
    assert [message is not None and message in line for line in said(found)] == ([True] if message else [])


def test_v1alpha(tmp_path: Path) -> None:
    text = """\
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: old, displayName: Old}
spec:
  service: shop
  description: "An old one"
  budgetingMethod: Timeslices
  timeWindows: [{unit: Week, count: 4, isRolling: true}]
  objectives:
    - displayName: x
      value: 1
      target: 0.98
      timeSliceTarget: 0.9
      ratioMetrics:
        incremental: true
        good: {source: prometheus, queryType: promql, query: good_total}
        total: {source: prometheus, queryType: promql, query: all_total}
"""
    found = imported(text, tmp_path)
    slo = only(found)
    assert (slo.window.text, slo.method) == ("4w", Method("slices", 1, Fraction("0.9")))
    assert slo.measure == Queries("prometheus", "all_total", "good_total")


def test_a_composite_becomes_its_parts(tmp_path: Path) -> None:
    lines = SLO.splitlines()
    indicator = lines.pop(5).strip()
    lines[-1] = (
        f"  objectives: [{{target: 0.9, displayName: a, compositeWeight: 2, {indicator}}}, "
        f"{{target: 0.8, {indicator}}}]"
    )
    found = imported("\n".join(lines), tmp_path)
    assert [slo.name for journey in found.book.journeys.values() for slo in journey.slos] == [
        "shop/answers-a",
        "shop/answers-2",
    ]
    assert any("does not say how the objectives of a composite" in line for line in said(found))
