"""What the book says of postmortems: the criterion of a team, who gets the digest."""

from fractions import Fraction
from pathlib import Path

import pytest

from kakeibo.app.check import read
from kakeibo.definitions.writing import write
from kakeibo.errors import BookError
from kakeibo.policies import Criterion

BOOK = """\
organisation: {{name: Testers, digest: {digest}}}
channels: {{out: {{type: log, file: told.txt}}}}
teams: {{player: {{name: Player team}}}}
services: {{learning: {{team: player, runbook: "https://wiki.example/learning"}}}}
sources: {{web: {{type: nginx-json, path: access.log}}}}
policies:
  player:
    {postmortem}
    rules: {{spent: {{when: {{state: exhausted}}, then: freeze}}}}
journeys:
  play:
    title: {{en: Play}}
    service: learning
    source: web
    slos: {{availability: {{good: status < 500, target: 99.9%, window: 28d}}}}
"""


def book(folder: Path, postmortem: str = "", digest: str = "out") -> Path:
    path = folder / "kakeibo.yaml"
    path.write_text(BOOK.format(postmortem=postmortem, digest=digest), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("written", "criterion"),
    [
        ("", Criterion()),
        ("postmortem: {budget: 7.5%}", Criterion(Fraction(3, 40))),
        ("postmortem: {also: none}", Criterion(also=())),
        ("postmortem: {budget: 50%, also: [data_loss]}", Criterion(Fraction(1, 2), ("data_loss",))),
    ],
)
def test_the_criterion_is_read_and_written_again(tmp_path: Path, written: str, criterion: Criterion) -> None:
    found, _ = read(book(tmp_path, written, "[out]"))
    assert found.policies["player"].postmortem == criterion
    assert found.organisation.digest == ("out",)
    again = tmp_path / "again.yaml"
    again.write_text(write(found), encoding="utf-8")
    assert read(again)[0].policies == found.policies
    assert read(again)[0].organisation == found.organisation


@pytest.mark.parametrize(
    ("written", "digest", "said"),
    [
        ("postmortem: {budget: 0%}", "out", "kakeibo.yaml:8:26"),
        ("postmortem: {also: [dataloss]}", "out", "did you mean 'data_loss'"),
        ("postmortem: {share: 10%}", "out", "share"),
        ("", "[nowhere]", "there is no channel 'nowhere'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, written: str, digest: str, said: str) -> None:
    with pytest.raises(BookError) as raised:
        read(book(tmp_path, written, digest))
    assert said in str(raised.value)
