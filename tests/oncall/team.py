"""A team to be called: its rotas, its steps, and its people with their ways to be reached."""

from __future__ import annotations

from datetime import date

from kakeibo.duties import Contact, Duty, Handover, Layer, Person, Rota, Step
from kakeibo.oncall.pages import Directory
from kakeibo.oncall.rotas import rosters

NOON = 1_790_000_000  # seconds since 1970, in 2026
PAGED = (Contact("slack"), Contact("phone", 2))


def person(key: str, *ways: Contact) -> Person:
    return Person(key, key, f"{key}@example.org", "+81 3 0000 0000", f"U{key}", contact={"page": ways or PAGED})


def rota(key: str, *participants: str, start: date = date(2026, 1, 1)) -> Rota:
    return Rota("player", key, (Layer(participants, start, Handover(24), "Asia/Tokyo"),))


PEOPLE = {one.key: one for one in (person("dev-1"), person("dev-2"), person("lead", Contact("phone")))}
ROTAS = {"primary": rota("primary", "dev-1"), "secondary": rota("secondary", "dev-2"),
         "nobody": rota("nobody", "dev-1", start=date(2099, 1, 1))}  # fmt: skip
STEPS = (Step(("primary",)), Step(("nobody",), 3), Step(("secondary",), 5), Step(("lead", "player"), 10))
DUTY = Duty("player", "Asia/Tokyo", ROTAS, STEPS, repeat=1, repeat_after=4)


def directory(*duties: Duty) -> Directory:
    found = duties or (DUTY,)
    return Directory(PEOPLE, {duty.team: duty for duty in found}, rosters(found, {}, ()))
