"""Fewer connections to the database than workers: under load some wait, and fail, for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePath
from typing import ClassVar

from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice import sidekiq
from kakeibo.practice.kinds import Check, Material, finding
from kakeibo.practice.kubernetes import containers, with_pods
from kakeibo.practice.sidekiq import Setting


class SmallPool(Check):
    KIND = "small-pool"
    LOOKS_AT = ("sidekiq", "kubernetes")
    SUMMARY = marked("There are fewer connections than workers")
    CAUSES = frozenset({"capacity", "capacity_planning", "load", "configuration", "software", "pipeline", "schedule"})
    WORDS: ClassVar[tuple[str, ...]] = (
        "pool",
        "connection",
        "database",
        "コネクション",
        "接続",
        "プール",
        "データベース",
    )

    def findings(self, material: Material) -> Iterator[Problem]:
        pools = [pool for root in material.files.databases for pool in sidekiq.pools(root)]
        for root in material.files.sidekiq:
            workers = sidekiq.concurrency(root)
            here = [pool for pool in pools if workers and _belong(pool, workers)]
            for pool in here:
                if workers and _fewer(pool, workers):
                    yield finding(
                        pool.place,
                        t("Sidekiq works on {workers} jobs at a time ({file}), with {pool} connections",
                          workers=workers.number, file=workers.place[0], pool=pool.number),
                        t("give the pool as many connections as there are workers: {workers}", workers=workers.number),
                    )  # fmt: skip
        yield from _containers(material)


def _belong(pool: Setting, workers: Setting) -> bool:
    """Whether two files are of one application: they lie in one folder."""
    return PurePath(pool.place[0]).parent == PurePath(workers.place[0]).parent


def _fewer(pool: Setting, workers: Setting) -> bool:
    if pool.number is None or workers.number is None or (pool.variable and pool.variable == workers.variable):
        return False
    return pool.number < workers.number


def _containers(material: Material) -> Iterator[Problem]:
    """`sidekiq -c 25` beside DB_POOL=5."""
    for workload in with_pods(material.files.cluster):
        for container in containers(workload):
            words, variables = container.words, container.environment
            if not any(word.endswith("sidekiq") for word in words):
                continue
            workers = [value for flag, value in pairwise(words) if flag in ("-c", "--concurrency")]
            pool = variables.get("DB_POOL") or variables.get("RAILS_MAX_THREADS")
            if pool and pool.isdecimal() and workers and workers[0].isdecimal() and int(pool) < int(workers[0]):
                yield finding(
                    container.place,
                    t("{workload}, container {container}: Sidekiq works on {workers} jobs at a time, with {pool} "
                      "connections", workload=workload.called, container=container.name, workers=workers[0], pool=pool),
                    t("give the pool as many connections as there are workers: {workers}", workers=workers[0]),
                )  # fmt: skip
