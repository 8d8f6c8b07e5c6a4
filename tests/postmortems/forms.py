"""Made-up forms: one that has everything, and strategies for any."""

from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from kakeibo.i18n import LANGUAGES
from kakeibo.postmortems.causes import ROOT_CAUSES, TRIGGERS
from kakeibo.postmortems.form import ACTION_TYPES, SECTIONS, Action, Form, Head, Measured, Question
from kakeibo.postmortems.headings import section_of

FULL = Form(
    Head(
        title="The database was slow on the first of the month",
        date=date(2026, 9, 1),
        team="player",
        services=("video-api", "edge"),
        incident=12,
        author="Player on call",
        triggers=("schedule", "load"),
        root_causes=("capacity_planning", "observability"),
        required=("Player team lead", "Database administrator"),
        optional=("Support lead",),
        measured=Measured(
            began=1788192600,
            ended=1788203400,
            detected=1788192960,
            acknowledged=1788193200,
            resolved=1788204000,
            bad=12_340,
            users=811,
            burnt={"play-video/availability": Fraction(41, 97), "play-video/latency": Fraction(3, 2)},
        ),
    ),
    {
        "summary": "Videos did not start for three hours.",
        "impact": "12,340 requests failed.",
        "timeline": "- 00:10 the monthly job began\n- 00:16 the alert",
        "detection": "By the alert of the SLO.",
        "trigger": "The monthly job.",
        "root_causes": "The pool of connections is smaller than the number of workers.",
        "well": "The alert came in time.",
        "badly": "```\n## not a heading\n```",
        "lucky": "It was night.",
        "budget": "Two fifths of it.",
    },
    actions=(
        Action("Spread the job over the night | all days", "prevent", "Player team", date(2026, 9, 30)),
        Action("Alert on the pool", "detect", "Platform team", date(2026, 9, 15), date(2026, 9, 10)),
        Action("Talk to \\ with the owner of the job"),
    ),
    questions=(Question("Who owns the job?", answered=True), Question("Why did it take three hours?")),
    extra=(("Supporting information", "A picture."),),
    preface="Written together.",
    note="In the order of their worth:",
)

_line = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
words = st.lists(_line, min_size=1, max_size=4).map(" ".join)
cells = words | st.just("")
_prose = st.lists(words.filter(lambda line: line[0] not in "#-*+|`~0123456789"), min_size=1, max_size=4).map("\n".join)
_prose = _prose.filter(lambda text: not text[0].isdigit())
_seconds = st.none() | st.integers(0, 4_000_000_000)
_days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
_shares = st.fractions(max_denominator=10**9)
_lists = st.lists(words, unique=True, max_size=3).map(tuple)

measured = st.builds(
    Measured,
    *[_seconds] * 5,
    bad=st.none() | st.integers(0, 10**12),
    users=st.none() | st.integers(0, 10**9),
    burnt=st.dictionaries(st.sampled_from(["a/x", "b/y", "c/z/part"]), _shares),
)
heads = st.builds(
    Head,
    title=words,
    date=_days,
    team=st.none() | words,
    services=_lists,
    incident=st.none() | st.integers(0, 10**6),
    author=cells,
    triggers=st.lists(st.sampled_from(list(TRIGGERS)), unique=True, max_size=3).map(tuple),
    root_causes=st.lists(st.sampled_from(list(ROOT_CAUSES)), unique=True, max_size=3).map(tuple),
    external=st.booleans(),
    required=_lists,
    optional=_lists,
    language=st.sampled_from(LANGUAGES),
    measured=measured,
)
actions = st.builds(Action, words, st.sampled_from(ACTION_TYPES), cells, st.none() | _days, st.none() | _days)
forms = st.builds(
    Form,
    heads,
    st.dictionaries(st.sampled_from([one for one in SECTIONS if one not in ("actions", "questions")]), _prose),
    st.lists(actions, max_size=3).map(tuple),
    st.lists(st.builds(Question, words, st.booleans()), max_size=3).map(tuple),
    st.lists(st.tuples(words.filter(lambda one: section_of(one) is None), _prose), max_size=2).map(tuple),
    preface=_prose | st.just(""),
    note=_prose | st.just(""),
)
