"""Incidents in the store: what is written is read back, nothing is written twice, and no edit is lost."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from kakeibo.errors import EditConflict, KakeiboError, UsageError
from kakeibo.incidents import changes, records
from kakeibo.incidents.changes import Act, Opening
from kakeibo.incidents.nouns import Edge, Entry, Harm, Incident, Measurement, Typed
from kakeibo.store import Store, tables

NOW = 1_790_000_000
LEAD = Act("lead", NOW, "cli")


def at(minutes: int, who: str = "lead") -> Act:
    return Act(who, NOW + 60 * minutes, "cli")


def opened(store: Store, *causes: str, title: str = "Videos do not play", act: Act = LEAD) -> Incident:
    with store.writing() as connection:
        return changes.open_(connection, Opening(title, "alert", ["play/a"], ["video"], causes), act)


def kinds(store: Store, number: int) -> list[str]:
    return [entry.kind for entry in records.timeline(store, number)]


def test_an_incident_goes_through_its_states(store: Store) -> None:
    new = opened(store)
    assert (new.state, new.version, new.opened_at, new.acknowledged_at) == ("open", 1, NOW, None)
    with store.writing() as connection:
        changes.acknowledge(connection, new.id, at(3, "engineer"))
        changes.acknowledge(connection, new.id, at(4, "second"))  # it is taken already
        changes.mitigate(connection, new.id, at(20), "reports stopped")
        changes.resolve(connection, new.id, at(60))
    over = records.incident(store, new.id)
    assert (over.state, over.acknowledged_at, over.mitigated_at, over.resolved_at) == (
        "resolved",
        NOW + 180,
        NOW + 1200,
        NOW + 3600,
    )
    assert [(entry.kind, entry.author) for entry in over.timeline] == [
        ("opened", "lead"),
        ("acknowledged", "engineer"),
        ("mitigated", "lead"),
        ("resolved", "lead"),
    ]
    with store.writing() as connection, pytest.raises(UsageError, match="is resolved"):
        changes.mitigate(connection, new.id, at(61))
    with store.writing() as connection:
        again = changes.reopen(connection, new.id, at(70), "errors again")
    assert (again.state, again.acknowledged_at, again.resolved_at) == ("open", NOW + 180, None)


def test_a_cause_opens_one_incident_however_often_it_is_seen(store: Store) -> None:
    first = opened(store, "alert:video:page:1", "alert:video:ticket:2")
    assert opened(store, "alert:video:ticket:2").id == first.id
    assert opened(store, "alert:video:page:9").id != first.id
    assert kinds(store, first.id) == ["opened"]
    assert records.of_cause(store, "alert:video:page:1") == first.id
    assert records.of_cause(store, "alert:other") is None


def test_what_is_merged_goes_on_in_the_other_with_both_timelines(store: Store) -> None:
    kept = opened(store, "alert:1")
    taken = opened(store, "alert:2", title="Courses cannot be bought", act=at(5))
    with store.writing() as connection:
        changes.acknowledge(connection, taken.id, at(6))
        changes.join(connection, taken.id, ["buy/a"], ["members"], ["alert:3"], at(7))
        changes.merge(connection, taken.id, kept.id, at(10), "same database")
    found = records.incident(store, kept.id)
    assert found.slos == ("play/a", "buy/a")
    assert found.services == ("video", "members")
    assert found.acknowledged_at == NOW + 360
    assert found.causes == ("alert:1", "alert:2", "alert:3")
    assert [entry.kind for entry in found.timeline] == ["opened", "opened", "acknowledged", "merged", "took_in"]
    assert records.of_cause(store, "alert:3") == kept.id
    assert [one.id for one in records.incidents(store)] == [kept.id]
    assert opened(store, "alert:2").id == kept.id
    with store.writing() as connection, pytest.raises(UsageError, match=f"merged into {kept.id}"):
        changes.acknowledge(connection, taken.id, at(11))
    with store.writing() as connection, pytest.raises(UsageError, match="cannot be merged"):
        changes.merge(connection, kept.id, taken.id, at(11))


def test_of_two_people_who_edit_the_same_the_second_is_told(store: Store) -> None:
    seen = opened(store)
    with store.writing() as connection:
        changes.rename(connection, seen.id, "Database overloaded", at(1, "first"), seen=seen.version)
    with pytest.raises(EditConflict, match="changed meanwhile by first"), store.writing() as connection:
        changes.rename(connection, seen.id, "Videos slow", at(2, "second"), seen=seen.version)
    found = records.incident(store, seen.id)
    assert (found.title, kinds(store, seen.id)) == ("Database overloaded", ["opened", "renamed"])
    assert found.timeline[-1].detail == {"before": "Videos do not play"}


def test_notes_of_two_people_are_both_kept_whatever_they_saw(store: Store) -> None:
    number = opened(store).id
    with store.writing() as connection:
        changes.say(connection, number, "load at 90", at(1, "first"))
        changes.say(connection, number, "Videos may stop.", at(1, "second"), "everyone")
    assert [(one.author, one.text, one.detail) for one in records.timeline(store, number)[1:]] == [
        ("first", "load at 90", {}),
        ("second", "Videos may stop.", {"register": "everyone"}),
    ]


def test_the_database_refuses_to_alter_a_timeline(store: Store) -> None:
    opened(store)
    for statement in (update(tables.incident_entries).values(text="nothing"), delete(tables.incident_entries)):
        with pytest.raises((DatabaseError, KakeiboError)), store.writing() as connection:
            connection.execute(statement)
    assert records.timeline(store, 1)[0].text == "Videos do not play"


def test_entries_are_marked_as_milestones_and_stay_as_they_are(store: Store) -> None:
    number = opened(store).id
    [before] = records.timeline(store, number)
    with store.writing() as connection:
        changes.mark(connection, number, before.id, at(1))
        assert records.milestones(connection, number)[0].id == before.id
        changes.mark(connection, number, before.id, at(2), milestone=False)
    assert records.milestones(store, number) == []
    assert records.timeline(store, number) == [before]
    with store.writing() as connection, pytest.raises(UsageError, match="no entry"):
        changes.mark(connection, number, 9_999, at(3))


def test_roles_and_tasks(store: Store) -> None:
    number = opened(store).id
    with store.writing() as connection:
        changes.assign(connection, number, "commander", "lead", at(1))
        changes.assign(connection, number, "commander", "second", at(2))
        changes.assign(connection, number, "scribe", "third", at(2))
        changes.add_task(connection, number, "stop the reports", at(3), "second", NOW + 900)
        _, task = changes.add_task(connection, number, "write to users", at(3))
        found = changes.finish_task(connection, number, task.id, at(9))
    assert found.roles == {"commander": "second", "scribe": "third"}
    assert [(one.text, one.owner, one.due, one.done) for one in found.tasks] == [
        ("stop the reports", "second", NOW + 900, None),
        ("write to users", "", None, NOW + 540),
    ]
    handed_over = records.timeline(store, number)[2]
    assert (handed_over.text, handed_over.detail) == ("second", {"role": "commander", "before": "lead"})
    with store.writing() as connection, pytest.raises(UsageError, match="no role captain"):
        changes.assign(connection, number, "captain", "lead", at(4))
    with store.writing() as connection, pytest.raises(UsageError, match="no task 99"):
        changes.finish_task(connection, number, 99, at(4))


def test_what_is_typed_stands_beside_what_is_measured_and_both_are_exact(store: Store) -> None:
    number = opened(store).id
    harm = Harm("play/a", 9_000, 1_234, Fraction(1, 3_000), Fraction(1_234), Fraction(10_000, 3))
    measurement = Measurement(29_000_100, Edge(29_000_000, 28_999_999, 29_000_001), None, NOW, "alert", (harm,), 77)
    with store.writing() as connection:
        changes.measured(connection, number, measurement, at(1))
        changes.measured(connection, number, measurement, at(2))
        changes.type_times(connection, number, Typed(28_999_990, 29_000_050), at(3), "from the shift's notes")
    found = records.incident(store, number)
    assert found.measured == measurement
    assert found.typed == Typed(28_999_990, 29_000_050)
    assert found.burnt == Fraction(3 * 1_234, 10_000)
    assert harm.above == 1_231
    assert kinds(store, number) == ["opened", "measured", "times"]


def test_a_long_timeline_is_read_in_parts(store: Store) -> None:
    number = opened(store).id
    with store.writing() as connection:
        for minute in range(50):
            changes.say(connection, number, f"line {minute}", at(minute // 2))
    whole = records.timeline(store, number)
    parts: list[Entry] = []
    before = None
    while part := records.timeline(store, number, limit=7, before=before):
        parts[:0] = part
        before = part[0].at, part[0].id
    assert parts == whole
    assert records.length(store, number) == len(whole) == 51


def test_there_is_no_incident_of_that_number(store: Store) -> None:
    with pytest.raises(UsageError, match="no incident 12"):
        records.incident(store, 12)
