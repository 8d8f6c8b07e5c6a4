"""Channels in a book: what `check` says of them, and `kakeibo notify`."""

from __future__ import annotations

import json

import pytest
from tests.app.conftest import BOOK, Site
from tests.servers.receiver import Receiver, Reply

CHANNELS = """
channels:
  slack: {type: slack, url_env: SLACK}
  chat: {type: slack, token_env: SLACK}
  mail: {type: email, host: localhost, from: kakeibo@manabi.example}
  trial: {type: log, file: told.log}
  hook: {type: webhook, url: "URL", allow_private: true}
  phone: {type: phone, account: AC00000000000000000000000000000000, token_env: TOKEN, from: "+815012345678"}
"""


def write(site: Site, url: str = "https://a.example", notify: str = "") -> None:
    team = f"{{name: Player team, notify: {notify}}}" if notify else "{name: Player team}"
    book = BOOK.replace("{name: Player team}", team) + CHANNELS.replace("URL", url)
    (site.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")


def test_a_test_message(site: Site) -> None:
    write(site)
    sent = site.run("notify", "trial:me", "--lang", "ja", "--text", "こんにちは。")
    assert (sent.code, sent.out) == (0, "trial:me: 送りました\n")
    line = (site.folder / "told.log").read_text(encoding="utf-8")
    assert "| -> me | kakeibo からの試しの知らせ | こんにちは。" in line


def test_what_became_of_it_is_told(site: Site) -> None:
    receiver = Receiver()
    receiver.troubles = [
        Reply(429, "slow down", {"Retry-After": "9"}),
        Reply(404, "no such hook"),
        "hang up",
        Reply(204),
    ]
    with receiver.serving() as url:
        write(site, url)
        told = [site.run("notify", "hook") for _ in range(4)]
    later, refused, unknown, sent = [(one.code, one.out.strip()) for one in told]
    assert later[0] == refused[0] == unknown[0] == 1
    assert later[1].startswith(
        "hook: not delivered; a worker would try again - answered 429: slow down - not before 9 s"
    )
    assert refused[1] == "hook: refused; trying again would not help - answered 404: no such hook"
    assert unknown[1].startswith("hook: nobody knows whether it was delivered - ")
    assert sent == (0, "hook: sent")
    data = receiver.requests[0].json()["data"]
    assert (data["version"], data["kind"], data["severity"]) == (1, "notice", None)


def test_as_json(site: Site) -> None:
    with Receiver().serving() as url:
        write(site, url)
        told = json.loads(site.run("notify", "hook", "--json").out)
    assert (told["version"], told["channel"], told["target"], told["result"]) == (1, "hook", "", "sent")


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("trail", "there is no channel 'trail': did you mean 'trial'?"),
        ("hook:me", "a channel of type webhook has no targets: write hook alone"),
        ("slack:#player", "a channel of type slack has no targets: write slack alone"),
        ("chat", "a channel of type slack needs a target: write chat:TARGET"),
        ("mail", "a channel of type email needs a target: write mail:TARGET"),
        ("oncall", "there is no channel 'oncall': known are: "),
        ("phone", "a channel of type phone needs a target: write phone:TARGET"),
    ],
)
def test_wrong_receivers(to: str, says: str, site: Site) -> None:
    write(site)
    told = site.run("notify", to)
    assert told.code == 1
    assert says in told.err
    assert not (site.folder / "told.log").exists()


@pytest.mark.parametrize(
    ("notify", "says"),
    [
        ('{page: [oncall, "trial:me"], ticket: hook}', ""),
        ("{page: [oncal]}", "2:53: there is no channel 'oncal'; did you mean 'oncall'?"),
        ('{page: [trial, "hook:me"]}', "2:61: a channel of type webhook has no targets; write hook alone"),
        ("{page: [phone]}", "2:53: a channel of type phone needs a target; write phone:TARGET"),
        ("{pages: [trial]}", "unknown key 'pages'; did you mean 'page'?"),
    ],
)
def test_check_looks_at_receivers(notify: str, says: str, site: Site) -> None:
    write(site, notify=notify)
    told = site.run("check")
    assert told.code == int(bool(says))
    assert says in told.out


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("{type: logg}", "there is no type of channel 'logg'; did you mean 'log'?"),
        ("{file: a}", "the key 'type' is missing"),
        ("{type: slack, token_env: xoxb-1-secret}", "token_env is the name of an environment variable"),
        ("{type: log, flie: a}", "a channel of type log has no option flie; did you mean file?"),
    ],
)
def test_check_looks_at_channels(wrong: str, says: str, site: Site) -> None:
    book = site.folder / "kakeibo.yaml"
    book.write_text(f"{BOOK}\nchannels:\n  here: {wrong}\n", encoding="utf-8")
    told = site.run("check")
    assert told.code == 1
    assert says in told.out
    assert f"kakeibo.yaml:{len(BOOK.splitlines()) + 3}:" in told.out
    assert "xoxb" not in told.out


def test_oncall_is_no_name_for_a_channel(site: Site) -> None:
    (site.folder / "kakeibo.yaml").write_text(f"{BOOK}\nchannels: {{oncall: {{type: log}}}}\n", encoding="utf-8")
    assert "no channel can be called oncall" in site.run("check").out


@pytest.mark.parametrize(
    ("receivers", "said"),
    [
        ("[hook]", ""),
        ("hook", ""),
        ("[oncall]", "the organisation has nobody on duty: teams have; name a channel, or write it below a team"),
        ("[hok]", "there is no channel 'hok'; did you mean 'hook'?"),
    ],
)
def test_receivers_of_the_organisation_are_checked(site: Site, receivers: str, said: str) -> None:
    write(site)
    book = site.folder / "kakeibo.yaml"
    text = book.read_text(encoding="utf-8").replace("language: en}", f"language: en, notify: {receivers}}}")
    book.write_text(text, encoding="utf-8")
    told = site.run("check")
    assert told.code == int(bool(said))
    assert said in told.out
