"""What holds between the parts of a book: every name that is used exists; and what is wise though not required."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

from kakeibo.definitions import measures
from kakeibo.definitions.marks import Findings, Marks
from kakeibo.definitions.shapes import nearest, written_like
from kakeibo.i18n import t
from kakeibo.model import Book, Events

MAX_SLOS_PER_TEAM: Final = 5
"""One team can look after three to five SLOs; more of them are looked after by nobody."""


def check(book: Book, marks: Marks, kinds: Collection[str], findings: Findings) -> None:
    """Errors: names of teams, services, sources and kinds of source that do not exist."""

    def known(keys: tuple[str, ...], name: str | None, names: Collection[str], message: str) -> None:
        if name and name not in names:
            findings.error(marks.locate(keys), message.format(name=name), nearest(name, names))

    # What is written counts, also where an entry has an error: that is reported once, there.
    teams, services, sources = marks.names("teams"), marks.names("services"), marks.names("sources")
    for service in book.services.values():
        known(("services", service.key, "team"), service.team, teams, t("there is no team '{name}'"))
        for needed in service.depends_on:
            known(("services", service.key, "depends_on"), needed, services, t("there is no service '{name}'"))
    for source in book.sources.values():
        known(("sources", source.name, "type"), source.kind, kinds, t("there is no type of source '{name}'"))
    for journey in book.journeys.values():
        place = book.place_of(journey)
        known((*place, "service"), journey.service, services, t("there is no service '{name}'"))
        known((*place, "source"), journey.source, sources, t("there is no source '{name}'"))
        for slo in journey.slos:
            for account in slo.accounts[1:]:
                own: tuple[str, ...] = (*place, "slos", slo.name.split("/")[1])
                keys = (*(own if marks.has((*own, "probes")) else place), "probes", "source")
                name = account.measure.source if isinstance(account.measure, Events) else None
                known(keys, name, sources, t("there is no source '{name}'"))
    for at, owner in measures.owners(book):
        known(at, owner, teams, t("there is no team '{name}'"))
    measures.check(book, marks, findings)


def check_paths(book: Book, marks: Marks, asked: Collection[str], findings: Findings) -> None:
    """A log has a path; a server has none, which its kind looks after."""
    for source in book.sources.values():
        keys = ("sources", source.name)
        if source.kind not in asked and not marks.has((*keys, "path")):
            findings.error(
                marks.locate(keys),
                t("the key '{key}' is missing", key="path"),
                written_like("path: logs/access*.json*"),
            )


def advise(book: Book, marks: Marks, findings: Findings) -> None:
    """Warnings: nobody owns it, nobody knows what to do, or one team has more than it can look after."""
    for service in book.services.values():
        place = marks.locate(("services", service.key))
        if not service.team:
            message = t("service '{name}' has no team: nobody owns its journeys", name=service.key)
            findings.warn(place, message, t("add team: with a key of teams"))
        if not service.runbook:
            message = t("service '{name}' has no runbook", name=service.key)
            findings.warn(place, message, t("add runbook: with the page that says what to do when it fails"))
    load: Counter[str] = Counter()
    for journey in book.journeys.values():
        if not journey.service:
            message = t("journey '{name}' has no service: nobody owns it", name=journey.key)
            findings.warn(marks.locate(book.place_of(journey)), message, t("add service: with a key of services"))
        team = book.team_of(journey)
        if team:
            load[team.key] += len(journey.slos)
    for key, slos in load.items():
        if slos > MAX_SLOS_PER_TEAM:
            message = t("team '{name}' has {n} SLOs; one team can look after three to five", name=key, n=slos)
            findings.warn(marks.locate(("teams", key)), message, t("keep those that matter most to users"))
