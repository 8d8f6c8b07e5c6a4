"""Time-outs longer than that of the caller: it has gone, and the work goes on for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Final

from kakeibo.definitions.nodes import Position
from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice import nginx, trees
from kakeibo.practice.kinds import Check, Material, finding
from kakeibo.practice.kubernetes import Cluster, Container, Manifest, containers, selects
from kakeibo.practice.lengths import seconds_of

NGINX_USUAL: Final = 60
"""nginx's own proxy_read_timeout, in seconds; also that of the Ingress controller."""
_ANNOTATION: Final = "nginx.ingress.kubernetes.io/proxy-read-timeout"
_VARIABLES: Final = ("REQUEST_TIMEOUT", "WEB_TIMEOUT", "GUNICORN_TIMEOUT", "RACK_TIMEOUT_SERVICE_TIMEOUT")


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody who waits so many seconds for an answer."""

    place: Position
    name: str
    seconds: int


class LongTimeout(Check):
    KIND = "long-timeout"
    LOOKS_AT = ("nginx", "kubernetes", "terraform")
    SUMMARY = marked("It waits longer than its caller does")
    CAUSES = frozenset({"software", "complexity", "dependency", "load", "decay", "configuration", "network"})
    WORDS: ClassVar[tuple[str, ...]] = ("time-out", "timeout", "timed out", "タイムアウト", "時間切れ", "待ち時間")

    def findings(self, material: Material) -> Iterator[Problem]:
        cluster = material.files.cluster
        proxies, ingresses = list(_proxies(material)), list(_ingresses(cluster))
        balancers = list(_balancers(material))
        if len(balancers) == 1:  # of several, nobody can see which one calls
            for wait in (*proxies, *(wait for wait, _ in ingresses)):
                yield from _longer(wait, balancers[0])
        for caller, ingress in ingresses:
            for workload in _behind(cluster, ingress):
                for container in containers(workload):
                    yield from (found for wait in _waits(workload, container) for found in _longer(wait, caller))


def _longer(wait: Wait, caller: Wait) -> Iterator[Problem]:
    if wait.seconds > caller.seconds:
        yield finding(
            wait.place,
            t("{name} waits {seconds} s, but {caller} calls it and waits only {less} s",
              name=wait.name, seconds=wait.seconds, caller=caller.name, less=caller.seconds),
            t("make this time-out shorter than {less} s", less=caller.seconds),
        )  # fmt: skip


def _proxies(material: Material) -> Iterator[Wait]:
    for context in nginx.walk(material.files.nginx):
        passed = context.block.own("proxy_pass")
        if passed is None:
            continue
        written = context.holding.get("proxy_read_timeout")
        seconds = context.seconds("proxy_read_timeout", NGINX_USUAL)
        if seconds is not None:
            at = written or passed
            yield Wait((at.file, at.line, 1), f"nginx {' '.join(context.block.words)}".strip(), seconds)


def _ingresses(cluster: Cluster) -> Iterator[tuple[Wait, Manifest]]:
    for ingress in cluster.of_kind("Ingress"):
        place = trees.place(ingress.root, "metadata", "annotations", _ANNOTATION)
        seconds = seconds_of(trees.text(ingress.root, "metadata", "annotations", _ANNOTATION))
        if seconds is not None:
            yield Wait(place, ingress.called, seconds), ingress


def _balancers(material: Material) -> Iterator[Wait]:
    for resource in material.files.resources:
        seconds = resource.values.get("idle_timeout")
        if resource.kind in ("aws_lb", "aws_alb") and isinstance(seconds, int):
            yield Wait(resource.place, resource.address, seconds)


def _behind(cluster: Cluster, ingress: Manifest) -> Iterator[Manifest]:
    """The workloads that an Ingress sends requests to."""
    names = {trees.text(node, "service", "name") for node in trees.walk(ingress.root)} - {""}
    for service in cluster.of_kind("Service"):
        if service.namespace == ingress.namespace and service.name in names:
            yield from (
                one for one in cluster.serving() if one.namespace == ingress.namespace and selects(service, one)
            )


def _waits(workload: Manifest, container: Container) -> Iterator[Wait]:
    """What a server says of its own time-out: `--timeout 120`, or a variable that is known for it."""
    name = t("{workload}, container {container}", workload=workload.called, container=container.name)
    words = container.words
    for flag, value in pairwise(words):
        if flag == "--timeout" and (seconds := seconds_of(value)) is not None:
            yield Wait(container.place, name, seconds)
    for variable in _VARIABLES:
        if (seconds := seconds_of(container.environment.get(variable, ""))) is not None:
            yield Wait(container.place, name, seconds)
