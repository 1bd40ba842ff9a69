"""A compiled checkpoint answers as Keras does, from any thread, or is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from api.decision.decide import DecisionInputs, decide, probabilities_of
from api.decision.out_of_distribution import METHODS, OodReference
from api.decision.references import References, load_references
from api.errors import InvalidCheckpoint
from api.files import sha256_of
from api.inputs.images.decoding import Limits, decode
from api.inputs.images.preprocessing import FloatImage
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.model_card.card import Card
from api.model_card.golden import Golden
from api.registry.store import Checkpoint, reference_path
from api.serving.engine import Engine
from api.tasks.labels import Finding
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, damage


@pytest.fixture(scope="module")
def engine(tiny: TinyCheckpoint) -> Engine:
    return Engine(tiny.checkpoint, tiny.compiled, interpreters=2)


def inputs(engine: Engine, count: int = 12) -> list[FloatImage]:
    spec = engine.card.preprocessing
    return [spec.apply(synthetic_image(FINDINGS[n % 4], seed=500 + n)) for n in range(count)]


def with_card(tiny: TinyCheckpoint, **changes: object) -> Checkpoint:
    return replace(tiny.checkpoint, card=tiny.card.model_copy(update=changes))


class TestRunning:
    def test_it_gives_logits_early_features_and_the_logits_of_each_place(
        self, engine: Engine
    ) -> None:
        outputs = engine.run(inputs(engine, 1)[0])

        assert outputs.logits.shape == (4,)
        assert outputs.early_features.shape == (576,)
        assert outputs.activation.shape == (7, 7, 4)
        assert outputs.activation.mean(axis=(0, 1)) == pytest.approx(outputs.logits, abs=1e-4)

    def test_it_equals_keras_on_images_it_never_saw(
        self, engine: Engine, tiny: TinyCheckpoint
    ) -> None:
        assert len(tiny.keras_answers) == 8
        for name, expected in tiny.keras_answers.items():
            finding, seed = name.split()
            image = synthetic_image(_finding(finding), seed=int(seed))
            logits = engine.run(engine.card.preprocessing.apply(image)).logits

            assert probabilities_of(logits, temperature=1.0) == pytest.approx(expected, abs=1e-4)

    def test_different_images_get_different_answers(self, engine: Engine) -> None:
        logits = [engine.run(image).logits for image in inputs(engine)]

        assert np.std(logits, axis=0).min() > 0.05

    def test_it_recognises_the_streaks_it_learned(self, engine: Engine) -> None:
        image = engine.card.preprocessing.apply(synthetic_image("reticular", seed=1000))

        seen = DecisionInputs(engine.run(image).logits)
        assert decide(seen, engine.card).label == "Pneumonia-Viral"

    def test_the_same_image_gives_the_same_bits(self, engine: Engine) -> None:
        image = inputs(engine, 1)[0]

        assert np.array_equal(engine.run(image).logits, engine.run(image).logits)

    def test_one_image_after_another_leaves_no_trace(self, engine: Engine) -> None:
        first, second = inputs(engine, 2)
        alone = engine.run(first)
        before = alone.logits.copy()

        engine.run(second)

        assert np.array_equal(alone.logits, before)
        assert np.array_equal(engine.run(first).logits, before)

    @pytest.mark.parametrize("interpreters", [1, 2])
    def test_four_threads_get_what_one_gets(self, tiny: TinyCheckpoint, interpreters: int) -> None:
        engine = Engine(tiny.checkpoint, tiny.compiled, interpreters=interpreters)
        images = inputs(engine, 24)
        serial = [engine.run(image).logits for image in images]

        with ThreadPoolExecutor(4) as pool:
            parallel = [outputs.logits for outputs in pool.map(engine.run, images)]

        assert np.array_equal(serial, parallel)

    def test_a_picture_of_another_size_leaves_no_trace(self, engine: Engine) -> None:
        engine.run(np.zeros((96, 160, 1), dtype=np.float32))

        engine.check()


class TestOodScore:
    def test_images_are_like_and_noise_is_unlike_what_was_learned(self, engine: Engine) -> None:
        pictures = (synthetic_image("lobar", seed=1), decode(images.noise(), Limits()))

        image, other = (
            engine.ood_score(engine.run(engine.card.preprocessing.apply(p)).early_features)
            for p in pictures
        )

        assert image is not None
        assert other is not None
        assert image < 1 < other

    def test_it_is_the_cards_distance_over_the_cards_limit(
        self, engine: Engine, tiny: TinyCheckpoint
    ) -> None:
        rule = tiny.card.outliers
        assert rule is not None
        reference = load_references(reference_path(tiny.weights), sha256=rule.reference_sha256).ood
        features = engine.run(inputs(engine, 1)[0]).early_features

        distance = METHODS[rule.method](reference, features[np.newaxis])[0]

        assert engine.ood_score(features) == pytest.approx(distance / rule.threshold)

    def test_a_card_without_a_rule_measures_nothing_and_needs_no_reference(
        self, tiny: TinyCheckpoint, default_model: Path
    ) -> None:
        reference_path(default_model).unlink()
        checkpoint = replace(with_card(tiny, outliers=None), weights=default_model)

        engine = Engine(checkpoint, tiny.compiled, interpreters=1)

        assert engine.ood_score(np.zeros(576, dtype=np.float32)) is None

    @pytest.mark.parametrize(
        ("what", "words"),
        [
            ("missing", "is missing or cannot be read"),
            ("damaged", "is not the one its card describes"),
            ("of another version", "is not the one its card describes"),
        ],
    )
    def test_a_reference_that_is_not_the_cards_is_refused(
        self, tiny: TinyCheckpoint, default_model: Path, what: str, words: str
    ) -> None:
        path = reference_path(default_model)
        if what == "missing":
            path.unlink()
        elif what == "damaged":
            damage(path)
        else:
            other = OodReference(*np.eye(3, dtype=np.float32)[:, np.newaxis])
            path.write_bytes(References(other).to_bytes())
        checkpoint = replace(tiny.checkpoint, weights=default_model)

        with pytest.raises(InvalidCheckpoint, match=words):
            Engine(checkpoint, tiny.compiled, interpreters=1)

    @pytest.mark.parametrize("content", [b"", b"no archive", images.zipped({"means.npy": b"x"})])
    def test_what_is_no_reference_is_refused_even_if_the_card_names_it(
        self, tiny: TinyCheckpoint, default_model: Path, content: bytes
    ) -> None:
        path = reference_path(default_model)
        path.write_bytes(content)
        assert tiny.card.outliers is not None
        rule = tiny.card.outliers.model_copy(update={"reference_sha256": sha256_of(path)})
        checkpoint = replace(with_card(tiny, outliers=rule), weights=default_model)

        with pytest.raises(InvalidCheckpoint, match="cannot be read"):
            Engine(checkpoint, tiny.compiled, interpreters=1)

    def test_a_method_of_a_later_program_is_refused(self, tiny: TinyCheckpoint) -> None:
        assert tiny.card.outliers is not None
        rule = tiny.card.outliers.model_copy(update={"method": "crystal ball"})

        with pytest.raises(InvalidCheckpoint, match="'crystal ball', which this version"):
            Engine(with_card(tiny, outliers=rule), tiny.compiled, interpreters=1)


class TestSteadiness:
    @pytest.mark.parametrize("quality", [70, 90])
    def test_compression_moves_the_answer_little(self, engine: Engine, quality: int) -> None:
        def answer(content: bytes) -> npt.NDArray[np.float64]:
            image = engine.card.preprocessing.apply(decode(content, Limits()))
            return probabilities_of(engine.run(image).logits, temperature=1.0)

        xray = images.image("reticular", seed=1000, size_px=320)
        clean = answer(images.encoded(xray, "PNG"))
        compressed = answer(images.encoded(xray, "JPEG", quality=quality))

        assert compressed.argmax() == clean.argmax()
        assert np.abs(compressed - clean).max() < 0.2

    @pytest.mark.parametrize(("gain", "shift"), [(0.7, 0.0), (0.7, 60.0)])
    def test_exposure_moves_the_answer_little(
        self, engine: Engine, gain: float, shift: float
    ) -> None:
        spec = engine.card.preprocessing
        xray = synthetic_image("reticular", seed=1000)
        exposed = np.round(xray * gain + shift).astype(np.uint8)

        logits = [engine.run(spec.apply(image)).logits for image in (xray, exposed)]
        plain, other = (probabilities_of(values, temperature=1.0) for values in logits)

        assert np.abs(plain - other).max() < 0.1

    def test_a_wrong_pixel_range_changes_the_answer(self, engine: Engine) -> None:
        """What the golden outputs guard against: 0..1 instead of -1..1."""
        image = engine.card.preprocessing.apply(synthetic_image("reticular", seed=1000))
        right = probabilities_of(engine.run(image).logits, temperature=1.0)
        wrong = probabilities_of(
            engine.run((image + np.float32(1)) / np.float32(2)).logits, temperature=1.0
        )

        assert np.abs(right - wrong).max() > 0.01


class TestRefusing:
    def test_golden_outputs_of_another_network_are_refused(self, tiny: TinyCheckpoint) -> None:
        golden = tuple(
            Golden(finding=g.finding, seed=g.seed, probabilities=(0.25, 0.25, 0.25, 0.25))
            for g in tiny.card.golden
        )

        with pytest.raises(InvalidCheckpoint, match="does not reproduce its golden outputs"):
            Engine(with_card(tiny, golden=golden), tiny.compiled, interpreters=1)

    def test_one_wrong_golden_output_of_four_is_enough(self, tiny: TinyCheckpoint) -> None:
        *good, last = tiny.card.golden
        bad = last.model_copy(update={"probabilities": tuple(reversed(last.probabilities))})

        with pytest.raises(InvalidCheckpoint, match=f"'{last.finding}'"):
            Engine(with_card(tiny, golden=(*good, bad)), tiny.compiled, interpreters=1)

    def test_a_card_with_another_meaning_of_a_pixel_is_refused(self, tiny: TinyCheckpoint) -> None:
        spec = tiny.card.preprocessing.model_copy(update={"scale": 1 / 255, "offset": 0.0})

        with pytest.raises(InvalidCheckpoint, match="golden"):
            Engine(with_card(tiny, preprocessing=spec), tiny.compiled, interpreters=1)

    def test_a_card_with_another_temperature_is_refused(self, tiny: TinyCheckpoint) -> None:
        with pytest.raises(InvalidCheckpoint, match="golden"):
            Engine(with_card(tiny, temperature=2.0), tiny.compiled, interpreters=1)

    def test_a_card_with_another_input_size_is_refused(self, tiny: TinyCheckpoint) -> None:
        spec = tiny.card.preprocessing.model_copy(update={"height": 96, "width": 96})

        with pytest.raises(InvalidCheckpoint, match="golden"):
            Engine(with_card(tiny, preprocessing=spec), tiny.compiled, interpreters=1)

    def test_a_card_without_golden_outputs_is_refused(self, tiny: TinyCheckpoint) -> None:
        with pytest.raises(InvalidCheckpoint, match="no golden outputs"):
            Engine(with_card(tiny, golden=()), tiny.compiled, interpreters=1)

    def test_golden_outputs_for_fewer_classes_are_refused(self, tiny: TinyCheckpoint) -> None:
        golden = (Golden(finding="clear", seed=20, probabilities=(0.5, 0.5)),)

        with pytest.raises(InvalidCheckpoint, match="golden"):
            Engine(with_card(tiny, golden=golden), tiny.compiled, interpreters=1)

    @pytest.mark.parametrize("content", [b"", b"not a flatbuffer", bytes(10_000)])
    def test_a_damaged_compiled_model_is_refused(
        self, tiny: TinyCheckpoint, tmp_path: Path, content: bytes
    ) -> None:
        path = tmp_path / "model.tflite"
        path.write_bytes(content)

        with pytest.raises(InvalidCheckpoint, match="cannot be loaded"):
            Engine(tiny.checkpoint, path, interpreters=1)

    def test_a_missing_compiled_model_is_refused(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        with pytest.raises(InvalidCheckpoint, match="cannot be loaded"):
            Engine(tiny.checkpoint, tmp_path / "missing.tflite", interpreters=1)


class TestTheCard:
    def test_it_is_complete(self, tiny: TinyCheckpoint) -> None:
        card: Card = tiny.card

        assert card.classes == ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")
        assert {golden.finding for golden in card.golden} == set(FINDINGS)
        assert set(card.statistics) == set(card.classes)
        assert card.metrics["holdout"].overall.n == 8
        assert sum(card.data.counts["train"]["films"].values()) >= 12


def _finding(name: str) -> Finding:
    return next(finding for finding in FINDINGS if finding == name)
