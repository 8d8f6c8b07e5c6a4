"""Pods that get requests, or are killed, before they have started."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice import trees
from kakeibo.practice.kinds import Check, Material, finding
from kakeibo.practice.kubernetes import Container, Manifest, containers


class ReadinessWithoutDelay(Check):
    KIND = "readiness-without-delay"
    LOOKS_AT = ("kubernetes",)
    SUMMARY = marked("Nobody waits until a pod has started")
    CAUSES = frozenset({"release", "deployment", "capacity", "capacity_planning", "configuration", "load"})
    WORDS: ClassVar[tuple[str, ...]] = (
        "readiness", "liveness", "probe", "start-up", "startup", "cold start", "warm",
        "起動", "ウォームアップ", "暖機", "プローブ",
    )  # fmt: skip

    def findings(self, material: Material) -> Iterator[Problem]:
        for workload in material.files.cluster.serving():
            for container in containers(workload):
                if container.ports and (found := _look(workload, container)):
                    yield found


def _look(workload: Manifest, container: Container) -> Problem | None:
    node, values = container.node, {"workload": workload.called, "container": container.name}
    if trees.find(node, "readinessProbe") is None:
        return finding(
            container.place,
            t(
                "{workload}, container {container}: it gets requests at once, for nobody asks whether it is ready",
                **values,
            ),
            t("add a readinessProbe, and a startupProbe for the time that it needs to start"),
        )
    if trees.find(node, "startupProbe") is not None or trees.number(workload.root, "spec", "minReadySeconds"):
        return None
    for probe in ("livenessProbe", "readinessProbe"):
        if trees.find(node, probe) is not None and not trees.number(node, probe, "initialDelaySeconds"):
            return finding(
                trees.place(node, probe),
                t("{workload}, container {container}: {probe} asks from the first second on, and nothing allows for "
                  "the time to start", probe=probe, **values),
                t("add a startupProbe, or initialDelaySeconds as long as a slow start takes"),
            )  # fmt: skip
    return None
