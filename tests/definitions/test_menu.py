"""The menu of SLIs: every short form is the long form that the table says, in books and on the pages."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kakeibo.definitions import menu
from kakeibo.definitions.marks import Marks
from kakeibo.definitions.menu import MENU
from kakeibo.definitions.native import read_book
from kakeibo.definitions.writing import write
from kakeibo.errors import BookError
from kakeibo.exports import openslo
from kakeibo.model import Book, Events, Method, Signs, SliType, Slo

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("book*.md"))
EXAMPLES = [
    block for page in PAGES for block in re.findall(r"^```yaml\n(journeys:.*?)^```$", page.read_text(), re.S | re.M)
]
JOB = Signs("status = 'done'", "latency")


def signs(kind: str, options: object) -> Signs:
    del options
    return {"nginx-json": Signs("status < 500", "duration"), "sidekiq": JOB}.get(kind, Signs())


def read(folder: Path, slos: str, source: str = "type: nginx-json", valid: str = "") -> tuple[Book, Marks]:
    text = f"sources: {{web: {{{source}, path: log}}}}\nlists: {{ours: [DB], theirs: [USER]}}\n"
    text += f"journeys:\n  j:\n    title: J\n    source: web\n    {valid}\n    slos:\n      {slos}\n"
    (folder / "kakeibo.yaml").write_text(text, encoding="utf-8")
    book, marks, _ = read_book(folder / "kakeibo.yaml", ["nginx-json", "sidekiq", "csv"], signs=signs)
    return book, marks


def objectives(folder: Path, slos: str, source: str = "type: nginx-json", valid: str = "") -> tuple[Slo, ...]:
    return read(folder, slos, source, valid)[0].journeys["j"].slos


def conditions(slo: Slo) -> tuple[str, str]:
    assert isinstance(slo.measure, Events)
    return slo.measure.valid.text, slo.measure.good.text


def by_count(minutes: int, at_least: int, within: int) -> Method:
    return Method("counted_slices", minutes, at_least=at_least, within_minutes=within)


MEANINGS = {
    "availability: true": ("true", "status < 500", Method()),
    "latency: 300ms": ("status < 500", "duration <= 0.3", Method()),
    "quality: degraded = false": ("status < 500", "degraded = false", Method()),
    "freshness: 10m": ("status < 500", "true", by_count(1, 1, 10)),
    "correctness: mismatches = 0": ("true", "mismatches = 0", Method()),
    "coverage: status = 'done'": ("true", "status = 'done'", Method()),
    "throughput: 100/min": ("status < 500", "true", by_count(1, 100, 1)),
    "durability: error is distinct from 'NOT_FOUND'": ("true", "error is distinct from 'NOT_FOUND'", Method()),
}


def test_every_type_is_in_the_menu_with_an_example() -> None:
    assert list(MENU) == list(get_args(SliType))
    assert [entry.example for entry in MENU.values()] == list(MEANINGS)
    assert all(entry.example.startswith(f"{sli_type}: ") for sli_type, entry in MENU.items())


@pytest.mark.parametrize("example", MEANINGS)
def test_an_example_means_what_it_says(example: str, tmp_path: Path) -> None:
    (slo,) = objectives(tmp_path, f"some-name: {{{example}, target: 99%}}")
    valid, good, method = MEANINGS[example]
    assert (*conditions(slo), slo.method) == (valid, good, method)
    assert (slo.name, slo.sli_type, slo.short) == ("j/some-name", example.split(":")[0], example)


@pytest.mark.parametrize(
    ("written", "valid", "good", "method"),
    [
        ("availability: status < 400", "true", "status < 400", Method()),
        ("latency: 2s", "status < 500", "duration <= 2", Method()),
        ("latency: 5m, of: true", "true", "duration <= 300", Method()),
        ("latency: 1ms, of: status = 200", "status = 200", "duration <= 0.001", Method()),
        ("latency: 300ms, method: {slices: 5m, slice_target: 95%}", "status < 500", "duration <= 0.3",
         Method("slices", 5, Fraction(95, 100))),
        ("freshness: age <= 600", "status < 500", "age <= 600", Method()),
        ("freshness: 1d, of: true", "true", "true", by_count(1, 1, 1440)),
        ("coverage: true", "true", "status < 500", Method()),
        ("throughput: 6000 / h", "status < 500", "true", by_count(60, 6000, 60)),
        ("throughput: 20/5m", "status < 500", "true", by_count(5, 20, 5)),
        ("throughput: 9/d", "status < 500", "true", by_count(1440, 9, 1440)),
        ("good: 'true', method: {slices: 5m, at_least: 3}", "true", "true", by_count(5, 3, 5)),
        ("good: 'true', method: {slices: 5m, at_least: 3, within: 15m}", "true", "true", by_count(5, 3, 15)),
    ],
)  # fmt: skip
def test_other_ways_to_write_it(written: str, valid: str, good: str, method: Method, tmp_path: Path) -> None:
    (slo,) = objectives(tmp_path, f"a: {{{written}, target: 99%}}")
    assert (*conditions(slo), slo.method) == (valid, good, method)


def test_the_served_ones_of_what_counts(tmp_path: Path) -> None:
    (slo,) = objectives(tmp_path, "latency: {latency: 1s, target: 99%}", valid="valid: a = 1 or b = 2")
    assert conditions(slo)[0] == "(a = 1 or b = 2) and (status < 500)"


def test_what_a_source_calls_success_and_how_it_measures_time(tmp_path: Path) -> None:
    source = "type: csv, success: error not in ours, duration: {column: Took ms, unit: ms}"
    available, quick = objectives(
        tmp_path, "a: {availability: true, target: 99%}\n      l: {latency: 2s, target: 99%}", source
    )
    assert conditions(available) == ("true", "error not in ours")
    assert conditions(quick) == ("error not in ours", '"Took ms" <= 2000')


@given(
    number=st.integers(1, 10**6),
    unit=st.sampled_from([("ms", 1), ("s", 1000), ("m", 60_000)]),
    column=st.sampled_from([("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_limits_are_exact_in_every_unit(
    tmp_path: Path, number: int, unit: tuple[str, int], column: tuple[str, int]
) -> None:
    source = f"type: csv, success: 'true', duration: {{column: took, unit: {column[0]}}}"
    (slo,) = objectives(tmp_path, f"l: {{latency: {number}{unit[0]}, target: 99%}}", source)
    limit = conditions(slo)[1].removeprefix("took <= ")
    assert Fraction(limit) == Fraction(number * unit[1], 1000) * column[1]


def test_several_limits_are_objectives_of_their_own(tmp_path: Path) -> None:
    short, long = objectives(tmp_path, "latency: {latency: {300ms: 95%, 1s: 99%}, window: 7d, minimum_bad: 9}")
    assert (short.name, long.name) == ("j/latency-300ms", "j/latency-1s")
    assert (short.target, long.target) == (Fraction(95, 100), Fraction(99, 100))
    assert {slo.minimum_bad for slo in (short, long)} == {9}
    assert {slo.window.text for slo in (short, long)} == {"7d"}
    assert {slo.sli_type for slo in (short, long)} == {"latency"}


def test_an_objective_written_out_is_of_the_type_it_is_named_after(tmp_path: Path) -> None:
    slos = objectives(tmp_path, "quality: {good: a = 1, target: 99%}\n      mine: {good: a = 1, target: 99%}")
    assert [(slo.sli_type, slo.short) for slo in slos] == [("quality", None), (None, None)]


def test_where_the_parts_of_a_short_form_are_written(tmp_path: Path) -> None:
    book, marks = read(
        tmp_path,
        "latency: {latency: {300ms: 95%, 1s: 99%}, of: up = true}",
        "type: nginx-json, success: status < 300",
        "valid: a = 1",
    )
    below = ("journeys", "j", "slos", "latency-1s")
    line = (tmp_path / "kakeibo.yaml").read_text().splitlines()
    measure = book.journeys["j"].slos[1].measure
    assert isinstance(measure, Events)
    places = {column: marks.locate((*below, "valid"), use.offset) for column, use in measure.valid.columns.items()}
    assert {column: line[row - 1][at - 1 :].split()[0] for column, (_, row, at) in places.items()} == {
        "a": "a",
        "up": "up",
    }
    _, row, at = marks.locate((*below, "good"))
    assert line[row - 1][at - 1 :].startswith("99%")
    _, row, at = marks.locate((*below, "target"), key=True)
    assert line[row - 1][at - 1 :].startswith("latency:")


def test_what_the_source_calls_success_is_located_there(tmp_path: Path) -> None:
    _, marks = read(tmp_path, "availability: {availability: true, target: 9%}", "type: csv, success: status < 300")
    _, row, column = marks.locate(("journeys", "j", "slos", "availability", "good"), 0)
    assert (row, column) == (1, (tmp_path / "kakeibo.yaml").read_text().index("status") + 1)


def test_limits_over_several_objectives_are_compared(tmp_path: Path) -> None:
    read(tmp_path, "quick: {latency: 300ms, target: 99%}\n      slow: {latency: 1s, target: 95%}")
    problems = read_book(tmp_path / "kakeibo.yaml", ["nginx-json"], signs=signs)[2]
    assert [problem.line for problem in problems if "is met whenever" in problem.message] == [10]


def test_of_an_unknown_source_nothing_more_is_said(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(
        "journeys: {j: {title: J, source: web, slos: {a: {availability: true, target: 9%}}}}"
    )
    with pytest.raises(BookError) as caught:
        read_book(tmp_path / "b.yaml", [], signs=signs)
    assert [problem.message for problem in caught.value.problems] == ["there is no source 'web'"]


@pytest.mark.parametrize("example", [text for text in EXAMPLES if "throughput" in text])
def test_the_pages_examples_are_read(example: str, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("sources: {web: {type: nginx-json, path: log}}\n" + example, encoding="utf-8")
    book, _, _ = read_book(tmp_path / "b.yaml", ["nginx-json"], signs=signs)
    (journey,) = book.journeys.values()
    assert [slo.name.split("/")[1] for slo in journey.slos] == [
        "availability", "latency-300ms", "latency-1s", "throughput",
    ]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_have_the_whole_menu(page: Path) -> None:
    rows = re.findall(r"^\| `(\w+: .+?)` \|(.*)\|$", page.read_text(encoding="utf-8"), re.M)
    assert [row[0] for row in rows] == [entry.example for entry in MENU.values()]
    served = "served ones" if page.name == "book.md" else "応答できたもの"
    assert [row[1].rsplit("|", 1)[-1].strip() == served for row in rows] == [e.served for e in MENU.values()]


def test_the_english_page_says_what_the_menu_says() -> None:
    page = (DOCS / "book.md").read_text(encoding="utf-8")
    for entry in MENU.values():
        about = entry.about[0].lower() + entry.about[1:].rstrip(".")
        assert f"| `{entry.example}` | {about} | {entry.suits} |" in page


def test_columns_and_numbers_as_conditions_write_them() -> None:
    assert [menu.column(name) for name in ("took", "Took", 'a"b')] == ["took", '"Took"', '"a""b"']
    assert [menu.decimal(Fraction(n)) for n in ("300", "0.3", "0.000000001", "12.5")] == [
        "300", "0.3", "0.000000001", "12.5",
    ]  # fmt: skip


def test_written_out_in_a_book_it_is_the_same(tmp_path: Path) -> None:
    slos = (
        "f: {freshness: 10m, target: 99%}\n      t: {throughput: 20/5m, target: 9%}\n      l: {latency: 1s, target: 9%}"
    )
    book, _ = read(tmp_path, slos)
    (tmp_path / "again.yaml").write_text(write(book), encoding="utf-8")
    again, _, _ = read_book(tmp_path / "again.yaml", ["nginx-json"], signs=signs)
    before, after = book.journeys["j"].slos, again.journeys["j"].slos
    assert [(conditions(slo), slo.method, slo.target) for slo in after] == [
        (conditions(slo), slo.method, slo.target) for slo in before
    ]


def test_openslo_says_what_it_cannot_say(tmp_path: Path) -> None:
    book, _ = read(tmp_path, "f: {freshness: 10m, target: 99%}\n      l: {latency: 1s, target: 9%}")
    exported = openslo.export(book)
    assert [problem.message for problem in exported.warnings if "j/f" in problem.message] == [
        "OpenSLO v1 cannot judge time by how many events it has: j/f is not exported"
    ]
