"""Pods that are stopped while requests are still on their way to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from kakeibo.definitions.nodes import MapNode
from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice import trees
from kakeibo.practice.kinds import Check, Material, finding
from kakeibo.practice.kubernetes import Container, Manifest, containers, pod_of

USUAL_GRACE: Final = 30
"""Seconds that Kubernetes waits unless told otherwise."""
_SLEEP: Final = re.compile(r"\bsleep\s+([0-9]{1,4})\b", re.ASCII)


class NoGracefulStop(Check):
    KIND = "no-graceful-stop"
    LOOKS_AT = ("kubernetes",)
    SUMMARY = marked("Requests are cut off when a pod stops")
    CAUSES = frozenset({"release", "deployment", "operation", "capacity", "process"})
    WORDS: ClassVar[tuple[str, ...]] = (
        "graceful", "sigterm", "prestop", "drain", "rolling", "cut off", "connection reset",
        "切断", "途中で止", "グレースフル", "ローリング", "入れ替え",
    )  # fmt: skip

    def findings(self, material: Material) -> Iterator[Problem]:
        cluster = material.files.cluster
        for workload in cluster.serving():
            pod = pod_of(workload)
            if pod is None:
                continue
            written = trees.number(pod, "terminationGracePeriodSeconds")
            grace = USUAL_GRACE if written is None else written
            for container in containers(workload):
                if container.ports:
                    yield from _look(workload, container, pod, grace)


def _look(workload: Manifest, container: Container, pod: MapNode, grace: int) -> Iterator[Problem]:
    values = {"workload": workload.called, "container": container.name}
    mend = t("let preStop wait some seconds, as in sleep 10, and give terminationGracePeriodSeconds more than that")
    if not grace:
        place = trees.place(pod, "terminationGracePeriodSeconds")
        message = t(
            "{workload}: its pods are killed at once (terminationGracePeriodSeconds: 0)", workload=workload.called
        )
        yield finding(place, message, mend)
    elif trees.find(container.node, "lifecycle", "preStop") is None:
        message = t(
            "{workload}, container {container}: nothing happens before it is told to stop (no preStop), while requests "
            "still come",
            **values,
        )
        yield finding(container.place, message, mend)
    elif (waits := _waits(container)) is not None and waits >= grace:
        message = t(
            "{workload}, container {container}: it waits {waits} s before it stops, and is killed after {grace} s",
            waits=waits,
            grace=grace,
            **values,
        )
        yield finding(trees.place(container.node, "lifecycle", "preStop"), message, mend)


def _waits(container: Container) -> int | None:
    """The seconds that the hook waits, where that can be seen."""
    asleep = trees.number(container.node, "lifecycle", "preStop", "sleep", "seconds")
    if asleep is not None:
        return asleep
    words = (trees.text(one) for one in trees.items(container.node, "lifecycle", "preStop", "exec", "command"))
    found = _SLEEP.search(" ".join(words))
    return int(found[1]) if found else None
