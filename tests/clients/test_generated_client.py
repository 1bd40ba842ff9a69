"""What is generated of the Python client, against what it is generated from."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from roentgen_client import models
from roentgen_client.base import Model
from tests.clients.generate_python_client import (
    ANSWERS,
    PACKAGE,
    check_client,
    client_of,
    models_of,
    sources,
    write_client,
)
from tests.streamlit_app.answers import recorded


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    return sources()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "roentgen_client"
    shutil.copytree(PACKAGE, folder)
    return folder


class TestGenerating:
    def test_the_files_in_the_repository_are_current(self, expected: dict[str, str]) -> None:
        assert check_client(PACKAGE, expected) is None

    def test_a_file_changed_by_hand_is_named_and_can_be_written_anew(
        self, copy: Path, expected: dict[str, str]
    ) -> None:
        text = (copy / "client.py").read_text(encoding="utf-8")
        (copy / "client.py").write_text(text.replace("poll_s", "poll"), encoding="utf-8")
        (copy / "models.py").unlink()

        printed = check_client(copy, expected)
        write_client(copy, expected)

        assert printed is not None
        assert printed.startswith(
            "Error: models.py and client.py in clients/python/roentgen_client"
        )
        assert check_client(copy, expected) is None


class TestModels:
    def test_values_and_fields_of_a_newer_server_fit(self) -> None:
        answer = {
            "type": "object",
            "additionalProperties": False,
            "required": ["state", "n"],
            "properties": {
                "state": {"type": "string", "enum": ["new", "old"]},
                "n": {"type": "integer", "maximum": 5},
                "names": {"type": "array", "items": {"type": "string"}},
            },
        }
        schemas = dict.fromkeys(ANSWERS, answer)
        document = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}}

        source = models_of({**document, "components": {"schemas": schemas}})

        assert 'state: Literal["new", "old"] | str\n' in source
        assert "n: int\n" in source
        assert "names: list[str] = []\n" in source
        assert "extra" not in source


RECORDED: dict[str, type[Model]] = {
    "feedback": models.Feedback,
    "kept_job": models.Job,
    "models": models.ModelList,
    "one_sided_report": models.SiteReport,
    "prediction": models.Prediction,
    "promote": models.Promoted,
    "promoted_jobs": models.JobList,
    "rollback": models.ModelSummary,
    "samples": models.SampleSummary,
    "site_report": models.SiteReport,
    "status": models.Status,
    "tasks": models.TaskList,
    "upload": models.UploadResult,
}


@pytest.mark.parametrize(("name", "model"), RECORDED.items(), ids=list(RECORDED))
class TestRecordedAnswers:
    """Of a session with the real API, retrainings and all."""

    def test_nothing_of_them_is_lost(self, name: str, model: type[Model]) -> None:
        body = recorded(name)

        read = model.model_validate(body).model_dump(mode="json")

        assert _names(read) >= _names(body)


def _names(value: Any) -> set[str]:
    """The names in a JSON value, at any depth."""
    if isinstance(value, list):
        return set().union(*map(_names, value))
    if isinstance(value, dict):
        return set(value).union(*map(_names, value.values()))
    return set()


class TestTheClientThatWaits:
    def test_nothing_is_awaited(self) -> None:
        source = client_of((PACKAGE / "async_client.py").read_text(encoding="utf-8"))

        compile(source, "client.py", "exec")
        assert "await" not in source
        assert "asyncio" not in source.partition('"""\n')[2]
        assert "class Client:" in source
