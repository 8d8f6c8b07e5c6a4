"""What an alert is about, in a plain sentence: an objective, a rule that a team agreed on, a source, kakeibo itself."""

from __future__ import annotations

from kakeibo.alerts.policy import Breach
from kakeibo.app.routing import SOURCE, STORE, WORKER
from kakeibo.i18n import t
from kakeibo.letters import phrases, policies
from kakeibo.letters.policies import Names
from kakeibo.model import Book


def sentence(book: Book, subject: str, names: Names) -> str:
    """`subject` as an alert has it; `names` are those of the book's objectives. What nobody knows is shown as it is."""
    if subject in names:
        return names[subject]
    if breach := Breach.of(subject):
        return _agreed(book, breach, names)
    if subject.startswith(SOURCE):
        return t("the data of {source}", source=phrases.printable(subject.removeprefix(SOURCE)))
    if subject == WORKER:
        return t("the worker of kakeibo")
    if subject == STORE:
        return t("the disk of the store")
    return phrases.printable(subject)


def objective(subject: str) -> str:
    """The objective that an alert is about; "" for what is about none."""
    breach = Breach.of(subject)
    name = breach.slo if breach else subject
    return name if "/" in name and not name.startswith(SOURCE) else ""


def _agreed(book: Book, breach: Breach, names: Names) -> str:
    team = book.teams[breach.team].name if breach.team in book.teams else breach.team
    rules = book.policies[breach.team].rules if breach.team in book.policies else ()
    agreed = next((policies.rule(rule) for rule in rules if rule.key == breach.rule), None)
    about, team = policies.name(breach.slo, names), phrases.printable(team)
    if agreed is None:
        return t("{name}: a rule that {team} has given up", name=about, team=team)
    return t("{name}: what {team} has agreed on ({rule})", name=about, team=team, rule=agreed)
