"""The text of a proposed book: YAML that means what was meant."""

from __future__ import annotations

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from kakeibo.definitions.nodes import MapNode, TextNode, compose
from kakeibo.definitions.writing import scalar


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("")
@example("a: b #c")
@example("'")
@example('say "it\'s"')
@example("null")
@example("404")
@example("- x")
@example("x ")
@example("{a, b}")
@example("\u0085\u2028\ufeff\x7f\U0001f600")
def test_a_scalar_means_its_text_in_blocks_and_in_flows(text: str) -> None:
    for document in (f"key: {scalar(text)}\n", f"{{key: {scalar(text)}}}\n", f"key: [{scalar(text)}, x]\n"):
        found = yaml.safe_load(document)["key"]
        assert (found[0] if isinstance(found, list) else found) == text
        root, problems = compose("book", document)
        assert problems == []
        assert isinstance(root, MapNode)
        value = root.entries["key"][1]
        assert not isinstance(value, TextNode) or value.value == text
    assert "\n" not in scalar(text)


def test_plain_words_are_written_plainly() -> None:
    for text in (
        "operation = 'PlayVideo'",
        "status < 500",
        "/var/log/nginx/access.log*",
        "動画を再生できる",
        "Open /a/…",
    ):
        assert scalar(text) == text
    assert scalar('"Status Code" < 500') == "'\"Status Code\" < 500'"
