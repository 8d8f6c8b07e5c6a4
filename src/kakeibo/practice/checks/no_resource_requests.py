"""Containers that ask for no room of their own: a busy neighbour slows them down, and they are the first to go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice import trees
from kakeibo.practice.kinds import Check, Material, finding
from kakeibo.practice.kubernetes import Cluster, Container, Manifest, containers, with_pods


class NoResourceRequests(Check):
    KIND = "no-resource-requests"
    LOOKS_AT = ("kubernetes",)
    SUMMARY = marked("No room is reserved on the machine")
    CAUSES = frozenset({"capacity", "capacity_planning", "load", "decay", "pipeline", "complexity"})
    WORDS: ClassVar[tuple[str, ...]] = (
        "memory", "oom", "cpu", "evict", "noisy", "throttl", "resource", "メモリ", "資源", "リソース", "追い出",
    )  # fmt: skip

    def findings(self, material: Material) -> Iterator[Problem]:
        cluster = material.files.cluster
        for workload in with_pods(cluster):
            if _has_defaults(cluster, workload.namespace):
                continue
            for container in containers(workload):
                if missing := _missing(container):
                    yield _finding(workload, container, missing)


def _missing(container: Container) -> list[str]:
    """What it does not ask for. Where there is a limit and no request, the request is the limit."""
    asked = {
        name for word in ("requests", "limits") for name in trees.texts(container.node, "resources", word)
    }  # fmt: skip
    return [name for name in ("cpu", "memory") if name not in asked]


def _finding(workload: Manifest, container: Container, missing: list[str]) -> Problem:
    message = t(
        "{workload}, container {container}: it asks for no {what}",
        workload=workload.called, container=container.name, what=t(" and ").join(missing),
    )  # fmt: skip
    place = trees.place(container.node, "resources") if trees.find(container.node, "resources") else container.place
    return finding(place, message, t("write resources: {requests: {cpu: ..., memory: ...}} with what it usually takes"))


def _has_defaults(cluster: Cluster, namespace: str) -> bool:
    """Whether the namespace gives requests to whoever asks for none."""
    ranges = (one for one in cluster.of_kind("LimitRange") if one.namespace == namespace)
    return any(
        trees.texts(limit, "defaultRequest") for one in ranges for limit in trees.maps(one.root, "spec", "limits")
    )
