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
    from kakeibo.sources.kinds import asked_kinds, kinds

    schema = book_schema({kind: reader.OPTIONS for kind, reader in kinds().items()}, asked_kinds())
    click.echo(msgspec.json.format(msgspec.json.encode(schema), indent=2))
    return 0
