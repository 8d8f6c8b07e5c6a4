"""A trial as one self-contained page: no script, nothing from outside, to be sent to somebody and printed."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from kakeibo.alerts.trial import Trial
from kakeibo.i18n import language, t
from kakeibo.letters import figures, latency_pictures, trial_page, trial_pictures


def render(trial: Trial) -> str:
    """The page, in the language in use."""
    template, css = _template()
    return template.render(
        trial=trial,
        heading=trial_page.heading(trial),
        sections=list(trial_page.sections(trial)),
        css=css,
        lang=language(),
    )


@lru_cache
def _template() -> tuple[Template, Markup]:
    loader = PackageLoader("kakeibo.letters", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(t=t, figures=figures, trial_pictures=trial_pictures, latency_pictures=latency_pictures)
    css, _, _ = loader.get_source(environment, "report.css")
    own, _, _ = loader.get_source(environment, "trial.css")
    return environment.get_template("trial.html.jinja"), Markup(css + own)
