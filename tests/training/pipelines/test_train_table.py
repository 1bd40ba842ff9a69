"""Training and retraining of tables: CSV in, checkpoint out."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sqlalchemy import Engine
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from api.cli import app
from api.errors import InvalidDataset
from api.inputs.images.decoding import Limits
from api.inputs.tabular.rows import Row
from api.main import create_app
from api.model_card.card_file import read_card
from api.model_card.table_card import TableCard
from api.records.database import open_database
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome, JobState
from api.registry.champion import Alias
from api.registry.holdout import read_holdout
from api.registry.store import (
    Checkpoint,
    card_path,
    compiled_path,
    holdout_path,
    replay_path,
    shipped_compiled_path,
    verify_weights,
)
from api.reports.table_page import table_page, trace_svg
from api.samples.open_collection import open_collection
from api.samples.upload import add_upload
from api.serving.compiled import Compiler
from api.serving.engine import Engine as ServingEngine
from api.settings import Settings
from api.tasks.table_task import TableTask
from api.tasks.task_files import OWN_FOLDER, load_task
from api.training import compile
from api.training.data.row_memory import load_row_memory
from api.training.pipelines.tables.retrain_table import retrain_table
from api.training.pipelines.tables.train_table import train_table
from api.training.pipelines.train import TrainingRequest
from tests.support.iris import iris_settings
from tests.support.waiting import wait_until_ready
from tests.web.response_checks import answer, problem

HEAD = """
name = "wdbc"
title = "Breast masses from measured cell nuclei"
question = "Is this mass malignant?"
kind = "tabular"
negative_class = "benign"
intended_use = "For tests."
limits = "Wolberg et al. 1995."
label_columns = ["diagnosis"]

[[classes]]
name = "benign"
meaning = "Not cancer."

[[classes]]
name = "malignant"
meaning = "Cancer."

[training]
epochs = 12
learning_rate = 0.01
batch_size = 32
weight_decay = 1e-2
validation_fraction = 0.2
holdout_fraction = 0.2

