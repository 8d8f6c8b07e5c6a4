"""The two axes of causes: keys that never change, names in both languages."""

import pytest

from kakeibo.i18n import speaking
from kakeibo.postmortems.causes import CAUSES, ROOT_CAUSES, TRIGGERS, Cause


def test_keys_are_those_that_files_and_checks_know() -> None:
    assert list(TRIGGERS) == [
        "release", "configuration", "load", "pipeline", "dependency", "decay", "capacity", "hardware", "schedule",
        "operation", "attack", "other_trigger",
    ]  # fmt: skip
    assert list(ROOT_CAUSES) == [
        "software", "process", "complexity", "deployment", "network", "capacity_planning", "observability", "design",
        "data", "hardware_fault", "external_fault", "other_root_cause",
    ]  # fmt: skip


def test_a_key_tells_its_axis() -> None:
    assert len(CAUSES) == len(TRIGGERS) + len(ROOT_CAUSES)
    assert {cause.axis for cause in TRIGGERS.values()} == {"trigger"}
    assert {cause.axis for cause in ROOT_CAUSES.values()} == {"root_cause"}


@pytest.mark.parametrize("cause", CAUSES.values(), ids=list(CAUSES))
def test_every_cause_has_a_name_in_both_languages(cause: Cause) -> None:
    with speaking("en"):
        english = cause.name, cause.meaning
    with speaking("ja"):
        japanese = cause.name, cause.meaning
    assert all(mine != other for mine, other in zip(english, japanese, strict=True))


def test_names_are_told_apart() -> None:
    for lang in ("en", "ja"):
        with speaking(lang):
            names = [cause.name for cause in CAUSES.values()]
        assert len(set(names)) == len(names)
