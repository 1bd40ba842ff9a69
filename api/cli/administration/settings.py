"""`python -m api settings`."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import failure
from api.errors import AppError
from api.reports.markdown import table
from api.reports.markdown_sections import replace_section
from api.settings import PREFIX, ROOT, Settings


def settings(
    into: Annotated[
        Path | None,
        typer.Option(help="Put the table between <!-- settings --> marks of this file."),
    ] = None,
) -> None:
    """List every setting with its default and what it does."""
    if not into:
        typer.echo(settings_table())
        return
    try:
        replace_section(into, "settings", settings_table())
    except AppError as exc:
        raise failure(exc) from exc


def settings_table() -> str:
    """All settings as a Markdown table."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, Path):
            default = default.relative_to(ROOT)
        shown = f"`{default}`" if default not in ("", (), None) else "none"
        rows.append((f"`{PREFIX}{name.upper()}`", shown, field.description or ""))
    return table(("setting", "default", "what it does"), rows)
