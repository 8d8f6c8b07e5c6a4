"""Twenty files as teams have them, three of them faulty: exactly these three are found, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.practice.made import EVERYTHING, TODAY, material

from kakeibo.practice.advice import review

MANIFESTS = sorted((Path(__file__).parent / "manifests").glob("*.yaml"))


def test_exactly_the_three_faulty_ones_are_found(tmp_path: Path) -> None:
    assert len(MANIFESTS) == 20
    faulty = {path.name for path in MANIFESTS if "FAULTY" in path.read_text(encoding="utf-8")}
    looked = material(tmp_path, MANIFESTS)
    assert looked.files.unread == []
    told = [
        (one.check.KIND, Path(finding.problem.file).name, finding.problem.line)
        for one in review(looked, [EVERYTHING], TODAY).advice
        for finding in one.told
    ]
    assert sorted(told) == [
        ("no-graceful-stop", "07-checkout.yaml", 17),
        ("no-resource-requests", "13-thumbnails.yaml", 18),
        ("one-replica", "17-profile.yaml", 20),
    ]
    assert {name for _, name, _ in told} == faulty
