"""What the settings of a server mean for one of its tasks."""

from pathlib import Path

from api.settings import ROOT, Settings
from api.tasks.task_files import load_task
from api.tasks.task_settings import default_model_of, settings_of

PNEUMONIA, MAMMOGRAPHY = load_task("pneumonia"), load_task("mammography")


class TestTheModelOfATask:
    def test_the_shipped_one_has_the_name_that_its_task_file_says(self) -> None:
        assert default_model_of(Settings(), PNEUMONIA) == Settings().default_model

    def test_that_of_another_task_lies_beside_the_default_one(self) -> None:
        settings = Settings(default_model=Path("/somewhere/mine.h5"))

        assert default_model_of(settings, PNEUMONIA) == Path("/somewhere/mine.h5")
        assert default_model_of(settings, MAMMOGRAPHY) == Path(
            "/somewhere/mobilenet_mammography.h5"
        )

    def test_another_default_task_brings_its_own(self) -> None:
        settings = Settings(task="mammography")

        expected = ROOT / "models/mobilenet_mammography.h5"
        assert default_model_of(settings, MAMMOGRAPHY) == expected
        assert default_model_of(Settings(), MAMMOGRAPHY) == expected


class TestTheSettingsOfATask:
    def test_those_of_the_default_task_are_the_servers(self) -> None:
        settings = Settings(prevalence=0.1, operating_point="confirm")

        assert settings_of(settings, PNEUMONIA) == settings

    def test_what_is_usual_in_one_says_nothing_of_another(self) -> None:
        own = settings_of(Settings(prevalence=0.1, operating_point="confirm"), MAMMOGRAPHY)

        assert (own.task, own.prevalence) == ("mammography", None)
        assert own.operating_point == MAMMOGRAPHY.decision.operating_point == "screening"

    def test_a_trainer_that_is_given_them_finds_the_same(self) -> None:
        own = settings_of(Settings(), MAMMOGRAPHY)
        environment = own.as_environment()

        assert environment["ROENTGEN_TASK"] == "mammography"
        assert environment["ROENTGEN_DEFAULT_MODEL"].endswith("/mobilenet_mammography.h5")

    def test_images_that_are_kept_lie_apart(self) -> None:
        folders = {settings_of(Settings(), task).retained_dir for task in (PNEUMONIA, MAMMOGRAPHY)}

        assert len(folders) == 2
