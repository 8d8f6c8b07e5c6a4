"""Which objectives are asked for: the parts of an address that choose among the report's rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from kakeibo.budgets.report import Row
from kakeibo.i18n import language
from kakeibo.letters import phrases
from kakeibo.model import Book, State, Team, Title

FILTERS: Final = ("team", "service", "kind", "state", "q")
STATES: Final[tuple[State, ...]] = get_args(State)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Keys of the book, and words that are looked for; "" for any. `team`: operates it, or can improve it."""

    team: str = ""
    service: str = ""
    kind: str = ""
    state: str = ""
    q: str = ""

    @classmethod
    def of(cls, chosen: Mapping[str, str]) -> Wanted:
        return cls(**{name: chosen.get(name, "").strip() for name in FILTERS})

    def __bool__(self) -> bool:
        return self != Wanted()

    def among(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that are meant, in their order."""
        words = self.q.casefold().split()
        return [row for row in rows if self._meant(row) and all(word in _text(row) for word in words)]

    def _meant(self, row: Row) -> bool:
        return (
            self.team in ("", _key(row.team), _key(row.owner))
            and self.service in ("", row.journey.service)
            and self.kind in ("", row.journey.kind)
            and self.state in ("", row.state)
        )


def _key(team: Team | None) -> str | None:
    return team.key if team else None


def _text(row: Row) -> str:
    """What a search looks at: names in every language, keys, teams."""
    names = [row.slo.name, row.journey.service or "", phrases.aspect(row.slo), *row.journey.title.values()]
    names += [name for team in (row.team, row.owner) if team for name in (team.key, team.name)]
    return " ".join(names).casefold()


def services(book: Book) -> list[tuple[str, str]]:
    """(key, name for people) of the services."""
    return [(key, _named(one.title, key)) for key, one in book.services.items()]


def teams(book: Book) -> list[tuple[str, str]]:
    """(key, name for people) of the teams."""
    return [(key, phrases.printable(one.name)) for key, one in book.teams.items()]


def _named(title: Title, key: str) -> str:
    return phrases.printable(next((title[lang] for lang in (language(), *title) if title.get(lang)), key))
