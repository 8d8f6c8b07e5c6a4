"""Books that are right: what is read from them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kakeibo.definitions.native import read_book
from kakeibo.errors import BookError
from kakeibo.model import Book, Events, Journey, Organisation, Service, Slo, Source, Team, Window
from kakeibo.predicates import parse

HERE = Path(__file__).parent
EXAMPLE = HERE / "example.yaml"
KINDS = ("nginx-json", "sidekiq")
CODES = {"system_codes": ("SYSTEM", "TIMEOUT")}
MONTH = Window("28d", 28 * 24 * 60)


def read(text: str, folder: Path) -> Book:
    book = folder / "kakeibo.yaml"
    book.write_text(text, encoding="utf-8")
    return read_book(book, KINDS)[0]


def journey(text: str, folder: Path) -> Journey:
    """A book with one journey called j, in YAML's flow style, and one source."""
    sources = "sources: {web: {type: nginx-json, path: log}}\nlists: {system_codes: [SYSTEM, TIMEOUT]}\n"
    return read(sources + f"journeys: {{j: {{title: J, source: web, {text}}}}}", folder).journeys["j"]


def test_the_example() -> None:
    book, _, warnings = read_book(EXAMPLE, KINDS)
    valid = parse("operation = 'PlayVideo'", CODES)
    available = parse("status < 500 and error is distinct from 'SYSTEM'", CODES)
    fast = parse("duration <= 0.3", CODES)
    fields = {
        "operation": "http_x_graphql_operation",
        "error": "upstream_http_x_graphql_error",
        "duration": "request_time",
    }
    assert warnings == []
    assert book == Book(
        path=EXAMPLE,
        organisation=Organisation("Manabi", "Asia/Tokyo", "ja"),
        teams={"player": Team("player", "Player team", "#player")},
        services={"learning": Service("learning", "player", "https://wiki.example/learning")},
        sources={
            "web": Source("web", "nginx-json", ("logs/access*.json*",), HERE, options={"fields": fields}),
            "jobs": Source("jobs", "sidekiq", ("logs/sidekiq*.json",), HERE, max_rejected=Fraction(1, 100)),
        },
        lists=CODES,
        journeys={
            "play-video": Journey(
                key="play-video",
                title={"en": "Play a video", "ja": "動画を再生できる"},
                kind="cuj",
                service="learning",
                source="web",
                slos=(
                    Slo(
                        "play-video/availability",
                        Events("web", valid, available),
                        Fraction(999, 1000),
                        MONTH,
                        sli_type="availability",
                    ),
                    Slo("play-video/latency", Events("web", valid, fast), Fraction(95, 100), MONTH, sli_type="latency"),
                ),
            )
        },
    )


def test_short_forms(tmp_path: Path) -> None:
    short = journey("slos: {a: {good: status < 500, target: 99%}}", tmp_path)
    assert short.title == {"en": "J", "ja": "J"}
    assert (short.kind, short.service) == ("cuj", None)
    assert short.slos == (
        Slo("j/a", Events("web", parse("true", {}), parse("status < 500", {})), Fraction(99, 100), MONTH),
    )


def test_an_sli_may_override_the_journeys_valid_and_void(tmp_path: Path) -> None:
    slos = "{x: {good: c = 3, target: 99%, valid: a = 4}, y: {good: c = 3, target: 99%, void: b = 5}}"
    text = f"valid: a = 1, void: b = 2, slos: {slos}"
    first, second = (slo.measure for slo in journey(text, tmp_path).slos)
    assert isinstance(first, Events)
    assert isinstance(second, Events)
    assert first.void is not None
    assert second.void is not None
    assert (first.valid.text, first.void.text) == ("a = 4", "b = 2")
    assert (second.valid.text, second.void.text) == ("a = 1", "b = 5")


def test_booleans_are_conditions_and_lists_are_known(tmp_path: Path) -> None:
    text = 'valid: true, slos: {x: {good: "not error in system_codes", target: 99%}}'
    [slo] = journey(text, tmp_path).slos
    assert isinstance(slo.measure, Events)
    assert slo.measure.good.lists == (("error", "system_codes"),)


def test_yaml_1_1_booleans_and_numbers_are_names_and_texts(tmp_path: Path) -> None:
    book = read("teams: {no: {name: on}, y: {}, 2024: {name: 007}}\nlists: {codes: [404, off, 1e3]}", tmp_path)
    assert [(team.key, team.name) for team in book.teams.values()] == [("no", "on"), ("y", "y"), ("2024", "007")]
    assert book.lists["codes"] == ("404", "off", "1e3")


def test_options_of_a_source_are_plain_values(tmp_path: Path) -> None:
    text = """sources: {web: {type: sidekiq, path: [a, b], timezone: Asia/Tokyo, max_rejected: 0.5%, n: 12, x: -0.5,
    yes: yes, t: true, f: false, nothing: , q: '12', id: 007, list: [1, {a: b}], when: 2026-11-21,
    big: 99999999999999999999}}"""
    source = read(text, tmp_path).sources["web"]
    assert (source.paths, source.timezone, source.max_rejected) == (("a", "b"), "Asia/Tokyo", Fraction(1, 200))
    assert source.options == {
        "n": 12,
        "x": -0.5,
        "yes": "yes",
        "t": True,
        "f": False,
        "nothing": None,
        "q": "12",
        "id": "007",
        "list": [1, {"a": "b"}],
        "when": "2026-11-21",
        "big": "99999999999999999999",
    }


