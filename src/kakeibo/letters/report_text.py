"""The report for the terminal: worst first, readable at 80 columns, in a pipe, and with full-width letters."""

from __future__ import annotations

from rich.cells import cell_len

from kakeibo.budgets.report import Report, Row
from kakeibo.i18n import t
from kakeibo.letters import beside, outlook, overview, phrases
from kakeibo.letters.lines import STYLES, Page, bar


def render(report: Report, *, width: int, colour: bool) -> str:
    """The report as lines of at most `width` cells (45 or more), in the language in use."""
    page = Page(width, colour)
    if report.organisation:
        page.line(phrases.printable(report.organisation), style="bold")
    page.line(overview.as_of(report))
    page.line(overview.headline(report), style="bold")
    if remainder := overview.remainder(report):
        page.line(remainder)
    margin = 2 + max((cell_len(phrases.state(row)) for row in report.rows), default=0)
    for row in overview.worst_first(report):
        page.line()
        _row(page, row, margin, report.timezone)
    for title, notes in overview.chapters(report):
        page.line()
        page.line(title, style="bold")
        for note in notes:
            page.pair("- ", note, indent=2)
    if report.rows:
        page.line()
        page.line(t("A bar shows how much of the allowed failures is left."))
        page.line(t("A spending speed of 1x would use them up exactly within the window."))
    return page.text()


def _row(page: Page, row: Row, margin: int, zone: str) -> None:
    page.pair(phrases.state(row), phrases.promise(row), "bold", STYLES[row.state], indent=margin)
    page.line(f"{bar(row.left_ratio)} {phrases.left(row)}", style=STYLES[row.state], indent=margin)
    if not row.source.trustworthy:
        page.line(phrases.doubt(row.source), style="bold red", indent=margin)
    if mixed := phrases.mixed(row, zone):
        page.line(mixed, style="bold", indent=margin)
    page.line(phrases.listed([phrases.reached(row), phrases.measured(row)]), indent=margin)
    page.line(t("{spent} {within}", spent=phrases.spent(row), within=phrases.within(row)), indent=margin)
    if aside := phrases.joined(phrases.asides(row)):
        page.line(aside, indent=margin)
    for fact in beside.facts(row, zone):
        page.line(fact, style="bold" if fact == beside.silence(row, zone) else "", indent=margin)
    if phrases.hurried(row):
        page.line(phrases.pace_line(row), indent=margin)
    if row.forecast.outlook == "ends":
        page.line(outlook.sentence(row.forecast, zone, overspent=row.state == "exhausted"), indent=margin)
    page.line(phrases.listed([phrases.printable(row.slo.name), phrases.owner(row)]), style="dim", indent=margin)
