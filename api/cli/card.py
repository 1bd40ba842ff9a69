"""`python -m api card`."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import failure
from api.errors import AppError
from api.files import write_atomic
from api.model_card.card import Card, read_card
from api.registry.store import card_path
from api.reports.card_page import card_page
from api.reports.curves_svg import curves_svg
from api.reports.markdown_sections import replace_section
from api.reports.metric_tables import metric_tables
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
            replace_section(into, "figures", metric_tables(described))
        elif output:
            write_page(output, described)
        else:
            typer.echo(card_page(described))
    except AppError as exc:
        raise failure(exc) from exc


def write_page(output: Path, described: Card) -> None:
    """Write a card's page, and its curves as a picture beside it. Raises: StorageFailed."""
    drawn, picture = curves_svg(described), output.with_suffix(".svg")
    if drawn:
        write_atomic(picture, drawn.encode())
    page = card_page(described, picture=picture.name if drawn else None)
    write_atomic(output, page.encode())
