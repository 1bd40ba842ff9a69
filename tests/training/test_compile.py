"""A compiled network is compared with the Keras one before it serves."""

import keras
import numpy as np
import pytest

from api.errors import InvalidCheckpoint
from api.model_card.table_card import TableCard
from api.training.compile import compile_table, verify
from api.training.models import mlp
from api.training.models.mobilenet import load
from tests.support.iris import WEIGHTS, iris_checkpoint


@pytest.fixture(scope="module")
def card() -> TableCard:
    card = iris_checkpoint().card
    assert isinstance(card, TableCard)
    return card


@pytest.fixture(scope="module")
def flatbuffer(card: TableCard) -> bytes:
    """Compiled, and so found to agree on rows that are answered differently."""
    assert len({golden.values for golden in card.golden}) > 1
    return compile_table(load(WEIGHTS), card.golden)


def changed(weight: int) -> keras.Model:
    """The shipped network with one of its last biases a little larger."""
    model = load(WEIGHTS)
    weights = model.get_weights()
    weights[-1][weight] += 0.1
    model.set_weights(weights)
    return model


class TestComparing:
    @pytest.mark.parametrize("weight", range(3))
    def test_another_network_is_refused(
        self, card: TableCard, flatbuffer: bytes, weight: int
    ) -> None:
        rows = [np.asarray(golden.values, dtype=np.float32) for golden in card.golden]

        with pytest.raises(InvalidCheckpoint, match=r"differs from Keras by 0\.1 in its logits"):
            verify(flatbuffer, mlp.multi_output(changed(weight)), mlp.INPUT, rows)
