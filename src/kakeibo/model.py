"""The nouns. Frozen, without behaviour beyond what the noun itself means; every room may use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from kakeibo.devices import Fleet
from kakeibo.duties import Duty, Person
from kakeibo.permissions import SignIn
from kakeibo.policies import Policy
from kakeibo.predicates import Predicate
from kakeibo.windows import Window as Window

Title = Mapping[str, str]
"""A name in one or both languages: {"en": "Play a video", "ja": "動画を再生できる"}."""

State = Literal["healthy", "at_risk", "exhausted", "filling", "no_data"]


SliType = Literal[
    "availability", "latency", "quality", "freshness", "correctness", "coverage", "throughput", "durability"
]
"""What an SLI is about: the entries of definitions/menu.py."""

OTHER: Final = "other"
"""The part of every split SLO that has what is in no other part."""

USERS: Final = "users"
PROBES: Final = "probes"
"""The accounts of an SLO with probes, hence no names for parts."""

Severity = Literal["page", "ticket"]
"""page: wake somebody up; ticket: it can wait for working hours."""

Stage = Literal["provisional", "ticket", "page"]
"""How much the alerts of an SLO may disturb: told to nobody; told as tickets, whatever fires; told as they are."""


Opens = Literal["page", "ticket", "never"]
"""Which alerts open an incident: those told as a page, those told at all, none."""


@dataclass(frozen=True, slots=True)
class Method:
    """What an SLO counts. `slice_minutes` is 0 for events; slices begin at multiples of their length since 1970, UTC.

    occurrences: events. slices: a slice of time is good when its share of good events is at least `slice_target`.
    ratio_slices: every slice weighs the same, whatever its traffic. A slice without a valid event is unmeasured.
    counted_slices: a slice is good when in the `within_minutes` that end with it there were `at_least` so many good
    events; it is unmeasured when the source delivered nothing in them.
    """

    kind: Literal["occurrences", "slices", "ratio_slices", "counted_slices"] = "occurrences"
    slice_minutes: int = 0
    slice_target: Fraction | None = None
    at_least: int | None = None
    within_minutes: int = 0

    @property
    def unit(self) -> Literal["events", "slices"]:
        return "slices" if self.slice_minutes else "events"


@dataclass(frozen=True, slots=True)
class BurnRule:
    """Alert when `share` of an SLO's budget burns within `minutes`, a multiple of 12: the short window is a twelfth."""

    share: Fraction
    minutes: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class Organisation:
    """`heartbeat`: an address outside that is called after every round of the worker in which all went well.
    `address`: where people open the pages of `kakeibo serve`, without a slash at the end. `digest`: who receives the
    monthly digest. `sign_in`: how people sign in to the pages; None: nobody does. `notify`: receivers ("channel" or
    "channel:target") of trouble of our own."""

    name: str = ""
    timezone: str = "UTC"
    language: str = "en"
    heartbeat: str | None = None
    address: str | None = None
    digest: tuple[str, ...] = ()
    sign_in: SignIn | None = None
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """`notify`: by urgency, the receivers: "channel", "channel:target", or "oncall" for whoever is on duty.
    `incidents`: which of its alerts open one."""

    key: str
    name: str
    chat: str | None = None
    notify: Mapping[Severity, tuple[str, ...]] = field(default_factory=dict)
    incidents: Opens = "page"


@dataclass(frozen=True, slots=True)
class Service:
    """`depends_on`: services that it cannot do without."""

    key: str
    team: str | None = None
    runbook: str | None = None
    title: Title = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signs:
    """How events of a source tell what became of them. None: they do not, or nobody has said.

    `success`: the condition under which one was served; `duration`: the column that says how long it took, in units of
    which a second has `per_second`.
    """

    success: str | None = None
    duration: str | None = None
    per_second: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where events come from. `options` are validated by its kind; `base` is the folder that globs start at.

    `breakdown` and `histogram` are the columns by whose values, or intervals, events are counted as well, by hour.
    `signs` follow from the kind and what the book says beside it; conditions are written out by them already.
    `silent_after`: the minutes without a line after which that is told; None: what is unusual for it.
    """

    name: str
    kind: str
    paths: tuple[str, ...]
    base: Path
    timezone: str | None = None
    max_rejected: Fraction = Fraction(1, 100)
    options: Mapping[str, object] = field(default_factory=dict)
    breakdown: tuple[str, ...] = ()
    histogram: tuple[str, ...] = ()
    silent_after: int | None = None
    signs: Signs = field(default=Signs(), compare=False)


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to tell people: `options` are validated by its kind. Secrets are named, never written: an option
    `..._env` is the name of an environment variable."""

    key: str
    kind: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Access:
    """A way in that is opened for a while during an incident: commands that open and close it, run in the folder of the
    book, and the most minutes that it may stay open."""

    key: str
    open: tuple[str, ...]
    close: tuple[str, ...]
    longest: int


