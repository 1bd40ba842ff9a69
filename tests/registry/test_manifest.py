"""Which samples a checkpoint was made with, and which of them were deleted since."""

from pathlib import Path

import pytest

from api.errors import InvalidCheckpoint
from api.inputs.discovery import LabelledImage, manifest_digest
from api.model_card.card import Card
from api.registry.manifest import (
    Line,
    deleted_since,
    dumped,
    grown,
    manifest_path,
    read_manifest,
)
from api.registry.store import WEIGHTS_NAME, Checkpoint
from tests.support.checkpoints import TinyCheckpoint


def image(sha256: str, label: str = "Normal") -> LabelledImage:
    return LabelledImage(Path(sha256), label, "uploads", None, sha256)


IMAGES = {"train": [image("a"), image("b")], "validation": [image("c")], "holdout": [image("d")]}


def checkpoint(
    folder: Path, card: Card, images: dict[str, list[LabelledImage]], version: str
) -> Checkpoint:
    digest = manifest_digest(image for members in images.values() for image in members)
    data = card.data.model_copy(update={"manifest_sha256": digest})
    return Checkpoint(
        folder / WEIGHTS_NAME, card.model_copy(update={"version": version, "data": data})
    )


class TestManifest:
    def test_it_is_read_as_it_was_written(self, tmp_path: Path, tiny: TinyCheckpoint) -> None:
        lines = grown((), IMAGES, version="v2")
        made = checkpoint(tmp_path, tiny.card, IMAGES, "v2")
        manifest_path(made.weights).write_bytes(dumped(lines))

        assert read_manifest(made) == lines

    def test_what_forebears_learned_from_is_handed_down_and_what_they_held_out_is_not(self) -> None:
        first = grown((), IMAGES, version="v2")

        second = grown(first, {"train": [image("b"), image("e")]}, version="v3")

        assert [(line.sha256, line.version) for line in second] == [
            ("b", "v3"), ("e", "v3"), ("a", "v2"), ("c", "v2"),
        ]  # fmt: skip

    def test_of_images_that_were_only_held_out_nothing_was_learned(self) -> None:
        lines = [Line("a", "Normal", "train", "v2"), Line("d", "Normal", "holdout", "v2")]

        assert deleted_since(lines, {"a", "d", "x"}) == ["a"]

    def test_where_there_is_none_nothing_is_known(self, tiny: TinyCheckpoint) -> None:
        assert read_manifest(tiny.checkpoint) is None

    @pytest.mark.parametrize(
        "content",
        [b"", b"sha256,label,split,version\r\na,Normal,train,v2\r\n", b"x\r\ny\r\n", b"\xff\xfe"],
    )
    def test_one_that_is_not_the_cards_is_refused(
        self, tmp_path: Path, tiny: TinyCheckpoint, content: bytes
    ) -> None:
        made = checkpoint(tmp_path, tiny.card, IMAGES, "v2")
        manifest_path(made.weights).write_bytes(content)

        with pytest.raises(InvalidCheckpoint, match="restore it"):
            read_manifest(made)
