"""kakeibo export as a user calls it."""

from __future__ import annotations

import yaml
from tests.app.conftest import Site


def test_rules_are_written_and_named(site: Site) -> None:
    told = site.run("export", "prometheus", "--out", "there/rules")
    assert (told.code, told.err) == (0, "")
    path = site.folder / "there" / "rules" / "kakeibo.rules.yaml"
    assert "there/rules/kakeibo.rules.yaml" in told.out
    assert len(yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]) == 4


def test_a_file_with_another_text_is_replaced_only_by_force(site: Site) -> None:
    assert site.run("export", "prometheus", "--out", ".").code == 0
    assert site.run("export", "prometheus", "--out", ".").code == 0
    path = site.folder / "kakeibo.rules.yaml"
    path.write_text("mine", encoding="utf-8")
    refused = site.run("export", "prometheus", "--out", ".")
    assert refused.code == 1
    assert "--force" in refused.err
    assert path.read_text(encoding="utf-8") == "mine"
    assert site.run("export", "prometheus", "--out", ".", "--force").code == 0
    assert "groups:" in path.read_text(encoding="utf-8")


def test_what_cannot_be_expressed_goes_to_the_error_stream(site: Site) -> None:
    book = site.folder / "kakeibo.yaml"
    book.write_text(
        book.read_text(encoding="utf-8").replace("0.3, target: 50%, window: 1d", "0.3, target: 50%, window: 1M"),
        encoding="utf-8",
    )
    told = site.run("export", "prometheus", "--out", "rules")
    assert told.code == 0
    assert told.err.startswith("warning: play-video/latency: the budget of ")


def test_without_a_format_they_are_listed(site: Site) -> None:
    told = site.run("export")
    assert told.code == 0
    assert [line.split()[0] for line in told.out.splitlines()] == sorted(
        line.split()[0] for line in told.out.splitlines()
    )
    assert "prometheus  recording and alerting rules for Prometheus" in told.out


def test_mistakes_get_one_message(site: Site) -> None:
    assert "did you mean prometheus?" in site.run("export", "promethus", "--out", "x").err
    assert "prometheus" in site.run("export", "zzz", "--out", "x").err
    assert site.run("export", "prometheus").code == 2
    (site.folder / "file").write_text("", encoding="utf-8")
    told = site.run("export", "prometheus", "--out", "file/below")
    assert (told.code, "Traceback" in told.err) == (1, False)


POLICY = """\
policies:
  player:
    approvers: [Product owner]
    approved: 2026-10-01
    rules: {used-up: {when: {state: exhausted}, then: [freeze, review]}}
"""


def test_a_policy_is_written_where_there_is_a_place_for_it_and_said_elsewhere(site: Site) -> None:
    book = site.folder / "kakeibo.yaml"
    book.write_text(book.read_text(encoding="utf-8") + POLICY, encoding="utf-8")
    for name in ("prometheus", "grafana", "openslo"):
        told = site.run("export", name, "--out", name)
        assert told.code == 0
        assert "warning: player: this format has no place for an error budget policy" in told.err
    told = site.run("export", "backstage", "--out", "backstage")
    assert (told.code, told.err) == (0, "")
    documents = yaml.safe_load_all((site.folder / "backstage" / "catalog-info.yaml").read_text(encoding="utf-8"))
    [group] = [one for one in documents if one["kind"] == "Group"]
    written = yaml.safe_load(group["metadata"]["annotations"]["kakeibo/policy"])
    assert written == yaml.safe_load(POLICY)["policies"]["player"]
