"""Asking about many files, some at a time, and writing down what comes, in their order."""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from api.cli.console import progress_bar
from api.cli.prediction.interrupts import stop_on_interrupt
from api.cli.prediction.predictor import FilePredictor, RefusedFile
from api.errors import AppError
from api.kinds.by_name import kind_of
from api.tasks.task import Task

# Answers that may wait for a slow film before them, for each job.
AHEAD = 2
MAX_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class FileInput:
    """One thing to ask about: a film's file, or a row of a table's file. `name` is its path, and
    for a row the line; `read` gives its bytes, or raises OSError or AppError; `alias` is what it
    is called where its name would tell too much."""

    name: str
    read: Callable[[], bytes]
    alias: str = ""

    @property
    def filename(self) -> str:
        """As it is sent along, without folders."""
        return self.alias or PurePath(self.name).name


@dataclass(frozen=True, slots=True)
class FileResponse:
    """What came of one input; `sha256` is empty for one that cannot be read."""

    image: str
    sha256: str
    answer: dict[str, Any] | RefusedFile


def files_of(named: Sequence[Path], *, but: Path | None = None) -> list[Path]:
    """Files as they were named, and of a folder every file that is not hidden, by name."""
    found: dict[Path, None] = {}
    for path in named:
        inside = sorted(p for p in path.rglob("*") if p.is_file() and not _is_hidden(p, path))
        found |= dict.fromkeys(inside if path.is_dir() else [path])
    return [path for path in found if but is None or path.resolve() != but.resolve()]


def inputs_of(paths: Sequence[Path], task: Task | None) -> list[FileInput]:
    """What there is to ask about in files: each is one input, or a table of many.

    Raises: InvalidUpload, TooLarge for what is no table of the task.
    """
    return [found for path in paths for found in _inputs_in(path, task)]


def _inputs_in(path: Path, task: Task | None) -> Iterator[FileInput]:
    whole = FileInput(str(path), path.read_bytes)
    if task is None or kind_of(task.kind).has_pictures:
        yield whole
        return
    try:
        with path.open("rb") as file:
            rows = kind_of(task.kind).inputs_in(str(path), file, task, max_inputs=MAX_ROWS)
    except OSError:
        rows = None
    if rows is None:
        yield whole
        return
    for row in rows:
        yield FileInput(row.name, partial(_content, row.content))


def _content(content: bytes | AppError) -> bytes:
    if isinstance(content, AppError):
        raise content
    return content


def predict_files(
    predictor: FilePredictor,
    inputs: Sequence[FileInput],
    write: Callable[[FileResponse], None],
    *,
    jobs: int,
) -> Counter[str]:
    """Ask about each input; counts `answered` and `refused`.

    Where it must end early, what was asked already is still written.

    Raises: what the predictor and `write` raise; KeyboardInterrupt, between two films.
    """
    counted: Counter[str] = Counter()
    waiting: deque[Future[FileResponse]] = deque()

    with stop_on_interrupt() as stop, progress_bar() as progress, ThreadPoolExecutor(jobs) as pool:
        bar = progress.add_task("asking", total=len(inputs))

        def note(response: FileResponse) -> None:
            write(response)
            counted["refused" if isinstance(response.answer, RefusedFile) else "answered"] += 1
            progress.advance(bar)

        def take() -> None:
            note(waiting.popleft().result())
            if stop:
                raise KeyboardInterrupt

        try:
            for one in inputs:
                waiting.append(pool.submit(response_of, predictor, one))
                if len(waiting) > AHEAD * jobs:
                    take()
            while waiting:
                take()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            for future in waiting:
                if not future.cancelled() and future.exception() is None:
                    note(future.result())
            raise
    return counted


def response_of(predictor: FilePredictor, one: FileInput) -> FileResponse:
    """Read an input and ask about it; what cannot be read is refused."""
    try:
        content = one.read()
    except OSError as exc:
        return FileResponse(one.name, "", RefusedFile(f"The file cannot be read ({exc.strerror})."))
    except AppError as exc:
        return FileResponse(one.name, "", RefusedFile(exc.message))
    return FileResponse(one.name, sha256_of(content), predictor.predict(one.filename, content))


def sha256_of(content: bytes) -> str:
    """In hex."""
    return hashlib.sha256(content).hexdigest()


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