def test_empty_sections_are_fine_and_defaults_hold(tmp_path: Path) -> None:
    book = read("organisation:\nteams:\njourneys:\n", tmp_path)
    assert (book.organisation, book.teams, book.journeys) == (Organisation(), {}, {})


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    text = """
sources: {web: {type: nginx-json, path: log}}
journeys:
  a:
    <<: &usual {source: web, title: Usual, slos: {x: &x {good: a = 1, target: 99%}}}
    title: A
  b: {<<: [*usual, {title: not used}]}
  c: {source: web, title: C, slos: {x: *x, y: {<<: *x, target: 95%}}}
"""
    book = read(text, tmp_path)
    assert [journey.title["en"] for journey in book.journeys.values()] == ["A", "Usual", "C"]
    assert [slo.target for slo in book.journeys["c"].slos] == [Fraction(99, 100), Fraction(95, 100)]


def test_a_folder_is_one_book(tmp_path: Path) -> None:
    player = tmp_path / "teams" / "player" / "more"
    player.mkdir(parents=True)
    (tmp_path / "kakeibo.yaml").write_text("organisation: {name: Manabi}\nteams: {player: {}}\n")
    (tmp_path / "empty.yml").write_text("# to come\n")
    (tmp_path / "teams" / "player" / "services.yaml").write_text("services: {learning: {team: player, runbook: r}}\n")
    (player / "sources.yaml").write_text("teams: {}\nsources: {web: {type: sidekiq, path: logs/*}}\n")
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    book, marks, warnings = read_book(tmp_path, KINDS)
    assert (book.path, book.organisation.name, warnings) == (tmp_path, "Manabi", [])
    assert (set(book.teams), set(book.services)) == ({"player"}, {"learning"})
    assert book.sources["web"].base == player
    assert marks.locate(("sources", "web", "path")) == (str(player / "sources.yaml"), 2, 38)


def test_sections_that_are_empty_in_one_file_come_from_another(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("teams:\norganisation: {name: A}")
    (tmp_path / "b.yaml").write_text("teams: {b: {}}\norganisation:")
    (tmp_path / "c.yaml").write_text("teams: {c: {}}")
    book = read_book(tmp_path, KINDS)[0]
    assert (set(book.teams), book.organisation.name) == ({"b", "c"}, "A")


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    (tmp_path / "kakeibo.yaml").write_bytes(b"\xef\xbb\xbforganisation: {name: A}\r\nteams:\r\n  a: {nam: b}\r\n")
    with pytest.raises(BookError) as caught:
        read_book(tmp_path / "kakeibo.yaml", KINDS)
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(3, 7)]


def test_ten_thousand_slos(tmp_path: Path) -> None:
    head = (
        "teams: {t: {}}\nservices: {s: {team: t, runbook: r}}\nsources: {web: {type: sidekiq, path: log}}\njourneys:\n"
    )
    slos = "{a: {good: status < 500, target: 99.9%}, b: {good: duration <= 0.3, target: 95%}}"
    rows = [
        f"  j-{n}: {{title: J, service: s, source: web, valid: path = '/{n}', slos: {slos}}}\n" for n in range(5000)
    ]
    (tmp_path / "kakeibo.yaml").write_text(head + "".join(rows))
    book, _, warnings = read_book(tmp_path / "kakeibo.yaml", KINDS)
    assert len(book.slos_of("web")) == 10_000
    assert book.events_of("web")["j-4999/a"].valid.text == "path = '/4999'"
    assert len(warnings) == 1


TOKENS = (
    "organisation teams services sources lists journeys name title slos good target window type path valid void a b web"
    " 99% 28d true null ~ << &a *a !t ' \" | > - ? , [ ] { } : # 動画 　 ： status<500 .5 0x1F"
)
WORDS = st.sampled_from(TOKENS.split(" "))
BROKEN = st.lists(st.tuples(WORDS, st.sampled_from([" ", "", ": ", "\n", "\n  ", "\n    "])), max_size=40).map(
    lambda parts: "".join(word + gap for word, gap in parts).encode()
)
CUT = st.tuples(st.integers(0, 1200), st.integers(0, 40), BROKEN).map(
    lambda cut: EXAMPLE.read_bytes()[: cut[0]] + cut[2] + EXAMPLE.read_bytes()[cut[0] + cut[1] :]
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode), BROKEN, CUT))
def test_whatever_is_written_ends_in_a_book_or_a_located_message(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "kakeibo.yaml"
    path.write_bytes(data)
    try:
        _, _, problems = read_book(path, KINDS)
    except BookError as error:
        problems = error.problems
        assert problems == sorted(problems)
        assert problems
    for problem in problems:
        assert problem.file == str(path)
        assert problem.message
        assert (problem.line > 0) == (problem.column > 0)
