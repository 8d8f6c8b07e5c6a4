"""The same words give the same bytes; other words give others."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from kakeibo import simulate


def contents(folder: Path) -> dict[str, str]:
    """Digest of each file's content. Unpacked: how gzip packs is the business of the platform's zlib."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            content = gzip.decompress(raw) if path.suffix == ".gz" else raw
            found[name.removesuffix(".gz")] = hashlib.sha256(content).hexdigest()
    return found


def written(folder: Path, seed: int = 5, days: int = 9, scale: float = 0.05) -> Path:
    simulate.write("learning-video", seed, folder, days=days, scale=scale)
    return folder


def test_twice_the_same_bytes_packed_too(tmp_path: Path) -> None:
    one, two = written(tmp_path / "one"), written(tmp_path / "two")
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(names) == 9 + 9 + 4
    assert names == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


def test_again_into_the_same_folder_leaves_no_former_day(tmp_path: Path) -> None:
    written(tmp_path / "one", seed=6, days=10)
    assert contents(written(tmp_path / "one")) == contents(written(tmp_path / "two"))


def test_another_seed_gives_other_logs(tmp_path: Path) -> None:
    one, two = contents(written(tmp_path / "one", days=1)), contents(written(tmp_path / "two", days=1, seed=6))
    assert [name for name in one if one[name] == two[name]] == [".simulated", "kakeibo.yaml"]


def test_fewer_days_are_the_first_days(tmp_path: Path) -> None:
    short, long = contents(written(tmp_path / "short", days=2)), contents(written(tmp_path / "long"))
    logs = [name for name in short if name.startswith("logs/")]
    assert len(logs) == 4
    assert all(short[name] == long[name] for name in logs)


def test_scale_multiplies_the_traffic(tmp_path: Path) -> None:
    few = simulate.write("learning-video", 5, tmp_path / "few", days=1, scale=0.1)
    many = simulate.write("learning-video", 5, tmp_path / "many", days=1, scale=0.4)
    for slo in ("play-video/availability", "deliver-reports/latency"):
        count, more = (sum(n.valid for n in truth.counts[slo].values()) for truth in (few, many))
        assert 3.2 < more / count < 4.8


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("logs/access-20260825.json", "c69691d306da3a8d5f638bb9854fc81f11c73134601ad20415006b35a1509e5e"),
        ("logs/sidekiq-20260901.json", "44cf4dd7cfb3c122530443592a95ab1997bd6a68777140cbd789f18341bf785f"),
        ("enquiries.csv", "ee41974fb3bac7972c689b14b1c4ee48d6b8b95e9c6b62190d7565fa49e596ca"),
    ],
)
def test_the_bytes_are_those_of_every_platform(
    name: str, digest: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Pinned: a change of these bytes is a change of every figure that was ever shown of this scenario."""
    assert contents(written(tmp_path_factory.mktemp("pinned") / "demo"))[name] == digest
