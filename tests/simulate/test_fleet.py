"""A simulated fleet: the same everywhere, sound in itself, refused with a mend; its book follows its story."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from kakeibo.errors import UsageError
from kakeibo.simulate import fleets
from kakeibo.simulate.fleet_folders import drawn, write
from kakeibo.simulate.stories import sample_book

STORY = fleets()["scooters"]


def contents(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def said(folder: Path) -> list[dict[str, Any]]:
    lines = [line for path in sorted((folder / "messages").iterdir()) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines if line.endswith("}")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fleet") / "demo"
    write("scooters", 2, out, devices=400, days=1)
    return out


def test_golden_list_of_fleets() -> None:
    assert list(fleets()) == ["scooters"]


def test_the_same_words_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write("scooters", 2, tmp_path / "again", devices=400, days=1)
    assert contents(tmp_path / "again") == contents(folder)
    write("scooters", 3, tmp_path / "again", devices=400, days=1)
    assert contents(tmp_path / "again").keys() == contents(folder).keys()
    assert contents(tmp_path / "again") != contents(folder)


def test_bytes_are_the_same_everywhere(folder: Path) -> None:
    """A digest that was written down: another platform, or another NumPy, must not change it."""
    whole = hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in contents(folder).items()).encode())
    assert whole.hexdigest()[:16] == "f1c392b3dfdde5ff"


def test_the_truth_is_about_what_was_written(folder: Path) -> None:
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name, told in truth["files"].items():
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        assert told == {"lines": len(lines), "broken": sum(not line.endswith("}") for line in lines)}
    rows = list(csv.DictReader((folder / "truth.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["cause"] for row in rows} <= {cause["key"] for cause in truth["causes"]}
    assert Counter(row["reason"] for row in rows).keys() == {"heartbeat", "error", "battery"}
    assert all(cause["title"].keys() == {"en", "ja"} for cause in truth["causes"])
    assert (truth["from"], truth["to"]) == ("2026-10-05T00:00+09:00", "2026-10-06T00:00+09:00")


def test_messages_are_in_order_of_receipt_and_tell_the_story(folder: Path) -> None:
    found = said(folder)
    assert [one["received"] for one in found] == sorted(one["received"] for one in found)
    kinds = Counter(name for one in found for name in one)
    assert {"errors", "firmware", "retained", "sent"} < kinds.keys()
    assert {one["sent"][:4] for one in found if "sent" in one} <= {"1970", "2099"}
    twice = Counter((one["id"], one["sequence"]) for one in found if not one.get("retained"))
    assert 0 < sum(n - 1 for n in twice.values()) < len(found) // 100
    reboots = [one for one in found if one["sequence"] == 0]
    assert len(reboots) == 400 * 20 // 1000
    assert any(one["on_trip"] for one in found)
    assert {one["firmware"] for one in found if "firmware" in one} == set(STORY.firmware)


def test_troubles_lie_apart_in_time() -> None:
    """The truth rests on it: no device has two troubles at once."""
    days = drawn("scooters", 9, 600, 8)
    stretches: dict[int, list[tuple[int, int]]] = {}
    for one in days.outs():
        for device, begin, end in zip(one.devices.tolist(), one.begin.tolist(), one.end.tolist(), strict=True):
            assert begin < end
            stretches.setdefault(device, []).append((begin, end))
    for held in stretches.values():
        held.sort()
        assert all(before[1] < after[0] for before, after in pairwise(held))


def test_the_book_has_the_rules_that_the_story_follows() -> None:
    """Written apart; here they meet."""
    fleet = yaml.safe_load(sample_book(STORY))["fleets"]["scooters"]
    seconds = {"15m": 900, "30m": 1_800}
    assert seconds[fleet["heartbeat"]["silent_after"]] == STORY.silent_after
    assert fleet["heartbeat"]["back_after"] == {"messages": 2, "within": "12m"}
    [(code, rule)] = fleet["errors"].items()
    assert (code, rule["more_than"], seconds[rule["back_after"]]) == (
        STORY.error_code,
        STORY.more_errors_than,
        STORY.errors_end_after,
    )
    assert fleet["battery"]["out_below"] == f"{STORY.out_below // 10}%"
    assert fleet["breaker"]["more_than"] == f"{STORY.breaker_share // 10}%"
    assert STORY.breaker_ahead == STORY.silent_after // 3


@pytest.mark.parametrize(
    ("devices", "days", "says"),
    [
        (19, 1, "19 devices cannot be simulated: give a number from 20 to 2000000"),
        (20, 32, "32 days cannot be simulated: give a number from 1 to 31"),
    ],
)
def test_refused_with_its_mend(devices: int, days: int, says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        write("scooters", 1, tmp_path / "new", devices=devices, days=days)
    assert str(refused.value) == says
    assert not (tmp_path / "new").exists()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="holds other files"):
        write("scooters", 1, tmp_path, devices=20, days=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
