"""The format of access logs, worked out from their lines."""

from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.sources.made_logs import LOGS

from kakeibo.sources.line_formats import infer, with_microseconds
from kakeibo.sources.log_format import Format
from kakeibo.sources.nginx import COMBINED

WORD = st.text(
    st.characters(codec="ascii", exclude_characters='"\\ []', min_codepoint=33, max_codepoint=126), min_size=1
)
QUOTED = st.text(st.characters(exclude_characters='"\\', categories=["L", "N", "P", "Zs"]), min_size=1).filter(
    lambda text: "\n" not in text
)


@given(
    st.ip_addresses(),
    st.from_regex(r"-|[a-z][a-z0-9_.@]{0,20}", fullmatch=True),
    WORD,
    st.integers(100, 599),
    st.one_of(st.just("-"), st.integers(0, 10**9).map(str)),
    QUOTED,
    QUOTED,
)
def test_the_combined_format_is_recognised(
    address: object, user: str, path: str, status: int, size: str, referer: str, agent: str
) -> None:
    assume(not re.fullmatch(r"\d+\.\d{1,6}", agent))  # a single line whose last text is a number of seconds misleads
    line = (
        f'{address} - {user} [21/Nov/2026:17:00:00 +0900] "GET /{path} HTTP/1.1" {status} {size} "{referer}" "{agent}"'
    )
    assert infer([line]) == COMBINED


@given(st.lists(st.one_of(WORD, QUOTED.map('"{}"'.format), st.just("- [x]"), st.just("k=v"), st.just('k="v w"'))))
def test_whatever_follows_gets_names_of_its_own(words: list[str]) -> None:
    line = " ".join([LOGS["combined.log"][0], *words])
    found = infer([line])
    if found is not None:
        variables = Format.read(found).variables
        assert len(variables) == len(set(variables))
        assert re.match(Format.read(found).pattern(len(variables)), line)


def test_the_format_of_most_lines_is_taken() -> None:
    refused = '192.0.2.1 - - [21/Nov/2026:17:00:00 +0900] "-" 400 0 "-" "-"'
    assert infer([refused, "garbage", *LOGS["combined.log"][:5]]) == COMBINED


def test_lines_of_many_shapes_have_no_format() -> None:
    assert infer(["a b c", "d e f"]) is None
    assert infer([]) is None


def test_small_whole_numbers_are_not_taken_for_a_time() -> None:
    text = COMBINED + " $extra_1"
    assert with_microseconds(text, ["... 0", "... 3"]) is None
    assert with_microseconds(text, ["... x"]) is None
    assert with_microseconds(COMBINED, ["... 250000"]) is None
    assert with_microseconds(text, ["... 250000"]) == (COMBINED + " $request_time", ["250000"])
