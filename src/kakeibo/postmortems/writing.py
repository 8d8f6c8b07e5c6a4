"""A form as Markdown with front matter. `reading.read` makes the same form of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import yaml

from kakeibo.clock import moment_of
from kakeibo.i18n import marked, speaking, t
from kakeibo.postmortems.form import Action, Form, Head, Measured
from kakeibo.postmortems.headings import TITLES, title

COLUMNS: Final = (marked("Action"), marked("Type"), marked("Owner"), marked("Due"), marked("Done"))


def write(form: Form) -> str:
    """The Markdown of a form, with headings in its language."""
    with speaking(form.head.language):
        return "\n".join(_lines(form))


def _lines(form: Form) -> Iterator[str]:
    yield from ("---", front_matter(form.head), "---", "", f"# {form.head.title}", "")
    if form.preface:
        yield from (form.preface, "")
    for section in TITLES:
        if section == "actions":
            yield from _actions(form)
        elif section == "questions":
            if form.questions:
                yield from (f"## {title(section)}", "")
                yield from (f"- [{'x' if one.answered else ' '}] {one.text}" for one in form.questions)
                yield ""
        elif section in form.texts:
            yield from _section(title(section), form.texts[section])
    for heading, text in form.extra:
        yield from _section(heading, text)


def _section(heading: str, text: str) -> Iterator[str]:
    yield from (f"## {heading}", "")
    if text:
        yield from (text, "")


def _actions(form: Form) -> Iterator[str]:
    """The table stands there even without a row: it shows what is asked for."""
    yield from _section(title("actions"), form.note)
    yield from table(form.actions)
    yield ""


def table(actions: Iterable[Action]) -> Iterator[str]:
    """Actions as a table, its headings in the language in use."""
    yield row(map(t, COLUMNS))
    yield row("---" for _ in COLUMNS)
    yield from map(_action, actions)


def _action(one: Action) -> str:
    return row((one.what, one.type, one.owner, str(one.due or ""), str(one.done or "")))


def row(cells: Any) -> str:
    """A row of a table. A bar in a cell is escaped, and so is what escapes."""
    return f"| {' | '.join(cell.replace(chr(92), chr(92) * 2).replace('|', chr(92) + '|') for cell in cells)} |"


class _Dumper(yaml.SafeDumper):
    """Writes every scalar as the text it is: 2026-10-01 needs no quotes, because the reader takes text for text."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML looks for it on the class


def _in_one_line(dumper: _Dumper, items: list[str]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


_Dumper.add_representer(list, _in_one_line)


def front_matter(head: Head) -> str:
    """The head as YAML, without the title; what is empty is left out."""
    return yaml.dump(
        _filled(_head(head)),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=False,
        width=10_000,
    ).rstrip("\n")


def _head(head: Head) -> Mapping[str, Any]:
    return {
        "date": str(head.date),
        "team": head.team or "",
        "services": list(head.services),
        "incident": "" if head.incident is None else str(head.incident),
        "author": head.author,
        "triggers": list(head.triggers),
        "root_causes": list(head.root_causes),
        "external": "yes" if head.external else "",
        "required": list(head.required),
        "optional": list(head.optional),
        "language": head.language,
        "measured": _measured(head.measured),
    }


def _measured(measured: Measured) -> Mapping[str, Any]:
    times = {
        name: "" if second is None else _iso(second)
        for name, second in (
            ("from", measured.began), ("to", measured.ended), ("detected", measured.detected),
            ("acknowledged", measured.acknowledged), ("resolved", measured.resolved),
        )
    }  # fmt: skip
    numbers = {
        name: "" if number is None else str(number)
        for name, number in (("bad_events", measured.bad), ("users", measured.users))
    }
    return _filled({**times, **numbers, "budget": {name: str(share) for name, share in measured.burnt.items()}})


def _iso(second: int) -> str:
    return (moment_of(0) + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", [], {})}