[retraining]
epochs = 5
learning_rate = 0.005
batch_size = 32
validation_fraction = 0.2
holdout_fraction = 0.25
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A task file of one's own and its data: nothing else is needed."""
    folder = tmp_path_factory.mktemp("wdbc")
    data = load_breast_cancer()
    features = "".join(
        f'[[features]]\nname = "{name}"\nminimum = 0\n' for name in data.feature_names
    )
    (folder / "wdbc.toml").write_text(HEAD + features)
    with (folder / "wdbc.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*data.feature_names, "diagnosis"])
        rows.writerows(
            [*row, data.target_names[target]]
            for row, target in zip(data.data.tolist(), data.target, strict=True)
        )
        rows.writerow([*data.data[0].tolist()[:-1], "many", "benign"])
    return folder


@pytest.fixture(scope="module")
def command(folder: Path) -> Iterator[Result]:
    """What came of `python -m api train`, by the task file alone."""
    output = ["--output", str(folder / "wdbc.h5"), "--version", "v5", "--seed", "3"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OWN_FOLDER, str(folder))
        yield CliRunner().invoke(
            app, ["train", "--task", "wdbc", "--data", str(folder / "wdbc.csv"), *output]
        )


@pytest.fixture(scope="module")
def wdbc(folder: Path, command: Result) -> TableCard:
    """Trained once."""
    assert command.exit_code == 0, command.output
    card = read_card(card_path(folder / "wdbc.h5"))
    assert isinstance(card, TableCard)
    return card


class TestATableOfThirtyNumbers:
    def test_weights_and_card_belong_together(self, wdbc: TableCard, folder: Path) -> None:
        verify_weights(Checkpoint(folder / "wdbc.h5", wdbc))
        assert len(wdbc.table.features) == 30
        assert wdbc.data.skipped == {"no number": 1}
        assert len(wdbc.training.history) == 12
        assert (wdbc.version, wdbc.training.seed) == ("v5", 3)

    def test_the_command_says_what_it_does_and_how_good_the_result_is(
        self, command: Result
    ) -> None:
        for words in ("left out: 1 (no number)", " 12: loss", "Wrote ", "accuracy"):
            assert words in command.output

    def test_it_is_measured_on_rows_that_can_never_be_learned(
        self, wdbc: TableCard, folder: Path
    ) -> None:
        held_out = read_holdout(holdout_path(folder / "wdbc.h5")).hashes
        assert wdbc.replay is not None
        memory = load_row_memory(replay_path(folder / "wdbc.h5"), wdbc.replay, features=30)

        assert wdbc.metrics["holdout"].overall.n == len(held_out) == len(memory.splits["holdout"])
        assert not held_out & memory.hashes("train", "validation")
        assert sum(map(len, memory.splits.values())) == 569

    def test_it_learned_and_knows_its_negative_class(self, wdbc: TableCard) -> None:
        measured = wdbc.metrics["holdout"].overall

        assert (measured.auroc or 0) > 0.95
        assert (measured.sensitivity or 0) > 0.8
        assert wdbc.training.calibration_matrix != ()

    def test_it_is_compiled_and_answers_as_keras_did(
        self, wdbc: TableCard, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(OWN_FOLDER, str(folder))
        weights, compiled = folder / "wdbc.h5", folder / "wdbc.tflite"
        assert compile.main(weights, compiled) == 0
        task = load_task("wdbc")
        assert isinstance(task, TableTask)

        engine = ServingEngine(Checkpoint(weights, wdbc), compiled, interpreters=1)
        limits = Limits(1_000_000, 1_000_000, 1)
        inference = engine.infer(Row((2000.0,) * 30).to_bytes(task), limits)

        assert np.isfinite(inference.outputs.logits).all()
        assert inference.outputs.activation.size == 0
        assert len(inference.quality_issues) == 30 - sum(
            feature.bounds[0] <= 2000 <= feature.bounds[1] for feature in wdbc.table.features
        )

    def test_a_server_answers_its_rows_with_nothing_but_these_files(
        self, wdbc: TableCard, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(OWN_FOLDER, str(folder))
        settings = iris_settings(tmp_path).model_copy(
            update={"task": "wdbc", "default_model": folder / "wdbc.h5"}
        )
        malignant = load_breast_cancer(as_frame=True).data.iloc[0].to_dict()

        with TestClient(create_app(settings)) as client:
            wait_until_ready(client)
            body = answer(client.post("/predict", json=malignant))
            refused = client.post("/tasks/wdbc/predict", json=malignant | {"mean radius": -1})

        assert body["predicted_class"] == "malignant"
        assert set(body["probabilities"]) == {"benign", "malignant"}
        assert (body["model_version"], body["out_of_range"]) == ("v5", [])
        problem(refused, 422, "'mean radius': Must be at least 0")

    def test_its_compiled_form_lies_beside_it_so_that_nobody_waits(
        self, wdbc: TableCard, folder: Path, tmp_path: Path
    ) -> None:
        compiler = Compiler(tmp_path, {})
        compiler.close()

        path = compiler.compiled(Checkpoint(folder / "wdbc.h5", wdbc))

        assert path.read_bytes() == shipped_compiled_path(folder / "wdbc.h5").read_bytes()

    def test_its_page_shows_the_figures_and_the_training_trace(self, wdbc: TableCard) -> None:
        page, picture = table_page(wdbc, picture="wdbc.svg"), trace_svg(wdbc)

        assert "| worst concave points |" in page
        assert "![Loss and accuracy by epoch](wdbc.svg)" in page
        assert "{{" not in page
        assert picture is not None
        assert picture.count("<polyline") == 4


class TestWhatCannotBeTrained:
    @pytest.mark.parametrize(
        ("table", "words"),
        [
            ("hello", "lacks sepal_length"),
            ("sepal_length,sepal_width,petal_length,petal_width\n1,2,3,4", "No labelled row"),
            (
                "sepal_length,sepal_width,petal_length,petal_width,label\n1,2,3,4,setosa",
                "No image of class versicolor, virginica",
            ),
        ],
    )
    def test_a_table_without_what_is_needed(self, tmp_path: Path, table: str, words: str) -> None:
        (tmp_path / "t.csv").write_text(table)
        task = load_task("iris")
        request = TrainingRequest(
            task, task.training, (tmp_path / "t.csv",), None, tmp_path / "m.h5", "v1", 1
        )

        with pytest.raises(InvalidDataset, match=words):
            train_table(
                request, log=lambda _: None, on_decoded=lambda *_: None, on_step=lambda _: None
            )
        assert not (tmp_path / "m.h5").exists()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A server of the shipped iris model."""
    return iris_settings(tmp_path_factory.mktemp("iris"))


@pytest.fixture(scope="module")
def outcome(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> JobOutcome:
    """What came of retraining it on sixty rows that were drawn like its own."""
    records = open_database(settings.records_url, timeout_s=5, task="iris")
    try:
        return _retrained(settings, records, tmp_path_factory.mktemp("rows") / "new.csv")
    finally:
        records.dispose()


def _retrained(settings: Settings, records: Engine, table: Path) -> JobOutcome:
    with np.load(replay_path(settings.default_model)) as memory:
        values, targets = memory["train_values"], memory["train_targets"]
    draw = np.random.default_rng(1)
    lines = ["sepal_length,sepal_width,petal_length,petal_width,label"]
    for target, label in enumerate(("setosa", "versicolor", "virginica")):
        own = values[targets == target]
        drawn = draw.choice(own, 20) + draw.normal(0, 0.05, (20, 4))
        lines += [
            ",".join(f"{number:.3f}" for number in row.clip(0.05)) + f",{label}" for row in drawn
        ]
    # A row that the model learned from, and one that is one too much.
    lines += [",".join(map(str, values[0].tolist())) + ",setosa", "1,2,3,4,rose"]
    table.write_text("\n".join(lines))
    collection = open_collection(settings, load_task("iris"), records)
    with table.open("rb") as file:
        outcomes = add_upload(collection, [("new.csv", file)], label=None)
    assert sum(one.outcome == "stored" for one in outcomes) == 61
    jobs.create(records, job_id="job", task="iris", samples={})
    jobs.start(records, "job", task="iris")
    outcome = retrain_table(records, settings, "job")
    assert outcome is not None
    return outcome


class TestRetraining:
    def test_it_is_judged_and_promoted(self, outcome: JobOutcome, settings: Settings) -> None:
        assert outcome.state == JobState.PROMOTED, outcome.reason
        assert Alias(settings.models_dir / "iris").current() == outcome.version == "v2"

    def test_the_rows_of_its_parent_are_not_forgotten(
        self, outcome: JobOutcome, settings: Settings
    ) -> None:
        before = read_card(card_path(settings.default_model))
        weights = settings.models_dir / "iris" / "v2" / "model.h5"
        after = read_card(card_path(weights))
        assert isinstance(before, TableCard)
        assert isinstance(after, TableCard)
        assert before.replay is not None
        assert after.replay is not None
        old = load_row_memory(replay_path(settings.default_model), before.replay, features=4)
        new = load_row_memory(replay_path(weights), after.replay, features=4)

        assert old.hashes("train") < new.hashes("train")
        assert old.hashes("holdout") == new.hashes("holdout")
        assert read_holdout(holdout_path(weights)).hashes > old.hashes("holdout")
        assert not read_holdout(holdout_path(weights)).hashes & new.hashes("train", "validation")

    def test_its_card_is_its_own(self, outcome: JobOutcome, settings: Settings) -> None:
        folder = settings.models_dir / "iris" / "v2"
        card = read_card(folder / "card.json")
        assert isinstance(card, TableCard)

        assert (card.parent, card.training.base_weights) == ("v1", "v1")
        assert len(card.training.history) == load_task("iris").retraining.epochs  # type: ignore[attr-defined]
        assert {path.name for path in folder.iterdir()} == {
            "model.h5", "card.json", "holdout.npz", "replay.npz", "manifest.csv", "changes.json",
        }  # fmt: skip
        assert compiled_path(settings.compiled_dir, card.weights_sha256).is_file()
