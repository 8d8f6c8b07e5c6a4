"""Whoever is on duty is called when a page fires, and no more once somebody takes it. By real mail."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.site import BOOK, Burn, Script, Site
from tests.servers.mail import Mailbox

from kakeibo.app import alerting
from kakeibo.oncall import pages

PEOPLE = """\
people:
  one: {name: First, email: one@example.org}
  two: {name: Second, email: two@example.org}
oncall:
  player:
    rotas: {main: [{participants: [one], start: 2026-01-05}]}
    escalation: [{notify: [main]}, {notify: [two], after: 5m}]
"""


def test_the_next_one_is_called_until_somebody_takes_it(tmp_path: Path) -> None:
    box = Mailbox()
    with box.serving() as port:
        mail = f"{{type: email, host: 127.0.0.1, port: {port}, security: none, from: kakeibo@example.org}}"
        book = BOOK.replace("channels: {", f"channels: {{mail: {mail}, ").replace(
            '["out:page"]', '[oncall, "out:page"]'
        )
        site = Site.at(tmp_path, Script([Burn(400, 460, 0.9)]), book=book + PEOPLE)
        site.run(395, every=395)
        site.run(405)
        assert called(box) == ["one@example.org"]
        site.run(409)
        assert called(box) == ["one@example.org", "two@example.org"]
        alerting.take(site.book, site.store, "play/availability", by="two", note="", now=site.now)
        site.run(500)
        assert called(box) == ["one@example.org", "two@example.org"]
    with site.store.reading() as connection:
        [page] = pages.pages(connection)
    assert (page.state, page.answered_by) == ("resolved", "two")
    assert ("acknowledged", "page", "Taken: Play a video (success)") in site.summary()


def called(box: Mailbox) -> list[str]:
    return [receiver for receiver, _ in box.received]
