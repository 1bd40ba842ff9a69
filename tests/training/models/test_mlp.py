"""A table's network: what scales in training is what scales in serving."""

from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.inputs.tabular.rows import MAX_VALUE
from api.model_card.table_card import GoldenRow
from api.training.compile import compile_table
from api.training.models import mlp
from api.training.models.mobilenet import load
from api.training.pipelines.checkpoint import save_weights
from tests.support.examples import examples

# The last column is constant.
ROWS = np.column_stack(
    [np.random.default_rng(0).gamma(4, (1.3, 0.01, 400.0), (50, 3)), np.full(50, 2.5)]
)
# The example that this system was asked about: scaled by the training maximum, asked for 2000.
MAXIMUM = float(ROWS[:, 0].max())


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(1)
    return mlp.build(ROWS, classes=3, hidden=(5, 4), dropout=0.1, name="test")


@pytest.fixture(scope="module")
def served(model: keras.Model) -> Interpreter:
    """The compiled network, as a server runs it."""
    golden = [GoldenRow(values=tuple(row), probabilities=(0, 0, 0)) for row in ROWS[:2].tolist()]
    return Interpreter(model_content=compile_table(model, golden)).get_signature_runner()


class TestScaler:
    def test_it_is_in_the_file_with_the_training_rows_mean_and_deviation(
        self, model: keras.Model, tmp_path: Path
    ) -> None:
        save_weights(model, tmp_path / "model.h5")
        layer = load(tmp_path / "model.h5").get_layer(mlp.SCALED)

        assert isinstance(layer, keras.layers.Normalization)
        assert np.asarray(layer.mean)[0] == pytest.approx(ROWS.mean(axis=0), rel=1e-5)
        assert np.asarray(layer.variance)[0, :3] == pytest.approx(ROWS[:, :3].var(axis=0), rel=1e-4)
        assert mlp.scaler_digest(load(tmp_path / "model.h5")) == mlp.scaler_digest(model)

    def test_a_constant_column_is_shifted_and_not_blown_up(self, model: keras.Model) -> None:
        assert mlp.scale(model, np.full((1, 4), 3.5))[0, 3] == pytest.approx(1.0)

    @settings(max_examples=examples(300), deadline=None)
    @given(st.lists(st.floats(-MAX_VALUE, MAX_VALUE), min_size=4, max_size=4))
    @example([2000.0, 0.0, 0.0, 0.0])
    @example([MAXIMUM, 2000.0, 2000.0, 2000.0])
    @example([1e6, 1e6, 1e6, 1e6])
    def test_serving_scales_any_value_as_training_does(
        self, model: keras.Model, served: Interpreter, values: list[float]
    ) -> None:
        row = np.array([values], dtype=np.float32)

        in_serving = served(row=row)[mlp.FEATURES_OUTPUT]
        in_training = np.asarray(model.get_layer(mlp.SCALED)(row))
        deviation = np.where(ROWS.std(axis=0) > 0, ROWS.std(axis=0), 1)
        by_hand = (row - ROWS.mean(axis=0)) / deviation

        np.testing.assert_allclose(in_serving, in_training, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(in_serving, by_hand, rtol=1e-4, atol=1e-4)

    @settings(max_examples=examples(50), deadline=None)
    @given(st.lists(st.floats(-MAX_VALUE, MAX_VALUE), min_size=4, max_size=4))
    def test_whatever_may_be_sent_gives_numbers(
        self, served: Interpreter, values: list[float]
    ) -> None:
        assert np.isfinite(served(row=np.array([values], dtype=np.float32))["logits"]).all()
