"""A folder for other tools: whole or not at all, and proven before it is there."""

import math
from pathlib import Path

import numpy as np
import pytest

from api.arrays import Float32Array
from api.errors import InvalidCheckpoint, InvalidRequest, StorageFailed
from api.exports.manifest import MANIFEST_NAME, Manifest
from api.exports.runtime import ExportedModel
from api.exports.write import export_to
from api.files import sha256_of
from tests.exports.conftest import export_of
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, damage


class TestExport:
    def test_the_manifest_says_what_the_card_says_and_names_each_file(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        export_to(tmp_path / "out", export_of(tiny, "tflite"))

        manifest = Manifest.model_validate_json((tmp_path / "out" / MANIFEST_NAME).read_bytes())
        card = tiny.card
        assert (manifest.classes, manifest.negative_class) == (card.classes, "Normal")
        assert manifest.preprocessing == card.preprocessing.model_dump(mode="json")
        assert manifest.thresholds["balanced"] == card.operating_points["balanced"].threshold
        assert manifest.input.shape == (1, card.preprocessing.height, card.preprocessing.width, 1)
        assert manifest.files["model.tflite"] == sha256_of(tiny.compiled)
        for name, sha256 in manifest.files.items():
            assert sha256_of(tmp_path / "out" / name) == sha256

    def test_golden_tensors_have_the_probabilities_of_the_card(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        export_to(tmp_path / "out", export_of(tiny, "tflite"))

        stored = np.load(tmp_path / "out" / "golden.npz")
        expected = [golden.probabilities for golden in tiny.card.golden]
        assert np.allclose(stored["probabilities"], expected, atol=1e-4)
        assert stored["image"].shape[0] == len(expected)

    @pytest.mark.parametrize("there", ["a file", "a folder with something in it"])
    def test_what_is_there_is_never_written_over(
        self, tiny: TinyCheckpoint, tmp_path: Path, there: str
    ) -> None:
        out = tmp_path / "out"
        if there == "a file":
            out.write_text("mine")
        else:
            out.mkdir()
            (out / "mine.txt").write_text("mine")

        with pytest.raises(InvalidRequest, match="is there already"):
            export_to(out, export_of(tiny, "tflite"))

        assert "mine" in (out if out.is_file() else out / "mine.txt").read_text()
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_an_empty_folder_is_taken(self, tiny: TinyCheckpoint, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()

        export_to(tmp_path / "out", export_of(tiny, "tflite"))

        assert (tmp_path / "out" / MANIFEST_NAME).is_file()

    def test_a_network_that_answers_otherwise_leaves_nothing(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        def wrong(target: Path, inputs: Float32Array) -> Float32Array:
            target.write_bytes(b"a network")
            return np.full((len(inputs), 4), 0.25, dtype=np.float32)

        with pytest.raises(InvalidCheckpoint, match="answers otherwise than its card says"):
            export_to(tmp_path / "out", export_of(tiny, "onnx", write_graph=wrong))

        assert list(tmp_path.iterdir()) == []

    def test_a_disk_that_fails_leaves_nothing(self, tiny: TinyCheckpoint, tmp_path: Path) -> None:
        def full(target: Path, inputs: Float32Array) -> Float32Array:
            raise OSError(28, "No space left on device")

        with pytest.raises(StorageFailed, match="No space left"):
            export_to(tmp_path / "out", export_of(tiny, "onnx", write_graph=full))

        assert list(tmp_path.iterdir()) == []


class TestLoading:
    def test_a_file_that_was_changed_is_refused_by_name(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        export_to(tmp_path / "out", export_of(tiny, "tflite"))
        damage(tmp_path / "out" / "model.tflite")

        with pytest.raises(InvalidCheckpoint, match=r"'model\.tflite' is not the file"):
            ExportedModel(tmp_path / "out")

    def test_one_that_answers_otherwise_than_it_did_is_refused(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        manifest = export_to(tmp_path / "out", export_of(tiny, "tflite"))
        first = manifest.golden[0]
        other = first.answer | {"probability_Normal": 1 - first.answer["probability_Normal"]}
        changed = manifest.model_copy(
            update={"golden": (first.model_copy(update={"answer": other}),)}
        )
        (tmp_path / "out" / MANIFEST_NAME).write_text(changed.model_dump_json())

        with pytest.raises(InvalidCheckpoint, match="does not answer as it did"):
            ExportedModel(tmp_path / "out")

    def test_a_row_that_cannot_be_read_has_a_sentence_and_the_others_answers(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        export_to(tmp_path / "out", export_of(tiny, "tflite"))
        exported = ExportedModel(tmp_path / "out")

        image, text, nothing = exported.answers(
            [{"image": images.png(3)}, {"image": "not base64!"}, {}]
        )

        assert (image["error"], image["label"] in tiny.card.classes) == ("", True)
        assert "in base64" in text["error"]
        # A column's values are of one type: servers of tables (MLServer) take it from them.
        assert (text["label"], text["reasons"], math.isnan(text["score"])) == ("", "", True)
        assert "label" in nothing
        assert nothing["label"] == ""
        with pytest.raises(InvalidRequest, match="no operating point 'x'"):
            exported.answers([], operating_point="x")
        with pytest.raises(InvalidRequest, match="between 0 and 1"):
            exported.answers([], prevalence=2.0)
