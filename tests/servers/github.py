"""GitHub's REST API as far as tickets need it: who may ask, what an issue must have, pages, limits, labels."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.receiver import Receiver, Reply, Request, reply_json

TOKEN = "github_pat_0123456789"
REPOSITORY = "manabi/learning"


class GitHub(Receiver):
    """`issues` and `comments` (by number) as they are. `may_label`: whether the token may set labels."""

    def __init__(self) -> None:
        super().__init__()
        self.issues: list[dict[str, Any]] = []
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.may_label = True

    def check(self, request: Request) -> Reply:
        if wrong := _refused(request):
            return wrong
        parts = urlsplit(request.path)
        found = re.fullmatch(rf"/repos/{REPOSITORY}/issues(?:/(\d+))?(/comments)?", parts.path)
        if found is None:
            return reply_json({"message": "Not Found"}, 404)
        number, below = int(found[1] or 0), found[2]
        if number and not 1 <= number <= len(self.issues):
            return reply_json({"message": "Not Found"}, 404)
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        match request.method, bool(number), bool(below):
            case "GET", False, False:
                return self._page(parts.path, self._listed(asked), asked)
            case "POST", False, False:
                return self._create(request.json())
            case "GET", True, True:
                return self._page(parts.path, self.comments[number], asked)
            case "POST", True, True:
                return self._comment(number, request.json())
            case "PATCH", True, False:
                return self._change(self.issues[number - 1], request.json())
        return reply_json({"message": "Not Found"}, 404)

    def open_issue(self, title: str, body: str, *labels: str, **besides: Any) -> int:
        """Put an issue there, as a person would."""
        number = len(self.issues) + 1
        url = f"https://github.example/{REPOSITORY}/issues/{number}"
        issue = {"number": number, "state": "open", "title": title, "body": body, "html_url": url}
        self.issues.append(issue | {"labels": [{"name": name} for name in labels]} | besides)
        self.comments[number] = []
        return number

    def _listed(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        """Without `state` only those that are open, as the real one does; capitals of a label do not matter."""
        label, state = asked.get("labels", "").lower(), asked.get("state", "open")
        found = [
            one
            for one in self.issues
            if (not label or label in [held["name"].lower() for held in one["labels"]])
            and state in ("all", one["state"])
        ]
        return found[::-1] if asked.get("direction", "desc") == "desc" else found

    def _page(self, path: str, everything: list[dict[str, Any]], asked: dict[str, str]) -> Reply:
        size, number = min(int(asked.get("per_page", "30")), 100), int(asked.get("page", "1"))
        more = len(everything) > number * size
        link = f'<https://api.github.com{path}?page={number + 1}>; rel="next"' if more else ""
        return reply_json(everything[(number - 1) * size : number * size], Link=link)

    def _create(self, issue: dict[str, Any]) -> Reply:
        if not isinstance(issue.get("title"), str) or not 0 < len(issue["title"]) <= 256:
            return _invalid("Issue", "title")
        if len(issue.get("body") or "") > 65_536:
            return _invalid("Issue", "body")
        labels = issue.get("labels", []) if self.may_label else []
        number = self.open_issue(issue["title"], issue.get("body", ""), *labels)
        return reply_json(self.issues[number - 1], 201)

    def _comment(self, number: int, comment: dict[str, Any]) -> Reply:
        if not comment.get("body") or len(comment["body"]) > 65_536:
            return _invalid("IssueComment", "body")
        self.comments[number].append({"body": comment["body"]})
        return reply_json({"body": comment["body"]}, 201)

    def _change(self, issue: dict[str, Any], change: dict[str, Any]) -> Reply:
        if change.get("state") not in ("open", "closed"):
            return _invalid("Issue", "state")
        if change.get("state_reason") not in ("completed", "not_planned", "reopened", None):
            return _invalid("Issue", "state_reason")
        issue.update(change)
        return reply_json(issue)


def _refused(request: Request) -> Reply | None:
    """What is said to somebody who may not, or does not ask as it must be asked."""
    headers = request.headers
    if not headers.get("user-agent"):
        return reply_json({"message": "Request forbidden by administrative rules."}, 403)
    if headers.get("authorization") != f"Bearer {TOKEN}":
        return reply_json({"message": "Bad credentials"}, 401)
    if headers.get("accept") != "application/vnd.github+json" or not re.fullmatch(
        r"\d{4}-\d\d-\d\d", headers.get("x-github-api-version", "")
    ):
        return reply_json({"message": "unexpected media type or version"}, 415)
    return None


def _invalid(resource: str, field: str) -> Reply:
    errors = [{"resource": resource, "field": field, "code": "invalid"}]
    return reply_json({"message": "Validation Failed", "errors": errors}, 422)
