"""Which checks speak: those that our own postmortems of the last year cite, worth exactly what these burnt."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.practice.made import EVERYTHING, TODAY, material, written

from kakeibo.errors import UsageError
from kakeibo.practice import files
from kakeibo.practice.advice import review, standing_of
from kakeibo.practice.ignores import ignores_in
from kakeibo.practice.kinds import checks
from kakeibo.practice.lessons import Lesson, burnt

ONE = "kind: Service\napiVersion: v1\nmetadata: {name: a}\nspec: {selector: {a: b}}\n---\n"
ALONE = (
    ONE
    + """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 1
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}
"""
)
DESIGN = Lesson(7, "PM-7", "One machine", date(2026, 5, 1), frozenset({"hardware", "design"}), "",
                {"play-video/availability": Fraction(1, 3)})  # fmt: skip


def test_a_check_that_nothing_cites_does_not_run_unless_asked_for(tmp_path: Path) -> None:
    looked = material(tmp_path, [written(tmp_path, "a.yaml", ALONE)])
    found = review(looked, [], TODAY)
    assert (found.advice, set(found.resting.values()), len(found.resting)) == ((), {"uncited"}, len(checks()))
    everything = review(looked, [], TODAY, everything=True)
    assert {one.check.KIND for one in everything.advice} == set(checks())
    assert {one.check.KIND for one in everything.with_findings} == {"one-replica", "no-resource-requests"}
    assert all(one.standing == "uncited" and one.saved is None for one in everything.advice)


def test_a_cause_is_enough_where_there_are_no_words(tmp_path: Path) -> None:
    found = review(material(tmp_path, [written(tmp_path, "a.yaml", ALONE)]), [DESIGN], TODAY)
    [advice] = found.with_findings
    assert (advice.check.KIND, advice.cited, advice.burnt) == ("one-replica", (DESIGN,), DESIGN.burnt)
    assert advice.saved == 1


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("Retries made it worse.", True),
        ("リトライが殺到した。", True),
        ("ＲＥＴＲＹ", True),
        ("An entry was wrong.", False),
        ("", False),
    ],
)
def test_words_are_found_in_both_languages(text: str, cites: bool) -> None:
    check = checks()["retry-without-limit"]
    lesson = Lesson(1, "PM-1", "Slow", TODAY, frozenset({"software"}), text)
    assert lesson.teaches(check.CAUSES, check.WORDS) is cites
    assert not replace(lesson, causes=frozenset({"attack"})).teaches(check.CAUSES, check.WORDS)


@pytest.mark.parametrize(
    ("days", "share", "standing"),
    [
        (0, Fraction(1, 10), "cited"),
        (364, Fraction(1, 10), "cited"),
        (365, Fraction(1, 10), "retired"),
        (10, Fraction(0), "retired"),
        (10, None, "cited"),  # nobody knows what it burnt: missing is not zero
        (-1, Fraction(1, 10), "retired"),
    ],
)
def test_a_check_retires_a_year_after_its_causes_burnt_anything(
    days: int, share: Fraction | None, standing: str
) -> None:
    shares = {} if share is None else {"play-video/availability": share}
    lesson = replace(DESIGN, day=TODAY - timedelta(days=days), burnt=shares)
    assert standing_of([lesson], TODAY) == standing
    assert standing_of([], TODAY) == "uncited"


def test_what_is_saved_is_the_exact_part_of_the_year(tmp_path: Path) -> None:
    looked = material(tmp_path, [written(tmp_path, "a.yaml", ALONE)])
    other = Lesson(8, "PM-8", "Attack", TODAY, frozenset({"attack"}), "", {"play-video/latency": Fraction(1, 7)})
    old = replace(DESIGN, id=9, day=TODAY - timedelta(days=400))
    [advice] = review(looked, [DESIGN, other, old], TODAY).with_findings
    assert advice.cited == (DESIGN, old)
    assert advice.burnt == {"play-video/availability": Fraction(1, 3)}
    assert advice.saved == Fraction(1, 3) / (Fraction(1, 3) + Fraction(1, 7)) == Fraction(7, 10)


def test_the_past_knows_nothing_of_later_postmortems(tmp_path: Path) -> None:
    looked = material(tmp_path, [written(tmp_path, "a.yaml", ALONE)])
    found = review(looked, [DESIGN], DESIGN.day - timedelta(days=1))
    assert (found.lessons, found.with_findings, set(found.resting.values())) == (0, (), {"uncited"})


shares = st.dictionaries(st.sampled_from(["a/x", "b/y", "c/z"]), st.fractions(0, 3, max_denominator=97))


@given(st.lists(shares, max_size=6))
def test_what_was_burnt_adds_up(many: list[dict[str, Fraction]]) -> None:
    lessons = [replace(DESIGN, id=n, burnt=one) for n, one in enumerate(many)]
    found = burnt(lessons)
    assert sum(found.values(), Fraction(0)) == sum((sum(one.values(), Fraction(0)) for one in many), Fraction(0))
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert burnt(lessons[:2]).keys() <= found.keys()


def test_those_that_burnt_most_come_first(tmp_path: Path) -> None:
    looked = material(tmp_path, [written(tmp_path, "a.yaml", ALONE)])
    memory = Lesson(8, "PM-8", "Out of memory", TODAY, frozenset({"capacity"}), "OOM", {"b/y": Fraction(2)})
    assert [one.check.KIND for one in review(looked, [DESIGN, memory], TODAY).with_findings] == [
        "no-resource-requests",
        "one-replica",
    ]


@pytest.mark.parametrize(
    ("comment", "place", "is_told"),
    [
        ("# kakeibo: ignore one-replica until 2026-11-22: a sandbox", "  replicas", False),
        ("# kakeibo: ignore one-replica until 2026-11-21: it has ended", "  replicas", True),
        ("# kakeibo: ignore no-canary until 2027-01-01: another one", "  replicas", True),
        ("# kakeibo: ignore one-replica until 2027-01-01: the whole document", "apiVersion: apps", False),
        ("# kakeibo: ignore one-replica until 2027-01-01: another line", "metadata: {name: a}\nspec:\n", True),
        ("# kakeibo: ignore one-replica until 2027-01-01： 全角のコロン", "  replicas", False),
    ],
)
def test_findings_are_ignored_with_an_end_and_a_reason(comment: str, place: str, is_told: bool, tmp_path: Path) -> None:
    text = ALONE.replace(place, f"{comment}\n{place}", 1)
    looked = material(tmp_path, [written(tmp_path, "a.yaml", text)])
    assert looked.files.unread == []
    [advice] = [one for one in review(looked, [DESIGN], TODAY).advice if one.check.KIND == "one-replica"]
    assert [finding.ignored is None for finding in advice.findings] == [is_told]


def test_a_comment_behind_a_line_is_about_that_line(tmp_path: Path) -> None:
    text = ALONE.replace("replicas: 1", "replicas: 1  # kakeibo: ignore one-replica until 2027-01-01: a sandbox")
    [advice] = [
        one
        for one in review(material(tmp_path, [written(tmp_path, "a.yaml", text)]), [DESIGN], TODAY).advice
        if one.check.KIND == "one-replica"
    ]
    assert [finding.ignored and finding.ignored.reason for finding in advice.findings] == ["a sandbox"]


@pytest.mark.parametrize(
    "comment", ["one-replica", "one-replica until 2027-01-01", "one-replica until 2027-13-01: x", ""]
)
def test_a_comment_without_end_or_reason_is_told_of(comment: str) -> None:
    ignores, [problem] = ignores_in("a.yaml", f"a: b\n  # kakeibo: ignore {comment}\n")
    assert (ignores, problem.line, problem.column) == ([], 2, 3)
    assert "until 2027-03-31" in problem.mend


def test_a_file_without_comments_is_named_in_the_book() -> None:
    [ignore], _ = ignores_in("kakeibo.yaml", "# kakeibo: ignore no-canary in plan*.json until 2027-01-01: one region\n")
    assert ignore.elsewhere
    assert (ignore.file, ignore.until) == ("plan*.json", date(2027, 1, 1))


def test_folders_are_looked_through_and_what_is_unknown_is_passed_over(tmp_path: Path) -> None:
    given_ = tmp_path / "given"
    written(tmp_path, "a.yaml", ALONE)
    written(tmp_path, "deep/b.yml", ALONE)
    written(tmp_path, ".hidden/c.yaml", ALONE)
    written(tmp_path, "package.json", '{"name": "x"}')
    written(tmp_path, "values.yaml", "replicas: 1\n")
    written(tmp_path, "my.conf", "[section]\nkey=value\n")
    looked = files.read([given_, given_ / "a.yaml"])
    assert [Path(one).name for one in looked.looked_at] == ["a.yaml", "b.yml"]
    assert looked.unread == []
    with pytest.raises(UsageError, match="there is no file or folder"):
        files.read([given_ / "gone"])


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.yaml", "a: [1\nb: 2\n", "bracket"),
        ("web.yaml", "{{ if .Values.web }}\nkind: Service\n{{ end }}\n", "template"),
        ("nginx.conf", "server { listen 80;\n", "not a configuration of nginx"),
        ("a.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged"),
        ("b.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n", "damaged"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_mend(name: str, text: str, says: str, tmp_path: Path) -> None:
    [problem] = files.read([written(tmp_path, name, text)]).unread
    assert says in problem.message
    assert problem.mend


def test_a_certificate_within_a_manifest_leaves_it_a_manifest(tmp_path: Path) -> None:
    text = "kind: ConfigMap\napiVersion: v1\ndata:\n  ca: |\n    -----BEGIN CERTIFICATE-----\n    AAAA\n"
    looked = files.read([written(tmp_path, "a.yaml", text)])
    assert ([one.kind for one in looked.manifests], looked.unread) == (["ConfigMap"], [])


WORDS = re.findall(
    r"\S+",
    "kind spec template containers Deployment apiVersion v1 metadata name selector groups rules alert expr cron class "
    ":concurrency :queues pool adapter production annotations { } [ ] : &a *a \" '",
)
SIGNS = (": ", "\n", "\n  ", "- ", "---\n", "server {", "proxy_pass http://a;", "location / {")
COMMENT = "# kakeibo: ignore x until 2027-01-01: y"
PIECES = st.sampled_from([*WORDS, *SIGNS, COMMENT, "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join), st.sampled_from(files.SUFFIXES))
def test_whatever_a_file_holds_it_is_read_or_told_of(tmp_path: Path, text: str, suffix: str) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_text(text, encoding="utf-8", errors="replace")
    looked = files.read([path])
    assert all(problem.message for problem in looked.unread)
    empty = material(tmp_path)
    for check in checks().values():
        list(check.findings(replace(empty, files=looked)))


KEYS = re.findall(
    r"\S+",
    "containers ports name lifecycle preStop exec command resources requests readinessProbe strategy type replicas env "
    "value args canary steps",
)
TEXTS = st.sampled_from(["0", "100%", "Recreate", "sleep 5", "@daily"])
VALUES = st.none() | st.booleans() | st.integers(-3, 300) | TEXTS
MAPPINGS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
KINDS = st.sampled_from(["Deployment", "CronJob", "Service", "Ingress", "Rollout", "LimitRange", "List"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(KINDS, MAPPINGS, MAPPINGS)
def test_odd_manifests_break_no_check(tmp_path: Path, kind: str, spec: object, pod: object) -> None:
    """JSON is YAML, too."""
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod}
    whole = {"kind": kind, "apiVersion": "v1", "metadata": {"name": "a", "annotations": spec}, "items": [spec],
             "spec": {**(spec if isinstance(spec, dict) else {}), "template": template, "limits": spec}}  # fmt: skip
    path = written(tmp_path, "odd.yaml", json.dumps(whole))
    looked = material(tmp_path, [path])
    for check in checks().values():
        assert all(problem.file == str(path) for problem in check.findings(looked))


def test_a_file_that_is_no_text_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    [problem] = files.read([path]).unread
    assert "UTF-8" in problem.message


def test_everything_is_cited_by_everything() -> None:
    assert all(EVERYTHING.teaches(check.CAUSES, check.WORDS) for check in checks().values())
