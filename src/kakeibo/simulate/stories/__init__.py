"""One file per scenario, with a `SCENARIO`; found by themselves. The sample book lies beside it."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import cast

from kakeibo.simulate.scenario import Scenario


def scenarios() -> dict[str, Scenario]:
    """Every scenario by its name, in alphabetical order."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [cast(Scenario, module.SCENARIO) for module in modules]
    return {scenario.name: scenario for scenario in sorted(found, key=lambda scenario: scenario.name)}
