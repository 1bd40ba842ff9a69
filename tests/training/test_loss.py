"""The loss of labels that allow one class, several, or that are doubted; by hand."""

import keras
import numpy as np
import pytest

from api.tasks.task import Task
from api.training.loss import LabelLoss, accuracy, target_rows, with_no_doubt

# COVID-19, Normal, Pneumonia-Bacterial, Pneumonia-Viral.
ANSWER = np.array([[0.2, 0.5, 0.1, 0.2]], dtype=np.float32)
FINDING = 0.2 + 0.1 + 0.2


def loss(rows: np.ndarray, answer: np.ndarray = ANSWER, *, label_smoothing: float = 0.0) -> float:
    function = LabelLoss(negative_index=1, label_smoothing=label_smoothing)
    return float(function(rows.astype(np.float32), answer))


def row(task: Task, label: str, issues: float = 0.0) -> np.ndarray:
    return target_rows(np.array([task.target_of(label)]), task.allowed, [issues])


class TestTheLossOfALabel:
    def test_one_class_is_the_cross_entropy(self, task: Task) -> None:
        assert loss(row(task, "Pneumonia-Bacterial")) == pytest.approx(-np.log(0.1), rel=1e-5)

    def test_several_classes_count_with_their_sum(self, task: Task) -> None:
        assert loss(row(task, "finding")) == pytest.approx(-np.log(FINDING), rel=1e-5)

    def test_smoothing_spreads_a_share_over_all_classes(self, task: Task) -> None:
        even = -np.mean(np.log(ANSWER))

        for label, alone in (("finding", -np.log(FINDING)), ("Normal", -np.log(0.5))):
            expected = 0.9 * alone + 0.1 * even
            assert loss(row(task, label), label_smoothing=0.1) == pytest.approx(expected, rel=1e-5)

    def test_it_equals_the_cross_entropy_of_keras_where_one_class_is_known(
        self, task: Task
    ) -> None:
        rows = target_rows(np.arange(4), task.allowed)
        answers = np.array([[0.7, 0.1, 0.1, 0.1], [0.25] * 4, [0, 0, 1, 0], [0.4, 0.3, 0.2, 0.1]])
        keras_loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.05)

        expected = float(keras_loss(rows[:, :-1], answers.astype(np.float32)))

        found = loss(rows, answers.astype(np.float32), label_smoothing=0.05)
        assert found == pytest.approx(expected, rel=1e-4)

    def test_a_distribution_is_the_cross_entropy_with_it(self) -> None:
        taught = np.array([[0.5, 0.25, 0.25, 0.0]], dtype=np.float32)

        expected = -(0.5 * np.log(0.2) + 0.25 * np.log(0.5) + 0.25 * np.log(0.1))

        assert loss(with_no_doubt(taught)) == pytest.approx(expected, rel=1e-5)

    def test_doubt_goes_to_the_negative_class(self, task: Task) -> None:
        sure, unsure = np.log(FINDING), np.log(0.5)

        expected = -(0.75 * sure + 0.25 * unsure)

        assert loss(row(task, "finding", 0.25)) == pytest.approx(expected, rel=1e-5)

    def test_doubt_leaves_the_kind_among_findings_as_it_is(self, task: Task) -> None:
        kind, sure, unsure = np.log(0.2 / FINDING), np.log(FINDING), np.log(0.5)

        expected = -(kind + 0.75 * sure + 0.25 * unsure)

        assert loss(row(task, "COVID-19", 0.25)) == pytest.approx(expected, rel=1e-5)

    def test_the_smallest_loss_with_doubt_is_at_the_believed_share(self, task: Task) -> None:
        def at(share: float) -> float:
            answer = np.array([[share / 3, 1 - share, share / 3, share / 3]], dtype=np.float32)
            return loss(row(task, "finding", 0.25), answer)

        assert min((0.55, 0.65, 0.75, 0.85, 0.95), key=at) == 0.75

    def test_an_impossible_answer_costs_much_and_not_infinitely(self, task: Task) -> None:
        impossible = np.array([[0, 1, 0, 0]], dtype=np.float32)

        assert 10 < loss(row(task, "finding"), impossible) < 30


class TestAccuracy:
    def test_any_allowed_class_is_right(self, task: Task) -> None:
        rows = target_rows(np.array([-1, -1, 0, 1]), task.allowed)
        answers = np.array([[0, 0, 0, 1], [0.1, 0.7, 0.1, 0.1], [1, 0, 0, 0], [1, 0, 0, 0]])

        right = np.asarray(accuracy(rows, answers.astype(np.float32)))

        assert right.tolist() == [1, 0, 1, 0]

    def test_a_clone_of_a_network_that_learns_is_compiled_alike(self, task: Task) -> None:
        inputs = keras.Input((2,))
        model = keras.Model(inputs, keras.layers.Dense(4, activation="softmax")(inputs))
        loss_function = LabelLoss(negative_index=1, label_smoothing=0.05)
        model.compile(optimizer="sgd", loss=loss_function, metrics=[accuracy])

        clone = keras.models.clone_model(model)
        clone.set_weights(model.get_weights())

        images, rows = np.ones((2, 2), np.float32), target_rows(np.array([-1, 1]), task.allowed)
        assert clone.evaluate(images, rows, verbose=0) == model.evaluate(images, rows, verbose=0)
