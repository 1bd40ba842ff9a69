"""Exports that are asked of the server: one at a time, and what is said of those that fail."""

import contextlib
import json
import os
from pathlib import Path

import pytest

from api.errors import Forbidden, InvalidRequest, ModelNotReady, Overloaded, StorageFailed
from api.exports import on_request
from api.exports.on_request import (
    FAILED_SUFFIX,
    MARKER,
    ExportUnderWay,
    export_file,
    exported,
    shared_exports,
    write_failure,
)
from api.exports.stored_exports import MAX_KEPT
from api.settings import Settings
from tests.support.checkpoints import TinyCheckpoint
from tests.support.waiting import wait_until


@pytest.fixture
def target(settings: Settings, tiny: TinyCheckpoint) -> Path:
    path = export_file(settings, tiny.card, "tflite")
    path.parent.mkdir(parents=True)
    return path


def being_made(target: Path, **more: object) -> None:
    target.with_name(MARKER).write_text(json.dumps({"target": target.name} | more))


def no_space(path: Path, _content: bytes) -> None:
    raise StorageFailed(f"'{path.name}' could not be written (no space left).")


class TestRequests:
    def test_what_is_there_is_not_made_again(
        self, settings: Settings, tiny: TinyCheckpoint, target: Path
    ) -> None:
        target.write_bytes(b"zip")

        assert exported(settings, tiny.card, "tflite") == target

    def test_other_settings_or_weights_are_another_file(
        self, settings: Settings, tiny: TinyCheckpoint, target: Path
    ) -> None:
        screening = settings.model_copy(update={"operating_point": "screening"})
        other = tiny.card.model_copy(update={"weights_sha256": "f" * 64})

        files = {
            target,
            export_file(screening, tiny.card, "tflite"),
            export_file(settings, other, "tflite"),
            export_file(settings, tiny.card, "mlflow"),
        }
        assert len(files) == 4

    def test_one_is_made_at_a_time(
        self, settings: Settings, tiny: TinyCheckpoint, target: Path
    ) -> None:
        being_made(target)

        assert isinstance(exported(settings, tiny.card, "tflite"), ExportUnderWay)
        with pytest.raises(Overloaded, match="one is made at a time"):
            exported(settings, tiny.card, "mlflow")

    def test_a_file_that_was_cut_off_is_no_other_export(
        self, settings: Settings, tiny: TinyCheckpoint, target: Path
    ) -> None:
        target.with_name(MARKER).touch()

        assert isinstance(exported(settings, tiny.card, "tflite"), ExportUnderWay)

    def test_whoever_may_only_read_gets_what_is_made_and_begins_none(
        self, settings: Settings, tiny: TinyCheckpoint, target: Path
    ) -> None:
        with pytest.raises(Forbidden, match="needs the right 'train'"):
            exported(settings, tiny.card, "tflite", may_begin=False)
        assert not target.with_name(MARKER).exists()

        being_made(target)
        assert isinstance(exported(settings, tiny.card, "tflite", may_begin=False), ExportUnderWay)
        target.write_bytes(b"zip")
        assert exported(settings, tiny.card, "tflite", may_begin=False) == target

    def test_what_another_machine_makes_or_made_is_for_readers_too(
        self, settings: Settings, tiny: TinyCheckpoint, target: Path, tmp_path: Path
    ) -> None:
        sharing = settings.model_copy(update={"storage_url": str(tmp_path / "shared")})
        shared = shared_exports(sharing)
        assert shared is not None
        with pytest.raises(Forbidden):
            exported(sharing, tiny.card, "tflite", may_begin=False)
        assert shared.under_way(target.name) is None
        shared.begin(target.name)

        found = exported(sharing, tiny.card, "tflite", may_begin=False)

        assert isinstance(found, ExportUnderWay)
        made = tmp_path / target.name
        made.write_bytes(b"zip")
        shared.publish(made, max_kept=MAX_KEPT)
        for number in range(MAX_KEPT):
            old = target.with_name(f"{number}.zip")
            old.touch()
            os.utime(old, (number, number))
        assert exported(sharing, tiny.card, "tflite", may_begin=False) == target
        assert len(list(target.parent.glob("*.zip"))) == MAX_KEPT

    @pytest.mark.parametrize("failure", ["another is made", "disk"])
    def test_one_that_is_not_begun_is_left_to_other_machines(
        self,
        settings: Settings,
        tiny: TinyCheckpoint,
        target: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        failure: str,
    ) -> None:
        sharing = settings.model_copy(update={"storage_url": str(tmp_path / "shared")})
        shared = shared_exports(sharing)
        assert shared is not None
        monkeypatch.setattr(on_request, "PACKER", "this")
        with contextlib.ExitStack() as stack:
            if failure == "disk":
                # As the process's number is to be written.
                monkeypatch.setattr(on_request, "write_atomic", no_space)
                stack.enter_context(pytest.raises(StorageFailed))
            else:
                # Another worker is faster, after this one looked.
                monkeypatch.setattr(on_request, "_under_way", lambda _: None)
                target.with_name(MARKER).write_text('{"target": "other.zip"}')
            exported(sharing, tiny.card, "tflite")

        assert shared.under_way(target.name) is None

    def test_one_that_takes_too_long_is_ended_and_said(
        self,
        settings: Settings,
        tiny: TinyCheckpoint,
        target: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(on_request, "TIME_LIMIT_S", 0.0)
        left = target.with_name(".tmp-abandoned")
        (left / "half").mkdir(parents=True)

        assert isinstance(exported(settings, tiny.card, "tflite"), ExportUnderWay)

        assert not left.exists()
        failed = target.with_name(target.name + FAILED_SUFFIX)
        wait_until(failed.is_file, "the end was noted")
        with pytest.raises(ModelNotReady, match="took longer than"):
            exported(settings, tiny.card, "tflite")

    def test_why_it_failed_is_said_once_in_its_own_kind(
        self, settings: Settings, tiny: TinyCheckpoint, target: Path
    ) -> None:
        write_failure(target, InvalidRequest("Install onnx."))
        being_made(target)

        with pytest.raises(InvalidRequest, match=r"Install onnx\."):
            exported(settings, tiny.card, "tflite")
        assert isinstance(exported(settings, tiny.card, "tflite"), ExportUnderWay)

    def test_of_a_process_that_was_lost_nothing_stands_in_the_way(
        self,
        settings: Settings,
        tiny: TinyCheckpoint,
        target: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        # Ends at once without a word, as one that is killed does.
        monkeypatch.setattr(on_request, "PACKER", "this")
        being_made(target, pid=2**22 + 1)

        assert isinstance(exported(settings, tiny.card, "tflite"), ExportUnderWay)

        failed = target.with_name(target.name + FAILED_SUFFIX)
        wait_until(failed.is_file, "the loss was noted")
        with pytest.raises(ModelNotReady, match="ended without a word"):
            exported(settings, tiny.card, "tflite")
