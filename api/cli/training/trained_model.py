"""What the commands take that give a trained checkpoint a part of it anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from api.cli.console import failure
from api.errors import AppError
from api.settings import from_environment

Part = TypeVar("Part")

TrainedFolders = Annotated[
    list[Path],
    typer.Option(help="Folder that the model was trained on; all of them, repeatedly."),
]
TrainedWeights = Annotated[
    Path | None, typer.Option(help="Weights (.h5). Default: the default model's.")
]


def remade(
    make: Callable[[Path, list[Path]], Part], weights: Path | None, data: list[Path]
) -> Part:
    """What `make` gives for the weights, or those of the default model. Raises: typer.Exit."""
    try:
        return make(weights or from_environment().default_model, data)
    except AppError as exc:
        raise failure(exc) from exc
