"""How fast lines are counted, beside the least and the most that others need for it."""

from __future__ import annotations

import shutil

from benchmarks.measuring import Measured, take_turns
from benchmarks.scenes import Scene, ingest, task
from benchmarks.tables import Finding, Row

Outcome = tuple[list[Row], list[Finding]]
GOACCESS_FORMAT = '%h %^[%d:%t %^] "%r" %s %b "%R" "%u" %T'


def counting(scene: Scene, lines: int, runs: int) -> Outcome:
    """20, 200 and 1,000 SLOs on nginx JSON, against a bare scan."""
    log = scene.log(lines)
    size = log.stat().st_size
    books = {slos: scene.book(slos, log) for slos in (20, 200, 1_000)}
    commands = {"wc -l": ["wc", "-l", str(log)], "bare DuckDB scan of the same columns": task("bare", log)}
    commands |= {f"kakeibo ingest, {slos:,} SLOs": ingest(book) for slos, book in books.items()}
    commands |= {f"counting alone, {slos:,} SLOs": task("engine", book) for slos, book in books.items()}
    parts = scene.book(20, log, ", breakdown: [operation, error], histogram: [duration]")
    commands |= {
        "kakeibo ingest, 20 SLOs, in parts": ingest(parts),
        "counting alone, 20 SLOs, in parts": task("engine", parts),
    }
    commands["plain Python, msgspec loop"] = task("loop", log)
    found = take_turns(commands, scene.folder, runs)
    _check(found, lines)
    bare = found["bare DuckDB scan of the same columns"]
    rows = []
    for what, measured in found.items():
        alone = what.startswith("counting")
        floor = bare.said["cpu"] if alone else bare.cpu
        cpu = measured.said["cpu"] if alone else measured.cpu
        rows.append(Row(what, lines, cpu, size, measured.peak, None if what == "wc -l" else floor))
    whole = {slos: found[f"kakeibo ingest, {slos:,} SLOs"] for slos in books}
    few, many = (found[f"counting alone, {slos} SLOs"].said["cpu"] for slos in ("20", "1,000"))
    apart, alone = (
        found["kakeibo ingest, 20 SLOs, in parts"].cpu,
        found["counting alone, 20 SLOs, in parts"].said["cpu"],
    )
    return rows, [
        Finding("20 SLOs in parts by 3 columns to 20 SLOs, the whole command", apart / whole[20].cpu, "x", 1.3),
        Finding("20 SLOs in parts by 3 columns to 20 SLOs, counting alone", alone / few, "x", 1.3),
        Finding("20 SLOs to the bare scan, the whole command", whole[20].cpu / bare.cpu, "x", 1.5),
        Finding("20 SLOs to the bare scan, counting alone", few / bare.said["cpu"], "x", 1.5),
        Finding("1,000 SLOs to 20, the whole command", whole[1_000].cpu / whole[20].cpu, "x", 1.4),
        Finding("1,000 SLOs to 20, counting alone", many / few, "x", 1.4),
    ]


def others(scene: Scene, lines: int, runs: int) -> Outcome:
    """GoAccess, which counts other things, but of the same lines."""
    if shutil.which("goaccess") is None:
        print("goaccess is missing (apt-get install goaccess): left out", flush=True)
        return [], []
    lines //= 10  # it takes twenty times as long as we do
    log = scene.log(lines, "combined")
    options = ["--date-format=%d/%b/%Y", "--time-format=%T", "--no-progress", f"--output={scene.folder}/goaccess.json"]
    command = ["goaccess", str(log), f"--log-format={GOACCESS_FORMAT}", *options]
    measured = take_turns({"goaccess": command}, scene.folder, min(runs, 3))["goaccess"]
    return [Row("GoAccess, combined format", lines, measured.cpu, log.stat().st_size, measured.peak)], []


def formats(scene: Scene, lines: int, runs: int) -> Outcome:
    """Combined against JSON; compressed against plain and decompressing by itself."""
    plain, combined = scene.log(lines), scene.log(lines, "combined")
    packed = {suffix: scene.packed(lines, suffix) for suffix in ("gz", "zst")}
    commands = {
        "nginx JSON, 20 SLOs": ingest(scene.book(20, plain)),
        "combined format, 20 SLOs": ingest(scene.book(20, combined)),
        "nginx JSON, counting alone": task("engine", scene.book(20, plain)),
        "combined format, counting alone": task("engine", scene.book(20, combined)),
        "nginx JSON .gz, 20 SLOs": ingest(scene.book(20, packed["gz"])),
        "gzip -dc": ["sh", "-c", f"exec gzip -dc '{packed['gz']}' >/dev/null"],
        "nginx JSON .zst, 20 SLOs": ingest(scene.book(20, packed["zst"])),
    }
    found = take_turns(commands, scene.folder, runs)
    _check({what: measured for what, measured in found.items() if what != "gzip -dc"}, lines)
    rows = []
    for what, measured in found.items():
        size = (combined if what.startswith("combined") else plain).stat().st_size
        cpu = measured.said["cpu"] if what.endswith("alone") else measured.cpu
        rows.append(Row(what, lines, cpu, size, measured.peak))
    cpu = {what: measured.cpu for what, measured in found.items()}
    alone = {what: measured.said.get("cpu", 0) for what, measured in found.items()}
    json = "nginx JSON, 20 SLOs"
    return rows, [
        Finding("combined to JSON, the whole command", cpu["combined format, 20 SLOs"] / cpu[json], "x", 1),
        Finding(
            "combined to JSON, counting alone",
            alone["combined format, counting alone"] / alone["nginx JSON, counting alone"],
            "x",
            1,
        ),
        Finding(".gz to plain + gzip -dc", cpu["nginx JSON .gz, 20 SLOs"] / (cpu[json] + cpu["gzip -dc"]), "x", 1.3),
        *(Finding(f"peak memory, {what}", found[what].peak, "MB", 400) for what in found if what != "gzip -dc"),
    ]


def growth(scene: Scene, lines: int, runs: int) -> Outcome:
    """CPU and memory over three sizes, a tenth, one, and ten times `lines`."""
    rows, findings = [], []
    for form in ("json", "combined"):
        for size in (lines // 10, lines, lines * 10):
            if not scene.fits(size, form):
                print(f"no room on the disk for {size:,} lines of {form}: left out", flush=True)
                continue
            log = scene.log(size, form)
            commands = {"ours": ingest(scene.book(20, log))}
            if form == "json":
                commands["bare"] = task("bare", log)
            found = take_turns(commands, scene.folder, runs)
            _check(found, size)
            bare = found["bare"].cpu if form == "json" else None
            what = f"kakeibo ingest, {form}, {size:,} lines"
            rows.append(Row(what, size, found["ours"].cpu, log.stat().st_size, found["ours"].peak, bare))
            if size > lines:
                findings.append(Finding(f"peak memory, {form}, {size:,} lines", found["ours"].peak, "MB", 400))
                if bare:
                    findings.append(
                        Finding(f"20 SLOs to the bare scan, {size:,} lines", found["ours"].cpu / bare, "x", 1.5)
                    )
                log.unlink()
    return rows, findings


def _check(found: dict[str, Measured], lines: int) -> None:
    """Refuse to compare what did not count every line."""
    for what, measured in found.items():
        said = measured.said["sources"][0] if "sources" in measured.said else measured.said
        if "lines" in said and (said["lines"] != lines or said.get("rejected")):
            raise RuntimeError(f"{what}: {said['lines']} lines counted, not {lines}")
