"""Stands in for `api.training.run` where a retraining is to find labels that others contradict.

It learns nothing and makes no version. What it asks each film for is what the served network sees
early, where a real one asks for what it sees last, for which TensorFlow would be needed; which
labels that contradicts, the check of the gate and the job's row are the program's own.
"""

import argparse
import sys

import numpy as np
from sqlalchemy import Engine

from api.arrays import FloatArray
from api.evaluation.gate.promotion_gate import labels_check
from api.inputs.images.decoding import Limits
from api.model_card.card_file import read_card
from api.model_card.promotion_policy import GatePolicy, Verdict
from api.model_card.task_sections import load_whole_task
from api.records.database import open_database
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome, state_of
from api.records.training_images import samples
from api.records.training_images.samples import SampleRecord
from api.registry.store import Checkpoint, card_path, compiled_path
from api.serving.engine import Engine as Network
from api.settings import Settings, from_environment
from api.storage.folder_store import FolderStore
from api.training.assessment.label_doubts import DescribedImages, label_doubts

NAME = "tests.e2e.doubting_trainer"


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--job", required=True)
    job_id, settings = parser.parse_args().job, from_environment()
    database = open_database(settings.records_url, timeout_s=60, task=settings.task)
    jobs.start(database, job_id, task=settings.task)
    verdict = _verdict(database, settings)
    outcome = JobOutcome(state_of(verdict), verdict.reason, verdict=verdict, is_done=True)
    jobs.end(database, job_id, outcome, task=settings.task)
    return 0


def _verdict(database: Engine, settings: Settings) -> Verdict:
    task = load_whole_task(settings.task)
    # In an order of their own, so that the same films are doubted each time.
    found = sorted(samples.everything(database, task=task.name), key=lambda each: each.sha256)
    features = _features(found, settings)
    targets = np.array([task.target_of(record.label) for record in found])
    doubts = label_doubts(
        DescribedImages(features, targets),
        DescribedImages(features[:0], targets[:0]),
        [record.sha256 for record in found],
        task,
    )
    return Verdict.of([labels_check(doubts, GatePolicy.model_validate(task.gate))])


def _features(found: list[SampleRecord], settings: Settings) -> FloatArray:
    """(n, features) of samples."""
    weights = settings.default_model
    card = read_card(card_path(weights))
    compiled = compiled_path(settings.compiled_dir, card.weights_sha256)
    network = Network(Checkpoint(weights, card), compiled, interpreters=1)
    files, limits = FolderStore(settings.retrain_dir / settings.task), Limits()
    seen = (network.infer(files.get(record.file), limits).outputs for record in found)
    return np.array([outputs.early_features for outputs in seen])


if __name__ == "__main__":
    sys.exit(main())
