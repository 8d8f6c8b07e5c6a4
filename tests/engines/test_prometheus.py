"""Counts of a real Prometheus, equal to an oracle to the event, however the time is cut."""

from __future__ import annotations

import json
import random
import re
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle import counters as oracle
from tests.prometheus_server import serving, write_history

from kakeibo.engines.counters import MINUTE, rises, spans_of, whole
from kakeibo.engines.prometheus import Carried, Engine
from kakeibo.engines.prometheus_api import Series, TooMuch
from kakeibo.model import Queries, Source
from kakeibo.sources.prometheus import Prometheus

BEGIN = 1_790_812_800 // 60  # 2026-10-01T00:00Z
END = BEGIN + 6 * 60
WEB = "http_requests_total"


EngineOf = Callable[..., Engine]


def series(name: str, **labels: str) -> str:
    return name + "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}"


def made_history() -> dict[str, list[tuple[float, float | str]]]:
    """Two instances with everything that happens: resets, gaps of one and of all, new series, new targets, NaN."""
    dice = random.Random(7)
    found: dict[str, list[tuple[float, float | str]]] = {}

    def walk(name: str, first: int, last: int, value: int, *, step: float = 15, resets: tuple[int, ...] = ()) -> None:
        at, begun = (BEGIN + first) * 60 + 3.25, set(resets)
        samples: list[tuple[float, float | str]] = []
        while at < (BEGIN + last) * 60:
            minute = int(at // 60) - BEGIN
            if {reset for reset in begun if reset <= minute}:
                begun = {reset for reset in begun if reset > minute}
                value = 0
            value += dice.choice([0, 0, 1, 2, 5])
            away = 100 <= minute < 125 or ('instance="a"' in name and 200 <= minute < 207)
            if not away:
                samples.append((at, "NaN" if minute == 50 else value))
            at += step
        found[name] = samples

    for instance in "ab":
        for code in ("200", "404", "500"):
            name = series(WEB, job="web", instance=instance, code=code)
            walk(name, 0, 360, 1_000_000, resets=(60, 110, 119, 240) if instance == "a" else ())
    walk(series(WEB, job="web", instance="a", code="503"), 90, 360, 2)  # began while a was watched: from 0
    walk(series(WEB, job="web", instance="b", code="503"), 121, 300, 7)  # ... began while nobody looked
    walk(series(WEB, job="web", instance="c", code="200"), 180, 360, 700)  # a new target: nobody knows since when
    walk(series(WEB, job="web", instance="c", code="500"), 180, 181, 30)
    walk(series(WEB, job="web", instance="c", code="503"), 185, 360, 1)
    walk(series("slow_total", job="slow", instance="s"), 0, 360, 10, step=150)
    return found


HISTORY = made_history()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    write_history(folder, HISTORY)
    with serving(folder) as address:
        yield address


@pytest.fixture
def engine_of() -> Iterator[EngineOf]:
    """Makes engines, and closes them after the test."""
    made: list[Engine] = []

    def make(url: str, **measures: Queries) -> Engine:
        source = Source("metrics", "prometheus", (), Path(), options={"url": url})
        made.append(Engine(Prometheus(source), measures))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


def counted(engine: Engine, cut: int, start: int = BEGIN, end: int = END) -> dict[str, Counter[tuple[int, str]]]:
    """SLO -> events by (minute, good or bad), read in stretches of `cut` minutes."""
    found: dict[str, Counter[tuple[int, str]]] = {slo: Counter() for slo in engine.measures}
    carried: Carried = {}
    for at in range(start, end, cut):
        tally = engine.count(at, min(at + cut, end), carried)
        carried = tally.carried
        for minute, slo, good, bad in tally.counts:
            found[slo] += Counter({(minute, "good"): good, (minute, "bad"): bad})
    return found


def expected(good: list[str], bad: list[str]) -> Counter[tuple[int, str]]:
    told = {"good": oracle.events(HISTORY, good), "bad": oracle.events(HISTORY, bad)}
    return Counter({(minute, word): n for word, minutes in told.items() for minute, n in minutes.items()})


@pytest.mark.parametrize("cut", [7, 60, 111, 1440])
def test_it_counts_what_the_oracle_counts_however_the_time_is_cut(url: str, cut: int, engine_of: EngineOf) -> None:
    web = [name for name in HISTORY if name.startswith(WEB)]
    fine = [name for name in web if not (oracle.label(name, "code") or "").startswith("5")]
    slow = [name for name in HISTORY if name.startswith("slow")]
    engine = engine_of(
        url,
        good=Queries("metrics", WEB, good=f'{WEB}{{code!~"5.."}}'),
        bad=Queries("metrics", f'{WEB}{{job="web"}}', bad=f'{WEB}{{code="500"}} + {WEB}{{code="503"}}'),
        slow=Queries("metrics", "slow_total", bad="never_total"),
    )
    found = counted(engine, cut)
    broken = [name for name in web if name not in fine]
    assert found["good"] == expected(fine, broken)
    assert found["bad"] == found["good"]
    assert found["slow"] == expected(slow, [])
    assert found["good"].total() > 10_000


def test_the_day_adds_up_to_what_the_counter_itself_rose_by(url: str, engine_of: EngineOf) -> None:
    name = series(WEB, job="web", instance="b", code="200")
    samples = oracle.numbers(HISTORY[name])
    found = counted(engine_of(url, b=Queries("metrics", name, bad="never_total")), 45)
    assert found["b"].total() == samples[-1][1] - samples[0][1]


def test_a_minute_is_measured_when_counters_tell_of_it(url: str, engine_of: EngineOf) -> None:
    tally = engine_of(url, web=Queries("metrics", WEB, bad="never_total")).count(BEGIN, END, {})
    gone = set(range(BEGIN, END)) - set(tally.lines)
    assert gone == set(
        range(BEGIN + 100, BEGIN + 125)
    )  # in minute 50 all is NaN: within five minutes, told by the next
    slow = engine_of(url, slow=Queries("metrics", "slow_total", bad="never_total")).count(BEGIN, BEGIN + 90, {})
    assert set(range(BEGIN, BEGIN + 88)) <= set(slow.lines)


def test_an_expression_is_off_by_less_than_one_event(url: str, engine_of: EngineOf) -> None:
    valid, bad = f"sum(increase({WEB}[$window]))", f'sum(increase({WEB}{{code=~"5.."}}[$window]))'
    found = counted(engine_of(url, web=Queries("metrics", valid, bad=bad)), 50)["web"]
    exact = {word: asked(url, text.replace("$window", "1m")) for word, text in (("valid", valid), ("bad", bad))}
    told_bad = sum(n for (_, word), n in found.items() if word == "bad")
    told_good = sum(n for (_, word), n in found.items() if word == "good")
    assert 0 <= sum(exact["bad"].values()) - told_bad < 1
    assert 0 <= sum(exact["valid"].values()) - sum(exact["bad"].values()) - told_good < 1
    assert {minute for minute, _ in found} <= set(exact["valid"])


def asked(url: str, query: str) -> dict[int, Fraction]:
    times = {"start": BEGIN * 60 + 59.999, "end": END * 60 - 0.001, "step": 60}
    text = urllib.parse.urlencode({"query": query, **times})
    with urllib.request.urlopen(f"{url}/api/v1/query_range?{text}") as answer:
        result = json.load(answer)["data"]["result"]
    return {int(at // 60): Fraction(float(value)) for at, value in result[0]["values"] if value != "NaN"}


def test_the_history_begins_on_the_first_day_with_samples(url: str, engine_of: EngineOf) -> None:
    engine = engine_of(url, web=Queries("metrics", WEB, bad="never_total"))
    first = engine.first_minute(BEGIN + 40 * 1440)
    assert first is not None
    assert first <= BEGIN < first + 1440
    assert engine.has(BEGIN)
    assert not engine.has(BEGIN - 1440)
    assert engine_of(url, web=Queries("metrics", "no_such_total", bad="x")).first_minute(END) is None


def test_a_server_that_refuses_so_many_samples_says_so(tmp_path: Path, engine_of: EngineOf) -> None:
    write_history(tmp_path, {"a_total": [(BEGIN * 60 + 15 * n, n) for n in range(400)]})
    with serving(tmp_path, "", "--query.max-samples=200") as url:
        engine = engine_of(url, a=Queries("metrics", "a_total", bad="b_total"))
        with pytest.raises(TooMuch, match="too many samples"):
            engine.count(BEGIN, BEGIN + 100, {})
        assert counted(engine, 10, BEGIN, BEGIN + 100)["a"].total() == 399


class Exporter(BaseHTTPRequestHandler):
    """A program with one counter."""

    value = 5

    def do_GET(self) -> None:
        body = f"# TYPE done_total counter\ndone_total {self.value}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_program_that_is_started_anew_while_it_is_scraped(tmp_path: Path, engine_of: EngineOf) -> None:
    exporter = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    threading.Thread(target=exporter.serve_forever).start()
    target = f'"127.0.0.1:{exporter.server_address[1]}"'
    job = f"[{{job_name: live, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{{targets: [{target}]}}]}}]"
    try:
        with serving(tmp_path, job) as url:
            engine = engine_of(url, live=Queries("metrics", "done_total", bad="never_total"))
            for value in (5, 25, 4):  # 20 events, then a new start and 4 more
                Exporter.value = value
                seen_by(url, value)
            now = int(time.time()) // 60
            tally = engine.count(now - 5, now + 1, {})
    finally:
        exporter.shutdown()
        exporter.server_close()
    assert sum(good for _, _, good, _ in tally.counts) == 24
    assert (tally.resets, tally.unseen) == (1, 5)


def seen_by(url: str, value: int) -> None:
    """Wait until the server has scraped this value."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{url}/api/v1/query?query=done_total") as answer:
            result = json.load(answer)["data"]["result"]
        if result and result[0]["value"][1] == str(value):
            return
        time.sleep(0.1)
    pytest.fail(f"never scraped: {value}")


amounts = st.dictionaries(st.integers(0, 30), st.fractions(0, 20, max_denominator=7), max_size=12)


@given(amounts, amounts, st.booleans(), st.integers(0, 30))
def test_parts_of_events_are_carried_across_any_cut(
    valid: dict[int, Fraction], part: dict[int, Fraction], good: bool, cut: int
) -> None:
    zero = (Fraction(0), Fraction(0))
    at_once = whole(valid, part, good=good, carried=zero)
    early = whole(*({m: n for m, n in one.items() if m < cut} for one in (valid, part)), good=good, carried=zero)
    late = whole(
        *({m: n for m, n in one.items() if m >= cut} for one in (valid, part)), good=good, carried=early.carried
    )
    assert early.rows + late.rows == at_once.rows
    assert early.excess + late.excess == at_once.excess
    assert late.carried == at_once.carried
    counted = sum(g + b for _, g, b in at_once.rows) + sum(at_once.carried)
    assert counted == sum(valid.values())
    assert all(0 <= rest < 1 for rest in at_once.carried)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=30), st.integers(1, 29))
def test_rises_do_not_depend_on_the_cut(values: list[int], cut: int) -> None:
    samples = [(n * 20_000 + 1, float(value)) for n, value in enumerate(values)]
    one = Series((("instance", "a"),), samples)
    at_once = rises([one], 0, {}, spans_of([one], {}))
    at = min(cut, len(values) - 1) * 20_000 // MINUTE
    first = Series(one.labels, [sample for sample in samples if sample[0] < at * MINUTE])
    early = rises([first], 0, {}, spans_of([first], {}))
    late = rises([one], at, {}, spans_of([one], {}))
    assert Counter(early.minutes) + Counter(late.minutes) == Counter(at_once.minutes)
    assert early.resets + late.resets == at_once.resets


def test_the_worked_example_of_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\d):(\d\d):(\d\d) \| ([\d,]+) \| (\d+) \| (\d\d:\d\d)? ?\|", page, re.MULTILINE)
    assert len(rows) == 5
    samples = [
        ((int(h) * 3600 + int(m) * 60 + int(s)) * 1000, float(value.replace(",", ""))) for h, m, s, value, *_ in rows
    ]
    one = Series((), samples)
    found = rises([one], 0, {}, spans_of([one], {}))
    told: Counter[int] = Counter()
    for *_, counts, minute in rows:
        if minute:
            told[int(minute[:2]) * 60 + int(minute[3:])] += int(counts)
    assert Counter(found.minutes) == told
    assert (found.resets, sum(told.values())) == (1, 72)
