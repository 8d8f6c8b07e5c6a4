"""Who may do what on which team's things. Pure: the truth table of tests/test_permissions.py is all there is to know.

Everybody who has any role reads everything: a budget that only its owners see changes nobody's mind. Changing takes a
role of the team that the thing belongs to; what belongs to no team takes a role of all teams ("*").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

Role = Literal["viewer", "editor", "owner", "admin"]
Action = Literal["read", "edit", "decide", "administer"]
"""read: pages and numbers; edit: what passes, as taking an alert, silences, charges; decide: what stays, as stages and
policies; administer: who may do what, and the audit log."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""Each may do what those before it may. An admin is one of all teams."""
EVERY_TEAM: Final = "*"
_LEAST: Final[Mapping[Action, Role]] = {"read": "viewer", "edit": "editor", "decide": "owner", "administer": "admin"}

Roles = Mapping[str, Role]
"""Team (or "*", every team) -> the role there."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How people sign in. `issuer` None: by local accounts alone. `url`: where browsers reach the pages. `groups`: what
    a group of the provider's may do; `claim` names the groups in what the provider says of a person."""

    issuer: str | None = None
    client_id: str = ""
    client_secret_env: str | None = None
    url: str | None = None
    claim: str = "groups"
    groups: Mapping[str, Roles] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody, or a program with a token, as they stand here now."""

    name: str
    roles: Roles


def may(roles: Roles, action: Action, team: str | None = None) -> bool:
    """Whether these roles allow `action` on what belongs to `team`; None: to no team."""
    least = ROLES.index(_LEAST[action])
    if action == "read":
        return bool(roles)
    held = [roles[key] for key in {EVERY_TEAM, team or EVERY_TEAM} if key in roles]
    return any(ROLES.index(role) >= least for role in held)


def may_anywhere(roles: Roles, action: Action) -> bool:
    """Whether there is any team on whose things these roles allow `action`."""
    return any(may(roles, action, team) for team in roles)


def roles_of(groups: Iterable[str], meaning: Mapping[str, Roles]) -> dict[str, Role]:
    """The roles that groups come to: of a team, the highest."""
    found: dict[str, Role] = {}
    for group in groups:
        for team, role in meaning.get(group, {}).items():
            found[team] = max(found.get(team, role), role, key=ROLES.index)
    return found
