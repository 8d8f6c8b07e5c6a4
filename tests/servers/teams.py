"""The address of a workflow of Microsoft Teams: an Adaptive Card, of at most 28 KB."""

from __future__ import annotations

from typing import Any

from tests.servers.receiver import Receiver, Reply, Request

KNOWN = {"TextBlock": {"text"}, "FactSet": {"facts"}}


class Teams(Receiver):
    def check(self, request: Request) -> Reply:
        if request.path != "/workflows/1/triggers/manual/paths/invoke?sig=secret":
            return Reply(401, "DirectApiAuthorizationRequired")
        if len(request.body) > 28 * 1024:
            return Reply(413, "RequestEntityTooLarge")
        return Reply(202) if fits(request.json()) else Reply(400, "TriggerInputSchemaMismatch")


def fits(message: dict[str, Any]) -> bool:
    (attachment,) = message["attachments"]
    card = attachment["content"]
    return (
        message["type"] == "message"
        and attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        and (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
        and all(element.keys() >= KNOWN[element["type"]] for element in card["body"])
        and len(card["actions"]) <= 6
        and all(one["type"] == "Action.OpenUrl" and one["title"] and one["url"] for one in card["actions"])
    )
