"""Releases that reach everybody at the same time."""

from __future__ import annotations

from collections.abc import Iterator

from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice import trees
from kakeibo.practice.kinds import Check, Material, finding
from kakeibo.practice.kubernetes import Cluster, Manifest


class NoCanary(Check):
    KIND = "no-canary"
    LOOKS_AT = ("kubernetes", "terraform")
    SUMMARY = marked("A release reaches everybody at once")
    CAUSES = frozenset({"release", "deployment"})

    def findings(self, material: Material) -> Iterator[Problem]:
        yield from _workloads(material.files.cluster)
        for resource in material.files.resources:
            config = str(resource.values.get("deployment_config_name") or "")
            if resource.kind == "aws_codedeploy_deployment_group" and config.endswith("AllAtOnce"):
                message = t("{name}: releases go to everybody at once ({how})", name=resource.address, how=config)
                yield finding(resource.place, message, _mend())


def _workloads(cluster: Cluster) -> Iterator[Problem]:
    for workload in cluster.serving():
        if found := _at_once(workload):
            keys, how = found
            message = t("{name}: releases go to everybody at once ({how})", name=workload.called, how=how)
            yield finding(trees.place(workload.root, *keys), message, _mend())


def _at_once(workload: Manifest) -> tuple[tuple[str, ...], str] | None:
    """Where it says so."""
    root, strategy = workload.root, ("spec", "strategy")
    if trees.text(root, *strategy, "type") == "Recreate":
        return (*strategy, "type"), "Recreate"
    rolling = (*strategy, "rollingUpdate", "maxUnavailable")
    if trees.text(root, *rolling) == "100%":
        return rolling, "maxUnavailable: 100%"
    canary = (*strategy, "canary")
    if workload.kind == "Rollout" and trees.find(root, *canary) and not trees.items(root, *canary, "steps"):
        return canary, "canary, steps: []"
    return None


def _mend() -> str:
    return t("release to a small share first, look at its errors, then go on: a canary, or RollingUpdate at the least")
