"""The truth table: who may do what on which team's things."""

from __future__ import annotations

import pytest

from kakeibo.permissions import Action, Role, Roles, may, may_anywhere, roles_of

TABLE: list[tuple[Roles, str | None, str]] = [
    # roles, the team of the thing, what is allowed: read, edit, decide, administer
    ({}, "player", "----"),
    ({}, None, "----"),
    ({"player": "viewer"}, "player", "r---"),
    ({"player": "editor"}, "player", "re--"),
    ({"player": "owner"}, "player", "red-"),
    ({"player": "viewer"}, "payments", "r---"),
    ({"player": "editor"}, "payments", "r---"),
    ({"player": "owner"}, "payments", "r---"),
    ({"player": "owner"}, None, "r---"),
    ({"*": "viewer"}, "player", "r---"),
    ({"*": "editor"}, "player", "re--"),
    ({"*": "editor"}, None, "re--"),
    ({"*": "owner"}, "player", "red-"),
    ({"*": "owner"}, None, "red-"),
    ({"*": "admin"}, "player", "reda"),
    ({"*": "admin"}, None, "reda"),
    ({"*": "viewer", "player": "owner"}, "player", "red-"),
    ({"*": "viewer", "player": "owner"}, "payments", "r---"),
    ({"*": "owner", "player": "viewer"}, "player", "red-"),
]
ACTIONS: tuple[Action, ...] = ("read", "edit", "decide", "administer")


@pytest.mark.parametrize(("roles", "team", "allowed"), TABLE)
def test_the_truth_table(roles: Roles, team: str | None, allowed: str) -> None:
    assert "".join(one[0] if may(roles, one, team) else "-" for one in ACTIONS) == allowed


def test_of_several_groups_the_highest_role_counts() -> None:
    meaning: dict[str, dict[str, Role]] = {
        "all": {"*": "viewer"},
        "dev": {"player": "editor"},
        "lead": {"player": "owner", "payments": "viewer"},
    }
    assert roles_of(["dev", "all", "lead", "others"], meaning) == {
        "*": "viewer",
        "player": "owner",
        "payments": "viewer",
    }
    assert roles_of(["lead", "dev"], meaning)["player"] == "owner"
    assert roles_of(["others"], meaning) == {}


def test_a_role_in_one_team_is_a_role_somewhere() -> None:
    assert may_anywhere({"player": "editor"}, "edit")
    assert not may_anywhere({"player": "editor"}, "decide")
    assert not may_anywhere({}, "read")
