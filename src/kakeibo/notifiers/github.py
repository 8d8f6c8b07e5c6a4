"""Tickets as GitHub issues, by the REST API: one for each matter, commented while it goes on, closed when it is over.

GitHub knows no key that would make creating safe to repeat. So every ticket carries a mark of its matter, every comment
one of its message, both invisible, and we look before we write:

    1. list the issues of our label, the newest first, until one has the mark
    2. none: create it. A worker that dies right after is followed by one that finds it in step 1
    3. else comment, unless this message is there already; close it when it is over

The list is read, not the search, which knows new issues only after a while. Two workers at the same instant can still
both find none: the next message closes the later ticket as a duplicate of the earlier one.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import quote

import msgspec

from kakeibo import clock
from kakeibo.i18n import t
from kakeibo.notifiers import options
from kakeibo.notifiers.http import Answer, Question, WebNotifier, ask, judged, waiting
from kakeibo.notifiers.kinds import Channel, Kind, Message, Outcome, Undelivered, cut

API: Final = "https://api.github.com"
VERSION: Final = "2022-11-28"
TIMEOUT: Final = 20
"""Seconds for all requests of one message together, unless the channel says otherwise: well below a letter's lease."""
_TITLE: Final = 256
_BODY: Final = 60_000  # GitHub takes 65,536
_PAGE: Final = 100
_MOST: Final = 16 << 20
_SECONDARY: Final = 60.0
"""Seconds to stay away when GitHub limits us and does not say for how long: its own advice."""
_OPENING: Final[frozenset[Kind]] = frozenset({"firing", "ticket", "no_data", "worker", "notice"})
Of = TypeVar("Of")
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|~!&])")


class _Label(msgspec.Struct):
    name: str = ""


class Issue(msgspec.Struct):
    """What we read of an issue. `pull_request` is set when it is one of those."""

    number: int
    state: str
    html_url: str
    body: str | None = None
    labels: list[_Label] = []
    pull_request: Any = None


class _Comment(msgspec.Struct):
    body: str | None = None


class GitHub(WebNotifier):
    KIND = "github"
    REQUIRED = ("repository", "token_env")
    TARGET = "own"
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "repository": {
            "type": "string",
            "pattern": r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$",
            "description": "Where tickets are opened: owner/name.",
        },
        "token_env": options.variable("the token, which may read and write issues"),
        "label": {"type": "string", "description": "The label by which tickets are found again. Left out: kakeibo."},
        "when_over": {
            "type": "string",
            "enum": ["close", "comment"],
            "description": "What becomes of a ticket when its matter is over: close it, or comment and leave it open. "
            "Left out: close.",
        },
        "url": options.address(f"Where the API is. Left out: {API}; of GitHub Enterprise https://HOST/api/v3."),
        **WebNotifier.WEB,
    }
    pace = 1.0  # GitHub asks for a second between requests that write

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        self._busy: set[str] = set()
        self._freed = threading.Condition()

    def carry(self, target: str, message: Message) -> Outcome:
        label, token = self.text("label", "kakeibo"), self.secret("token_env")
        seconds = float(str(self.channel.options.get("timeout", TIMEOUT)))
        until = clock.monotonic() + seconds
        desk = _Desk(
            address=f"{self.text('url', API).rstrip('/')}/repos/{target or self.text('repository')}",
            headers=_headers(token),
            until=until,
            allow_private=self.channel.options.get("allow_private") is True,
        )
        with self._alone(message.group, until):
            return _carried(desk, message, label, closing=self.text("when_over", "close") == "close")

    @contextmanager
    def _alone(self, group: str, until: float) -> Iterator[None]:
        """Two messages of one matter, side by side, would both find no ticket: the second one waits, or comes later."""
        with self._freed:
            if not self._freed.wait_for(lambda: group not in self._busy, until - clock.monotonic()):
                raise Undelivered(Outcome("later", t("timed out")))
            self._busy.add(group)
        try:
            yield
        finally:
            with self._freed:
                self._busy.remove(group)
                self._freed.notify_all()


def _carried(desk: _Desk, message: Message, label: str, *, closing: bool) -> Outcome:
    mark = mark_of("ticket", message.group)
    tickets = sorted(desk.marked(label, mark), key=lambda issue: issue.number)
    if not tickets:
        if message.kind not in _OPENING:
            return Outcome("sent", t("there was no ticket to say it in"))
        return _opened(desk, message, label, mark)
    ticket, *others = tickets
    for other in others:
        if other.state == "open":
            desk.close(other, "not_planned", t("A duplicate of #{number}.", number=ticket.number))
    said = mark_of("message", message.id)
    if said not in (ticket.body or "") and not desk.has_comment(ticket, said):
        desk.comment(ticket, f"{text(message)}\n\n{said}")
    if message.kind == "resolved" and closing and ticket.state == "open":
        desk.close(ticket, "completed")
    return Outcome("sent", "", ticket.html_url)