@dataclass(frozen=True, slots=True)
class Advising:
    """What the advisor looks at beside the book and what was counted: files and folders below `base`; and the
    receivers ("channel" or "channel:target") that are told each month."""

    paths: tuple[str, ...] = ()
    base: Path = Path()
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Events:
    """Events of `source`, judged one by one: one counts when `valid` is true and `void` is not.

    `of_devices`: what is judged are not events but seconds of devices, of a fleet.
    """

    source: str
    valid: Predicate
    good: Predicate
    void: Predicate | None = None
    of_devices: bool = False


@dataclass(frozen=True, slots=True)
class Queries:
    """Counters of a metrics `source`, asked in its own language: how many events there were, and how many were good
    (or bad: one of the two is given)."""

    source: str
    valid: str
    good: str | None = None
    bad: str | None = None


@dataclass(frozen=True, slots=True)
class Composite:
    """Other SLOs put together; `parts` are their names with the weight of each.

    sum: their events added up. Else the SLI is, over any stretch of time, the worst of theirs, their weighted mean, or
    their product.
    """

    how: Literal["sum", "worst", "weighted", "product"]
    parts: tuple[tuple[str, Fraction], ...]


Measure = Events | Queries | Composite
Unit = Literal["events", "slices", "device_seconds"]


@dataclass(frozen=True, slots=True)
class Slo:
    """One objective. `name` is "journey/sli".

    `alerts`: None for the usual rules, () for none. `minimum_bad`: so many bad events (or slices) before any of them
    fires; None for the usual number. `owner` is the team that can improve it, where that is not the operator.
    `parts` are what it is split into, "journey/sli/part": their events add up to its own. `accounts` are what is
    counted for it alone, when its measure is their sum: "journey/sli/users" and "journey/sli/probes", of which one is
    to come every `probe_minutes`. `sli_type`: what it is about,
    by its short form or else by its name; None: neither says. `short`: the short form as written, such as
    "latency: 300ms"; None when the conditions are written out. `stage` is that at which its alerts begin.
    """

    name: str
    measure: Measure
    target: Fraction
    window: Window
    method: Method = Method()
    alerts: tuple[BurnRule, ...] | None = None
    minimum_bad: int | None = None
    owner: str | None = None
    parts: tuple[Slo, ...] = ()
    accounts: tuple[Slo, ...] = ()
    probe_minutes: int | None = None
    sli_type: SliType | None = None
    short: str | None = None
    stage: Stage = "provisional"

    @property
    def unit(self) -> Unit:
        """What its counts count."""
        return "device_seconds" if isinstance(self.measure, Events) and self.measure.of_devices else self.method.unit

    @property
    def tree(self) -> Iterator[Slo]:
        """Itself, its parts and its accounts."""
        yield self
        yield from self.parts
        yield from self.accounts


def is_part(name: str) -> bool:
    """Whether an SLO of this name is a part of another one, which has its events too."""
    _, *below = name.split("/")
    return len(below) == 2 and below[1] not in (USERS, PROBES)


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised of an SLO, from minute `since` on; None: from the beginning."""

    target: Fraction
    window: Window
    method: Method
    since: int | None = None

    def same(self, other: Promise) -> bool:
        """Whether the same is promised, whenever."""
        return (self.target, self.window, self.method) == (other.target, other.window, other.method)


@dataclass(frozen=True, slots=True)
class Journey:
    key: str
    title: Title
    kind: Literal["cuj", "cmc"]
    service: str | None
    source: str
    slos: tuple[Slo, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """A whole book as written, every reference resolved. `lists` are its named lists of codes; `oncall` and
    `policies` are by team.

    Every one of `fleets` is a journey, too, under the same key: its time in service.
    """

    path: Path
    organisation: Organisation
    teams: Mapping[str, Team]
    services: Mapping[str, Service]
    sources: Mapping[str, Source]
    journeys: Mapping[str, Journey]
    lists: Mapping[str, tuple[str, ...]]
    channels: Mapping[str, Channel] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    oncall: Mapping[str, Duty] = field(default_factory=dict)
    fleets: Mapping[str, Fleet] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    access: Mapping[str, Access] = field(default_factory=dict)
    advice: Advising = Advising()

    def slos_of(self, source: str) -> tuple[Slo, ...]:
        """The SLOs counted from one source, in the order of the book; parts and accounts after what they belong to."""
        return tuple(
            one
            for journey in self.journeys.values()
            for slo in journey.slos
            for one in slo.tree
            if not isinstance(one.measure, Composite) and one.measure.source == source
        )

    def slos(self) -> dict[str, Slo]:
        """Every SLO by its name, parts and accounts too."""
        return {one.name: one for journey in self.journeys.values() for slo in journey.slos for one in slo.tree}

    def counted_for(self, slo: Slo) -> tuple[Slo, ...]:
        """What is counted from sources for an SLO: itself, or what its measure is put together from, each once."""
        if not isinstance(slo.measure, Composite):
            return (slo,)
        known, found, left = self.slos(), dict[str, Slo](), [slo]
        while left:
            one = left.pop(0)
            if isinstance(one.measure, Composite):
                left += [known[name] for name, _ in one.measure.parts]
            else:
                found[one.name] = one
        return tuple(found.values())

    def events_of(self, source: str) -> dict[str, Events]:
        """What is judged event by event of one source: SLO's name -> measure, in the order of the book."""
        return {slo.name: slo.measure for slo in self.slos_of(source) if isinstance(slo.measure, Events)}

    def owner_of(self, slo: Slo, journey: Journey) -> Team | None:
        """Who can improve an SLO: the team it names, or else the one that operates it."""
        return self.teams.get(slo.owner) if slo.owner else self.team_of(journey)

    def place_of(self, journey: Journey) -> tuple[str, str]:
        """The keys under which a journey is written."""
        return "fleets" if journey.key in self.fleets else "journeys", journey.key

    def fleet_of(self, source: str) -> Fleet | None:
        """The fleet whose messages a source has."""
        return next((fleet for fleet in self.fleets.values() if fleet.source == source), None)

    def team_of(self, journey: Journey) -> Team | None:
        """Who operates a journey: the team of its service."""
        service = self.services.get(journey.service or "")
        return self.teams.get(service.team or "") if service else None


