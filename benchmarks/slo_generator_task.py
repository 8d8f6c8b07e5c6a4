"""Runs in slo-generator's own environment: `python slo_generator_task.py SLOS WINDOWS`: CPU s an SLO and window.

The counts are given by a custom backend, its own way of adding one; so what is measured is its computing alone.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import types
from typing import Any


class Given:
    """A backend that has the counts already."""

    def __init__(self, client: object = None, **_: object) -> None:
        del client

    def counts(self, timestamp: int, window: int, config: object) -> tuple[int, int]:
        del timestamp, config
        return window * 100, window // 10


def main() -> None:
    from slo_generator.compute import compute  # type: ignore[import-not-found, unused-ignore]

    slos, windows = int(sys.argv[1]), int(sys.argv[2])
    logging.disable(logging.CRITICAL)
    module: Any = types.ModuleType("given")
    module.Given = Given
    sys.modules["given"] = module
    steps = [
        {"name": f"step {n}", "window": 3600 * (n + 1), "burn_rate_threshold": 14.4, "alert": True,
         "message_alert": "fast", "message_ok": "fine"}
        for n in range(windows)
    ]  # fmt: skip
    config = {"backends": {"given.Given": {}}, "error_budget_policies": {"default": {"steps": steps}}}
    book = [slo(number) for number in range(slos)]
    reports = compute(book[0], config, timestamp=1_795_000_000)
    if len(reports) != windows or not all(report["valid"] for report in reports):
        raise SystemExit(f"slo-generator did not compute: {reports}")
    began = time.process_time()
    for one in book:
        compute(one, config, timestamp=1_795_000_000)
    print(json.dumps({"cpu": (time.process_time() - began) / slos / windows}))


def slo(number: int) -> dict[str, Any]:
    return {
        "apiVersion": "sre.google.com/v2",
        "kind": "ServiceLevelObjective",
        "metadata": {"name": f"slo-{number}", "labels": {"service_name": "web", "slo_name": "a"}},
        "spec": {"description": "as given", "backend": "given.Given", "method": "counts", "exporters": [],
                 "service_level_indicator": {}, "goal": 0.999},
    }  # fmt: skip


if __name__ == "__main__":
    main()
