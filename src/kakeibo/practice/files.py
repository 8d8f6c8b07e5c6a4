"""Files that the advisor looks at: which there are, what each is, and what in them asks to be ignored.

What a file is, its content says; one that is nothing we know is passed over without a word, for a folder holds much.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kakeibo.definitions.nodes import MapNode, Node, compose_all
from kakeibo.errors import BookError, Problem, UsageError
from kakeibo.i18n import t
from kakeibo.practice import certificates, nginx, plans, sidekiq, trees
from kakeibo.practice.certificates import Certificate
from kakeibo.practice.ignores import Ignore, ignores_in
from kakeibo.practice.kubernetes import Cluster, Manifest, manifests_of
from kakeibo.practice.nginx import Directive
from kakeibo.practice.plans import Resource

SUFFIXES: Final = (".yaml", ".yml", ".json", ".conf", ".pem", ".crt", ".cer", ".nginx")
MAX_BYTES: Final = 32_000_000
_NGINX: Final = re.compile(
    r"^\s*(?:(?:http|server|events|location|upstream)\b[^;]*\{|(?:proxy_\w+|ssl_certificate|worker_processes)\s[^;]*;)",
    re.MULTILINE,
)
"""What only nginx's configuration looks like: many programs have files.conf."""
_SKIPPED: Final = {"node_modules", "vendor", "__pycache__"}


@dataclass(slots=True)
class Files:
    """What was found. `rules`: the alert rules of Prometheus, one mapping each; `looked_at`: the files that are
    anything; `unread`: those that should be, and cannot be read."""

    manifests: list[Manifest] = field(default_factory=list)
    nginx: list[Directive] = field(default_factory=list)
    sidekiq: list[MapNode] = field(default_factory=list)
    databases: list[MapNode] = field(default_factory=list)
    timetables: list[MapNode] = field(default_factory=list)
    rules: list[MapNode] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    ignores: list[Ignore] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    unread: list[Problem] = field(default_factory=list)

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.manifests)


def read(paths: Iterable[Path]) -> Files:
    """Everything at `paths`: files, and folders with all that is below them. Raises UsageError for a path that is
    not there."""
    found = Files()
    for file in dict.fromkeys(file for path in paths for file in _files(path)):
        _read(file, found)
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            if inner.name.startswith(".") or inner.name in _SKIPPED:
                continue
            if inner.is_dir() and not inner.is_symlink():
                yield from _files(inner)
            elif inner.suffix in SUFFIXES and inner.is_file():
                yield inner
    elif path.is_file():
        yield path
    else:
        raise UsageError(
            t("there is no file or folder {path}", path=path), t("give the path of what is to be looked at")
        )


def _read(path: Path, found: Files) -> None:
    """Take in one file."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else t("not a text file in UTF-8")
        found.unread.append(Problem(str(path), 0, 0, t("cannot be read ({reason})", reason=why)))
        return
    if path.suffix == ".json":
        resources = plans.read(str(path), data)
        if resources is not None:
            found.resources += resources
            found.looked_at.append(str(path))
    elif path.suffix in (".yaml", ".yml"):
        _yaml(path, text, found)
    elif certificates.BEGIN in text:
        _certificates(path, text, found)
    elif path.suffix in (".conf", ".nginx") and _NGINX.search(text):
        _nginx(path, text, found)


def _certificates(path: Path, text: str, found: Files) -> None:
    try:
        found.certificates += certificates.read(str(path), text)
        found.looked_at.append(str(path))
    except ValueError:
        found.unread.append(Problem(str(path), 0, 0, t("a certificate in it is damaged"), t("export it again as PEM")))
    _ignores(path, text, found)


def _nginx(path: Path, text: str, found: Files) -> None:
    directives = nginx.read(path)
    if isinstance(directives, Problem):
        found.unread.append(directives)
        return
    found.nginx += directives
    found.looked_at.append(str(path))
    _ignores(path, text, found)


def _yaml(path: Path, text: str, found: Files) -> None:
    try:
        roots, _ = compose_all(str(path), text)
    except BookError as error:
        if "{{" not in text:
            found.unread.append(error.problems[0])
            return
        mend = t("give what comes out of it, such as the output of helm template")
        found.unread.append(Problem(str(path), 0, 0, t("a template, not yet filled in"), mend))
        return
    known = [_sort(root, found) for root in roots]
    if any(known):
        found.looked_at.append(str(path))
        _ignores(path, text, found)


def _sort(root: Node, found: Files) -> bool:
    """Put one document where it belongs; False when it is nothing that checks look at."""
    if not isinstance(root, MapNode):
        return False
    manifests, rules = list(manifests_of(root)), list(_rules(root))
    found.manifests += manifests
    found.rules += rules
    kinds = {
        "sidekiq": sidekiq.is_sidekiq(root),
        "databases": sidekiq.is_database(root),
        "timetables": next(sidekiq.timetable(root), None) is not None,
    }
    for kind, fits in kinds.items():
        if fits and not manifests:
            getattr(found, kind).append(root)
    return bool(manifests or rules or any(kinds.values()))


def _rules(root: MapNode) -> Iterator[MapNode]:
    """Alert rules of Prometheus, alone or as an object of Kubernetes."""
    for group in (*trees.maps(root, "groups"), *trees.maps(root, "spec", "groups")):
        yield from (rule for rule in trees.maps(group, "rules") if trees.text(rule, "alert"))


def _ignores(path: Path, text: str, found: Files) -> None:
    ignores, problems = ignores_in(str(path), text)
    found.ignores += ignores
    found.unread += problems
