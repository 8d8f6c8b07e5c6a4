"""kakeibo import and export as their users meet them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.conftest import Site

DOCUMENTS = Path(__file__).parents[1] / "imports" / "documents"


def test_a_book_is_printed_and_warnings_go_elsewhere(site: Site) -> None:
    done = site.run("import", "sloth", str(DOCUMENTS / "sloth.yaml"))
    assert done.code == 0
    assert done.out.startswith("services:\n  shop-api:")
    assert "warning: " in done.err
    assert "sloth.yaml:4:1: Sloth is given its window" in done.err


def test_a_book_is_written_once(site: Site) -> None:
    files = ("import", "pyrra", str(DOCUMENTS / "pyrra.yaml"), "--out", "new.yaml")
    assert "new.yaml: 4 journeys, 4 objectives" in site.run(*files).out
    again = site.run(*files)
    assert (again.code, "there is a book already" in again.err) == (1, True)
    assert "--force" in again.err
    assert site.run(*files, "--force").code == 0


def test_errors_are_one_line_each_and_nothing_is_written(site: Site) -> None:
    (site.folder / "bad.yaml").write_text(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {}\nspec: {}\n", encoding="utf-8"
    )
    done = site.run("import", "openslo", "bad.yaml", "--out", "new.yaml")
    assert done.code == 1
    assert all(line.startswith("bad.yaml:") for line in done.err.splitlines())
    assert len(done.err.splitlines()) == 4
    assert not (site.folder / "new.yaml").exists()


@pytest.mark.parametrize(("name", "hint"), [("slot", "did you mean sloth?"), ("xyz", "known are: backstage, openslo")])
def test_a_format_that_is_not_known(site: Site, name: str, hint: str) -> None:
    done = site.run("import", name, "x.yaml")
    assert (done.code, hint in done.err) == (1, True)


@pytest.mark.parametrize(("name", "file"), [("openslo", "openslo.yaml"), ("backstage", "catalog-info.yaml")])
def test_what_was_exported_is_imported_without_a_word(site: Site, name: str, file: str) -> None:
    assert site.run("export", name, "--out", "out").code == 0
    done = site.run("import", name, f"out/{file}", "--out", "again.yaml")
    assert done.code == 0
    if name == "openslo":
        assert site.run("check", "--book", "again.yaml").code == 0
        assert done.err == ""
