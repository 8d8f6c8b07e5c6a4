"""One file per scenario, with a `SCENARIO`; found by themselves. The sample book lies beside it."""

from __future__ import annotations

import pkgutil
from difflib import get_close_matches
from importlib import import_module, resources

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.simulate.fleet_scenario import FleetScenario
from kakeibo.simulate.scenario import Scenario


def scenarios() -> dict[str, Scenario]:
    """Every scenario of a site by its name, in alphabetical order."""
    return {name: one for name, one in _every().items() if isinstance(one, Scenario)}


def fleets() -> dict[str, FleetScenario]:
    """Every scenario of a fleet, likewise."""
    return {name: one for name, one in _every().items() if isinstance(one, FleetScenario)}


def scenario(name: str) -> Scenario:
    """The scenario of a site. Raises UsageError when there is none of that name."""
    known = scenarios()
    if name in known:
        return known[name]
    every = _every()
    near = get_close_matches(name, every, n=1)
    mend = t('did you mean "{name}"?', name=near[0]) if near else t("choose one of: {names}", names=", ".join(every))
    raise UsageError(t('there is no scenario "{name}"', name=name), mend)


def sample_book(scenario: Scenario | FleetScenario) -> str:
    """The YAML of the scenario's book."""
    return resources.files(__name__).joinpath(scenario.book).read_text(encoding="utf-8")


def _every() -> dict[str, Scenario | FleetScenario]:
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found: list[Scenario | FleetScenario] = [module.SCENARIO for module in modules]
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}
