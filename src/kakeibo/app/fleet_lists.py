"""The list of devices that a book names: a CSV file with a heading."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from kakeibo.errors import SourceError
from kakeibo.fleet.columns import Group
from kakeibo.i18n import t


def listed_devices(path: Path) -> Iterator[tuple[str, Group]]:
    """(device, (region, model, firmware)) of every line. Raises SourceError when it is not such a list."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if "device" not in (rows.fieldnames or ()):
                raise SourceError(
                    t("{path} has no column {column}", path=path, column="device"),
                    t("begin it with a line of names: device,region,model,firmware"),
                )
            for row in rows:
                if name := (row["device"] or "").strip():
                    yield name, (row.get("region") or "", row.get("model") or "", row.get("firmware") or "")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else t("it is not UTF-8 text")
        raise SourceError(t("{path}: {why}", path=path, why=why), t("correct devices: of the fleet")) from None
