"""`python -m api export`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.console import failure, progress_bar
from api.errors import AppError, InvalidRequest
from api.exports.manifest import Format, Manifest, Policy, ReadLimits
from api.exports.usage import usage
from api.model_card.card_file import read_card
from api.model_card.quantization import PrecisionSetting
from api.registry.open_store import open_store
from api.registry.store import VERSION_PATTERN, Checkpoint, card_path, int8_path
from api.serving.compiled import Compiler
from api.serving.live import predictor_builder
from api.settings import Settings, from_environment
from api.tasks.task_files import load_task
from api.tasks.task_settings import settings_of

# Only there: other commands should not wait for LiteRT.
if TYPE_CHECKING:
    from api.exports.write import WriteGraph
    from api.serving.engine import Engine


def export(
    model: Annotated[str, typer.Argument(help="Version (v3) or weights file.")],
    form: Annotated[Format, typer.Option("--format", help="What the folder is for.")],
    out: Annotated[Path, typer.Option(help="Folder to write; it must not be there yet.")],
    task: Annotated[
        str | None, typer.Option(help="The task of a version. Default: the setting's.")
    ] = None,
    precision: Annotated[
        PrecisionSetting | None,
        typer.Option(help="Form of the network for mlflow and tflite. Default: the setting's."),
    ] = None,
) -> None:
    """Write a checkpoint as a folder that MLflow, LiteRT, ONNX or TensorFlow loads.

    Each has a manifest (classes, meaning of the input, thresholds) and golden answers, which were
    compared before anything was written.
    """
    try:
        with progress_bar() as progress:
            bar = progress.add_task("loading the checkpoint", total=None)
            manifest = write_export(
                model,
                form,
                out,
                settings=from_environment(),
                task=task,
                precision=precision,
                on_loaded=lambda: progress.update(bar, description=f"writing {form}"),
            )
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(
        f"{manifest.task} {manifest.version} ({manifest.precision}) lies in {out}, and answers its "
        f"golden inputs as it does here. To load it:\n\n{usage(manifest, out)}"
    )


def write_export(
    model: str,
    form: Format,
    out: Path,
    *,
    settings: Settings,
    task: str | None = None,
    precision: PrecisionSetting | None = None,
    on_loaded: Callable[[], None] = lambda: None,
) -> Manifest:
    """Write the folder `out` of a version, or of a weights file.

    Raises: NotFound, InvalidTask, InvalidCheckpoint, InvalidRequest, StorageFailed.
    """
    from api.exports.write import Export, export_to

    checkpoint = _checkpoint(model, settings, task)
    settings = settings_of(settings, load_task(checkpoint.card.task))
    chosen = _precision(form, precision, settings)
    engine, compiled = _engine(checkpoint, settings, chosen)
    on_loaded()
    described = Export(
        form=form,
        engine=engine,
        compiled=compiled,
        policy=Policy(
            operating_point=settings.operating_point,
            prevalence=settings.prevalence,
            max_error=settings.max_error,
        ),
        limits=ReadLimits(
            max_bytes=settings.max_file_bytes,
            max_pixels=settings.max_pixels,
            min_side_px=settings.min_side_px,
        ),
        write_graph=_graph_writer(form, checkpoint),
    )
    return export_to(out, described)


def _checkpoint(model: str, settings: Settings, task: str | None) -> Checkpoint:
    """Raises: NotFound, InvalidTask, InvalidCheckpoint."""
    if VERSION_PATTERN.fullmatch(model):
        settings = settings_of(settings, load_task(task or settings.task))
        return open_store(settings, settings.task).get(model)
    return Checkpoint(weights=Path(model), card=read_card(card_path(Path(model))))


def _precision(
    form: Format, chosen: PrecisionSetting | None, settings: Settings
) -> PrecisionSetting:
    """Raises: InvalidRequest if a format cannot have it."""
    if form in ("mlflow", "tflite"):
        return chosen or settings.precision
    if chosen == "int8":
        raise InvalidRequest(
            f"{form} is written from the weights, which are fp32; the int8 form is a LiteRT file: "
            "export it with --format tflite."
        )
    return "fp32"


def _engine(
    checkpoint: Checkpoint, settings: Settings, precision: PrecisionSetting
) -> "tuple[Engine, Path]":
    """The checkpoint as it serves, and the file that it is. Raises: InvalidCheckpoint."""
    from api.serving.engine import Engine, engine_loader

    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    engine = predictor_builder(compiler, engine_loader(1), precision=precision)(checkpoint)
    assert isinstance(engine, Engine)
    if engine.precision == "int8":
        return engine, int8_path(checkpoint.weights)
    return engine, compiler.compiled(checkpoint)


def _graph_writer(form: Format, checkpoint: Checkpoint) -> "WriteGraph | None":
    # Here, not above: only training may import TensorFlow, and `--help` should be quick.
    if form == "onnx":
        from api.training.export import write_onnx

        return partial(write_onnx, checkpoint)
    if form == "saved-model":
        from api.training.export import write_saved_model

        return partial(write_saved_model, checkpoint)
    return None
