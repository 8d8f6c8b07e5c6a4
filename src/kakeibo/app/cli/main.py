"""The `kakeibo` command. Options that every command takes stand here; each command is a file in this folder."""

from __future__ import annotations

import contextlib
import importlib
import keyword
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from kakeibo import __version__, i18n
from kakeibo.app.cli.help import Context, complaint
from kakeibo.errors import BookError, KakeiboError, Problem
from kakeibo.i18n import marked, t

INTERRUPTED = 130
UNANSWERED = 3
_NOT_COMMANDS = {"main", "common", "entries", "help", "postmortem_desk", "postmortem_review"}


class Commands(click.Group):
    """The commands are the files beside this one, `import_` for `import`; only the one called is imported."""

    context_class = Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        import kakeibo.app.cli as room

        return sorted(
            m.name.strip("_").replace("_", "-")
            for m in pkgutil.iter_modules(room.__path__)
            if m.name not in _NOT_COMMANDS
        )

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        found: click.Command = importlib.import_module(f"kakeibo.app.cli.{_module(name)}").command
        found.context_class = Context
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        import difflib

        if args and args[0] not in self.list_commands(ctx):
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            hint = t("did you mean {near}?", near=near[0]) if near else t("kakeibo --help lists the commands")
            raise click.UsageError(t("there is no command {name}: {hint}", name=args[0], hint=hint), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with their one-line summaries, which are kept here so that --help imports none of them."""
        from kakeibo.app.cli.common import SUMMARIES

        with formatter.section(marked("Commands")):
            formatter.write_dl([(name, SUMMARIES[name]) for name in self.list_commands(ctx)])


def _module(command: str) -> str:
    """The file of a command: a word that Python keeps for itself stands with an underscore."""
    command = command.replace("-", "_")
    return f"{command}_" if keyword.iskeyword(command) else command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="kakeibo")
def cli() -> None:
    """kakeibo keeps the account book of error budgets: logs in, plain reports out."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command. Every KakeiboError is one message and exit code 1, wrong usage 2, interruption 130.

    The gate's 0, 1 and 2 are its answers, so that whatever keeps it from answering is 3.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    i18n.use(_language(arguments))
    run = partial(cli.main, arguments, prog_name="kakeibo", standalone_mode=False)
    if arguments[:1] != ["gate"]:
        sys.exit(_guarded(run))
    sys.exit(_answered(run))


def _answered(run: Callable[[], object]) -> int:
    """The exit code of a command that answers by it: 3 when there is no answer, also by a fault of ours."""
    answers: list[int] = []

    def asked() -> None:
        code = run()
        answers.append(code if isinstance(code, int) else 0)

    try:
        failed = _guarded(asked)
    except Exception:
        traceback.print_exc()
        return UNANSWERED
    if answers:
        return answers[0]
    return failed if failed == INTERRUPTED else UNANSWERED


def _guarded(run: Callable[[], object]) -> int:
    try:
        code = run()
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.UsageError as error:
        click.echo(complaint(error), err=True)
        return 2
    except click.ClickException as error:
        click.echo(error.format_message(), err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        click.echo(t("interrupted; what was counted so far is kept"), err=True)
        return INTERRUPTED
    except BookError as error:
        _tell(error.problems)
        return 1
    except KakeiboError as error:
        click.echo(t("error: {message}", message=error), err=True)
        return 1
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        click.echo(
            t("error: {message}", message=f"{error.filename}: {error.strerror}" if error.filename else error), err=True
        )
        return 1


def _tell(problems: list[Problem]) -> None:
    shown = 50
    for problem in problems[:shown]:
        click.echo(str(problem), err=True)
    if len(problems) > shown:
        click.echo(t("... and {n} more", n=len(problems) - shown), err=True)


def _language(arguments: list[str]) -> str:
    """--lang, then KAKEIBO_LANG, then the locale: Japanese for ja*, otherwise English."""
    for place, word in enumerate(arguments):
        if word == "--lang" and place + 1 < len(arguments):
            return arguments[place + 1] if arguments[place + 1] in i18n.LANGUAGES else "en"
        if word.startswith("--lang="):
            return word[7:] if word[7:] in i18n.LANGUAGES else "en"
    for variable in ("KAKEIBO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return "ja" if value.startswith("ja") else "en"
    return "en"
