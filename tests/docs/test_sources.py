"""Every kind of source and each of its options and columns is documented, and the examples are sources."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from kakeibo.app.check import read
from kakeibo.model import Source
from kakeibo.sources.kinds import kinds, reader
from kakeibo.sources.sidekiq import Sidekiq

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))


def blocks(language: str, text: str = PAGE) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def rows(text: str, heading: str) -> set[str]:
    """The words in code in the first column of the tables with that heading."""
    tables = re.findall(rf"^\| {heading} \|.*?\n\|[-|]+\n((?:\|.*\n)*)", text, re.MULTILINE)
    return {
        word for table in tables for row in table.splitlines() for word in re.findall(r"`([^`]+)`", row.split("|")[1])
    }


def test_every_kind_has_its_section() -> None:
    listed = re.findall(r"^\| \[`([a-z0-9-]+)`\]", PAGE, re.MULTILINE)
    assert sorted(listed) == sorted(kinds())
    assert set(kinds()) == set(SECTIONS) & {*kinds(), *listed}


@pytest.mark.parametrize("kind", kinds())
def test_every_option_is_explained_and_exists(kind: str) -> None:
    assert rows(SECTIONS[kind], "option") == set(kinds()[kind].OPTIONS)


@pytest.mark.parametrize("kind", ["alb", "sidekiq"])
def test_every_column_of_a_fixed_format_is_explained(kind: str) -> None:
    columns = reader(Source("s", kind, (), Path())).columns
    assert columns is not None
    assert rows(SECTIONS[kind], "column") == set(columns)


def test_every_column_of_the_combined_format_is_explained() -> None:
    columns = reader(Source("s", "nginx", (), Path())).columns
    assert columns is not None
    own = {"remote_user", "time_local", "request", "body_bytes_sent", "http_referer", "http_user_agent"}
    assert rows(SECTIONS["nginx"], "column") - {"duration", "$variable"} == set(columns) - own


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_example_is_accepted(text: str, tmp_path: Path) -> None:
    (tmp_path / "kakeibo.yaml").write_text(text, encoding="utf-8")
    book, _ = read(tmp_path / "kakeibo.yaml")
    assert sorted(book.sources) == sorted(yaml.safe_load(text)["sources"])


def test_the_lines_that_nginx_writes_are_read() -> None:
    """The format is JSON once its variables have values, and its keys are those that the book's example maps."""
    (config,) = blocks("nginx")
    words = shlex.split(config.split("escape=json", 1)[1].split(";\n")[0])
    line = re.sub(r"\$\w+", "1", "".join(words))
    keys = set(msgspec.json.decode(line.encode()))
    mapped = yaml.safe_load(blocks("yaml")[0])["sources"]["web"]["fields"].values()
    assert set(mapped) <= keys
    assert "time" in keys


RUN = """
module Sidekiq; def self.configure_server; end; end
%s
log = JobLog.new(ARGV[0])
job = {"jid" => "a", "class" => "MailJob", "retry" => 1, "enqueued_at" => 1795281805.5}
log.call(nil, job, "default") {}
begin; log.call(nil, job.merge("jid" => "b"), "default") { raise ArgumentError }; rescue ArgumentError; end
late = job.merge("jid" => "b", "retry_count" => 0, "enqueued_at" => 1795281806500)
begin; log.call(nil, late, "default") { raise ArgumentError }; rescue ArgumentError; end
"""


@pytest.mark.long
def test_what_the_middleware_writes_is_read(tmp_path: Path) -> None:
    if shutil.which("ruby") is None:
        pytest.fail("this test needs Ruby: apt-get install ruby", pytrace=False)
    (middleware,) = blocks("ruby")
    subprocess.run(["ruby", "-e", RUN % middleware, tmp_path / "jobs.json"], check=True)
    lines = (tmp_path / "jobs.json").read_bytes().splitlines()
    jobs = Sidekiq(Source("jobs", "sidekiq", (), Path(), options={"deadline": "36500d"}))
    found = jobs.gather(enumerate(lines), {})
    assert found.refused == []
    shown: list[Any] = [(job[3], job[4], job[7]) for job in found.jobs]  # status, error, retries
    assert shown == [("done", None, 0), ("dead", "ArgumentError", 1)]