@dataclass(frozen=True, slots=True)
class Count:
    """Events of one SLO. valid = good + bad; `void` are excluded; `unknown` is the part of bad nobody could judge."""

    good: int = 0
    bad: int = 0
    void: int = 0
    unknown: int = 0

    @property
    def valid(self) -> int:
        return self.good + self.bad

    @property
    def spent(self) -> int | Fraction:
        """What it takes from a budget."""
        return self.bad

    def __add__(self, other: Count) -> Count:
        return Count(self.good + other.good, self.bad + other.bad, self.void + other.void, self.unknown + other.unknown)

    def __sub__(self, other: Count) -> Count:
        return Count(self.good - other.good, self.bad - other.bad, self.void - other.void, self.unknown - other.unknown)


@dataclass(frozen=True, slots=True)
class SliceShares(Count):
    """Slices that weigh the same. `lost` is the sum of their shares of bad events, `bad` how many lost any."""

    lost: Fraction = Fraction(0)

    @property
    def spent(self) -> int | Fraction:
        return self.lost

    def __add__(self, other: Count) -> SliceShares:
        good, bad, lost = self.good + other.good, self.bad + other.bad, self.lost + other.spent
        return SliceShares(good, bad, self.void + other.void, self.unknown + other.unknown, lost)

    def __sub__(self, other: Count) -> SliceShares:
        good, bad, lost = self.good - other.good, self.bad - other.bad, self.lost - other.spent
        return SliceShares(good, bad, self.void - other.void, self.unknown - other.unknown, lost)


@dataclass(frozen=True, slots=True)
class Stream:
    """How far one log has been read. A log is known by its content, so that renaming or compressing changes nothing.

    `head` is the digest of its first `head_length` bytes, `tail` that of the `tail_length` bytes before `position`;
    all count bytes of the uncompressed content. `path`, `device`, `inode`, `size`, `mtime_ns` remember the file it was
    last seen in, so that an untouched file need not be opened. `id` is None for a stream the ledger does not know yet.
    """

    id: int | None
    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    head: bytes
    head_length: int
    tail: bytes
    tail_length: int
    position: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """A line that could not be read: where it began, why, and the start of its text."""

    path: str
    offset: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """Who took a slip back, why, and in which minute."""

    author: str
    reason: str
    at: int


Page = Literal["adjustment", "charge", "silence"]


@dataclass(frozen=True, slots=True)
class Slip:
    """What a person entered about the minutes [from_minute, to_minute): events to leave out, what spent the budget, or
    alerts not to tell of.

    `what` is as they wrote it; `scope` are the SLOs ("journey/sli") and journeys ("journey", with every SLO it has or
    will have) that it stands for. `kind`: of an adjustment "maintenance" or "exclusion", of a charge its category.
    `name`: what a charge is for, e.g. "Database overload of Oct 1". `entered` is the minute in which it was entered.
    `id` is None until the ledger has it: the number of the slip, one series for all pages.
    """

    page: Page
    kind: str
    what: str
    scope: tuple[str, ...]
    from_minute: int
    to_minute: int
    author: str
    reason: str
    entered: int
    name: str = ""
    id: int | None = None
    revoked: Revocation | None = None

    def covers(self, slo: str) -> bool:
        """Whether it stands for this SLO: by its own name, or by that of what it is a part of."""
        keys = slo.split("/")
        return any("/".join(keys[:depth]) in self.scope for depth in range(1, len(keys) + 1))
