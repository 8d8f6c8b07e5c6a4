"""Sloth, Pyrra and Backstage: what they become; and files that are nothing of the kind."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from kakeibo.alerts.windows import USUAL
from kakeibo.app.check import read
from kakeibo.definitions import files
from kakeibo.definitions.writing import write
from kakeibo.errors import BookError
from kakeibo.imports import formats, import_files
from kakeibo.imports.promql import over_window
from kakeibo.model import Queries, Service, Slo, Team

DOCUMENTS = Path(__file__).parent / "documents"
SLOTH = "version: prometheus/v1\nservice: x\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]" for n in range(8)
)


def slos_of(name: str, file: str) -> dict[str, Slo]:
    book = import_files(name, [DOCUMENTS / file]).book
    return {slo.name: slo for journey in book.journeys.values() for slo in journey.slos}


def warned(name: str, file: str) -> str:
    return "\n".join(map(str, import_files(name, [DOCUMENTS / file]).warnings))


def refused(name: str, text: str, folder: Path) -> list[str]:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BookError) as caught:
        import_files(name, [path])
    return [str(problem).partition("file.yaml:")[2] for problem in caught.value.problems]


def test_the_formats() -> None:
    assert list(formats()) == ["backstage", "openslo", "pyrra", "sloth"]


def test_sloth() -> None:
    slos = slos_of("sloth", "sloth.yaml")
    first = slos["shop-api/requests-availability"]
    total = 'sum(increase(http_requests_total{job="shop"}[$window]))'
    bad = 'sum(increase(http_requests_total{job="shop",code=~"5..|429"}[$window]))'
    assert first.measure == Queries("prometheus", total, bad=bad)
    assert (first.target, first.window.text, first.alerts) == (Fraction("0.999"), "30d", USUAL[:2])
    assert slos["shop-api/requests-latency"].alerts == ()
    assert len(slos) == 2
    book = import_files("sloth", [DOCUMENTS / "sloth.yaml"]).book
    assert book.services["shop-api"].runbook == "https://wiki.example/shop"


def test_what_sloth_has_beyond_a_book_is_said() -> None:
    text = warned("sloth", "sloth.yaml")
    for word in ("cluster", "Requests to the shop", "ShopAvailability", "category", "summary", "severity", "ready-made",
                 "plugins of Sloth", "30d is taken", "where Prometheus is"):  # fmt: skip
        assert word in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: prometheus/v2", "1:10: 'prometheus/v2' is no version of Sloth"),
        ("version: prometheus/v1\nslos: []", "1:1: the key 'service' is missing"),
        (f"{SLOTH}slos: [{{name: a, objective: 0, sli: {{events: {{error_query: 'e[{{{{.window}}}}]', "
         "total_query: 't[{{.window}}]'}}}]", "3:29: an objective of Sloth is a percentage"),
        (f"{SLOTH}slos: [{{name: a, objective: 9, sli: {{}}}}]", "one of these keys is missing: raw"),
        ("version: prometheus/v1\nservice: x\nslos: [{name: a, objective: 9, sli: {events: {error_query: 'e(x)', "
         "total_query: 't[{{.window}}]'}}}]", "3:61: this query lacks the window"),
    ],
)  # fmt: skip
def test_mistakes_in_sloth(text: str, message: str, tmp_path: Path) -> None:
    problems = refused("sloth", text, tmp_path)
    assert any(message in problem for problem in problems), problems


def test_pyrra() -> None:
    slos = slos_of("pyrra", "pyrra.yaml")
    ratio = slos["checkout-errors/availability"]
    assert ratio.measure == Queries(
        "prometheus", 'http_requests_total{job="checkout"}', bad='http_requests_total{job="checkout",code=~"5.."}'
    )
    assert (ratio.target, ratio.window.minutes, ratio.alerts) == (Fraction("0.995"), 28 * 1440, None)
    latency = slos["checkout-latency/latency"]
    assert isinstance(latency.measure, Queries)
    assert latency.measure.good == 'http_request_duration_seconds_bucket{job="checkout",code=~"2..",le="1"}'
    assert latency.alerts == ()
    assert slos["checkout-native/latency"].window.text == "90m"
    up = slos["checkout-up/availability"].measure
    assert up == Queries(
        "prometheus",
        'sum(count_over_time((up{job="checkout"})[$window:1m]))',
        'sum(count_over_time((up{job="checkout"} == 1)[$window:1m]))',
    )
    book = import_files("pyrra", [DOCUMENTS / "pyrra.yaml"]).book
    assert book.services["checkout-errors"] == Service("checkout-errors", "shop")


def test_what_pyrra_has_beyond_a_book_is_said() -> None:
    text = warned("pyrra", "pyrra.yaml")
    for word in ("namespace", "labels", "description", "handler", "name", "absent", "estimate", "once a minute"):
        assert word in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pyrra.dev/v1alpha1", "pyrra.dev/v9", "1:13: 'pyrra.dev/v9' is not what Pyrra's objects have here"),
        ("ServiceLevelObjective", "Service", "2:7: 'Service' is not what Pyrra's objects have here"),
        ('"99"', '"high"', "'high' is not a number"),
        ('"99"', '"101"', "a target of Pyrra lies between 0 and 100"),
        ("28d", "soon", "'soon' is not a duration"),
        ("{bool_gauge: {metric: up}}", "{}", "one of these keys is missing: ratio, latency, latencyNative, bool_gauge"),
    ],
)
def test_mistakes_in_pyrra(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = ("apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: x}\n"
            'spec: {target: "99", window: 28d, indicator: {bool_gauge: {metric: up}}}\n')  # fmt: skip
    assert old in text
    problems = refused("pyrra", text.replace(old, new), tmp_path)
    assert any(message in problem for problem in problems), problems


def test_backstage() -> None:
    book = import_files("backstage", [DOCUMENTS / "catalog-info.yaml"]).book
    assert book.teams == {"player": Team("player", "Player team"), "finders": Team("finders", "finders")}
    assert book.services["video"].runbook == "https://wiki.example/video"
    assert {key: service.team for key, service in book.services.items()} == {
        "video": "player",
        "search": "finders",
        "payments": None,
    }
    text = warned("backstage", "catalog-info.yaml")
    for word in ("finders", "learning", "payments", "video-api"):
        assert word in text


@pytest.mark.parametrize("name", ["openslo", "sloth", "pyrra", "backstage"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "1:1: a document is a mapping"),
        ("just words", "1:1: a document is a mapping"),
        ("a: [\n", "2:1: a value is missing inside a bracket"),
        ("a: b: c", "1:5: "),
        (BOMB, "the book has more than 1,000,000 entries"),
        ("a: &x [*x]", "contains itself"),
        ("[" * 200, "nested deeper than 64 levels"),
        ("\x00\x01", "not a text file"),
        ("{}", "is "),
        ("a: 1\n---\nb: [\n", "4:1: a value is missing"),
    ],
    ids=["list", "words", "open", "colons", "bomb", "cycle", "deep", "binary", "empty-mapping", "second-broken"],
)
def test_what_is_no_definition(name: str, text: str, message: str, tmp_path: Path) -> None:
    problems = refused(name, text, tmp_path)
    assert any(message in problem for problem in problems), problems


def test_empty_missing_latin_and_huge_files(tmp_path: Path) -> None:
    empty, latin, huge = (tmp_path / name for name in ("empty.yaml", "latin.yaml", "huge.yaml"))
    empty.write_text("# nothing\n---\n", encoding="utf-8")
    latin.write_bytes("a: é".encode("latin-1"))
    with huge.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(BookError) as caught:
        import_files("openslo", [empty, tmp_path / "absent.yaml", latin, huge, tmp_path])
    text = str(caught.value)
    for message in ("there is nothing in this file", "cannot be read", "not a text file in UTF-8"):
        assert message in text
    assert f"larger than {files.MAX_BYTES // 1_000_000} MB" in text


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        ("x_total", "x_total"),
        (' x_total{a="}",b=~"c|d"} ', 'x_total{a="}",b=~"c|d"}'),
        ('sum(x_total{a="b"})', 'sum(increase(x_total{a="b"}[$window]))'),
        ("sum(rate(x[{{.window}}]))", "sum(increase(x[$window]))"),
        ("sum(rate(x[{{ .window }}]))\n/ 2", "sum(increase(x[$window])) / 2"),
        ("sum by (a) (increase(x[1h30m]))", "sum by (a) (increase(x[$window]))"),
        ("sum(my_rate(x[5m]))", "sum(my_rate(x[$window]))"),
        ("sum(x) / sum(y)", None),
    ],
)
def test_queries_over_the_window(query: str, taken: str | None) -> None:
    assert over_window(query) == taken


@pytest.mark.parametrize(
    ("name", "file"),
    [("openslo", "openslo.yaml"), ("sloth", "sloth.yaml"), ("pyrra", "pyrra.yaml"), ("backstage", "catalog-info.yaml")],
)
def test_the_written_book_is_read_as_the_same_and_its_queries_are_understood(
    name: str, file: str, tmp_path: Path
) -> None:
    book = import_files(name, [DOCUMENTS / file]).book
    path = tmp_path / "kakeibo.yaml"
    path.write_text(write(book), encoding="utf-8")
    found, _ = read(path)
    sources = {key: replace(source, base=Path()) for key, source in found.sources.items()}
    assert replace(found, path=Path("kakeibo.yaml"), sources=sources) == book
