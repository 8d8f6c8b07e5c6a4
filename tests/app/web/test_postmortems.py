"""/postmortems: the review on pages, two people editing at once, what people write stays text, readers, the API."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient
from tests.app.web.browsing import SIZES, fit, opened
from tests.app.web.conftest import EVIL
from tests.postmortems.forms import FULL

from kakeibo.app.web.desk import Desk
from kakeibo.postmortems import changes, records
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.comments import Comment
from kakeibo.postmortems.form import Action
from kakeibo.postmortems.writing import write
from kakeibo.store import Store

HERE = "/postmortems/PM-1"
WHO = {"who": "Support lead"}
OPEN = replace(
    FULL,
    head=replace(FULL.head, incident=None),
    actions=(Action("Alert on the pool", "detect", "Ops", date(2026, 9, 1)),),
)
ANSWERED = replace(OPEN, questions=())


def enter(store: Store, text: str) -> None:
    with store.writing() as connection:
        changes.open_(connection, text, Act("Player on call", 1_788_000_000))


@pytest.fixture
def one(desk: Desk) -> Store:
    enter(desk.store, write(OPEN))
    return desk.store


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def test_the_whole_review_on_pages(client: TestClient, one: Store) -> None:
    page = client.get(f"{HERE}?lang=en").text
    assert "First answer the open questions: 1." in page
    assert "an open question of the form: Why did it take three hours?" in page
    assert "<h2>Summary</h2>" in page
    client.post(f"{HERE}/comments", data={"kind": "question", "quote": "the job", "text": "Whose job?", **WHO})
    refused = client.post(f"{HERE}/ready", data=WHO)
    assert (refused.status_code, "Whose job?" in refused.text) == (400, True)
    client.post(f"{HERE}/comments", data={"thread": "1", "text": "Ours.", "who": "Player on call"})
    saved = client.post(
        f"{HERE}/edit", data={"began_with": "1", "text": write(ANSWERED), **WHO}, follow_redirects=False
    )
    assert (saved.status_code, saved.headers["location"]) == (303, HERE)
    assert "It is ready: hold the meeting" in client.post(f"{HERE}/ready?lang=en", data=WHO).text
    client.post(f"{HERE}/meeting", data=WHO)
    ended = client.post(f"{HERE}/meeting?lang=en", data={"present": "Player team lead, Support lead", **WHO})
    assert "Had to be there, and were not: Database administrator" in ended.text
    own = client.post(f"{HERE}/publish?lang=en", data={"who": "Player on call"})
    assert (own.status_code, "is the author" in own.text) == (400, True)
    assert "Published; reviewed by Support lead." in client.post(f"{HERE}/publish?lang=en", data=WHO).text
    assert records.postmortem(one, 1).reviewer == "Support lead"
    listed = client.get("/postmortems?lang=en").text
    assert "Alert on the pool" in listed
    assert "Other behaviour of users" in listed
    assert "20 minutes: everybody reads" in client.get(f"{HERE}/sheet?lang=en").text


def test_an_action_of_a_published_one_is_done_on_its_page(client: TestClient, desk: Desk) -> None:
    with desk.store.writing() as connection:
        before = changes.imported(connection, write(ANSWERED), "x.md", Act("Support lead", 1_788_000_000))
    assert "1. Alert on the pool" in client.get(f"{HERE}?lang=en").text
    assert "Alert on the pool" in client.get("/postmortems?lang=en").text
    done = client.post(f"{HERE}/done?lang=en", data={"action": "1", **WHO})
    assert done.status_code == 200
    assert "Actions that are not done yet" not in done.text
    assert "No action is overdue." in client.get("/postmortems?lang=en").text
    after = records.postmortem(desk.store, 1)
    assert (after.head, after.state, after.version) == (before.head, "published", 2)
    assert after.actions[0].done
    for action in ("1", "2", "x", ""):
        assert client.post(f"{HERE}/done", data={"action": action, **WHO}).status_code == 400, action


def test_whoever_saw_another_list_of_actions_marks_none(client: TestClient, one: Store) -> None:
    seen = field(client.get(HERE).text, "seen")
    before = write(OPEN)
    with one.writing() as connection:  # other words alone do not matter
        changes.revise(connection, 1, 1, before.replace("It was night.", "It was dark."), Act("Database", 1))
        newest = records.text(connection, 1).text.replace("Alert on the pool", "Talk")
        changes.revise(connection, 1, 2, newest, Act("Database", 1))
    late = client.post(f"{HERE}/done?lang=en", data={"action": "1", "seen": seen, **WHO})
    assert (late.status_code, "changed meanwhile by Database" in late.text) == (409, True)
    assert records.postmortem(one, 1).version == 3
    with one.writing() as connection:
        changes.revise(connection, 1, 3, newest.replace("It was dark.", "It was night."), Act("Database", 1))
    assert client.post(f"{HERE}/done", data={"action": "1", "seen": "3", **WHO}).status_code == 200
    assert records.postmortem(one, 1).actions[0].done


def test_a_draft_is_withdrawn_on_its_page(client: TestClient, one: Store) -> None:
    assert client.post(f"{HERE}/withdraw", data=WHO).status_code == 400
    page = client.post(f"{HERE}/withdraw?lang=en", data={"reason": f"twice {EVIL}", **WHO}).text
    assert "Withdrawn: twice" in page
    assert "<form" not in page.partition('id="review"')[0].rpartition("</header>")[2]
    assert "Withdraw it" not in page
    assert EVIL not in page
    assert "PM-1" in client.get("/postmortems?state=withdrawn&lang=en").text
    assert records.postmortem(one, 1).state == "withdrawn"
    assert client.post(f"{HERE}/ready", data=WHO).status_code == 400


def test_of_two_people_on_one_page_neither_loses_a_word(client: TestClient, one: Store) -> None:
    ours, theirs = (write(OPEN).replace("It was night.", words) for words in ("It was Sunday.", "It was <b>dark</b>."))
    begun = field(client.get(f"{HERE}/edit").text, "began_with")
    client.post(f"{HERE}/edit", data={"began_with": begun, "text": theirs, "who": "Database administrator"})
    lost = client.post(f"{HERE}/edit?lang=en", data={"began_with": begun, "text": ours, **WHO})
    assert lost.status_code == 409
    assert "changed meanwhile by Database administrator" in lost.text
    assert "+It was &lt;b&gt;dark&lt;/b&gt;." in lost.text
    kept = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", lost.text, re.S)
    assert kept
    assert unescape(kept[1]) == ours
    assert records.text(one, 1).text == theirs
    both = theirs.replace("It was", "It was Sunday, and")
    client.post(f"{HERE}/edit", data={"began_with": field(lost.text, "began_with"), "text": both, **WHO})
    assert records.text(one, 1).text == both


def test_a_text_that_has_not_the_form_comes_back_to_its_writer(client: TestClient, one: Store) -> None:
    wrong = write(OPEN).replace("date: 2026", "date: in 2026")
    answer = client.post(f"{HERE}/edit?lang=en", data={"began_with": "1", "text": wrong, **WHO})
    assert answer.status_code == 400
    assert "is not a day" in unescape(answer.text)
    assert "in 2026-09-01" in answer.text
    assert records.postmortem(one, 1).version == 1


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_people_write_stays_text(client: TestClient, one: Store, lang: str) -> None:
    markdown = f"{EVIL}\n\n[x](javascript:alert(1)) ![y](https://evil.example/z.png) <b>bold</b>"
    form = replace(
        ANSWERED, head=replace(ANSWERED.head, title=EVIL, team=EVIL, author=EVIL, triggers=()),
        texts={"summary": markdown}, extra=((EVIL, markdown),),
        actions=(Action(EVIL, owner=EVIL, due=date(2026, 9, 1)),),
    )  # fmt: skip
    enter(one, write(form))
    client.post("/postmortems/PM-2/comments", data={"kind": "question", "quote": EVIL, "text": EVIL, "who": EVIL})
    with one.writing() as connection:
        changes.imported(connection, write(form), "x.md", Act(EVIL, 1_788_000_000))
    for path in ("/postmortems", "/postmortems/PM-2", "/postmortems/PM-2/edit", "/postmortems/PM-2/sheet",
                 "/postmortems/digest?month=2026-09", f"/postmortems?q={EVIL}"):  # fmt: skip
        page = client.get(path, headers={"accept-language": lang})
        assert page.status_code == 200, path
        assert len(re.findall("<script src=", page.text)) == len(re.findall("<script", page.text)), path
        assert not re.findall(r"<img|<b>bold|href=.javascript| on[a-z]+=\"|style=", page.text), path
    assert "https://evil.example" in client.get("/postmortems/PM-2").text


@pytest.mark.parametrize(
    "path",
    [
        "/postmortems",
        *(f"{HERE}/{what}" for what in ("edit", "comments", "ready", "publish", "done", "withdraw")),
    ],
)
def test_forms_of_other_sites_are_refused(client: TestClient, one: Store, path: str) -> None:
    sent = {"text": "x", "began_with": "1", "title": "x", "action": "1", "reason": "x", **WHO}
    assert client.post(path, data=sent, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert len(records.postmortems(one)) == 1
    assert [step.step for step in records.steps(one, 1)] == ["opened"]


@pytest.mark.parametrize("path", ["/postmortems/PM-9", "/postmortems/nine", f"{HERE}x", "/postmortems/PM-9/edit"])
@pytest.mark.usefixtures("one")
def test_what_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.get(f"/api/v1{path}").status_code == 404


def test_who_does_not_say_who_they_are_changes_nothing(client: TestClient, one: Store) -> None:
    for what in ("comments", "ready", "meeting", "publish", "edit", "done", "withdraw"):
        sent = {"text": "x", "began_with": "1", "action": "1", "reason": "x"}
        assert client.post(f"{HERE}/{what}", data=sent).status_code == 400, what
    assert client.post(f"{HERE}/nonsense", data=WHO).status_code == 404
    assert [step.step for step in records.steps(one, 1)] == ["opened"]


def test_a_draft_is_opened_by_its_title(client: TestClient, desk: Desk) -> None:
    made = client.post("/postmortems", data={"title": "The lift stood still", **WHO}, follow_redirects=False)
    assert made.headers["location"] == HERE
    assert records.postmortem(desk.store, 1).title == "The lift stood still"
    assert client.post("/postmortems", data={"incident": "77", **WHO}).status_code == 404


@pytest.mark.usefixtures("one")
def test_the_api_has_the_same(client: TestClient) -> None:
    [listed] = client.get("/api/v1/postmortems").json()["postmortems"]
    assert listed["budget"]["play-video/availability"]["exact"] == "41/97"
    assert client.get("/api/v1/postmortems?state=published").json()["postmortems"] == []
    assert [each["id"] for each in client.get("/api/v1/postmortems?q=月").json()["found"]] == []
    assert [each["id"] for each in client.get("/api/v1/postmortems?q=night").json()["found"]] == ["PM-1"]
    whole = client.get("/api/v1/postmortems/PM-1").json()
    assert (whole["markdown"], whole["postmortem"]) == (write(OPEN), listed)
    assert client.get("/api/v1/causes").json()["causes"][0]["postmortems"] == 0


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_fit_for_everybody(browser: Browser, address: str, one: Store, size: str, lang: str) -> None:
    """Nothing is wider than the screen, nothing complains, and axe finds nothing serious."""
    with one.writing() as connection:
        changes.imported(connection, write(ANSWERED), "x.md", Act("Support lead", 1_788_000_000))
        changes.comment(connection, 1, Comment("question", "Whose job?", "job"), Act("Support", 1))
    page, complaints = opened(browser, size, lang)
    page.goto(f"{address}{HERE}/edit")
    page.locator("[name=text]").fill(write(OPEN).replace("It was night.", "It was " + "a" * 90))
    page.locator("[name=who]").fill("Support lead")
    with one.writing() as connection:
        changes.revise(connection, 1, 1, write(OPEN).replace("It was night.", "It was dark."), Act("Database", 1))
    page.locator("form.writing button").click()
    page.locator("pre.diff").wait_for()
    fit(page, "postmortem-conflict", size, lang)
    paths = {
        "postmortems": "/postmortems",
        "postmortem": HERE,
        "postmortem-digest": "/postmortems/digest?month=2026-09",
    }
    for name, path in paths.items():
        page.goto(address + path)
        fit(page, name, size, lang)
    assert [each for each in complaints if "409" not in each] == []
