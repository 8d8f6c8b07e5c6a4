"""Postmortems in the store, on both databases: versions, conflicts, the review gate, what is frozen."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import partial

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError
from tests.postmortems.forms import FULL

from kakeibo.errors import EditConflict, UsageError
from kakeibo.postmortems import changes, comments, records, review
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.comments import Comment
from kakeibo.postmortems.form import Action, Form, Measured, Question
from kakeibo.postmortems.reading import read
from kakeibo.postmortems.records import Postmortem
from kakeibo.postmortems.writing import write
from kakeibo.store import Store, audit

NOON = 1_788_000_000
AUTHOR = Act("Player on call", NOON)
ANSWERED = replace(
    FULL,
    questions=tuple(replace(one, answered=True) for one in FULL.questions),
    actions=tuple(
        replace(one, owner=one.owner or "Platform team", due=one.due or date(2026, 10, 1)) for one in FULL.actions
    ),
)


def opened(store: Store, text: str = "") -> Postmortem:
    with store.writing() as connection:
        return changes.open_(connection, text or write(ANSWERED), AUTHOR)


def revised(store: Store, number: int, began_with: int, text: str, who: str = "Support lead") -> Postmortem:
    with store.writing() as connection:
        return changes.revise(connection, number, began_with, text, Act(who, NOON + 60))


def commented(store: Store, number: int, kind: comments.Kind, words: str, thread: int = 0) -> int:
    with store.writing() as connection:
        return changes.comment(connection, number, Comment(kind, words, "the job", thread), Act("Support lead", NOON))


def published(
    store: Store, number: int, reviewer: str = "Support lead", measured: Measured | None = None
) -> Postmortem:
    with store.writing() as connection:
        changes.ready(connection, number, AUTHOR)
        return changes.publish(connection, number, reviewer, Act(reviewer, NOON + 600), measured)


def test_what_was_entered_is_there_again(store: Store) -> None:
    new = opened(store, write(FULL))
    assert (new.name, new.state, new.version, new.head, new.actions) == (
        f"PM-{new.id}", "draft", 1, FULL.head, FULL.actions,
    )  # fmt: skip
    assert records.text(store, new.id).text == write(FULL)
    assert records.postmortem(store, new.id) == new
    assert records.of_incident(store, 12) == new
    assert new.most_burnt == Fraction(3, 2)
    assert read(records.text(store, new.id).text) == FULL


def test_ids_are_not_given_twice_and_a_team_that_is_gone_keeps_its_own(store: Store) -> None:
    first, second = opened(store), opened(store)
    assert second.id > first.id
    assert [one.id for one in records.postmortems(store, team="player")] == [second.id, first.id]
    assert records.number_of(first.name.lower()) == first.id
    for wrong in ("PM-", "twelve", "PM-1x", "-3"):
        with pytest.raises(UsageError):
            records.number_of(wrong)
    with pytest.raises(UsageError, match="there is no postmortem PM-999"):
        records.postmortem(store, 999)


def test_every_text_stays(store: Store) -> None:
    new = opened(store)
    changed = write(ANSWERED).replace("three hours", "two hours")
    assert revised(store, new.id, 1, changed).version == 2
    assert revised(store, new.id, 1, changed).version == 2  # the same again: sent twice by a nervous finger
    assert [one.text for one in records.versions(store, new.id)] == [write(ANSWERED), changed]
    assert records.text(store, new.id, 1).text == write(ANSWERED)
    with pytest.raises(UsageError, match="has no version 3"):
        records.text(store, new.id, 3)
    for table in ("postmortem_texts", "postmortem_steps"):
        with pytest.raises((DBAPIError, Exception), match="only added to"), store.writing() as connection:
            connection.execute(sql(f"DELETE FROM {table}"))


def test_of_two_people_who_edit_one_is_told_and_nothing_is_lost(store: Store) -> None:
    new = opened(store)
    theirs = write(ANSWERED).replace("three hours", "two hours")
    ours = write(ANSWERED).replace("It was night.", "It was Sunday.")
    revised(store, new.id, 1, theirs, "Database administrator")
    with pytest.raises(changes.Edited) as raised:
        revised(store, new.id, 1, ours)
    assert isinstance(raised.value, EditConflict)
    assert raised.value.ours == ours
    assert raised.value.theirs.text == theirs
    assert "Database administrator" in raised.value.message
    assert "-Videos did not start for three hours." in raised.value.diff
    assert "+Videos did not start for two hours." in raised.value.diff
    assert "Sunday" not in raised.value.diff
    assert records.text(store, new.id).text == theirs
    both = theirs.replace("It was night.", "It was Sunday.")
    assert revised(store, new.id, 2, both).version == 3


def test_a_text_without_the_form_is_refused_and_changes_nothing(store: Store) -> None:
    new = opened(store)
    with pytest.raises(UsageError, match="no front matter"):
        revised(store, new.id, 1, "# Only this\n")
    assert records.postmortem(store, new.id).version == 1


def test_ready_only_when_no_question_is_open(store: Store) -> None:
    new = opened(store, write(replace(ANSWERED, questions=(Question("Why so long?"),))))
    asked = commented(store, new.id, "question", "Who owns the job?")
    commented(store, new.id, "suggestion", "Name the job.")
    with pytest.raises(UsageError) as raised, store.writing() as connection:
        changes.ready(connection, new.id, AUTHOR)
    assert "Why so long?" in raised.value.mend
    assert f"{asked}: Who owns the job?" in raised.value.mend
    assert "Name the job" not in raised.value.mend
    commented(store, new.id, "answer", "The player team.", asked)
    revised(store, new.id, 1, write(ANSWERED))
    with store.writing() as connection:
        assert changes.ready(connection, new.id, AUTHOR).state == "ready"


def test_threads_come_in_the_order_in_which_they_are_gone_through(store: Store) -> None:
    new = opened(store)
    commented(store, new.id, "prevention", "A limit.")
    asked = commented(store, new.id, "question", "Since when?")
    commented(store, new.id, "answer", "Since May.", asked)
    found = comments.threads(store, new.id)
    assert [(one.first.kind, one.is_open) for one in found] == [("question", False), ("prevention", True)]
    assert [one.text for one in found[0].answers] == ["Since May."]
    assert found[0].first.quote == "the job"
    with pytest.raises(UsageError, match="has no comment 999"):
        commented(store, new.id, "answer", "To nothing.", 999)
    with pytest.raises(UsageError, match="empty"):
        commented(store, new.id, "question", " \n")


@pytest.mark.parametrize(
    ("form", "reviewer", "said"),
    [
        (ANSWERED, "player  ON call", "is the author"),
        (ANSWERED, "Ｐｌａｙｅｒ on call", "is the author"),
        (ANSWERED, " ", "name the reviewer"),
        (replace(ANSWERED, head=replace(ANSWERED.head, author="")), "Support lead", "say who is in charge"),
        (
            replace(ANSWERED, actions=(Action("Mend it", due=date(2026, 10, 1)),)),
            "Support lead",
            "without an owner: Mend",
        ),
        (replace(ANSWERED, actions=(Action("Mend it", owner="Ops"),)), "Support lead", "without a day: Mend it"),
    ],
)
def test_what_keeps_a_postmortem_from_being_published(store: Store, form: Form, reviewer: str, said: str) -> None:
    new = opened(store, write(form))
    with pytest.raises(UsageError) as raised:
        published(store, new.id, reviewer)
    assert said in raised.value.mend
    assert records.postmortem(store, new.id).published_at is None


def test_a_draft_is_not_published(store: Store) -> None:
    new = opened(store)
    with pytest.raises(UsageError, match="have it ready first"), store.writing() as connection:
        changes.publish(connection, new.id, "Support lead", AUTHOR)


def test_a_question_that_is_asked_after_it_was_ready_keeps_it(store: Store) -> None:
    new = opened(store)
    with store.writing() as connection:
        changes.ready(connection, new.id, AUTHOR)
    commented(store, new.id, "question", "And the backup?")
    with pytest.raises(UsageError, match="And the backup"), store.writing() as connection:
        changes.publish(connection, new.id, "Support lead", AUTHOR)


def test_the_numbers_are_frozen_when_it_is_published(store: Store) -> None:
    new = opened(store)
    last = replace(FULL.head.measured, bad=12_400, burnt={"play-video/availability": Fraction(43, 97)})
    done = published(store, new.id, measured=last)
    assert (done.state, done.reviewer, done.head.measured, done.version) == ("published", "Support lead", last, 2)
    frozen = records.text(store, new.id).text
    assert read(frozen) == replace(ANSWERED, head=replace(ANSWERED.head, measured=last))
    with pytest.raises(UsageError, match="were frozen"):
        revised(store, new.id, 2, frozen.replace("12400", "12"))
    with pytest.raises(UsageError, match="without an owner"):
        revised(store, new.id, 2, frozen.replace("Platform team", ""))
    assert revised(store, new.id, 2, frozen.replace("2026-10-01 |  |", "2026-10-01 | 2026-09-20 |")).version == 3
    for again in (changes.ready, lambda *given: changes.publish(given[0], given[1], "Support lead", given[2])):
        with pytest.raises(UsageError, match="published already"), store.writing() as connection:
            again(connection, new.id, AUTHOR)


def test_meetings_are_measured(store: Store) -> None:
    new = opened(store)
    with pytest.raises(UsageError, match="has not begun"), store.writing() as connection:
        changes.meet(connection, new.id, AUTHOR, ("Support lead",))
    with store.writing() as connection:
        changes.meet(connection, new.id, Act("Support lead", NOON))
    with pytest.raises(UsageError, match="is going on"), store.writing() as connection:
        changes.meet(connection, new.id, AUTHOR)
    with store.writing() as connection:
        changes.meet(connection, new.id, Act("Support lead", NOON + 2_400), ("player team lead", "Support lead"))
    held = review.meetings(records.steps(store, new.id))
    assert [(one.seconds, one.present) for one in held] == [(2_400, ("player team lead", "Support lead"))]
    assert review.absent(FULL.head.required, held) == ["Database administrator"]


def test_readers_count_once(store: Store) -> None:
    new = opened(store)
    for reader in ("a", "b", "a"):
        with store.writing() as connection:
            changes.opened_by(connection, new.id, reader, NOON)
    assert records.readers(store) == {new.id: 2}


def test_whatever_is_changed_stands_in_the_audit_log(store: Store) -> None:
    new = opened(store)
    commented(store, new.id, "question", "Why?")
    found = {(one.who, one.action, one.subject) for one in audit.entries(store, 10)}
    assert found == {
        ("Player on call", "postmortem.opened", new.name),
        ("Support lead", "postmortem.question", new.name),
    }


def finished(store: Store, number: int, action: int, day: date = date(2026, 10, 20)) -> Postmortem:
    with store.writing() as connection:
        return changes.done(connection, number, action, day, Act("Platform team", NOON + 900))


def withdrawn(store: Store, number: int, reason: str = "a test of ours") -> Postmortem:
    with store.writing() as connection:
        return changes.withdraw(connection, number, reason, Act("Support lead", NOON + 900))


def test_an_action_is_done_and_what_is_frozen_stays(store: Store) -> None:
    new = opened(store)
    before = published(store, new.id, measured=replace(ANSWERED.head.measured, bad=99))
    after = finished(store, new.id, 1)
    assert (after.head, after.state, after.reviewer) == (before.head, "published", "Support lead")
    assert after.actions == (replace(before.actions[0], done=date(2026, 10, 20)), *before.actions[1:])
    assert after.version == before.version + 1
    newest = records.text(store, new.id)
    assert (newest.author, newest.note) == ("Platform team", "done: Spread the job over the night | all days")
    assert records.text(store, new.id, before.version).text == newest.text.replace("2026-10-20", "")
    assert records.steps(store, new.id)[-1].step == "action_done"
    [line] = [one for one in audit.entries(store, 20) if one.action == "postmortem.action_done"]
    assert (line.who, line.subject) == ("Platform team", new.name)
    for action, said in ((1, "was done on 2026-10-20"), (2, "was done on 2026-09-10"), (4, "has no action 4")):
        with pytest.raises(UsageError, match=said):
            finished(store, new.id, action)
    assert records.postmortem(store, new.id).version == after.version


def test_a_draft_that_nobody_needs_is_kept_and_goes_no_further(store: Store) -> None:
    new = opened(store)
    gone = withdrawn(store, new.id)
    assert (gone.state, gone.version, records.text(store, new.id).text) == ("withdrawn", 1, write(ANSWERED))
    assert (records.steps(store, new.id)[-1].step, records.steps(store, new.id)[-1].detail) == (
        "withdrawn", "a test of ours",
    )  # fmt: skip
    for step in (withdrawn, published, partial(finished, action=1)):
        with pytest.raises(UsageError, match="was withdrawn"):
            step(store, new.id)
    with store.writing() as connection, pytest.raises(UsageError, match="was withdrawn"):
        changes.meet(connection, new.id, AUTHOR)
    again = opened(store)
    incident = ANSWERED.head.incident
    assert incident is not None
    assert records.of_incident(store, incident) == again
    withdrawn(store, again.id)
    held = records.of_incident(store, incident)
    assert held is not None
    assert held.id == new.id


def test_what_is_published_cannot_be_withdrawn(store: Store) -> None:
    new = opened(store)
    published(store, new.id)
    with pytest.raises(UsageError, match="is published"):
        withdrawn(store, new.id)
    assert records.postmortem(store, new.id).state == "published"
