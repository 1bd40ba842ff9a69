"""`python -m api card`."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import failure
from api.errors import AppError
from api.files import write_atomic
from api.kinds.by_name import kind_of
from api.model_card.card import Card
from api.model_card.card_file import read_card
from api.registry.store import card_path
from api.reports.markdown_sections import replace_section
from api.settings import from_environment


def card(
    model: Annotated[
        Path | None, typer.Option(help="Weights file whose card to show. Default: the default.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="Put the figures alone between <!-- figures --> marks of this file."),
    ] = None,
) -> None:
    """Render a checkpoint's card as a Markdown page."""
    try:
        described = read_card(card_path(model or from_environment().default_model))
        if into:
            replace_section(into, "figures", kind_of(described.input_kind).metrics_text(described))
        elif output:
            write_page(output, described)
        else:
            typer.echo(kind_of(described.input_kind).card_page(described, picture=None))
    except AppError as exc:
        raise failure(exc) from exc


def write_page(output: Path, described: Card) -> None:
    """Write a card's page, and its curves as a picture beside it. Raises: StorageFailed."""
    kind = kind_of(described.input_kind)
    drawn, picture = kind.curves(described), output.with_suffix(".svg")
    if drawn:
        write_atomic(picture, drawn.encode())
    page = kind.card_page(described, picture=picture.name if drawn else None)
    write_atomic(output, page.encode())
