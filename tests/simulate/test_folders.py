"""What cannot be simulated, and folders that are not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from kakeibo import simulate
from kakeibo.errors import UsageError
from kakeibo.i18n import speaking


@pytest.mark.parametrize(
    ("name", "scale", "days", "says"),
    [
        ("learning-vido", 1.0, None, 'there is no scenario "learning-vido": did you mean "learning-video"?'),
        ("zzz", 1.0, None, 'there is no scenario "zzz": choose one of: learning-video, scooters'),
        ("learning-video", 0.0, None, "the scale 0.0 cannot be simulated: give a number above 0, at most 1000"),
        (
            "learning-video",
            float("nan"),
            None,
            "the scale nan cannot be simulated: give a number above 0, at most 1000",
        ),
        (
            "learning-video",
            1.0,
            0,
            "0 days cannot be simulated: this scenario lasts 61 days: give a number from 1 to 61",
        ),
        (
            "learning-video",
            1.0,
            62,
            "62 days cannot be simulated: this scenario lasts 61 days: give a number from 1 to 61",
        ),
    ],
)
def test_refused_with_its_mend(name: str, scale: float, days: int | None, says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        simulate.write(name, 1, tmp_path / "new", scale=scale, days=days)
    assert str(refused.value) == says
    assert not (tmp_path / "new").exists()


def test_refused_in_japanese(tmp_path: Path) -> None:
    with speaking("ja"), pytest.raises(UsageError) as refused:
        simulate.write("learning-vido", 1, tmp_path)
    assert str(refused.value) == "「learning-vido」というシナリオはありません: 「learning-video」のことでしょうか"


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/access-20260101.json").write_text("mine")
    with pytest.raises(UsageError, match="holds other files"):
        simulate.write("learning-video", 1, tmp_path, days=1, scale=0.01)
    assert [path.name for path in tmp_path.rglob("*")] == ["logs", "access-20260101.json"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        simulate.write("learning-video", 1, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match=r"cannot write to the folder .*file/out \(Not a directory\): give a folder"):
        simulate.write("learning-video", 1, tmp_path / "file" / "out")


def test_after_an_interruption_the_folder_is_still_ours(tmp_path: Path) -> None:
    def interrupt(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate.write("learning-video", 1, tmp_path, days=3, scale=0.01, progress=interrupt)
    assert not (tmp_path / "truth.json").exists()
    simulate.write("learning-video", 1, tmp_path, days=1, scale=0.01)
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == [
        "access-20260825.json",
        "sidekiq-20260825.json",
    ]


def test_an_edited_book_is_kept(tmp_path: Path) -> None:
    simulate.write("learning-video", 1, tmp_path, days=1, scale=0.01)
    (tmp_path / "kakeibo.yaml").write_text("edited")
    simulate.write("learning-video", 2, tmp_path, days=1, scale=0.01)
    assert (tmp_path / "kakeibo.yaml").read_text() == "edited"
