"""Queues without a bound that nobody watches: they fill up unseen, and then everything in them is late."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

import msgspec

from kakeibo.definitions.nodes import position
from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.model import Events
from kakeibo.practice import sidekiq, trees
from kakeibo.practice.kinds import Check, Material, finding
from kakeibo.practice.plans import Resource

_AGE: Final = "ApproximateAgeOfOldestMessage"
_WATCHED: Final = re.compile(r"sidekiq\w*(?:latency|queue)|queue\w*(?:latency|size|depth|length|age|messages)", re.I)


class UnboundedQueue(Check):
    KIND = "unbounded-queue"
    LOOKS_AT = ("sidekiq", "terraform", "book", "alerts")
    SUMMARY = marked("A queue can grow without an end, unseen")
    CAUSES = frozenset(
        {"load", "pipeline", "capacity", "capacity_planning", "decay", "dependency", "schedule", "design"}
    )
    WORDS: ClassVar[tuple[str, ...]] = ("queue", "backlog", "pile", "lag", "キュー", "滞留", "積み上が", "溜ま")

    def findings(self, material: Material) -> Iterator[Problem]:
        resources = material.files.resources
        for resource in resources:
            if resource.kind == "rabbitmq_queue" and not _has_length(resource):
                message = t("{name}: the queue has no greatest length", name=resource.address)
                mend = t("set x-max-length, and say with x-overflow what happens then")
                yield finding(resource.place, message, mend)
            elif resource.kind == "aws_sqs_queue" and not _is_watched(resource, resources):
                message = t("{name}: the queue has no greatest length, and no alarm is about its oldest message",
                            name=resource.address)  # fmt: skip
                mend = t("add an alarm on {metric}", metric=_AGE)
                yield finding(resource.place, message, mend)
        yield from _sidekiq(material)


def _has_length(queue: Resource) -> bool:
    return any(word in msgspec.json.encode(queue.values).decode() for word in ("x-max-length", "max-length-bytes"))


def _is_watched(queue: Resource, resources: list[Resource]) -> bool:
    """Whether an alarm looks at the age of its messages; one for another queue does not count."""
    name = queue.values.get("name")
    for alarm in resources:
        values = alarm.values
        if alarm.kind == "aws_cloudwatch_metric_alarm" and values.get("metric_name") == _AGE:
            watched = (values.get("dimensions") or {}).get("QueueName")
            if watched is None or watched == name:
                return True
    return "deadletter" in str(name) or "dlq" in str(name)


def _sidekiq(material: Material) -> Iterator[Problem]:
    """Queues of Sidekiq have no bound at all: an SLI over the time in them, or an alert, is what there can be."""
    if any(_WATCHED.search(trees.text(rule, "expr")) for rule in material.files.rules):
        return
    measures = (one.measure for slo in material.book.slos().values() for one in slo.tree)
    judged = {column for measure in measures if isinstance(measure, Events) for column in measure.good.columns}
    if "latency" in judged:
        return
    for root in material.files.sidekiq:
        found = sidekiq.entry(root, "queues")
        if found is not None:
            yield finding(
                position(found[0].start),
                t("nobody sees how long jobs wait in the queues of Sidekiq"),
                t("promise a latency of jobs in the book (source of type sidekiq), or alert on the age of the queue"),
            )
