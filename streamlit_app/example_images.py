"""Real films to try, under open licences; `docs/examples/README.md` names their sources."""

from dataclasses import dataclass
from pathlib import Path

from language.catalogue import N_, _

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "examples"
KERMANY = "[Kermany et al. 2018](https://data.mendeley.com/datasets/rscbjbr9sj), CC BY 4.0"
WINTHER = "[Winther et al. 2020](https://doi.org/10.6084/m9.figshare.12275009), CC BY 3.0"
NIH = "[NIH Clinical Center](https://nihcc.app.box.com/v/ChestXray-NIHCC), public domain"


@dataclass(frozen=True, slots=True)
class ExampleImage:
    """A file of `docs/examples`: what it shows (in short, in full), its label, and whose it is."""

    file: str
    title: str
    shows: str
    label: str
    source: str

    @property
    def credit(self) -> str:
        return _("Example film: {shows}. {source}; scaled down.").format(
            shows=_(self.shows), source=self.source
        )

    @property
    def content(self) -> bytes:
        return (FOLDER / self.file).read_bytes()


EXAMPLES = {
    "pneumonia": (
        ExampleImage(
            "healthy-child.jpg", N_("Healthy child"), N_("a healthy child"), "Normal", KERMANY
        ),
        ExampleImage(
            "bacterial-pneumonia-child.jpg",
            N_("Child, pneumonia"),
            N_("a child with bacterial pneumonia"),
            "Pneumonia-Bacterial",
            KERMANY,
        ),
        ExampleImage(
            "healthy-adult.jpg", N_("Healthy adult"), N_("a healthy adult"), "Normal", NIH
        ),
        ExampleImage(
            "covid-19-adult.jpg",
            N_("Adult, COVID-19"),
            N_("an adult with COVID-19"),
            "COVID-19",
            WINTHER,
        ),
        ExampleImage(
            "referred-adult.jpg",
            N_("Hard to judge"),
            N_("an adult whose report names pneumonia"),
            "finding",
            NIH,
        ),
    )
}


def examples_of(task: str) -> list[ExampleImage]:
    """A task's example films; none where the UI is run without the folder of documents."""
    return [image for image in EXAMPLES.get(task, ()) if (FOLDER / image.file).is_file()]


def example_of_class(task: str, label: str) -> ExampleImage | None:
    """The first example film of a class."""
    return next((image for image in examples_of(task) if image.label == label), None)
