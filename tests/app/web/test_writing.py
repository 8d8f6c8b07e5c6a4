"""Pages on which people write: what is sent from elsewhere is refused, what people write stays text."""

from __future__ import annotations

import json
import re

import pytest
from starlette.testclient import TestClient
from tests.app.conftest import Site
from tests.app.web.conftest import EVIL

from kakeibo.app.web.desk import Desk
from kakeibo.ledger.complaints import complaints

ENQUIRIES = b"date,enquiries,what\n2026-10-01,3,secret words\n2026-10-02,4,more secret words\n"
INCIDENTS = b"start,end,name\n2026-10-02T05:00,2026-10-02T06:00,<b>down</b>\n"
LAB = "/lab/play-video/availability"


def only_templates(page: str) -> None:
    """A page has the tags of its templates alone."""
    assert len(re.findall("<script src=", page)) == len(re.findall("<script", page))
    assert not re.findall(r"<img|<b>down|href=.javascript| on[a-z]+=\"|style=", page)


def test_a_question_gets_an_address_that_shows_the_answer(client: TestClient, desk: Desk) -> None:
    asked = {"text": "Video does not play", "at": "2026-10-02T05:00", "user": "u-1"}
    answer = client.post("/support?lang=en", data=asked, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/support?lang=en&complaint=1"
    page = client.get(answer.headers["location"]).text
    assert "Of the" in page or "attempts" in page
    assert 'id="reply-ja"' in page
    assert [(one.journey, one.origin) for one in complaints(desk.store)] == [("play-video", "web")]


def test_words_that_nobody_understands_are_asked_back_and_not_kept(client: TestClient, desk: Desk) -> None:
    answer = client.post("/support?lang=en", data={"text": "it <script>hangs</script>", "at": "14:20"})
    assert answer.status_code == 400
    assert "choose one below and ask again" in answer.text
    assert "it &lt;script&gt;hangs" in answer.text
    only_templates(answer.text)
    assert complaints(desk.store) == []


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_people_write_stays_text(client: TestClient, lang: str) -> None:
    client.post("/support", data={"text": EVIL, "journey": "search"})
    client.post("/teams/journeys/search/votes", data={"role": "product", "score": "5", "voter": EVIL, "note": EVIL})
    client.post("/teams/journeys/search/decisions", data={"ruling": "critical", "by": EVIL, "reason": EVIL})
    client.post(LAB, data={"kind": "incidents"}, files={"file": (f"{EVIL}.csv", INCIDENTS)})
    paths = ["/support?complaint=1", "/teams", "/teams/journeys/search", "/lab", "/lab/search/availability", LAB]
    for path in [*paths, f"/teams?q={EVIL}", f"/lab?q={EVIL}"]:
        page = client.get(path, headers={"accept-language": lang})
        assert page.status_code == 200, path
        only_templates(page.text)
    assert client.get("/teams/journeys/search").text.count("&lt;script&gt;alert(1)") >= 4


FORMS = ["/support", "/teams/journeys/play-video/votes", "/teams/journeys/play-video/decisions", LAB]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.example"}]
)
def test_forms_of_other_sites_are_refused(client: TestClient, desk: Desk, path: str, headers: dict[str, str]) -> None:
    fields = {"text": "Video does not play", "role": "product", "score": "5", "voter": "x", "ruling": "critical"}
    answer = client.post(path, data={**fields, "by": "x", "reason": "x"}, headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    assert complaints(desk.store) == []
    assert "nobody has voted" in client.get("/teams/journeys/play-video?lang=en").text


def test_our_own_form_says_it_is_ours(client: TestClient) -> None:
    for headers in ({"sec-fetch-site": "same-origin", "origin": "null"}, {"origin": "http://localhost"}, {}):
        answer = client.post("/support", data={"text": "play a video"}, headers=headers, follow_redirects=False)
        assert answer.status_code == 303


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/support", {"text": ""}, 400),
        ("/support", {"text": "x", "journey": "nobody"}, 400),
        ("/support", {"text": "play a video", "at": "yesterday"}, 400),
        ("/support", {"text": "play a video", "at": "0001-01-01"}, 400),
        ("/support", {"text": "play a video", "at": "9999-12-31T23:59"}, 400),
        ("/teams/journeys/nobody/votes", {"role": "product", "score": "3", "voter": "x"}, 400),
        ("/teams/journeys/search/votes", {"role": "boss", "score": "3", "voter": "x"}, 400),
        ("/teams/journeys/search/votes", {"role": "product", "score": "6", "voter": "x"}, 400),
        ("/teams/journeys/search/votes", {"role": "product", "score": "٣", "voter": "x"}, 400),
        ("/teams/journeys/search/votes", {"role": "product", "voter": "x"}, 400),
        ("/teams/journeys/search/decisions", {"ruling": "maybe", "by": "x", "reason": "x"}, 400),
        ("/lab/search/nothing", {"kind": "enquiries"}, 404),
    ],
)
def test_what_cannot_be_kept_is_said(client: TestClient, path: str, fields: dict[str, str], status: int) -> None:
    answer = client.post(path, data=fields)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{LAB}?target=abc", 400),
        (f"{LAB}?target=100", 400),
        (f"{LAB}?target=99,98", 400),
        (f"{LAB}?enquiries=0123456789abcdef", 400),
        (f"{LAB}?incidents={EVIL}", 400),
        (f"{LAB}/answer?target=-1", 400),
        ("/lab/nobody/availability", 404),
        ("/lab/play-video/nothing", 404),
        ("/support?complaint=999", 404),
        ("/support?complaint=x", 404),
        ("/teams/journeys/nobody", 404),
        ("/teams?page=zzz", 200),
    ],
)
def test_odd_addresses_are_answered_in_words(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_of_an_uploaded_file_only_times_and_numbers_are_kept(client: TestClient, told: Site) -> None:
    sent = client.post(
        LAB,
        data={"kind": "enquiries", "column": "enquiries", "target": "95"},
        files={"file": ("../../enquiries.csv", ENQUIRIES)},
        follow_redirects=False,
    )
    assert sent.status_code == 303
    there = sent.headers["location"]
    assert there.startswith(f"{LAB}?target=95&enquiries=")
    page = client.get(there + "&lang=en").text
    assert "Enquiries: enquiries.csv" in page
    assert "What was enough on quiet days" in page
    assert b"secret" not in (told.folder / "kakeibo.db").read_bytes() + (told.folder / "kakeibo.db-wal").read_bytes()
    form = {"kind": "enquiries", "column": "enquiries"}
    again = client.post(LAB, data=form, files={"file": ("x.csv", ENQUIRIES)}, follow_redirects=False)
    assert again.headers["location"].rpartition("=")[2] == there.rpartition("=")[2]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n1,2\n", b"date,enquiries\nsoon,3\n", b"x" * 5000])
def test_a_file_that_is_none_is_said_by_its_own_name(client: TestClient, content: bytes) -> None:
    for kind in ("enquiries", "churn", "incidents"):
        answer = client.post(f"{LAB}?lang=en", data={"kind": kind}, files={"file": ("mine.csv", content)})
        assert answer.status_code == 400
        assert "mine.csv" in answer.text
        assert "/tmp/" not in answer.text


def test_the_lab_says_the_same_as_the_shell(client: TestClient, told: Site) -> None:
    trial = json.loads(told.run("try", "play-video/availability", "--targets", "97", "--json").out)
    [one] = [each for each in trial["candidates"] if each["target"] == 0.97]
    answer = client.get(f"{LAB}/answer?target=97&lang=en").text
    assert f"{one['spent']} spent" in answer
    assert f"called somebody {one['pages']} times and asked to look {one['tickets']} times" in answer


def test_incidents_that_were_charged_are_on_the_time_line(client: TestClient, told: Site) -> None:
    hour = ("--from", "2026-10-02T05:00", "--to", "2026-10-02T06:00", "--reason", "x", "--author", "sre")
    charge = ("charge", "add", "play-video", "--category", "incident", "--name", "Down", *hour)
    assert told.run(*charge).code == 0
    page = client.get(f"{LAB}?incidents=charged&lang=en").text
    assert "Alerts against known incidents" in page
    assert "Down" in page


def test_votes_are_shown_for_ever(client: TestClient) -> None:
    for score in ("1", "5"):
        client.post("/teams/journeys/play-video/votes", data={"role": "product", "score": score, "voter": "Owner"})
    client.post("/teams/journeys/play-video/decisions", data={"ruling": "critical", "by": "Owner", "reason": "sales"})
    page = client.get("/teams/journeys/play-video?lang=en").text
    assert "critical (5 of 5)" in page
    assert page.count("Product, Owner: ") == 2
    assert "critical, decided by Owner. sales" in page
    assert "5 of 5" in client.get("/teams?lang=en").text


def burning(told: Site) -> str:
    """A round of the worker in which the videos' failures page somebody; the alert's name."""
    book = told.folder / "kakeibo.yaml"
    text = book.read_text(encoding="utf-8").replace("target: 90%, window: 1d", "target: 99%, window: 1d, stage: page")
    book.write_text(text, encoding="utf-8")
    assert told.run("work", "--once", "--now", "2026-10-02T05:04").code == 0
    firing = json.loads(told.run("alerts", "--json").out)["firing"]
    return str(next(one["alert"] for one in firing if one["slo"] == "play-video/availability"))


def test_an_alert_is_taken_on_its_page(told: Site, client: TestClient) -> None:
    group = burning(told)
    assert client.get("/alerts?lang=en").text.count("I am looking into it") >= 1
    unnamed = client.post("/alerts/taken?lang=en", data={"alert": group, "by": " "})
    assert (unnamed.status_code, "It is not said who looks into it" in unnamed.text) == (400, True)
    unknown = client.post("/alerts/taken?lang=en", data={"alert": "nothing", "by": "sre"})
    assert (unknown.status_code, "no alert nothing fires" in unknown.text) == (400, True)
    foreign = client.post("/alerts/taken", data={"alert": group, "by": "sre"}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    taken = client.post(
        "/alerts/taken?lang=en", data={"alert": group, "by": EVIL, "note": EVIL}, follow_redirects=False
    )
    assert (taken.status_code, taken.headers["location"]) == (303, "/alerts?lang=en")
    page = client.get("/alerts?lang=en").text
    only_templates(page)
    assert "said on the page of alerts" in page
    client.post("/alerts/taken", data={"alert": group, "by": "another"})  # the first one stays
    [one] = [one for one in json.loads(told.run("alerts", "--json").out)["firing"] if one["alert"] == group]
    assert (one["acknowledged"]["origin"], one["acknowledged"]["by"]) == ("web", EVIL)
    assert "said on the page of alerts" in " ".join(told.run("alerts", "--lang", "en").out.split())
