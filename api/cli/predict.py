"""`python -m api predict`: films in, answers out; from a model here or from a server."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import failure
from api.cli.prediction.answer_table import AnswerTable
from api.cli.prediction.batch_runner import (
    FileInput,
    FileResponse,
    files_of,
    inputs_of,
    predict_files,
)
from api.cli.prediction.local_predictor import LocalSetup, local_predictor
from api.cli.prediction.predictor import FilePredictor, RefusedFile
from api.errors import AppError
from api.kinds.by_name import kind_of
from api.settings import from_environment
from api.tasks.task import Task

NOTHING_PREDICTED, STOPPED = 2, 130


def predict(
    films: Annotated[
        list[str] | None,
        typer.Argument(
            help="Image files or tables, or folders with all that is in them; with --cluster also "
            "s3://bucket/prefix."
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Weights file to ask. Default: the default model.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Ask a server instead, as http://127.0.0.1:8000.")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            help="Write a table (CSV) here; one that is there is gone on with. With --cluster also "
            "s3://bucket/answers.parquet."
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=64, help="Films at once; without --url one a core at most.")
    ] = 4,
    operating_point: Annotated[
        str | None, typer.Option(help="Cut to decide at. Default: the setting's, balanced.")
    ] = None,
    prevalence: Annotated[
        float | None,
        typer.Option(min=0.001, max=0.999, help="Expected share of films with a finding."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="The site that the films are from; with --url: its profile decides."),
    ] = None,
    study: Annotated[
        list[str] | None,
        typer.Option(help="Films of this study in a PACS: its Study Instance UID; with --from."),
    ] = None,
    pacs: Annotated[
        str | None,
        typer.Option("--from", help="DICOMweb service that has it, as https://…/dicom-web."),
    ] = None,
    cluster: Annotated[
        bool,
        typer.Option(
            help="Answer on all nodes of a Ray cluster; FILMS may be lists (.txt, a path a line), "
            "--out ends in .parquet, .csv or .ndjson."
        ),
    ] = False,
    cluster_address: Annotated[
        str, typer.Option(help="That cluster, as host:6379; auto: the one of this machine.")
    ] = "auto",
) -> None:
    """Classify films, or rows of a task of tables: a line of JSON each, or a row of a table.

    Exit code 0: all are answered; 1: some were refused, the reason is in their row; 2: wrong
    options, or the model or server cannot be asked. With --out the same command again goes on
    where a run was cut short.
    """
    if url and model:
        raise typer.BadParameter("--model is for films read here; a server has its own.")
    if source and not url:
        raise typer.BadParameter("--source is for a server, which has the sites' profiles: --url.")
    if bool(study) != bool(pacs):
        raise typer.BadParameter("--study and --from go together.")
    if not films and not study:
        raise typer.BadParameter("Name films or folders, or a --study and where it is --from.")
    if cluster and (url or study or not out):
        raise typer.BadParameter("--cluster goes with --out, and without --url and --study.")
    if not cluster and any(name.startswith("s3://") for name in (*(films or ()), out or "")):
        raise typer.BadParameter("s3://… goes with --cluster.")
    asked = Asked(
        [Path(name) for name in films or ()],
        study or (),
        pacs or "",
        Path(out) if out else None,
        jobs,
    )
    with _ended_well():
        if cluster:
            assert films
            assert out
            counted = _clustered(model, films, out, cluster_address, operating_point, prevalence)
        elif url:
            counted = _remote(url, asked, operating_point, prevalence, source)
        else:
            counted = _local(model, asked, operating_point, prevalence)
    if counted["refused"]:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be answered and how many of it at once; files, or studies of a PACS."""

    images: Sequence[Path]
    studies: Sequence[str]
    pacs: str
    out: Path | None
    jobs: int

    def inputs(self, task: Task | None) -> list[FileInput]:
        """All of it, in its order. Raises: AppError for what is none."""
        found = inputs_of(files_of(self.images, but=self.out), task)
        if self.studies:
            from api.cli.prediction.dicomweb_study import DicomwebStudies

            found += DicomwebStudies(self.pacs, jobs=self.jobs).images_of(self.studies)
        return found


