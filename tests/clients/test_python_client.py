"""The Python client against the running application."""

import asyncio
import io
import re
import threading
from pathlib import Path
from typing import Any

import pydicom
import pytest

import roentgen_client
from api.settings import ROOT
from roentgen_client import (
    ApiError,
    AsyncClient,
    Client,
    Conflict,
    Invalid,
    NoConnection,
    NotFound,
    Retries,
    UnsupportedFormat,
    errors,
)
from roentgen_client.models import Prediction
from tests.docs.pages import FENCE, guide
from tests.support import images
from tests.support.iris import SETOSA

README = ROOT / "clients/python/README.md"
TABLE = "id,sepal_length,sepal_width,petal_length,petal_width,species\n"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "film.png"
    path.write_bytes(images.png())
    return path


class TestPredicting:
    def test_a_path_bytes_an_open_file_and_named_bytes_have_the_same_answer(
        self, client: Client, image: Path
    ) -> None:
        content = image.read_bytes()

        with image.open("rb") as opened:
            opened.read(100)
            answers = [client.predict(it) for it in (image, str(image), opened, content)]
        answers.append(client.predict(("ward 3/ü.png", io.BytesIO(content))))

        assert len({answer.score for answer in answers}) == 1
        names = [answer.filename for answer in answers]
        assert names == ["film.png", "film.png", "film.png", "film", "ward 3/ü.png"]

    def test_what_is_asked_for_arrives(self, client: Client, image: Path) -> None:
        answer = client.predict(image, explain=True, operating_point="screening", prevalence=0.1)

        assert isinstance(answer, Prediction)
        assert (answer.operating_point, answer.prevalence) == ("screening", 0.1)
        assert answer.explanation is not None
        assert client.heatmap(answer.id, width=64, height=64).startswith(b"\x89PNG")

    def test_it_goes_to_an_archive_and_to_other_systems(
        self, client: Client, url: str, image: Path
    ) -> None:
        answer = client.predict(image)

        async def asked() -> tuple[bytes, bytes, dict[str, Any]]:
            async with AsyncClient(url) as other:
                return (
                    await other.report(answer.id),
                    await other.secondary_capture(answer.id),
                    await other.fhir(answer.id),
                )

        report, capture, bundle = asyncio.run(asked())

        made = [pydicom.dcmread(io.BytesIO(content)) for content in (report, capture)]
        assert [instance.Modality for instance in made] == ["SR", "OT"]
        kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
        assert kinds == ["DiagnosticReport", "Observation", "Device", "ImagingStudy"]
        assert (client.report(answer.id), client.fhir(answer.id)) == (report, bundle)
        assert client.secondary_capture(answer.id) == capture
        with pytest.raises(NotFound):
            client.report("0" * 32)

    def test_it_is_found_again_with_what_somebody_says_of_it(
        self, client: Client, image: Path
    ) -> None:
        answer = client.predict(("again.png", image.read_bytes()), source="ward 3")

        found = client.prediction(answer.id)
        answered = client.feedback(answer.id, "Normal", remark="read by two", blinded=True)
        page = client.predictions(name="again", since=answer.created_at, limit=5)
        elsewhere = client.prediction(answer.id, prevalence=0.1)

        assert elsewhere.prevalence == 0.1
        assert elsewhere.feedback
        assert elsewhere.feedback.remark == "read by two"

        # The server has just shown the answer to whoever says it was hidden.
        assert (answered.label, answered.blinded, answered.prediction_id) == (
            "Normal",
            False,
            answer.id,
        )
        assert [found.id for found in page.predictions] == [answer.id]
        assert found.source == "ward 3"

    def test_a_row_and_a_table_of_a_task_of_tables_too(self, url: str) -> None:
        with Client(url, task="iris") as client:
            row = client.predict_row(SETOSA)
            table = client.predict_table(f"{TABLE}a,5.1,3.5,1.4,0.2,\nb,x,3.5,1.4,0.2,\n")

        assert row.predicted_class == "setosa"
        assert (table.answered, table.refused) == (1, 1)


class TestBatches:
    def test_results_come_in_order_whatever_files_are_called(
        self, client: Client, image: Path
    ) -> None:
        odd = "ward 3/ü ß.png"

        results = list(client.predict_batch([image, (odd, images.png(2)), ("no.txt", b"none")]))

        assert [result.filename for result in results] == ["film.png", odd, "no.txt"]
        assert results[1].prediction is not None
        assert results[2].prediction is None
        assert results[2].problem is not None
        assert results[2].problem.status == 415

    def test_none_is_refused_at_once(self, client: Client) -> None:
        with pytest.raises(ValueError, match="no film"):
            next(client.predict_batch([]))

    def test_one_may_stop_early_and_go_on_asking(self, client: Client, image: Path) -> None:
        results = client.predict_batch([image] * 20)

        first = next(results)
        results.close()

        assert first.prediction is not None
        assert client.status().model_version == "v1"


