"""The key organisation.sign_in: its shape, its model object, and what holds between its parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from kakeibo.definitions.amounts import AmountError
from kakeibo.definitions.marks import Findings, Marks
from kakeibo.definitions.shapes import Either, Field, Record, Table, Text, nearest
from kakeibo.i18n import t
from kakeibo.permissions import EVERY_TEAM, ROLES, SignIn

_PLACE: Final = ("organisation", "sign_in")
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


def _role(text: str) -> str:
    if text in ROLES:
        return text
    raise AmountError(t("'{text}' is no role", text=text[:40]), nearest(text, ROLES))


def _team_role(text: str) -> str:
    if text != "admin":
        return _role(text)
    raise AmountError(t("an admin is one of all teams"), t("write the role in place of the teams: sre: admin"))


def _base(text: str) -> str:
    """An address that secrets may be sent to: encrypted, or on this machine; without a query."""
    try:
        parts = urlsplit(text)
        well = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username) and parts.port != 0
    except ValueError:
        raise AmountError(t("'{text}' is no address", text=text[:80])) from None
    if well and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)):
        return text
    raise AmountError(t("'{text}' is no address", text=text[:80]), t("write one that begins with https://"))


_ADDRESS: Final = Text(
    _base, {"type": "string", "pattern": r"^(https://|http://(localhost|127\.0\.0\.1|\[::1\])(:|/|$))"}
)
_ROLES: Final[dict[str, Any]] = {"enum": list(ROLES)}
_TEAM_ROLES: Final = Table(
    Text(_team_role, {"enum": list(ROLES[:-1])}), lambda name: name, {"type": "string"}, "owner", required=True
)

SIGN_IN: Final = Record(
    {
        "issuer": Field(
            _ADDRESS,
            "The OpenID Connect provider. Left out: people sign in with local accounts alone.",
            "issuer: https://login.example",
        ),
        "client_id": Field(Text(), "What the provider calls kakeibo.", "client_id: kakeibo"),
        "client_secret_env": Field(
            Text(),
            "The environment variable with the secret that the provider gave. Left out: none is sent.",
            "client_secret_env: KAKEIBO_CLIENT_SECRET",
        ),
        "url": Field(_ADDRESS, "Where browsers reach the pages.", "url: https://kakeibo.example"),
        "claim": Field(
            Text(), "Where the provider says in which groups somebody is. Left out: groups.", "claim: roles"
        ),
        "groups": Field(
            Table(Either(Text(_role, _ROLES), _TEAM_ROLES), lambda name: name, {"type": "string"}, "viewer"),
            "Group of the provider's -> its role in all teams, or in each.",
            "groups: {everybody: viewer, sre: admin, player-dev: {player: owner}}",
        ),
    },
    blank=True,
)


def sign_in(values: Mapping[str, Any] | None) -> SignIn | None:
    """The model object; None where the key is not written."""
    if values is None:
        return None
    groups = {
        group: {EVERY_TEAM: roles} if isinstance(roles, str) else roles
        for group, roles in values.get("groups", {}).items()
    }
    return SignIn(**{**values, "groups": groups})


def written(held: SignIn | None) -> dict[str, Any] | None:
    """As it stands in a book."""
    if held is None:
        return None
    groups = {group: roles.get(EVERY_TEAM) or dict(roles) for group, roles in held.groups.items()}
    values = {name: getattr(held, name) for name in ("issuer", "client_id", "client_secret_env", "url")}
    claim = held.claim if held.claim != "groups" else None
    return {name: value for name, value in {**values, "claim": claim, "groups": groups}.items() if value}


def check(values: Mapping[str, Any] | None, marks: Marks, findings: Findings) -> None:
    """An issuer needs a client and an address to come back to; teams exist."""
    if values is None:
        return
    for key in ("client_id", "url") if "issuer" in values else ():
        if not marks.has((*_PLACE, key)):
            findings.error(
                marks.locate(_PLACE, key=True),
                t("the key '{key}' is missing", key=key),
                t("write it like this: {example}", example=SIGN_IN.fields[key].example),
            )
    teams: Collection[str] = marks.names("teams")
    for group, roles in values.get("groups", {}).items():
        for team in roles if isinstance(roles, Mapping) else ():
            if team not in teams:
                message = t("there is no team '{name}'", name=team)
                findings.error(marks.locate((*_PLACE, "groups", group, team), key=True), message, nearest(team, teams))
