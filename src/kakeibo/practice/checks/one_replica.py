"""Services with a single pod: whenever it moves to another machine, there is none."""

from __future__ import annotations

from collections.abc import Iterator

from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice import trees
from kakeibo.practice.kinds import Check, Material, finding


class OneReplica(Check):
    KIND = "one-replica"
    LOOKS_AT = ("kubernetes",)
    SUMMARY = marked("There is only one of it")
    CAUSES = frozenset({"design", "hardware", "hardware_fault"})

    def findings(self, material: Material) -> Iterator[Problem]:
        cluster = material.files.cluster
        for workload in cluster.serving():
            if cluster.replicas(workload) == 1:
                yield finding(
                    trees.place(workload.root, "spec", "replicas"),
                    t("{workload} answers requests with one pod: while it is replaced, nobody answers",
                      workload=workload.called),
                    t("write replicas: 2 or more, or an autoscaler with minReplicas: 2"),
                )  # fmt: skip
