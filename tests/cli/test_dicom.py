"""DICOM films on the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.model_card.sites.site_report import SiteReport
from api.records.database import open_database
from api.records.training_images import samples
from api.records.training_images.sample_filter import SampleFilter
from api.settings import Settings
from tests.cli.predict_command import predict, rows
from tests.support import dicom_images
from tests.support.dicom_images import dicom_image, png, values

runner = CliRunner()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Four films of two patients in two classes, and one of another modality."""
    folder = tmp_path / "study"
    for number, label in enumerate(("NORMAL", "NORMAL", "PNEUMONIA", "PNEUMONIA")):
        (folder / label).mkdir(parents=True, exist_ok=True)
        content = dicom_image(values(bits=8, seed=number), PatientID=f"PID-{number % 2}")
        (folder / label / f"IM{number}").write_bytes(content)
    (folder / "NORMAL" / "ct.dcm").write_bytes(dicom_image(Modality="CT"))
    return folder


@pytest.mark.usefixtures("environment")
class TestDicom:
    def test_predict_answers_as_for_the_png_of_the_image(
        self, images: Path, tmp_path: Path
    ) -> None:
        (images / "same.png").write_bytes(png(values(bits=8, seed=0)))

        result = predict(images, "--out", tmp_path / "answers.csv")

        table = {Path(row["filename"]).name: row for row in rows(tmp_path / "answers.csv")}
        assert result.exit_code == 1, result.output
        assert "5 of 6 films answered, 1 refused" in result.stderr
        assert float(table["IM0"]["score"]) == pytest.approx(float(table["same.png"]["score"]))
        assert "a CT image" in table["ct.dcm"]["error"]

    def test_evaluate_counts_them(self, images: Path) -> None:
        result = runner.invoke(app, ["evaluate", "--data", str(images), "--json"])

        report = SiteReport.model_validate_json(result.stdout)
        assert report.counts == {"study": {"Normal": 2, "finding": 2}}
        assert any("a CT image" in reason for reason in report.skipped)

    def test_import_makes_samples_of_pseudonyms(self, images: Path, environment: Settings) -> None:
        result = runner.invoke(app, ["import", str(images / "NORMAL")])

        assert result.exit_code == 1, result.output
        assert "ct.dcm" in result.output
        database = open_database(environment.records_url, timeout_s=1, task="pneumonia")
        stored = list(samples.each(database, SampleFilter(), task="pneumonia"))
        patients = {record.patient_id for record in stored}
        assert len(patients) == 2
        assert all(patient and patient.startswith("dcm-") for patient in patients)
        assert {record.filename for record in stored} == {"IM0", "IM1"}
        assert dicom_images.PATIENT_ID not in result.output
