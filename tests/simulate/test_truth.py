"""truth.json against a plain count over the written logs."""

from __future__ import annotations

import json

from tests.simulate.conftest import CLIENT, SYSTEM, PlainCount, Whole, enquiries


def test_every_slo_counts_as_the_truth_says(whole: Whole, plain: PlainCount) -> None:
    counts = json.loads((whole.folder / "truth.json").read_text())["counts"]
    told = {slo: {day: [n["valid"], n["bad"], n["unknown"]] for day, n in days.items()} for slo, days in counts.items()}
    assert told == plain.slos
    assert all(n["good"] + n["bad"] == n["valid"] for days in counts.values() for n in days.values())


def test_files_with_their_lines_and_broken_lines(whole: Whole, plain: PlainCount) -> None:
    files = json.loads((whole.folder / "truth.json").read_text())["files"]
    assert {name: (file["lines"], file["broken"]) for name, file in files.items()} == plain.files
    broken = sum(file["broken"] for file in files.values())
    assert 3 <= broken <= 20


def test_unknown_codes(whole: Whole, plain: PlainCount) -> None:
    unknown = {code: n for code, n in plain.codes.items() if code and code not in SYSTEM | CLIENT}
    assert whole.truth.unknown_codes == unknown
    assert 1 <= sum(unknown.values()) <= 100


def test_enquiries_add_up(whole: Whole) -> None:
    rows = enquiries(whole)
    assert len(rows) == 61 * 24
    assert sum(int(row["enquiries"]) for row in rows) == whole.truth.enquiries
    topics = [name for name in rows[0] if name not in ("hour", "enquiries")]
    assert all(sum(int(row[topic]) for topic in topics) == int(row["enquiries"]) for row in rows)


def test_saved_truth_is_the_returned_one(whole: Whole) -> None:
    saved = json.loads((whole.folder / "truth.json").read_text())
    assert saved == json.loads(json.dumps(whole.truth.as_json()))
    assert (saved["from"], saved["to"]) == ("2026-08-25T00:00+09:00", "2026-10-25T00:00+09:00")
    assert [(cause["kind"], cause["from"]) for cause in saved["causes"]] == [
        ("incident", "2026-09-01T09:28+09:00"),
        ("incident", "2026-10-01T09:24+09:00"),
        ("release", "2026-10-14T14:10+09:00"),
        ("dependency", "2026-10-17T20:35+09:00"),
    ]
    assert saved["gaps"][0]["to"] == "2026-10-08T15:45+09:00"


def test_progress_is_told_after_each_day(whole: Whole) -> None:
    assert whole.progress == [(day, 61) for day in range(1, 62)]
