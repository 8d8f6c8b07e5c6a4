"""A book in other formats, on the disk."""

from __future__ import annotations

import difflib
from pathlib import Path

from kakeibo.errors import Problem, UsageError
from kakeibo.exports import Exported, Format, formats
from kakeibo.i18n import t


def listed() -> list[str]:
    """The formats, a line each."""
    known = formats()
    width = max(map(len, known))
    return [f"{name:<{width}}  {t(one.summary)}" for name, one in known.items()]


def chosen(name: str) -> Format:
    """A format by its name. Raises UsageError with the nearest one, or all."""
    known = formats()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, 1)
    mend = t("did you mean {near}?", near=near[0]) if near else t("there are: {names}", names=", ".join(known))
    raise UsageError(t("there is no format {name}", name=name), mend)


def write(exported: Exported, folder: Path, *, replace: bool) -> list[Path]:
    """Write the files below `folder`, which is made if need be. Raises UsageError, before anything is written, when
    one is there with another text and must not be replaced."""
    files = {folder / name: text for name, text in exported.files.items()}
    if not replace:
        for path, text in files.items():
            if path.exists() and (not path.is_file() or path.read_bytes() != text.encode()):
                raise UsageError(
                    t("{path} is there already", path=path), t("choose another --out, or replace it with --force")
                )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)


def written(path: Path) -> str:
    return t("written: {path}", path=path)


def worded(warning: Problem) -> str:
    """A warning as the error stream shows it."""
    return t("warning: {message}", message=warning)
