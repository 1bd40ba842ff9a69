"""Trainers that are at work for the nodes of a benchmark."""

from contextlib import suppress

import psutil

from api.jobs.trainer_process import TRAINER


def trainers() -> int:
    """Trainer processes of the nodes that this process started."""
    return sum(map(_is_trainer, psutil.Process().children(recursive=True)))


def _is_trainer(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return TRAINER in process.cmdline()
    return False
