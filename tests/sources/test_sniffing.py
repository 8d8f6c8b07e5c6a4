"""What kind of log a file is: told by its content, or refused with what it looks like and the mend."""

from __future__ import annotations

import gzip
import os
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
import zstandard
from tests.sources.made_logs import LOGS, N, write

from kakeibo.errors import SourceError
from kakeibo.sources.sniffing import Sniffed, sniff

DATA = Path(__file__).parents[1] / "data"
COMMON = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
COMBINED = f'{COMMON} "$http_referer" "$http_user_agent"'

WHAT_THEY_ARE: dict[str, tuple[str, dict[str, object]]] = {
    "common.log": ("nginx", {"log_format": COMMON}),
    "combined.log": ("nginx", {}),
    "forwarded.log": ("nginx", {"log_format": f'{COMBINED} "$http_x_forwarded_for"'}),
    "timed.log": ("nginx", {"log_format": f"{COMBINED} $request_time $upstream_response_time $extra_1"}),
    "pairs.log": (
        "nginx",
        {"log_format": f'{COMBINED} rt=$request_time uct="$upstream_connect_time" urt="$upstream_response_time"'},
    ),
    "microseconds.log": ("nginx", {"log_format": f"{COMBINED} $request_time"}),
    "virtual_host.log": ("nginx", {"log_format": f"$server_name {COMMON}"}),
    "windows.log": ("nginx", {"log_format": COMMON}),
    "own_format.log": ("nginx", {"log_format": "$time_iso8601 $request_method $request_uri $status $request_time"}),
    "balancer.log": ("alb", {}),
    "ecs.jsonl": ("ndjson", {"time": "@timestamp"}),
    "dotted.jsonl": ("ndjson", {}),
    "request.jsonl": ("nginx-json", {"time": "time_local"}),
    "graphql.jsonl": ("ndjson", {}),
    "address.jsonl": ("ndjson", {}),
    "jobs.jsonl": ("sidekiq", {}),
    "zoneless.csv": ("csv", {"time": "when"}),
    "semicolons.csv": ("csv", {"delimiter": ";"}),
}


@pytest.mark.parametrize("name", LOGS)
def test_every_format_is_told(tmp_path: Path, name: str) -> None:
    found = sniff(write(tmp_path, name))
    assert (found.kind, found.options) == WHAT_THEY_ARE[name]
    assert found.readable == 1
    assert found.lines == N
    assert found.zoneless == (name == "zoneless.csv")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("apache_access.log", "nginx"), ("nginx_graphql.jsonl", "nginx-json"), ("sidekiq_jobs.jsonl", "sidekiq")],
)
def test_real_logs_are_told(name: str, kind: str) -> None:
    found = sniff(DATA / name)
    assert (found.kind, found.options, found.zoneless) == (kind, {}, False)
    assert found.readable > Fraction(99, 100)


@pytest.mark.parametrize("name", ["combined.log", "graphql.jsonl", "jobs.jsonl", "semicolons.csv", "balancer.log"])
@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".zst", zstandard.compress)])
def test_compressed_logs_are_told(tmp_path: Path, name: str, suffix: str, compress: object) -> None:
    assert callable(compress)
    plain = write(tmp_path, name)
    packed = tmp_path / (name + suffix)
    packed.write_bytes(compress(plain.read_bytes()))
    assert _essence(sniff(packed)) == _essence(sniff(plain))


def _essence(found: Sniffed) -> tuple[object, ...]:
    return found.kind, found.options, found.lines, found.readable


@pytest.mark.parametrize(
    ("time", "options", "zoneless"),
    [
        ("TIMESTAMP '2026-11-21 17:00:00' AS time", {}, True),
        ("TIMESTAMPTZ '2026-11-21 17:00:00+09' AS happened_at", {"time": "happened_at"}, False),
        ("'2026-11-21T17:00:00Z' AS ts", {"time": "ts"}, False),
    ],
)
def test_parquet_is_told(tmp_path: Path, time: str, options: dict[str, object], zoneless: bool) -> None:
    path = tmp_path / "events.parquet"
    duckdb.execute(f"COPY (SELECT {time}, '/a' AS path, 200 AS status) TO '{path}'")
    found = sniff(path)
    assert (found.kind, found.options, found.zoneless) == ("parquet", options, zoneless)
    assert found.readable == 1


def test_unreadable_lines_lower_the_share(tmp_path: Path) -> None:
    lines = ["garbage" if i % 4 == 0 else line for i, line in enumerate(LOGS["combined.log"])]
    path = tmp_path / "access.log"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert sniff(path).readable == Fraction(3, 4)


def test_bytes_that_are_no_text_spoil_only_their_line(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b"\n".join([b"\xff\xfe\xfa broken", *(line.encode() for line in LOGS["combined.log"]), b""]))
    assert sniff(path).readable == Fraction(N, N + 1)


STRANGERS = {
    "nothing": (b"", "is empty"),
    "blank": (b"\n\n  \n", "is empty"),
    "noise": (bytes(range(256)) * 100, "is no text"),
    "damaged.gz": (b"\x1f\x8bjunk" * 100, "cannot be decompressed"),
    "empty.gz": (gzip.compress(b""), "cannot be decompressed, or is empty inside"),
    "utf16": ("\n".join(LOGS["combined.log"]).encode("utf-16"), "is written in UTF-16"),
    "endless": (b"x" * 3_000_000, "is longer than 1 MB"),
    "sidekiq": ((DATA / "sidekiq_process.log").read_bytes(), "Sidekiq's own log"),
    "plain-sidekiq": (b"2026-11-21T17:24:00.028Z pid=7789 tid=59x INFO: Booting\n" * 5, "Sidekiq's own log"),
    "error.log": (b"2026/11/21 17:00:00 [error] 12#12: *1 open() failed\n" * 5, "web server's error log"),
    "apache-error": (b"[Sat Nov 21 17:00:00.123 2026] [core:error] [pid 1] File does not exist\n" * 5, "error log"),
    "syslog": (b"Nov 21 17:00:01 host sshd[12]: Accepted publickey\n" * 5, "syslog"),
    "rails": (b'Started GET "/" for 127.0.0.1 at 2026-11-21 17:00:00 +0900\nProcessing by X\n' * 5, "Rails"),
    "document": (b'[\n  {"a": 1},\n  {"b": 2}\n]\n', "one JSON document"),
    "page": (b"<!DOCTYPE html>\n<html>\n</html>\n", "web page"),
    "logfmt": (b'level=info msg="x y" status=200\n' * 5, "logfmt"),
    "prose": (b"Dear diary,\ntoday nothing failed.\n", "it begins: Dear diary,"),
    "timeless": (b'{"status": 200, "message": "hello"}\n' * 5, "none of its keys holds the time: status, message"),
    "torn.parquet": (b"PAR1 and no more", "cannot be read"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_no_usable_log_gets_one_message_with_a_mend(tmp_path: Path, name: str) -> None:
    content, message = STRANGERS[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        sniff(path)
    assert message in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.mend
    assert "\n" not in str(caught.value)


def test_what_is_no_file_gets_one_message(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, message in (
        (tmp_path, "is a folder"),
        (tmp_path / "missing", "there is no file"),
        (tmp_path / "pipe", "no regular file"),
    ):
        with pytest.raises(SourceError, match=message):
            sniff(path)


def test_a_parquet_file_without_a_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    duckdb.execute(f"COPY (SELECT '/a' AS path, 200 AS status) TO '{path}'")
    with pytest.raises(SourceError, match="no column that holds the time: path, status"):
        sniff(path)
