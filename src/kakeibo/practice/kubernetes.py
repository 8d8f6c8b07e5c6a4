"""Kubernetes objects as checks need them: workloads, their containers, who sends them requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kakeibo.definitions.nodes import MapNode, Position
from kakeibo.practice import trees

LASTING: Final = ("Deployment", "StatefulSet", "Rollout")
"""Kinds that answer requests and have replicas; Rollout is that of Argo."""
_PODS: Final = dict.fromkeys((*LASTING, "DaemonSet", "Job"), ("spec", "template")) | {
    "CronJob": ("spec", "jobTemplate", "spec", "template")
}
_SCALERS: Final = {"HorizontalPodAutoscaler": "minReplicas", "ScaledObject": "minReplicaCount"}


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """One object. `kind` as written, such as Deployment."""

    root: MapNode
    kind: str
    name: str
    namespace: str

    @property
    def called(self) -> str:
        """For people: Deployment shop/web."""
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """One container of a workload's pods; those that only prepare the pod are left out."""

    node: MapNode
    name: str

    @property
    def place(self) -> Position:
        return trees.place(self.node, "name")

    @property
    def ports(self) -> list[str]:
        """The names of its ports that are not there for metrics alone."""
        names = [trees.text(port, "name") for port in trees.maps(self.node, "ports")]
        return [name for name in names if "metrics" not in name and "prom" not in name]

    @property
    def words(self) -> list[str]:
        """Its command line, word by word."""
        found = (*trees.items(self.node, "command"), *trees.items(self.node, "args"))
        lines = [node.value for node in found if hasattr(node, "value")]
        return [word for line in lines for word in line.replace("=", " ").split()]

    @property
    def environment(self) -> dict[str, str]:
        """What is written out of its environment."""
        variables = trees.maps(self.node, "env")
        return {trees.text(one, "name"): trees.text(one, "value") for one in variables if trees.text(one, "value")}


def manifests_of(root: MapNode) -> Iterator[Manifest]:
    """The objects of one document; none when it is not of Kubernetes."""
    kind = trees.text(root, "kind")
    if not kind or not trees.text(root, "apiVersion"):
        return
    if kind == "List":
        for item in trees.maps(root, "items"):
            yield from manifests_of(item)
        return
    yield Manifest(root, kind, trees.text(root, "metadata", "name"), trees.text(root, "metadata", "namespace"))


@dataclass(frozen=True, slots=True)
class Cluster:
    """All objects that were given, as one."""

    manifests: Sequence[Manifest]

    def of_kind(self, *kinds: str) -> list[Manifest]:
        return [one for one in self.manifests if one.kind in kinds]

    def serving(self) -> list[Manifest]:
        """The workloads that get requests: those that a Service selects; where no Service is to be seen in their
        namespace, those with a port."""
        return [one for one in self.of_kind(*LASTING) if self._is_served(one)]

    def _is_served(self, workload: Manifest) -> bool:
        services = [one for one in self.of_kind("Service") if one.namespace == workload.namespace]
        if services:
            return any(selects(service, workload) for service in services)
        return any(container.ports for container in containers(workload))

    def replicas(self, workload: Manifest) -> int:
        """How many there are at least."""
        for scaler in self.of_kind(*_SCALERS):
            target = trees.find(scaler.root, "spec", "scaleTargetRef")
            if scaler.namespace == workload.namespace and trees.text(target, "name") == workload.name:
                fewest = trees.number(scaler.root, "spec", _SCALERS[scaler.kind])
                return 1 if fewest is None else fewest
        found = trees.number(workload.root, "spec", "replicas")
        return 1 if found is None else found


def pod_of(workload: Manifest) -> MapNode | None:
    """The template of its pods, without their metadata."""
    found = trees.find(workload.root, *_PODS[workload.kind], "spec") if workload.kind in _PODS else None
    return found if isinstance(found, MapNode) else None


def containers(workload: Manifest) -> list[Container]:
    return [Container(node, trees.text(node, "name")) for node in trees.maps(pod_of(workload), "containers")]


def selects(service: Manifest, workload: Manifest) -> bool:
    """Whether a Service sends its requests to a workload."""
    wanted = trees.texts(service.root, "spec", "selector")
    labels = trees.texts(workload.root, *_PODS[workload.kind], "metadata", "labels")
    return bool(wanted) and wanted.items() <= labels.items()


def with_pods(cluster: Cluster) -> list[Manifest]:
    """Everything that starts containers."""
    return cluster.of_kind(*_PODS)
