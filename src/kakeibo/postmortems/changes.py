"""Changes of postmortems. Each works within the caller's writing transaction, and writes its line of the audit log.

Two people who edit lose nothing: whoever saves a text says which version they began with. When there is a newer one,
nothing is written, and `Edited` says what the other changed. Every text stays.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, delete, insert, update

from kakeibo.errors import EditConflict, UsageError
from kakeibo.i18n import t
from kakeibo.ledger.deliveries import storable
from kakeibo.postmortems import comments, records, review
from kakeibo.postmortems.form import Form, Measured
from kakeibo.postmortems.marking import with_done
from kakeibo.postmortems.reading import read, split_front_matter
from kakeibo.postmortems.records import Postmortem
from kakeibo.postmortems.searching import folded
from kakeibo.postmortems.writing import front_matter
from kakeibo.store import audit, tables


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, in which second."""

    who: str
    at: int


class Edited(EditConflict):
    """Somebody else has saved meanwhile. `theirs`: the newest text and its version; `diff`: what they changed since
    the version that ours began with; `ours` is as we would have saved it."""

    def __init__(self, name: str, ours: str, theirs: records.Version, before: str) -> None:
        super().__init__(
            t("{name} was changed meanwhile by {author}: nothing was overwritten", name=name, author=theirs.author),
            t("put what they changed into your text, then save it as version {version}", version=theirs.number + 1),
        )
        self.ours, self.theirs = ours, theirs
        self.diff = diff(before, theirs.text)