def _remote(
    url: str,
    asked: Asked,
    operating_point: str | None,
    prevalence: float | None,
    source: str | None,
) -> Counter[str]:
    # `requests` takes a moment to load, which `--help` should not cost.
    from api.cli.prediction.remote_predictor import RemotePredictor

    with contextlib.closing(
        RemotePredictor(
            url,
            jobs=asked.jobs,
            operating_point=operating_point,
            prevalence=prevalence,
            source=source,
        )
    ) as server:
        return _answered(server, asked, operating_point, prevalence)


def _local(
    weights: Path | None,
    asked: Asked,
    operating_point: str | None,
    prevalence: float | None,
) -> Counter[str]:
    setup = LocalSetup.of(
        from_environment(), weights, operating_point=operating_point, prevalence=prevalence
    )
    asked = replace(asked, jobs=min(asked.jobs, setup.settings.interpreters))
    with local_predictor(setup) as local:
        point = setup.policy.operating_point if kind_of(local.task.kind).has_pictures else None
        return _answered(local, asked, point, setup.policy.prevalence)


def _clustered(
    weights: Path | None,
    sources: Sequence[str],
    out: str,
    address: str,
    operating_point: str | None,
    prevalence: float | None,
) -> Counter[str]:
    from api.cli.bulk.answering import answer_part
    from api.cli.bulk.predict_in_bulk import predict_in_bulk
    from api.cli.bulk.ray_cluster import ray_cluster

    setup = LocalSetup.of(
        from_environment(), weights, operating_point=operating_point, prevalence=prevalence
    )
    return predict_in_bulk(sources, setup, out, partial(ray_cluster, address, answer_part))


def _answered(
    predictor: FilePredictor,
    asked: Asked,
    operating_point: str | None,
    prevalence: float | None,
) -> Counter[str]:
    inputs = asked.inputs(predictor.task)
    if asked.out is None:
        return predict_files(predictor, inputs, _as_line, jobs=asked.jobs)
    options = {"operating_point": operating_point, "prevalence": prevalence}
    table = AnswerTable(asked.out, predictor.classes)
    return _into_table(predictor, inputs, table, options, asked.jobs)


def _as_line(response: FileResponse) -> None:
    if isinstance(response.answer, RefusedFile):
        typer.echo(json.dumps({"filename": response.image, "error": response.answer.error}))
    else:
        typer.echo(json.dumps({**response.answer, "filename": response.image}))


def _into_table(
    predictor: FilePredictor,
    inputs: Sequence[FileInput],
    table: AnswerTable,
    options: Mapping[str, str | float | None],
    jobs: int,
) -> Counter[str]:
    for what, value in options.items():
        table.check(what, value)
    there = table.resume(inputs)
    counted = Counter("refused" if row["error"] else "answered" for row in there.values())
    try:
        left = [one for one in inputs if one.name not in there]
        counted += predict_files(predictor, left, table.add, jobs=jobs)
    finally:
        table.close()
    noun = kind_of(predictor.task.kind).noun if predictor.task else "film"
    typer.echo(
        f"{table.path}: {counted['answered']} of {len(inputs)} {noun}s answered, "
        f"{counted['refused']} refused; {len(there)} were there already",
        err=True,
    )
    return counted


@contextlib.contextmanager
def _ended_well() -> Iterator[None]:
    """Say why it ends early, and how to go on."""
    try:
        yield
    except AppError as exc:
        raise failure(exc, code=NOTHING_PREDICTED) from exc
    except KeyboardInterrupt as exc:
        typer.echo("Stopped; with --out the same command again goes on.", err=True)
        raise typer.Exit(STOPPED) from exc
