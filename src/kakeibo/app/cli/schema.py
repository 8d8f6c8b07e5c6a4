"""kakeibo schema: the book's JSON Schema."""

from __future__ import annotations

import click

from kakeibo.app.cli.common import lang_option


@click.command("schema")
@lang_option
def command() -> int:
    """Print the book's JSON Schema, so that editors complete and check it."""
    import msgspec

    from kakeibo.definitions.schema import book_schema
    from kakeibo.notifiers import kinds as channels
    from kakeibo.sources import kinds as sources

    schema = book_schema(
        {name: kind.OPTIONS for name, kind in sources.kinds().items()},
        sources.asked_kinds(),
        {name: kind.OPTIONS for name, kind in channels.kinds().items()},
        sources.required(),
    )
    click.echo(msgspec.json.format(msgspec.json.encode(schema), indent=2))
    return 0