def _opened(desk: _Desk, message: Message, label: str, mark: str) -> Outcome:
    ticket = desk.create({
        "title": cut(" ".join(f"{message.subject}: {message.brief or message.summary}".split()), _TITLE),
        "body": f"{text(message)}\n\n{mark}\n{mark_of('message', message.id)}",
        "labels": [label],
    })  # fmt: skip
    if label.lower() not in [one.name.lower() for one in ticket.labels]:
        # GitHub drops labels silently where the token may not set them; we would never find the ticket again.
        desk.close(ticket, "not_planned")
        message_ = t("the token may not set the label {label}, without which tickets are not found again", label=label)
        return Outcome("refused", f"{message_}: {t('let it write issues')}", ticket.html_url)
    return Outcome("sent", "", ticket.html_url)


class _Desk:
    """The issues of one repository; everything that is asked ends by `until`. Raises Undelivered."""

    def __init__(self, address: str, headers: Mapping[str, str], until: float, allow_private: bool) -> None:
        self._address = address
        self._headers = headers
        self._until = until
        self._allow_private = allow_private

    def marked(self, label: str, mark: str) -> list[Issue]:
        """The issues with a mark, from the page of the list that has the newest of them."""
        query = f"labels={quote(label, safe='')}&state=all&sort=created&direction=desc"
        for page in self._pages(f"/issues?{query}", list[Issue]):
            if found := [one for one in page if one.pull_request is None and mark in (one.body or "")]:
                return found
        return []

    def has_comment(self, issue: Issue, mark: str) -> bool:
        pages = self._pages(f"/issues/{issue.number}/comments?", list[_Comment])
        return any(mark in (one.body or "") for page in pages for one in page)

    def create(self, issue: Mapping[str, object]) -> Issue:
        return _read(self._ask("POST", "/issues", issue), Issue)

    def comment(self, issue: Issue, body: str) -> None:
        self._ask("POST", f"/issues/{issue.number}/comments", {"body": cut(body, _BODY)})

    def close(self, issue: Issue, reason: str, why: str = "") -> None:
        if why:
            self.comment(issue, why)
        self._ask("PATCH", f"/issues/{issue.number}", {"state": "closed", "state_reason": reason})

    def _pages(self, path: str, of: type[list[Any]]) -> Iterator[list[Any]]:
        number = 1
        while True:
            answer = self._ask("GET", f"{path}&per_page={_PAGE}&page={number}".replace("?&", "?"))
            yield _read(answer, of)
            if 'rel="next"' not in answer.headers.get("link", ""):
                return
            number += 1

    def _ask(self, method: str, path: str, document: object = None) -> Answer:
        """An answer that is a success; everything else ends the try."""
        body = b"" if document is None else msgspec.json.encode(document)
        left = self._until - clock.monotonic()
        if left <= 0:
            raise Undelivered(Outcome("later", t("timed out")))
        answer = ask(
            Question(method, self._address + path, body, self._headers, _MOST),
            timeout=left,
            allow_private=self._allow_private,
        )
        if 200 <= answer.status < 300:
            return answer
        raise Undelivered(outcome(answer))


def outcome(answer: Answer) -> Outcome:
    """What a refusal of GitHub means. 403 and 429 are limits as well: those are worth another try, later."""
    words = str(answer.json().get("message", "")) or answer.text
    if answer.status not in (403, 429):
        return judged(answer, words=words)
    detail = t("answered {code}: {words}", code=answer.status, words=cut(words, 300))
    if "retry-after" in answer.headers:
        return Outcome("later", detail, wait=waiting(answer))
    if answer.headers.get("x-ratelimit-remaining") == "0":
        reset = answer.headers.get("x-ratelimit-reset", "")
        wait = float(reset) - clock.now().timestamp() if reset.isascii() and reset.isdecimal() else _SECONDARY
        return Outcome("later", detail, wait=max(wait, 1.0))
    if answer.status == 429 or "rate limit" in words.lower():
        return Outcome("later", detail, wait=_SECONDARY)
    return Outcome("refused", detail)


def text(message: Message) -> str:
    """The message in Markdown, for a ticket or a comment."""
    facts = [f"- {_plain(label)}: {_plain(value)}" for label, value in message.facts]
    links = [f"- [{_plain(label)}](<{address}>)" for label, address in message.links]
    parts = [_plain(message.summary), "\n".join(facts), "\n".join(links)]
    return cut("\n\n".join(part for part in parts if part), _BODY - 1_000)


def mark_of(what: str, name: str) -> str:
    """What a reader does not see, and we find again. A digest: a name may hold anything."""
    return f"<!-- kakeibo {what} {hashlib.sha256(name.encode()).hexdigest()[:32]} -->"


def _plain(words: str) -> str:
    """Words that Markdown shows as they are; nobody is called by an @, no other issue is mentioned by a #."""
    return re.sub("([@#])", "\\1\u200b", _SPECIAL.sub(r"\\\1", " ".join(words.split())))


def _headers(token: str) -> dict[str, str]:
    return {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json; charset=utf-8",
        "X-GitHub-Api-Version": VERSION,
    }


def _read(answer: Answer, of: type[Of]) -> Of:
    try:
        return msgspec.json.decode(answer.body, type=of)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        raise Undelivered(Outcome("later", t("does not answer like GitHub"))) from None
