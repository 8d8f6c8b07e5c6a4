"""Scenarios -> logs with known causes: for the demo, for tests of the whole pipeline, for drills and benchmarks.

The same (scenario, seed, scale, days) gives the same bytes, everywhere: see `dice`.
"""

from __future__ import annotations

from kakeibo.simulate.folders import write
from kakeibo.simulate.scenario import Scenario
from kakeibo.simulate.stories import fleets, scenarios
from kakeibo.simulate.truth import Truth

__all__ = ["Scenario", "Truth", "fleets", "scenarios", "write"]
