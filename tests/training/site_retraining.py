"""A hospital that the small checkpoint does not know, and a recipe that cures it in seconds."""

from pathlib import Path

from api.inputs.images.decoding import Limits
from api.samples.archive.reader import ArchiveLimits
from api.samples.collection import SampleCollection
from api.settings import ROOT
from api.tasks.labels import Finding
from api.tasks.task import Task
from tests.support import images

SITE = "St. Anna"
# A quarter is held out, and a profile needs 20 of each kind to learn from.
OF_A_KIND = 28
# In place of what the task file says after `[gate]`: the small checkpoint remembers eight films, of
# which nothing can be shown, and answers everybody else in any case.
CHANGES = {
    "min_local_films = 8\n": "min_local_films = 1000\n",
    "site_margin = 0.1\n": "site_margin = 1.0\n",
    "site_auroc_margin = 0.03\n": "site_auroc_margin = 1.0\n",
    "site_kind_margin = 0.2\n": "site_kind_margin = 1.0\n",
    "site_one_sided_margin = 0.05\n": "site_one_sided_margin = 1.0\n",
    "variants = 4\n": "variants = 1\n",
    "max_forgotten_site = 0.05\n": "max_forgotten_site = 1.0\n",
    "folds = 3\n": "folds = 2\n",
    "epochs = 12\n": "epochs = 4\n",
}


def image(number: int, finding: Finding) -> bytes:
    """A film of equipment that nobody knows: far too dark."""
    dark = images.image(finding, seed=number).point(lambda grey: grey // 3)
    return images.encoded(dark, "PNG")


def write_task(folder: Path) -> None:
    """The `pneumonia` task with the changes."""
    source = (ROOT / "api/tasks/pneumonia.toml").read_text(encoding="utf-8")
    before, after = source.split("[gate]", 1)
    for usual, quick in CHANGES.items():
        if usual not in after:
            raise ValueError(f"The task file no longer says '{usual.strip()}'; change this too.")
        after = after.replace(usual, quick, 1)
    folder.mkdir(parents=True)
    (folder / "pneumonia.toml").write_text(f"{before}[gate]{after}", encoding="utf-8")
