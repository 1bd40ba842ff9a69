"""`python -m api predict --cluster`: many films over the nodes of a cluster, into one table."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath

import typer
from rich.progress import Progress as Bar

from api.cli.bulk.answering import BulkQuestion, sent_settings
from api.cli.bulk.images import names_in
from api.cli.bulk.plan import IMAGES_A_PART, BulkProgress, Part, Row, Subject
from api.cli.bulk.scheduling import Cluster, answer_parts
from api.cli.bulk.tables import put_table, writer_for
from api.cli.console import progress_bar, progress_console
from api.cli.prediction.answer_table import columns_of
from api.cli.prediction.interrupts import stop_on_interrupt
from api.cli.prediction.local_predictor import LocalSetup
from api.errors import InvalidRequest
from api.kinds.by_name import kind_of

Connect = Callable[[BulkQuestion], AbstractContextManager[Cluster[Row]]]

# How often a line says how far it is where there is no terminal.
LINE_EVERY_S = 60.0


def predict_in_bulk(
    sources: Sequence[str],
    setup: LocalSetup,
    out: str,
    connect: Connect,
    *,
    images_a_part: int = IMAGES_A_PART,
) -> Counter[str]:
    """Answer the films of folders, files, buckets and lists; counts `answered` and `refused`.

    Cut short, the same call goes on: a part that is finished is not done again.

    Args:
        sources: paths, or `s3://bucket/prefix`.
        out: path of the table, or `s3://bucket/key`.
        connect: opens the cluster; it is asked for where something is left to do.

    Raises: InvalidRequest, Conflict, MissingPackage, ClusterFailed, StorageFailed,
        StorageUnavailable; KeyboardInterrupt.
    """
    card = setup.checkpoint.card
    if not kind_of(card.input_kind).has_pictures:
        raise InvalidRequest(
            "--cluster is for tasks of images; rows of a table are answered faster than they "
            "could be sent."
        )
    writer_for(PurePosixPath(out))
    base = Path.cwd()
    subject = Subject(
        tuple(sources),
        str(base),
        card.weights_sha256,
        setup.policy.operating_point,
        setup.policy.prevalence,
        setup.policy.max_error,
        columns_of(card.classes),
    )
    progress = BulkProgress(out)
    progress.check_free()
    with progress.held():
        images = progress.begin(
            subject, names_in(sources, but=progress.folder), images_a_part=images_a_part
        )
        there = progress.finished()
        if there < images:
            with connect(_question(setup, base)) as cluster:
                _answer(cluster, progress, base, images=images, there=there)
        counted = _merged(progress, subject)
        assert counted.total() == images, f"{counted.total()} rows of {images} films"
        progress.remove()
    typer.echo(
        f"{out}: {counted['answered']} of {images} films answered, {counted['refused']} refused; "
        f"{there} were there already",
        err=True,
    )
    return counted


def _question(setup: LocalSetup, base: Path) -> BulkQuestion:
    return BulkQuestion(
        settings=sent_settings(setup.settings),
        weights=str(setup.checkpoint.weights.resolve()),
        weights_sha256=setup.checkpoint.card.weights_sha256,
        operating_point=setup.policy.operating_point,
        prevalence=setup.policy.prevalence,
        base=str(base),
    )


def _answer(
    cluster: Cluster[Row], progress: BulkProgress, base: Path, *, images: int, there: int
) -> None:
    with stop_on_interrupt() as stop, progress_bar() as bar:
        shown = _Shown(bar, images=images, there=there)

        def finish(part: Part, rows: list[Row]) -> None:
            progress.finish(part, rows)
            shown.advance(len(rows))

        answer_parts(cluster, progress.open_parts(), finish, base=base, stop=stop)


def _merged(progress: BulkProgress, subject: Subject) -> Counter[str]:
    counted: Counter[str] = Counter()
    error = subject.columns.index("error")

    def rows() -> Iterator[Row]:
        for row in progress.rows():
            counted["refused" if row[error] else "answered"] += 1
            yield row

    put_table(progress.out, subject.columns, rows(), by_way_of=progress.folder)
    return counted


class _Shown:
    """How far it is: a bar on a terminal, else a line a minute."""

    def __init__(self, bar: Bar, *, images: int, there: int) -> None:
        self._bar, self._images, self._done, self._there = bar, images, there, there
        self._task = bar.add_task("asking", total=images, completed=there)
        self._began = self._written = time.monotonic()

    def advance(self, images: int) -> None:
        self._done += images
        self._bar.advance(self._task, images)
        at = time.monotonic()
        if not progress_console.is_terminal and at - self._written >= LINE_EVERY_S:
            self._written = at
            rate = (self._done - self._there) / (at - self._began)
            typer.echo(f"{self._done} of {self._images} films, {rate:.0f} a second", err=True)
