"""Runs the benchmarks named, or all, and prints one table.

python -m benchmarks [NAME ...] [--quick] [--runs N] [--write docs/benchmarks.md]
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

from benchmarks import (
    commands,
    counting,
    fleet,
    fleet_input,
    following,
    incidents,
    learning,
    tables,
    watching,
    web,
)
from benchmarks.measuring import PYTHON, run
from benchmarks.scenes import Scene

BENCHMARKS: dict[str, Callable[[Scene, int, int], counting.Outcome]] = {
    "counting": counting.counting,
    "others": counting.others,
    "formats": counting.formats,
    "growth": counting.growth,
    "demo": commands.demo,
    "flushes": following.flushes,
    "follow": following.follow,
    "startup": commands.start_up,
    "init": commands.init,
    "ledger": commands.ledger,
    "watching": watching.watching,
    "fleet": fleet.fleet,
    "fleet-input": fleet_input.fleet_input,
    "incidents": incidents.incidents,
    "postmortems": learning.postmortems,
    "web": web.web,
}
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


def main() -> None:
    options = _options()
    lines, runs = (100_000, 1) if options.quick else (1_000_000, options.runs)
    rows, findings = [], []
    with tempfile.TemporaryDirectory(prefix="kakeibo-bench-", dir=options.folder) as folder:
        scene = Scene(Path(folder))
        run([PYTHON, "-m", "kakeibo", "--help"], scene.folder)  # compile first, as an installation does
        run([PYTHON, "-c", "import kakeibo.app.ingesting, benchmarks.tasks"], scene.folder)
        for name in options.names or BENCHMARKS:
            print(f"... {name}", flush=True)
            more_rows, more_findings = BENCHMARKS[name](scene, lines, runs)
            rows += more_rows
            findings += more_findings
    parts = [tables.rows(rows)] if rows else []
    parts += [tables.findings(findings)] if findings else []
    text = "\n\n".join(parts)
    print(text)
    if options.write:
        _write(options.write, f"{_circumstances(options, runs)}\n\n{text}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="100,000 lines and one run each: does it work at all?")
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement; the median counts")
    parser.add_argument("--folder", type=Path, help="where the logs are written, and removed afterwards (11 GB)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this document")
    return parser.parse_args()


def _circumstances(options: argparse.Namespace, runs: int) -> str:
    command = " ".join(["python -m benchmarks", *options.names, *(["--quick"] if options.quick else [])])
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `{command}`: {cpu_count()} cores shared with others, "
        f"Python {platform.python_version()}, DuckDB {_duckdb()}, median of {runs} runs in turns."
    )


def _duckdb() -> str:
    from importlib.metadata import version

    return version("duckdb")


def _write(path: Path, text: str) -> None:
    """Put the tables between the marks of the document; what stands around them is written by hand."""
    before, _, rest = path.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    path.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
