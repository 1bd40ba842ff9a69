"""`docs/develop/tasks.md`, from nothing: a file, a folder, one command, and the server answers."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.main import create_app
from api.model_card.card_file import read_card
from api.registry.store import card_path
from api.settings import Settings
from tests.docs.pages import guide
from tests.support.checkpoints import TinyCheckpoint
from tests.support.waiting import wait_until
from tests.support.warm_python import WarmPython
from tests.web.response_checks import answer

PER_CLASS = 8
TRAINING_TIMEOUT_S = 280


def weld(seed: int, *, cracked: bool) -> Image.Image:
    """A grey plate with a bright seam; with a dark jagged line along it, or without."""
    rng = np.random.default_rng((seed, cracked))
    y, x = np.mgrid[0:240, 0:320]
    grey = 90 + 70 * np.exp(-(((y - 120) / 30.0) ** 2)) + rng.normal(0, 4, y.shape)
    if cracked:
        line = 120 + 12 * np.sin(x / rng.uniform(9, 14)) + rng.uniform(-10, 10)
        grey -= 120 * (np.abs(y - line) < 4)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file as the guide prints it, and a folder of pictures for each class."""
    home = tmp_path_factory.mktemp("own")
    (home / "tasks").mkdir()
    # The second is of a table.
    text = guide("tasks.md").blocks("toml")[0]
    (home / "tasks/welds.toml").write_text(text, encoding="utf-8")
    for label, cracked in (("Cracked", True), ("Sound", False)):
        (home / "data" / label).mkdir(parents=True)
        for seed in range(PER_CLASS):
            weld(seed, cracked=cracked).save(home / "data" / label / f"{seed}.png")
    (home / "data/Sound/broken.png").write_bytes(b"no picture")
    (home / "data/notes.txt").write_text("hello")
    return home


@dataclass(frozen=True, slots=True)
class Trained:
    """The weights, and what the command printed."""

    weights: Path
    printed: str


@pytest.fixture(scope="module")
def trained(home: Path, tiny: TinyCheckpoint, python: WarmPython) -> Trained:
    """The guide's command, with the recipe of the tests: a head on a small backbone."""
    model = home / "models/default.h5"
    command = ["train", "--task", "welds", "--data", str(home / "data")]
    small = ["--weights", str(tiny.base_weights), "--tail-epochs", "0", "--no-int8"]
    printed = python.run(
        f"from api.cli import app; app({[*command, *small]!r}, standalone_mode=False)",
        environment={
            "ROENTGEN_TASKS_DIR": str(home / "tasks"),
            "ROENTGEN_DEFAULT_MODEL": str(model),
            "ROENTGEN_MODELS_DIR": str(model.parent),
        },
    )
    return Trained(model.with_name("mobilenet_welds.h5"), printed)


@pytest.fixture
def settings_of_own(
    home: Path, settings: Settings, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    monkeypatch.setenv("ROENTGEN_TASKS_DIR", str(home / "tasks"))
    # Its model lies beside the default one, which is not needed for it.
    return settings.model_copy(
        update={
            "default_model": trained.weights.with_name("default.h5"),
            "tasks_dir": str(home / "tasks"),
            "diagnosis_task": "welds",
        }
    )


def sent(field: str, *, cracked: bool) -> dict[str, tuple[str, bytes]]:
    buffer = io.BytesIO()
    weld(99, cracked=cracked).save(buffer, "PNG")
    return {field: ("weld.png", buffer.getvalue())}


# TensorFlow starts to compile, and maybe to train: long on a busy machine.
@pytest.mark.timeout(900)
class TestATaskOfOnesOwn:
    def test_the_command_says_what_it_does_and_how_good_the_result_is(
        self, settings_of_own: Settings, trained: Trained
    ) -> None:
        card = read_card(card_path(trained.weights))

        assert (card.task, card.classes, card.version) == ("welds", ("Cracked", "Sound"), "v1")
        assert card.data.skipped == {"not in a class folder": 1, "unreadable": 1}
        for words in ("left out: 1 (unreadable)", "head 2: loss", "decision accuracy"):
            assert words in trained.printed

    def test_after_one_file_one_folder_and_one_command_it_is_answered(
        self, settings_of_own: Settings
    ) -> None:
        with TestClient(create_app(settings_of_own)) as client:
            # The first request compiles it, which takes as long as the machine takes.
            wait_until(
                lambda: client.get("/tasks/welds/health/ready").status_code == 200,
                "the task was ready",
                wait_limit_s=TRAINING_TIMEOUT_S,
            )
            for cracked, label in ((True, "Cracked"), (False, "Sound")):
                body = answer(
                    client.post("/tasks/welds/predict", files=sent("file", cracked=cracked))
                )
                assert body["label"] == label
            diagnosed = client.post("/api/diagnosis/", files=sent("image", cracked=True))
            assert answer(diagnosed)["prediction"] == "Cracked"

            uploaded = client.post(
                "/tasks/welds/upload-data",
                data={"label": "OK"},
                files={"files": sent("file", cracked=False)["file"]},
            )
            assert answer(uploaded)["counts"] == {"Cracked": 0, "Sound": 1}
