"""gzip as logs have it: several members, zeroes behind them, and a megabyte that unfolds to a thousand."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.sources.compressed import _BLOCK, _gzip


@given(
    st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 20_000), st.integers(0, 600)), min_size=1, max_size=4)
)
def test_read_as_gzip_reads_it(members: list[tuple[bytes, int, int]]) -> None:
    packed = b"".join(gzip.compress(data * times, 1) + b"\0" * zeroes for data, times, zeroes in members)
    blocks = list(_gzip(io.BytesIO(packed)))
    assert b"".join(blocks) == gzip.decompress(packed)
    assert all(len(block) <= _BLOCK for block in blocks)


@given(st.binary(max_size=3_000), st.integers(1, 3_000))
def test_cut_short(data: bytes, missing: int) -> None:
    packed = gzip.compress(data * 1_000)
    with pytest.raises(EOFError):
        list(_gzip(io.BytesIO(packed[: -min(missing, len(packed) - 1)])))


def test_damaged() -> None:
    packed = bytearray(gzip.compress(b"abc" * 100_000))
    packed[-6] ^= 1  # in the checksum
    with pytest.raises(zlib.error):
        list(_gzip(io.BytesIO(packed)))
