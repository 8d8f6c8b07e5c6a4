"""The page: one well-formed file, complete in itself, safe, readable, and right in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import pytest

from kakeibo.budgets.report import Report, Row
from kakeibo.i18n import LANGUAGES, catalogue, speaking
from kakeibo.letters import report_html

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Reads a page strictly: every element must be closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute of {tag} is given twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    def attributes(self, name: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(report: Report, lang: str = "en") -> Page:
    with speaking(lang):
        return Page(report_html.render(report))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_well_formed_and_in_its_language(month: Report, lang: str) -> None:
    read = page(month, lang)
    assert read.elements[0] == ("html", {"lang": lang})
    identifiers = read.attributes("id")
    assert len(identifiers) == len(set(identifiers))
    assert {link.removeprefix("#") for link in read.attributes("href")} <= set(identifiers)
    assert set(read.attributes("aria-labelledby")) <= set(identifiers)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_complete_in_itself(month: Report, lang: str) -> None:
    read = page(month, lang)
    assert {tag for tag, _ in read.elements}.isdisjoint({"script", "link", "img", "iframe", "object", "form", "base"})
    assert read.attributes("src") == []
    assert all(link.startswith("#") for link in read.attributes("href"))
    with speaking(lang):
        text = report_html.render(month)
    assert set(re.findall(r"url\((.*?)\)", text)) == {"#hatch", "#overhatch"}
    assert "@import" not in text
    assert "//" not in text.replace("<!DOCTYPE html>", "")


def test_every_sentence_is_in_japanese(month: Report) -> None:
    japanese, english = page(month, "ja").text, page(month, "en").text
    untranslated = [
        sentence
        for sentence in catalogue("ja")
        if len(sentence) > 12 and "{" not in sentence and sentence in english and sentence in japanese
    ]
    assert untranslated == []
    assert "守れている約束は5件のうち2件" in japanese


def test_what_people_wrote_stays_text(row_of: Callable[..., Row], report_of: Callable[..., Report]) -> None:
    attack = "\"'><script>alert(1)</script>{{ 7*7 }}"
    row = row_of(title={"en": attack}, days={0: (999, 1)}, name=f"{attack}/x")
    report = replace(report_of([row], [("web", "e", attack, 1)]), organisation=attack)
    read = page(report)
    assert not [tag for tag, _ in read.elements if tag == "script"]
    assert read.text.count("<script>alert(1)</script>{{ 7*7 }}") == 6, "title, name, table, card, key, code"
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]


def test_a_title_in_the_other_language_says_so(month: Report) -> None:
    marked = [attributes["lang"] for tag, attributes in page(month).elements if tag != "html" and "lang" in attributes]
    assert marked == ["ja", "ja"], "once in the table and once in its card"


def test_the_figures_of_the_worst(month: Report) -> None:
    text = page(month).text
    assert "Promises kept: 2 of 5" in text
    assert "Of 1,400,000 events in 28 days, 1,760 failed; 1,400 were allowed." in text
    assert "overspent by 26%" in text
    assert "Days measured: 28, below the promise: 2. Lowest: 97.8% on Oct 3, 2026." in text


def test_numbers_of_two_definitions_are_called_so(month: Report) -> None:
    page = report_html.render(month)
    assert page.count('<p class="mixed">') == 2
    assert '<p class="mixed">Measured differently before Oct 4: the numbers mix both.</p>' in page


def test_every_picture_has_words_and_a_table(month: Report) -> None:
    read = page(month)
    pictures = [attributes for tag, attributes in read.elements if tag == "svg" and attributes.get("role") == "img"]
    assert len(pictures) == 8, "two for each promise with data"
    assert all(picture.get("aria-label") for picture in pictures)
    others = [attributes for tag, attributes in read.elements if tag == "svg" and attributes.get("role") != "img"]
    assert all(other.get("aria-hidden") == "true" for other in others)
    assert "Oct 3, 2026 50,000 1,100 97.8%" in read.text
    assert "Oct 11, 2026 to Oct 13, 2026 - - no data" in read.text


def test_one_mark_for_each_measured_day(month: Report) -> None:
    read = page(replace(month, rows=month.rows[:1]))
    marks = [attributes.get("class") for tag, attributes in read.elements if tag in ("circle", "path")]
    assert marks.count("met") == 26
    assert marks.count("missed") == 2 + 1, "two days, and the end of the burn-down"


def test_a_hundred_promises_stay_a_page_to_send(row_of: Callable[..., Row], report_of: Callable[..., Report]) -> None:
    days = {day: (50_000, day) for day in range(28)}
    rows = [row_of(name=f"journey-{number}/availability", days=days) for number in range(100)]
    text = report_html.render(report_of(rows))
    assert len(text.encode()) < 2_000_000
    assert len([link for link in Page(text).attributes("href") if link.startswith("#account-")]) == 100


def test_an_empty_book() -> None:
    assert "No promises have been made yet." in page(Report(0, "", "UTC", (), (), ())).text


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_is_readable_in_light_and_dark(scheme: int) -> None:
    css = resources.files("kakeibo.letters").joinpath("templates", "report.css").read_text(encoding="utf-8")
    palette = dict(re.findall(r"--(\w+): (#\w{6})", css.split(":root {")[1 + scheme].split("}")[0]))
    for words in ("ink", "muted", "red", "amber", "green", "blue"):
        for ground in ("paper", "sheet"):
            assert contrast(palette[words], palette[ground]) >= 4.5, f"{words} on {ground} (WCAG AA, text)"
    for shape in ("red", "amber", "green", "blue"):
        assert contrast(palette[shape], palette["track"]) >= 3, f"{shape} on a bar (WCAG AA, graphics)"
