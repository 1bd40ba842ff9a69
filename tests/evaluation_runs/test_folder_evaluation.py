"""A checkpoint on folders of generated films, read as the server reads them."""

from pathlib import Path

import pytest

from api.decision.decide import DecisionPolicy
from api.errors import InvalidDataset, InvalidRequest
from api.evaluation_runs.folder_evaluation import evaluate_folder
from api.inputs.images.decoding import Limits
from api.inputs.images.synthetic import synthetic_png
from api.model_card.sites.site_report import SiteReport
from api.serving.engine import Engine
from api.serving.predictor import ImagePredictor
from api.tasks.labels import Finding
from api.tasks.task import Task
from tests.support.checkpoints import TinyCheckpoint

PER_CLASS = 3


@pytest.fixture(scope="module")
def engine(tiny: TinyCheckpoint) -> Engine:
    return Engine(tiny.checkpoint, tiny.compiled, interpreters=2)


def write(folder: Path, finding: Finding, *, seed: int = 3000) -> None:
    """Some films of one finding, unlike any in training."""
    folder.mkdir(parents=True)
    for number in range(PER_CLASS):
        (folder / f"{number}.png").write_bytes(synthetic_png(finding, seed=seed + number))


@pytest.fixture(scope="module")
def ours(task: Task, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every class, two broken files and one that belongs nowhere."""
    folder = tmp_path_factory.mktemp("site") / "ours"
    for info in task.classes:
        write(folder / info.name, info.finding)
    (folder / "Normal" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    (folder / "Normal" / "text.png").write_bytes(b"a letter")
    (folder / "readme.txt").write_bytes(b"about these films")
    return folder


def surveyed(
    engine: Engine, folder: Path, task: Task, policy: DecisionPolicy, steps: list[tuple[int, int]]
) -> SiteReport:
    return evaluate_folder(
        engine,
        [folder],
        task,
        limits=Limits(),
        policy=policy,
        threads=2,
        progress=lambda done, total: steps.append((done, total)),
    )


@pytest.fixture(scope="module")
def steps() -> list[tuple[int, int]]:
    """What was told of the progress of `report`."""
    return []


@pytest.fixture(scope="module")
def report(engine: Engine, ours: Path, task: Task, steps: list[tuple[int, int]]) -> SiteReport:
    """At a prevalence far from the card's: its figures are at the card's own all the same."""
    return surveyed(engine, ours, task, DecisionPolicy(prevalence=0.01), steps)


class TestEveryClass:
    def test_each_image_is_counted_under_its_label(self, report: SiteReport, task: Task) -> None:
        assert report.n == 4 * PER_CLASS
        assert report.counts == {"ours": dict.fromkeys(task.labels, PER_CLASS)}
        assert report.version == "v1"
        assert list(report.per_source) == ["ours"]

    def test_what_could_not_be_read_is_counted_by_reason(self, report: SiteReport) -> None:
        misplaced, *unreadable = sorted(report.skipped)

        assert set(report.skipped.values()) == {1}
        assert misplaced == "not in a class folder"
        assert len(unreadable) == 2
        assert all(reason.startswith("unreadable: ") for reason in unreadable)
        assert any("The PNG file is damaged or cut short" in reason for reason in unreadable)

    def test_progress_is_told_image_by_image(
        self, report: SiteReport, steps: list[tuple[int, int]]
    ) -> None:
        assert steps == [(done, report.n + 2) for done in range(1, report.n + 3)]

    def test_it_measures_what_the_server_would_have_answered(
        self, report: SiteReport, engine: Engine, ours: Path, task: Task
    ) -> None:
        """Whatever prevalence the server tells its probabilities at."""
        names = [*task.labels]
        confusion = [[0] * len(names) for _ in names]
        flagged = dict.fromkeys(names, 0)
        referred = 0
        predictor = ImagePredictor(engine, Limits(), DecisionPolicy())
        for row, name in enumerate(names):
            for path in sorted((ours / name).glob("[0-9].png")):
                decision = predictor.predict(path.read_bytes()).decision
                confusion[row][names.index(decision.label)] += 1
                assert decision.threshold is not None
                flagged[name] += decision.score >= decision.threshold
                referred += decision.decision == "refer"

        found = report.metrics
        clear = flagged.pop("Normal")
        assert found.confusion == tuple(map(tuple, confusion))
        assert found.sensitivity == pytest.approx(sum(flagged.values()) / (3 * PER_CLASS))
        assert found.specificity == pytest.approx(1 - clear / PER_CLASS)
        assert found.referred == pytest.approx(referred / report.n)
        assert set(found.referred_because) == {"uncertain", "unlike", "poor_quality", "other_view"}

    def test_so_few_images_are_a_caution_at_the_best(self, report: SiteReport) -> None:
        assert report.verdict in ("caution", "no-go")
        assert any("There are only 9 with a finding and 3 without one" in r for r in report.reasons)
        assert (report.suggestion.threshold, report.suggestion.temperature) == (None, None)

    def test_the_threshold_is_the_cards(self, report: SiteReport, engine: Engine) -> None:
        assert report.operating_point == "balanced"
        assert report.threshold == engine.card.operating_points["balanced"].threshold


class TestSomeFindingOrNone:
    def test_folders_normal_and_pneumonia_are_enough(
        self, engine: Engine, task: Task, tmp_path: Path
    ) -> None:
        write(tmp_path / "ours" / "NORMAL", "clear")
        write(tmp_path / "ours" / "PNEUMONIA", "reticular")

        report = surveyed(engine, tmp_path / "ours", task, DecisionPolicy(), [])

        assert report.counts == {"ours": {"Normal": PER_CLASS, "finding": PER_CLASS}}
        assert report.metrics.accuracy is None
        assert report.metrics.auroc is not None
        assert report.metrics.sensitivity is not None
        assert report.skipped == {}


class TestRefusing:
    def test_where_nothing_can_be_read_the_commonest_reason_is_said(
        self, engine: Engine, task: Task, tmp_path: Path
    ) -> None:
        (tmp_path / "Normal").mkdir()
        (tmp_path / "Normal" / "a.png").write_bytes(b"a letter")
        for name in ("readme.txt", "about.txt"):
            (tmp_path / name).write_bytes(name.encode())

        with pytest.raises(
            InvalidDataset, match=r"None of the 1 labelled files is a picture.*: unreadable: "
        ):
            surveyed(engine, tmp_path, task, DecisionPolicy(), [])

    def test_folders_without_a_label_are_refused(
        self, engine: Engine, task: Task, tmp_path: Path
    ) -> None:
        write(tmp_path / "other", "clear")

        with pytest.raises(InvalidDataset, match="No labelled image was found"):
            surveyed(engine, tmp_path, task, DecisionPolicy(), [])

    def test_an_unknown_operating_point_is_refused_before_any_image_is_read(
        self, engine: Engine, ours: Path, task: Task
    ) -> None:
        steps: list[tuple[int, int]] = []

        with pytest.raises(InvalidRequest, match="no operating point 'casual'; it has balanced"):
            surveyed(engine, ours, task, DecisionPolicy(operating_point="casual"), steps)

        assert steps == []
