"""Asking about many files, some at a time, and writing down what comes, in their order."""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.cli.console import progress_bar
from api.cli.prediction.interrupts import stop_on_interrupt
from api.cli.prediction.predictor import FilePredictor, Refused

# Answers that may wait for a slow film before them, for each job.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class FileResponse:
    """What came of one file; `sha256` is empty for one that cannot be read."""

    image: str
    sha256: str
    answer: dict[str, Any] | Refused


def files_of(named: Sequence[Path], *, but: Path | None = None) -> list[Path]:
    """Files as they were named, and of a folder every file that is not hidden, by name."""
    found: dict[Path, None] = {}
    for path in named:
        inside = sorted(p for p in path.rglob("*") if p.is_file() and not _is_hidden(p, path))
        found |= dict.fromkeys(inside if path.is_dir() else [path])
    return [path for path in found if but is None or path.resolve() != but.resolve()]


def predict_files(
    answerer: FilePredictor,
    paths: Sequence[Path],
    write: Callable[[FileResponse], None],
    *,
    jobs: int,
) -> Counter[str]:
    """Ask about each file; counts `answered` and `refused`.

    Where it must end early, what was asked already is still written.

    Raises: what the answerer and `write` raise; KeyboardInterrupt, between two films.
    """
    counted: Counter[str] = Counter()
    waiting: deque[Future[FileResponse]] = deque()

    with stop_on_interrupt() as stop, progress_bar() as progress, ThreadPoolExecutor(jobs) as pool:
        bar = progress.add_task("asking", total=len(paths))

        def note(response: FileResponse) -> None:
            write(response)
            counted["refused" if isinstance(response.answer, Refused) else "answered"] += 1
            progress.advance(bar)

        def take() -> None:
            note(waiting.popleft().result())
            if stop:
                raise KeyboardInterrupt

        try:
            for path in paths:
                waiting.append(pool.submit(_response_of, answerer, path))
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


def _response_of(answerer: FilePredictor, path: Path) -> FileResponse:
    try:
        content = path.read_bytes()
    except OSError as exc:
        return FileResponse(str(path), "", Refused(f"The file cannot be read ({exc.strerror})."))
    return FileResponse(str(path), sha256_of(content), answerer.predict(path.name, content))


def sha256_of(content: bytes) -> str:
    """In hex."""
    return hashlib.sha256(content).hexdigest()


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
