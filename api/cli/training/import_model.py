"""`python -m api import-model`."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from api.cli.console import console, failure, progress_bar
from api.errors import AppError, InvalidRequest
from api.exports.new_folder import new_folder
from api.kinds.by_name import kind_of
from api.model_card.task_sections import load_whole_task
from api.registry.open_store import open_store
from api.registry.store import WEIGHTS_NAME, Store
from api.settings import DEFAULT_TASK, PREFIX, Settings, from_environment
from api.tasks.task import Task
from api.tasks.task_settings import default_model_of


def import_model(
    file: Annotated[Path, typer.Argument(help="Whole Keras 2 or 3 model in HDF5 (.h5).")],
    data: Annotated[
        list[Path],
        typer.Option(help="Folder with one folder of labelled films per class; repeatedly."),
    ],
    classes: Annotated[
        str, typer.Option(help="What its outputs mean, in their order, with commas between.")
    ],
    task: Annotated[str, typer.Option(help="Name of the task file.")] = DEFAULT_TASK,
    pixels: Annotated[
        Literal["0..255", "0..1", "-1..1"] | None,
        typer.Option(help="Range of its input in training. Default: as its Rescaling tells."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write. Default: a new version beside the others."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Makes the split of the films repeatable.")] = 7,
    int8: Annotated[bool, typer.Option(help="Also make a form in int8.")] = True,
) -> None:
    """Make a checkpoint of somebody else's MobileNetV2 classifier, measured on labelled films here.

    Its layers are compared with Keras' MobileNetV2 one by one; nothing of it is run. Calibration,
    thresholds and referral are chosen on the films, as in a training, and it can be retrained.
    """
    # Here, not above: only training may import TensorFlow, and `--help` should be quick.
    from api.training.pipelines.import_foreign import ImportRequest, import_foreign
    from api.training.pipelines.train import TrainingRequest

    settings = from_environment()
    try:
        chosen = load_whole_task(task)
        if not kind_of(chosen.kind).has_pictures:
            raise InvalidRequest(
                f"The task '{task}' is of tables; a network of images is imported."
            )
        store = _store(settings, chosen)
        version = store.next_version()
        target = out or store.folder / version
        names = tuple(name.strip() for name in classes.split(","))
        with progress_bar() as progress, new_folder(target) as folder:
            bar = progress.add_task("decoding", total=None)
            card = import_foreign(
                ImportRequest(
                    TrainingRequest(
                        task=chosen,
                        recipe=chosen.training,
                        folders=tuple(data),
                        base_weights=file,
                        output=folder / WEIGHTS_NAME,
                        version=version,
                        seed=seed,
                        command=f"python -m api import-model {file.name} --classes '{classes}'",
                        int8=int8,
                    ),
                    classes=names,
                    pixels=pixels,
                ),
                log=console.print if console.is_terminal else partial(print, flush=True),
                on_decoded=lambda done, total: progress.update(bar, completed=done, total=total),
            )
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(f"\n{task} {version} lies in {target}. {_next(out, version)}\n")
    if settings.trusted_signers:
        signed = out / WEIGHTS_NAME if out else version
        typer.echo(
            f"Sign it before: python -m api signing sign {signed} --key FILE --task {task}\n"
        )
    typer.echo(kind_of(card.input_kind).metrics_text(card))


def _store(settings: Settings, task: Task) -> Store:
    default = default_model_of(settings, task)
    return open_store(settings, task.name, default_model=default)


def _next(out: Path | None, version: str) -> str:
    if out is None:
        return f"It serves once it is promoted: the page Train, or POST /models/{version}/promote."
    return f"It serves with {PREFIX}DEFAULT_MODEL={out / WEIGHTS_NAME}."
