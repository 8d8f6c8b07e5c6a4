"""The help pages and the messages about wrong usage, in the language in use.

click writes them in English; its formatter is the one place that sees every sentence, so each is translated there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import click

from kakeibo import i18n
from kakeibo.i18n import marked, t

OF_CLICK: Final = (
    marked("Options"),
    marked("Show this message and exit."),
    marked("Show the version and exit."),
    marked("required"),
)
"""What click says on help pages of its own accord."""

_EXTRAS: Final = re.compile(r"  \[([^\[]*)\]$")


class Formatter(click.HelpFormatter):
    """click's, with translated sentences and lines cut by the cells that full-width letters take."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        del prefix
        super().write_usage(prog, args, t("Usage:") + " ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(t(heading))

    def write_text(self, text: str) -> None:
        for number, sentence in enumerate(paragraphs(text)):
            if number:
                self.write_paragraph()
            super().write_text(self._fitted(t(sentence), self.width - self.current_indent))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        said = [(first, _option_help(second)) for first, second in rows]
        widest = min(max((len(first) for first, _ in said), default=0), col_max) + col_spacing
        room = self.width - widest - 2
        super().write_dl([(first, self._fitted(second, room)) for first, second in said], col_max, col_spacing)

    def _fitted(self, text: str, width: int) -> str:
        if i18n.language() == "en":
            return text
        from kakeibo.letters.wrapping import wrap

        return "\b\n" + "\n".join(wrap(text, width))  # \b: click leaves these lines as they are


class Context(click.Context):
    formatter_class = Formatter


class Verbs(click.Group):
    """A command that is called with a verb: `adjust add`."""

    context_class = Context

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        cmd.context_class = Context
        super().add_command(cmd, name)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            hint = t("{command} --help tells more", command=ctx.command_path)
            raise click.UsageError(t("there is no command {name}: {hint}", name=args[0], hint=hint))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section(marked("Commands")):
            formatter.write_dl(
                [(name, paragraphs(self.commands[name].help or "")[0]) for name in sorted(self.commands)]
            )


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a docstring, each on one line, as they stand in the catalogue."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _option_help(text: str) -> str:
    """An option's help; what click adds in brackets (the default, a range) is translated apart."""
    extras = _EXTRAS.search(text)
    if extras is None:
        return t(text)
    words = [
        t("default: {value}", value=word[9:]) if word.startswith("default: ") else t(word)
        for word in extras[1].split("; ")
    ]
    return f"{t(text[: extras.start()])}  [{'; '.join(words)}]"


def complaint(error: click.UsageError) -> str:
    """What is wrong with the way a command was called, and where its help is."""
    message = t("error: {message}", message=_what(error))
    if error.ctx is None:
        return message
    help_ = t("{command} --help tells more", command=error.ctx.command_path)
    return f"{error.ctx.get_usage()}\n{message}\n{help_}"


def _what(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            near = ", ".join(error.possibilities or ())
            mend = t("did you mean {near}?", near=near) if near else ""
            return ": ".join(filter(None, (t("there is no option {name}", name=error.option_name), mend)))
        case click.MissingParameter() if error.param is not None:
            return t("{name} is missing", name=error.param.get_error_hint(error.ctx))
        case click.BadParameter() if error.param is not None:
            name = error.param.get_error_hint(error.ctx)
            return t("{name} is not right: {message}", name=name, message=error.message)
    return error.format_message()