class TestRefusals:
    def test_each_has_its_class_with_the_servers_words(self, client: Client) -> None:
        with pytest.raises(UnsupportedFormat) as refused:
            client.predict(("film.txt", b"no picture"))

        error = refused.value
        assert (error.status, error.title) == (415, "Unsupported format")
        assert str(error) == error.detail
        assert len(error.request_id) > 8

    def test_fields_are_named(self, client: Client, image: Path) -> None:
        with pytest.raises(Invalid) as refused:
            client.predict(image, prevalence=2.0)

        assert [entry["field"] for entry in refused.value.errors] == ["prevalence"]

    def test_a_name_is_one_piece_of_the_path(self, client: Client) -> None:
        with pytest.raises(NotFound):
            client.model("../status")

    def test_a_missing_file_is_found_before_anything_is_sent(self, client: Client) -> None:
        with pytest.raises(FileNotFoundError):
            client.upload([images.png(), "nowhere.png"], label="Normal")

    def test_a_server_that_is_not_there(self) -> None:
        with (
            Client("http://127.0.0.1:9", retries=Retries(tries=1)) as client,
            pytest.raises(NoConnection, match=r"http://127\.0\.0\.1:9 cannot be reached"),
        ):
            client.status()


class TestTeaching:
    def test_images_are_stored_and_too_few_for_a_retraining(self, client: Client) -> None:
        result = client.upload(
            [("one.png", images.png(7)), ("two.txt", b"none")], label="Normal", source="ward 3"
        )

        assert [file.outcome for file in result.files] == ["stored", "rejected"]
        assert client.samples(source="ward 3", origin="upload", disputed=False).total == 1
        corrected = client.samples(origin="feedback").total
        assert client.samples_summary().total == 1 + corrected
        with pytest.raises(Invalid) as refused:
            client.retrain()
        assert refused.value.errors
        assert client.jobs() == []
        with pytest.raises(NotFound):
            client.wait_for_job("none")


class TestVersions:
    def test_they_are_listed_and_the_first_has_none_before_it(self, client: Client) -> None:
        (version,) = client.models().models

        assert version.is_champion
        assert client.model(version.version).parent is None
        with pytest.raises(Conflict, match="is the champion already"):
            client.promote("v1", reason="as before")
        with pytest.raises(Conflict):
            client.rollback(from_version="v1", reason="no good")

    def test_tasks_are_the_servers_whichever_is_meant(self, url: str) -> None:
        with Client(url, task="iris") as client:
            # Where the settings name the tasks, others without a model are not listed.
            assert {task.name for task in client.tasks().tasks} == {"pneumonia", "iris"}
            assert client.status().task == "iris"


class TestEvaluating:
    def test_what_is_no_archive_is_refused(self, client: Client) -> None:
        with pytest.raises(Invalid, match="ZIP"):
            client.evaluate(b"no archive", model="v1", operating_point="confirm")

    def test_a_table(self, url: str) -> None:
        rows = "".join(f"{n},5.1,3.5,1.4,0.2,setosa\n" for n in range(12))

        with Client(url, task="iris") as client:
            report = client.evaluate_table(("rows.csv", (TABLE + rows).encode()))

        assert report.n == 12


class TestAsyncClient:
    def test_it_answers_the_same_and_many_at_once(
        self, url: str, client: Client, image: Path
    ) -> None:
        async def ask() -> tuple[list[float], list[str | None]]:
            async with AsyncClient(url) as client:
                answers = await asyncio.gather(*(client.predict(image) for _ in range(3)))
                batch = [result async for result in client.predict_batch([image, b"none"])]
                with pytest.raises(NotFound):
                    await client.job("none")
                found = [result.prediction for result in batch]
                labels = [answer.label if answer else None for answer in found]
                return [answer.score for answer in answers], labels

        scores, labels = asyncio.run(ask())

        answer = client.predict(image)
        assert scores == [answer.score] * 3
        assert labels == [answer.label, None]


class TestThreads:
    def test_one_client_serves_several(self, client: Client, image: Path) -> None:
        scores: list[float] = []
        threads = [
            threading.Thread(target=lambda: scores.append(client.predict(image).score))
            for _ in range(4)
        ]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(scores) == 4
        assert len(set(scores)) == 1


class TestReadme:
    def test_its_examples_run(
        self,
        url: str,
        image: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("ROENTGEN_API_URL", url)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "films").mkdir()
        (tmp_path / "films/one.png").write_bytes(image.read_bytes())
        (tmp_path / "films/two.png").write_bytes(b"no picture")
        blocks = [
            body for kind, body in FENCE.findall(README.read_text("utf-8")) if kind == "python"
        ]

        for block in blocks:
            exec(compile(block, str(README), "exec"), {})

        printed = capsys.readouterr().out
        assert len(blocks) == 5
        assert "one.png" in printed
        assert "two.png" in printed
        assert "422" in printed


class TestThePage:
    def test_it_names_every_method_and_exception(self) -> None:
        methods = {name for name in vars(Client) if not name.startswith("_")}
        raised = {name for name in vars(errors) if name in roentgen_client.__all__}

        assert methods | raised <= set(re.findall(r"`(\w+)`", guide("client.md").text))
        assert {name for name in vars(AsyncClient) if name[0] != "_"} - methods == {"aclose"}


class TestErrorsHaveOneRoot:
    def test_whatever_the_status(self, client: Client) -> None:
        with pytest.raises(ApiError):
            client.prediction("none")
