"""Every kind of channel and each of its options is documented, the examples are channels, and the contract is whole."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import yaml
from tests.letters.test_notifications import messages

from kakeibo.app.check import read
from kakeibo.notifiers import webhook
from kakeibo.notifiers.kinds import kinds

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "channels.md").read_text(encoding="utf-8")
CONTRACT = (DOCS / "contracts" / "notification.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([a-z]+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
JAPANESE = (DOCS / "channels.ja.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE + JAPANESE, re.DOTALL | re.MULTILINE)


def rows(text: str, heading: str) -> set[str]:
    """The words in code in the first column of the tables with that heading."""
    tables = re.findall(rf"^\| {heading} \|.*?\n\|[-|]+\n((?:\|.*\n)*)", text, re.MULTILINE)
    return {
        word for table in tables for row in table.splitlines() for word in re.findall(r"`([^`]+)`", row.split("|")[1])
    }


def test_every_kind_has_its_section() -> None:
    listed = re.findall(r"^\| \[`([a-z]+)`\]", PAGE, re.MULTILINE)
    assert sorted(listed) == sorted(SECTIONS) == sorted(kinds())
    assert rows(JAPANESE, "`type`") == kinds().keys()


@pytest.mark.parametrize("kind", kinds())
def test_every_option_is_explained_and_exists(kind: str) -> None:
    assert rows(SECTIONS[kind], "option") - {"phone"} == set(kinds()[kind].OPTIONS)


@pytest.mark.parametrize("kind", kinds())
def test_the_table_says_who_can_wake_somebody_up_and_takes_a_target(kind: str) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| [`{kind}`]")]
    _, _, _, target, wakes, _ = (cell.strip() for cell in row.split("|"))
    assert (target == "none") == (kinds()[kind].TARGET == "none")
    assert target.endswith("required") == (kinds()[kind].TARGET == "needed")
    assert (wakes == "yes") == kinds()[kind].pages


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_accepted(text: str, tmp_path: Path) -> None:
    (tmp_path / "kakeibo.yaml").write_text(text, encoding="utf-8")
    book, _ = read(tmp_path / "kakeibo.yaml")
    assert sorted(book.channels) == sorted(yaml.safe_load(text)["channels"])


def test_the_contract_names_every_field() -> None:
    event: dict[str, object] = {}
    data: dict[str, object] = {}
    slos: dict[str, object] = {}
    for message in messages().values():
        found = msgspec.json.decode(msgspec.json.encode(webhook.event(message, "/kakeibo")))
        event |= found
        data |= found["data"]
        slos |= found["data"]["slos"][0] if found["data"]["slos"] else {}
        assert f"`{message.kind}`" in CONTRACT
    whole, below = CONTRACT.split("## data")
    assert rows(whole, "field") == event.keys()
    assert rows(below, "field") | rows(below, "field of alerts") == data.keys()
    assert rows(below, "field of slos") == slos.keys()