def diff(before: str, after: str) -> str:
    """What was changed, line by line, as a unified diff."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), t("before"), t("after"), lineterm="", n=1)
    return "\n".join(lines)


def open_(connection: Connection, text: str, act: Act, *, step: str = "opened", detail: str = "") -> Postmortem:
    """Enter a new postmortem, a draft. Raises UsageError for a text that has not the form."""
    text = storable(text)
    form = read(text)
    row = {"state": "draft", "reviewer": "", "origin": "", "version": 1, "opened": act.at, "readied": 0, "published": 0}
    new = insert(tables.postmortems).values({**row, **_columns(form)}).returning(tables.postmortems.c.id)
    number = int(connection.execute(new).scalar_one())
    _write(connection, number, 1, text, act, "")
    _step(connection, number, step, act, detail)
    return records.postmortem(connection, number)


def revise(connection: Connection, number: int, began_with: int, text: str, act: Act, note: str = "") -> Postmortem:
    """Save a new text. The same text again changes nothing.

    Raises Edited when there is a newer version than the one it `began_with`, UsageError for a text that has not the
    form, and for one that changes what was frozen when it was published.
    """
    held = records.postmortem(connection, number)
    newest = records.text(connection, number)
    text = storable(text).replace("\r\n", "\n")
    if text == newest.text:
        return held
    if began_with != newest.number:
        before = records.text(connection, number, began_with).text if 0 < began_with < newest.number else newest.text
        raise Edited(held.name, text, newest, before)
    form = read(text)
    if held.state == "published":
        _refuse_thaw(held, form)
    return _save(connection, held, form, text, act, note)


def _refuse_thaw(held: Postmortem, form: Form) -> None:
    if held.reviewer and form.head.measured != held.head.measured:
        raise UsageError(
            t("the numbers of {name} were frozen when it was published", name=held.name),
            t("leave what stands below measured: as it is"),
        )
    before = review.of_actions(held.actions)  # what was imported may lack them
    if missing := [one for one in review.of_actions(form.actions) if one not in before]:
        raise UsageError(t("{name} is published", name=held.name), "; ".join(map(review.words, missing)))


def ready(connection: Connection, number: int, act: Act) -> Postmortem:
    """The meeting can be. Raises UsageError with every question that is open."""
    held = records.postmortem(connection, number)
    _refuse_closed(held)
    form = read(records.text(connection, number).text)
    if missing := review.before_ready(form, comments.threads(connection, number)):
        raise UsageError(t("{name} is not ready", name=held.name), "; ".join(map(review.words, missing)))
    if held.state == "draft":
        _step(connection, number, "ready", act)
        _set(connection, number, state="ready", readied=act.at)
    return records.postmortem(connection, number)


def publish(
    connection: Connection, number: int, reviewer: str, act: Act, measured: Measured | None = None
) -> Postmortem:
    """Publish it as reviewed by `reviewer`. `measured`: what counts say now; from here on it stays. Raises UsageError
    with all that is missing."""
    held = records.postmortem(connection, number)
    _refuse_closed(held)
    newest = records.text(connection, number)
    form = read(newest.text)
    missing = review.before_publishing(held, form, comments.threads(connection, number), reviewer)
    if missing:
        raise UsageError(t("{name} cannot be published yet", name=held.name), "; ".join(map(review.words, missing)))
    if measured is not None and measured != form.head.measured:
        form = replace(form, head=replace(form.head, measured=measured))
        held = _save(connection, held, form, with_head(newest.text, form), act, t("the numbers, as measured last"))
    _step(connection, number, "published", act, reviewer)
    _set(connection, number, state="published", published=act.at, reviewer=reviewer)
    return records.postmortem(connection, number)


def imported(connection: Connection, text: str, origin: str, act: Act, *, as_draft: bool = False) -> Postmortem:
    """Enter a postmortem from a file: one from elsewhere has been reviewed there, and counts as published."""
    new = open_(connection, text, act, step="imported", detail=origin)
    _set(connection, new.id, origin=origin)
    if not as_draft:
        _set(connection, new.id, state="published", published=act.at)
    return records.postmortem(connection, new.id)


def done(connection: Connection, number: int, action: int, day: date, act: Act, seen: int = 0) -> Postmortem:
    """Action `action` (the first is 1) was done on `day`: a new version of the text, which differs in that alone.

    Raises UsageError when there is no such action, when it is done already, and for a postmortem that was withdrawn;
    EditConflict when the list was another in version `seen` (0: whoever acts sees the newest)."""
    held = records.postmortem(connection, number)
    _refuse_withdrawn(held)
    if not 0 < action <= len(held.actions):
        raise UsageError(t("{name} has no action {n}", name=held.name, n=action), t("it has {n}", n=len(held.actions)))
    one, newest = held.actions[action - 1], records.text(connection, number)
    if 0 < seen < held.version:
        before = read(records.text(connection, number, seen).text).actions[action - 1 : action]
        if [each.what for each in before] != [one.what]:
            raise EditConflict(
                t("{name} was changed meanwhile by {author}: nothing was overwritten", name=held.name,
                  author=newest.author), t("look at its actions again"),
            )  # fmt: skip
    if one.done:
        raise UsageError(
            t("action {n} of {name} was done on {day}", n=action, name=held.name, day=one.done),
            t("another day is entered in its text"),
        )
    text = with_done(newest.text, action, day)
    _step(connection, number, "action_done", act, f"{action}: {one.what}")
    return _keep(connection, held, read(text), text, act, t("done: {action}", action=one.what))


def withdraw(connection: Connection, number: int, reason: str, act: Act) -> Postmortem:
    """Nobody needs this draft: it is kept, with the reason, and goes no further. Raises UsageError for one that is
    published or was withdrawn before."""
    held = records.postmortem(connection, number)
    _refuse_closed(held)
    _step(connection, number, "withdrawn", act, storable(reason))
    _set(connection, number, state="withdrawn")
    return records.postmortem(connection, number)


def comment(connection: Connection, number: int, new: comments.Comment, act: Act) -> int:
    """Add a comment, or with a `thread` an answer; returns its number. Raises UsageError for a thread that is none."""
    held = records.postmortem(connection, number)
    added = comments.add(connection, number, new, act.who, act.at)
    _index(connection, number, records.text(connection, number).text)
    audit.note(connection, act.who, f"postmortem.{new.kind}", held.name, new.text)
    return added


def meet(connection: Connection, number: int, act: Act, present: tuple[str, ...] | None = None) -> Postmortem:
    """The review meeting begins; with those `present`, it ends. Raises UsageError for an end without a beginning."""
    held = records.postmortem(connection, number)
    _refuse_withdrawn(held)
    going = review.meeting_going(records.steps(connection, number))
    if (present is not None) != going:
        raise UsageError(
            t("the meeting on {name} is going on", name=held.name) if going
            else t("the meeting on {name} has not begun", name=held.name),
            t("kakeibo postmortem meet PM-12 begins one, with --present it ends"),
        )  # fmt: skip
    _step(connection, number, "meeting_began" if present is None else "meeting_ended", act, "\n".join(present or ()))
    return held


def opened_by(connection: Connection, number: int, reader: str, at: int) -> None:
    """Note that somebody has opened its page, the first time."""
    if not records.has_read(connection, number, reader):
        connection.execute(insert(tables.postmortem_readers).values(postmortem_id=number, reader=reader, at=at))


def with_head(text: str, form: Form) -> str:
    """A text with another front matter, its words as they were."""
    _, body = split_front_matter(text)
    return f"---\n{front_matter(form.head)}\n---\n{body}"


def _refuse_closed(held: Postmortem) -> None:
    _refuse_withdrawn(held)
    if held.state == "published":
        raise UsageError(
            t("{name} is published already", name=held.name), t("its text can still be edited; its numbers stay")
        )


def _refuse_withdrawn(held: Postmortem) -> None:
    if held.state == "withdrawn":
        raise UsageError(
            t("{name} was withdrawn", name=held.name), t("kakeibo postmortem draft opens another for its incident")
        )


def _save(connection: Connection, held: Postmortem, form: Form, text: str, act: Act, note: str) -> Postmortem:
    audit.note(connection, act.who, "postmortem.edited", held.name, note)
    return _keep(connection, held, form, text, act, note)


def _keep(connection: Connection, held: Postmortem, form: Form, text: str, act: Act, note: str) -> Postmortem:
    """A new version of the text; whoever calls says in the audit log why."""
    _write(connection, held.id, held.version + 1, text, act, note)
    _set(connection, held.id, version=held.version + 1, **_columns(form))
    return records.postmortem(connection, held.id)


def _columns(form: Form) -> dict[str, object]:
    head = form.head
    return {
        "title": head.title,
        "day": str(head.date),
        "team": head.team or "",
        "incident": head.incident or 0,
        "facts": records.encoded(head, form.actions),
    }


def _write(connection: Connection, number: int, version: int, text: str, act: Act, note: str) -> None:
    row = {"version": version, "text": text, "author": act.who, "note": note, "at": act.at}
    connection.execute(insert(tables.postmortem_texts).values(postmortem_id=number, **row))
    _index(connection, number, text)


def _index(connection: Connection, number: int, text: str) -> None:
    said = [one.text for one in comments.comments(connection, number)]
    table = tables.postmortem_words
    connection.execute(delete(table).where(table.c.postmortem_id == number))
    connection.execute(insert(table).values(postmortem_id=number, words=folded("\n".join([text, *said]))))


def _step(connection: Connection, number: int, step: str, act: Act, detail: str = "") -> None:
    row = {"postmortem_id": number, "step": step, "author": act.who, "detail": detail, "at": act.at}
    connection.execute(insert(tables.postmortem_steps).values(row))
    audit.note(connection, act.who, f"postmortem.{step}", f"PM-{number}", detail)


def _set(connection: Connection, number: int, **values: object) -> None:
    connection.execute(update(tables.postmortems).where(tables.postmortems.c.id == number).values(values))
