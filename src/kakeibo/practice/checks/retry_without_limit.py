"""Retries that nothing bounds: what is down gets more requests than when it was up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from kakeibo.definitions.nodes import MapNode, position
from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice import nginx, sidekiq, trees
from kakeibo.practice.kinds import Check, Material, finding

_SPREADING: Final = {"timeout", "non_idempotent", *(f"http_{code}" for code in (429, 500, 502, 503, 504))}
"""When nginx goes on to the next server although the first one may be at work on the request, or overloaded."""
_ANNOTATION: Final = "nginx.ingress.kubernetes.io/proxy-next-upstream-tries"
SIDEKIQ_USUAL: Final = 25
"""Sidekiq's own number of retries, spread over about three weeks."""


class RetryWithoutLimit(Check):
    KIND = "retry-without-limit"
    LOOKS_AT = ("nginx", "sidekiq", "kubernetes")
    SUMMARY = marked("It is tried again without a limit")
    CAUSES = frozenset({"software", "complexity", "load", "dependency", "capacity_planning", "configuration"})
    WORDS: ClassVar[tuple[str, ...]] = ("retry", "retries", "thundering", "リトライ", "再試行", "再送")

    def findings(self, material: Material) -> Iterator[Problem]:
        files = material.files
        for context in nginx.walk(files.nginx):
            yield from _nginx(context)
        for root in files.sidekiq:
            yield from _sidekiq(root)
        for ingress in files.cluster.of_kind("Ingress"):
            if trees.text(ingress.root, "metadata", "annotations", _ANNOTATION) == "0":
                yield finding(
                    trees.place(ingress.root, "metadata", "annotations", _ANNOTATION),
                    t(
                        "{workload}: a request may be given to every server in turn (0 is no limit)",
                        workload=ingress.called,
                    ),
                    t("write a number of tries, such as 2"),
                )


def _nginx(context: nginx.Context) -> Iterator[Problem]:
    """A proxy that goes on to the next server, without a bound in number or time."""
    passed, spreads = context.block.own("proxy_pass"), context.holding.get("proxy_next_upstream")
    if passed is None or spreads is None or not _SPREADING & set(spreads.words):
        return
    tries, time = context.holding.get("proxy_next_upstream_tries"), context.seconds("proxy_next_upstream_timeout", 0)
    if (tries is None or tries.words[:1] == ("0",)) and not time:
        yield finding(
            (passed.file, passed.line, 1),
            t("requests are given to the next server after {when}, as often as there are servers",
              when=", ".join(spreads.words)),
            t("add proxy_next_upstream_tries 2; and proxy_next_upstream_timeout"),
        )  # fmt: skip


def _sidekiq(root: MapNode) -> Iterator[Problem]:
    found = sidekiq.entry(root, "max_retries")
    if found is None:
        return
    place = position(found[0].start)
    tries = sidekiq.setting(found[1], place)
    if tries and tries.number is not None and tries.number > SIDEKIQ_USUAL:
        yield finding(
            place,
            t("jobs are tried {n} times more: that goes on for months", n=tries.number),
            t("leave max_retries at 25 or fewer, and look at jobs that have died"),
        )
