"""The shape of a book, said once: `BOOK` reads it, `book_schema` gives it to editors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from kakeibo.definitions import amounts, fleets, measures, policies, rosters
from kakeibo.definitions.menu import MENU
from kakeibo.definitions.objectives import FORMS, Objective, short_forms
from kakeibo.definitions.shapes import CONDITION as _CONDITION
from kakeibo.definitions.shapes import Either, Field, Record, Schema, Shape, Table, Text, Texts
from kakeibo.definitions.sign_in import SIGN_IN

_TITLE: Final = Either(
    Text(),
    Record(
        {
            "en": Field(Text(), "The title in English.", "en: Play a video"),
            "ja": Field(Text(), "The title in Japanese.", "ja: 動画を再生できる"),
        },
        some=True,
    ),
)
_TIMEZONE: Final = Text(amounts.timezone)


def _named(of: Shape, example: str, required: bool = False) -> Table:
    return Table(of, amounts.name, amounts.NAME_SCHEMA, example, required)


_VALID: Final = Field(
    _CONDITION,
    "Which events count: a condition over the source's columns. Left out: all of them.",
    "valid: operation = 'PlayVideo'",
)
_VOID: Final = Field(
    _CONDITION,
    "Events to leave out though they are valid, such as maintenance; they are counted apart.",
    "void: path = '/maintenance'",
)

_RECEIVERS: Final = Texts(lone=True)

_ORGANISATION: Final = Record(
    {
        "name": Field(Text(), "The name shown on reports.", "name: Manabi"),
        "timezone": Field(_TIMEZONE, "Where days begin and end for people: an IANA time zone.", "timezone: Asia/Tokyo"),
        "language": Field(
            Text(amounts.language, {"enum": ["en", "ja"]}), "The language of reports: en or ja.", "language: ja"
        ),
        "heartbeat": Field(
            Text(amounts.address, amounts.ADDRESS_SCHEMA),
            "An address outside that is called after every healthy round of `kakeibo work`, and raises alarm when not.",
            "heartbeat: https://watch.example/kakeibo",
        ),
        "address": Field(
            Text(amounts.base_address, amounts.ADDRESS_SCHEMA),
            "Where people open the pages of `kakeibo serve`: messages link to them.",
            "address: https://kakeibo.example",
        ),
        "digest": Field(
            _RECEIVERS,
            "Who gets what was learned, every month: keys of channels, with their targets.",
            'digest: ["slack:#learning"]',
        ),
        "sign_in": Field(
            SIGN_IN,
            "How people sign in to the pages. Left out: nobody does, and only this machine is answered.",
            "sign_in: {issuer: https://login.example, client_id: kakeibo, url: https://kakeibo.example}",
        ),
        "notify": Field(
            _RECEIVERS,
            "Who is told when a source is silent, the worker does not get on, or the store's disk fills up.",
            'notify: ["slack:#sre", "mail:sre@example.org"]',
        ),
    },
    blank=True,
)

_LENGTH: Final = amounts.LENGTH_SCHEMA

_TEAM: Final = Record(
    {
        "name": Field(Text(), "The team's name for people. Left out: its key.", "name: Player team"),
        "chat": Field(Text(), "The chat channel where the team is reached.", 'chat: "#player"'),
        "notify": Field(
            Record(
                {
                    "page": Field(_RECEIVERS, "When it is urgent.", 'page: [oncall, "slack:#player"]'),
                    "ticket": Field(_RECEIVERS, "When it can wait.", "ticket: [email:player@example.org]"),
                },
                some=True,
            ),
            "Who is told, by urgency: a key of channels, with its target; or oncall, for whoever is on duty.",
            'notify: {page: [oncall, "slack:#player"], ticket: [email:player@example.org]}',
        ),
        "incidents": Field(
            Text(amounts.opens, {"enum": list(amounts.OPENS)}),
            "Which alerts open an incident: those told as a page, as a ticket too, or never. Left out: page.",
            "incidents: ticket",
        ),
    },
    blank=True,
)

_ACCESS: Final = Record(
    {
        "open": Field(Texts(lone=True), "The command that opens it.", "open: [./open-ssh]", True),
        "close": Field(Texts(lone=True), "The command that closes it.", "close: [./close-ssh]", True),
        "longest": Field(
            Text(amounts.length, _LENGTH), "For how long it may be open at most. Left out: 1h.", "longest: 2h"
        ),
    }
)

_SERVICE: Final = Record(
    {
        "team": Field(Text(), "Who looks after it: a key of teams.", "team: player"),
        "runbook": Field(
            Text(), "Where it is written what to do when it fails.", 'runbook: "https://wiki.example/learning"'
        ),
        "title": Field(_TITLE, "The service's name for people.", "title: {en: Learning site, ja: 学習サイト}"),
        "depends_on": Field(
            Texts(lone=True),
            "Services it cannot do without: alerts say when they burn at the same time.",
            "depends_on: [payments]",
        ),
    },
    blank=True,
)

_DURATION: Final = Either(
    Text(),
    Record(
        {
            "column": Field(Text(), "Its name.", "column: elapsed", required=True),
            "unit": Field(
                Text(amounts.unit, {"enum": list(amounts.PER_SECOND)}),
                "Its unit: s, ms, us or ns. Left out: seconds.",
                "unit: ms",
            ),
        }
    ),
)
_SOURCE: Final = Record(
    {
        "type": Field(Text(), "What kind of log it is.", "type: nginx-json", required=True),
        "path": Field(
            Texts(lone=True),
            "Which files: a path or pattern, or a list of them, from the folder of this file.",
            "path: logs/access*.json*",
        ),
        "timezone": Field(_TIMEZONE, "The time zone of times that are written without one.", "timezone: Asia/Tokyo"),
        "max_rejected": Field(
            Text(amounts.share, amounts.SHARE_SCHEMA),
            "The share of unreadable lines above which its SLOs are not trusted. Left out: 1%.",
            "max_rejected: 1%",
        ),
        "silent_after": Field(
            Text(amounts.length, _LENGTH),
            "Alert when nothing has come for so long. Left out: twice its longest pause of the last week.",
            "silent_after: 30m",
        ),
        "success": Field(
            _CONDITION, "When an event was served well. Left out: what the type knows of it.", "success: status < 500"
        ),
        "duration": Field(_DURATION, "The column that says how long an event took.", "duration: request_time"),
        "breakdown": Field(
            Texts(),
            "Columns by whose values events are counted as well, for `kakeibo where`.",
            "breakdown: [operation, error]",
        ),
        "histogram": Field(
            Texts(),
            "Number columns whose distribution is kept, so that `kakeibo try` answers for any threshold.",
            "histogram: [duration]",
        ),
    },
    open=True,
)

_CHANNEL: Final = Record(
    {"type": Field(Text(), "What kind of channel it is.", "type: slack", required=True)},
    open=True,
)

_WINDOW: Final = Either(
    Text(amounts.window, amounts.WINDOW_SCHEMA),
    Record(
        {
            "calendar": Field(
                Text(amounts.calendar, {"enum": list(amounts.PERIODS)}),
                "Since this period of the calendar began: day, week, month, quarter or year.",
                "calendar: month",
                required=True,
            ),
            "timezone": Field(_TIMEZONE, "Whose calendar. Left out: the organisation's.", "timezone: America/New_York"),
        }
    ),
)
_METHOD: Final = Either(
    Text(amounts.method, {"enum": ["occurrences"]}),
    Record(
        {
            "slices": Field(
                Text(amounts.slice_length, _LENGTH), "Count good and bad slices of time of this length.", "slices: 5m"
            ),
            "slice_target": Field(
                Text(amounts.share, amounts.SHARE_SCHEMA),
                "The share of good events from which on a slice is good.",
                "slice_target: 95%",
            ),
            "ratio_slices": Field(
                Text(amounts.slice_length, _LENGTH),
                "Average the shares of slices of this length, each weighing the same.",
                "ratio_slices: 5m",
            ),
            "at_least": Field(
                Text(amounts.at_least_one, {"type": "integer", "minimum": 1}),
                "Beside slices: how many good events make a slice good.",
                "at_least: 100",
            ),
            "within": Field(
                Text(amounts.length, _LENGTH),
                "Beside at_least: in how much time up to the end of the slice. Left out: in the slice itself.",
                "within: 10m",
            ),
        },
        some=True,
    ),
)
_WINDOW_OF_SLO: Final = Field(
    _WINDOW,
    "The time the target is for, up to now: such as 28d or 1M, or month for the calendar's. Left out: 28d.",
    "window: 28d",
)
_SLO: Final = Objective(
    {
        "good": Field(
            _CONDITION,
            "When an event went well: a condition over the source's columns; of a server of metrics, a query.",
            "good: status < 500",
        ),
        "bad": Field(
            _CONDITION,
            "Of a server of metrics, in place of good: the query that counts bad events.",
            """bad: 'http_requests_total{code=~"5.."}'""",
        ),
        **short_forms(),
        "of": Field(
            _CONDITION,
            "Beside a short form: which of the valid events it judges. Left out: those served, of some forms.",
            "of: status < 500",
        ),
        "target": Field(
            Text(amounts.target, amounts.TARGET_SCHEMA),
            "The share of valid events that shall be good, below 100%.",
            "target: 99.9%",
        ),
        "window": _WINDOW_OF_SLO,
        "valid": Field(_CONDITION, "In place of the journey's `valid`, for this SLI alone.", "valid: status != 404"),
        "void": Field(_CONDITION, "In place of the journey's `void`, for this SLI alone.", "void: status = 499"),
        "method": Field(
            _METHOD,
            "What the budget counts: events (occurrences), or slices of time. Left out: occurrences.",
            "method: {slices: 5m, slice_target: 95%}",
        ),
        "alerts": Field(
            measures.ALERTS,
            "When to alert: on which share of the budget burnt within which time. Left out: the usual four rules.",
            "alerts: [{burn: 2%, within: 1h, severity: page}]",
        ),
        "minimum_bad": Field(
            Text(amounts.at_least_one, {"type": "integer", "minimum": 1}),
            "How many bad events there must be before any alert fires. Left out: 3 events, or 1 slice.",
            "minimum_bad: 3",
        ),
        "stage": Field(
            Text(amounts.stage, {"enum": list(amounts.STAGES)}),
            "How much its alerts may disturb at first: provisional, ticket or page. Left out: provisional.",
            "stage: ticket",
        ),
        **measures.KEYS,
    },
    one_of=FORMS,
)

_TITLE_OF_JOURNEY: Final = Field(
    _TITLE, "What the user does, in plain words.", "title: {en: Play a video, ja: 動画を再生できる}", True
)
JOURNEY: Final = Record(
    {
        "title": _TITLE_OF_JOURNEY,
        "kind": Field(
            Text(amounts.journey_kind, {"enum": ["cuj", "cmc"]}),
            "cuj: a critical user journey; cmc: critical machine communication. Left out: cuj.",
            "kind: cuj",
        ),
        "service": Field(Text(), "What provides it: a key of services.", "service: learning"),
        "source": Field(Text(), "Where its events are: a key of sources.", "source: web"),
        "valid": _VALID,
        "void": _VOID,
        "probes": measures.KEYS["probes"],
        "slos": Field(
            _named(_SLO, "{good: status < 500, target: 99.9%}", required=True),
            "What is promised: SLI -> objective.",
            "slos: {availability: {good: status < 500, target: 99.9%}}",
            required=True,
        ),
    }
)

_ADVICE: Final = Record(
    {
        "paths": Field(
            Texts(lone=True),
            "Files and folders beside the book that it looks at: Kubernetes, nginx, Sidekiq, Terraform, certificates.",
            "paths: [deploy/, nginx.conf]",
        ),
        "notify": Field(
            Texts(lone=True),
            "Whom it tells on the first of each month: keys of channels, with a target behind a colon where needed.",
            "notify: [team-chat]",
        ),
    },
    some=True,
)

BOOK: Final = Record(
    {
        "organisation": Field(_ORGANISATION, "Whose book it is.", "organisation: {name: Manabi, timezone: Asia/Tokyo}"),
        "teams": Field(
            _named(_TEAM, "{name: Player team}"), "Who looks after services.", "teams: {player: {name: Player team}}"
        ),
        "services": Field(
            _named(_SERVICE, "{team: player}"), "What is operated, and by whom.", "services: {learning: {team: player}}"
        ),
        "sources": Field(
            _named(_SOURCE, "{type: nginx-json, path: logs/access*.json}"),
            "Where events come from.",
            "sources: {web: {type: nginx-json, path: logs/access*.json}}",
        ),
        "channels": Field(
            _named(_CHANNEL, "{type: slack, token_env: SLACK_TOKEN}"),
            "By what people and other programs are told.",
            "channels: {slack: {type: slack, token_env: SLACK_TOKEN}}",
        ),
        "lists": Field(
            Table(Texts(), amounts.list_name, amounts.LIST_NAME_SCHEMA, "[DB_DOWN, TIMEOUT]"),
            "Named lists of codes, for conditions such as `error in system_codes`.",
            "lists: {system_codes: [DB_DOWN, TIMEOUT]}",
        ),
        "people": Field(
            _named(rosters.PERSON, "{name: SRE 1, slack: U012AB3CD}"),
            "Who can be called, and how they are reached.",
            "people: {sre-1: {name: SRE 1, slack: U012AB3CD, phone: $SRE_1_PHONE}}",
        ),
        "oncall": Field(
            _named(rosters.DUTY, "{rotas: {primary: [...]}}"),
            "Team -> who is on duty when, and who is called next.",
            "oncall: {player: {rotas: {primary: [{participants: [sre-1, sre-2], start: 2026-10-05}]}}}",
        ),
        "policies": Field(
            _named(policies.POLICY, "{rules: {spent: {when: {state: exhausted}, then: freeze}}}"),
            "Team -> what it has agreed to do when budgets run out.",
            "policies: {player: {rules: {spent: {when: {state: exhausted}, then: freeze}}}}",
        ),
        "access": Field(
            _named(_ACCESS, "{open: [./open-ssh], close: [./close-ssh]}"),
            "Ways in that are opened for a while during an incident. Left out: none.",
            "access: {ssh: {open: [./open-ssh], close: [./close-ssh], longest: 1h}}",
        ),
        "advice": Field(
            _ADVICE,
            "What the advisor looks at, and whom it tells each month.",
            "advice: {paths: [deploy/, nginx.conf], notify: [team-chat]}",
        ),
        "journeys": Field(
            _named(JOURNEY, "{title: Play a video, source: web, slos: {...}}"),
            "What users do, and what they are promised.",
            "journeys: {play-video: {title: Play a video, source: web, slos: {...}}}",
        ),
        "fleets": Field(
            _named(fleets.fleet_shape(_TITLE_OF_JOURNEY, _WINDOW_OF_SLO), "{title: Scooters can be hired, ...}"),
            "Devices that are to be in service, by what they say.",
            "fleets: {scooters: {title: Scooters can be hired, source: telemetry, heartbeat: {silent_after: 15m}}}",
        ),
    }
)


def book_schema(
    source_options: Mapping[str, Mapping[str, Any]],
    asked: Collection[str] = (),
    channel_options: Mapping[str, Mapping[str, Any]] | None = None,
    required: Mapping[str, Collection[str]] | None = None,
) -> Schema:
    """JSON Schema (2020-12) of a book, for editors. `source_options`: kind of source -> the properties of its options;
    `asked`: the kinds that are servers, not logs, and have no path; `channel_options`: the same of kinds of channel;
    `required`: kind of source -> the keys that must be there, where that is not the path, or a server's url.

    It knows shapes alone; references and conditions are checked by `read_book`.
    """
    schema, needed = BOOK.schema(), required or {}
    source = schema["properties"]["sources"]["additionalProperties"]
    source["properties"]["type"]["enum"] = sorted(source_options)
    source["allOf"] = [
        {
            "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
            "then": {
                "properties": dict(options),
                "required": [*needed.get(kind, ("url",) if kind in asked else ("path",))],
            },
        }
        for kind, options in sorted(source_options.items())
    ]
    source["unevaluatedProperties"] = False
    if channel_options:
        channel = schema["properties"]["channels"]["additionalProperties"]
        channel["properties"]["type"]["enum"] = sorted(channel_options)
        channel["allOf"] = [
            {
                "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
                "then": {"properties": dict(options)},
            }
            for kind, options in sorted(channel_options.items())
        ]
        channel["unevaluatedProperties"] = False
    # Only a journey whose objectives are all put together from others needs no source.
    counted = [{"required": [name]} for name in ("good", "bad", *MENU)]
    about = "Put together from other objectives."
    put_together = {"description": about, "additionalProperties": {"not": {"anyOf": counted}}}
    journey = schema["properties"]["journeys"]["additionalProperties"]
    journey["anyOf"] = [{"required": ["source"]}, {"properties": {"slos": put_together}}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kakeibo book",
        "description": "The account book of an organisation's error budgets.",
        **schema,
    }
