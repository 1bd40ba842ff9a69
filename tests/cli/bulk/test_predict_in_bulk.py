"""`python -m api predict --cluster`, but for the cluster: parts, going on, and the table."""

import csv
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from pyarrow import parquet

from api.cli.bulk import answering
from api.cli.bulk.answering import BulkQuestion, PartAnswers, answer_part, sent_settings
from api.cli.bulk.images import in_parts, names_in
from api.cli.bulk.plan import Row
from api.cli.bulk.predict_in_bulk import predict_in_bulk
from api.cli.prediction.answer_table import columns_of
from api.cli.prediction.batch_runner import files_of
from api.cli.prediction.local_predictor import LocalSetup
from api.errors import AppError, ClusterFailed, Conflict, InvalidRequest
from api.registry.signing.keys import read_private_key, write_keypair
from api.registry.signing.signatures import sign
from api.settings import Settings
from tests.cli.bulk.clusters import SmallCluster
from tests.cli.predict_command import predict, rows
from tests.support import images
from tests.support.iris import iris_settings

CLASSES = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")


def answered(_: BulkQuestion, names: list[str]) -> PartAnswers[Row]:
    """A row a film as the columns want it; nothing is predicted."""
    empty = [None] * (len(columns_of(CLASSES)) - 2)
    return PartAnswers("node", [[name, *empty, "0" * 64] for name in names])


@pytest.fixture
def image_folder(tmp_path: Path) -> Path:
    """23 files, some of them in folders within."""
    folder = tmp_path / "films"
    for number in range(23):
        inside = folder / f"ward {number % 3}" if number % 2 else folder
        inside.mkdir(parents=True, exist_ok=True)
        (inside / f"{number:02}.png").write_bytes(bytes(number + 1))
    return folder


@pytest.fixture
def setup(settings: Settings) -> LocalSetup:
    return LocalSetup.of(settings, None, operating_point=None, prevalence=None)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "answers.csv"


def run(
    image_folder: Path | str, setup: LocalSetup, out: Path, cluster: SmallCluster[Row]
) -> Counter[str]:
    return predict_in_bulk([str(image_folder)], setup, str(out), cluster.connect, images_a_part=2)


def killed_before(step: int, work: Callable[[], object]) -> bool:
    """Whether a process that does this was killed (`kill -9`) before it renamed its n-th file."""
    child = os.fork()
    if child == 0:
        left = step

        def count(event: str, _: tuple[object, ...]) -> None:
            nonlocal left
            if event == "os.rename":
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1

        sys.addaudithook(count)
        try:
            work()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


class TestImages:
    def test_a_folder_is_read_in_the_order_of_the_command_without_a_cluster(
        self, image_folder: Path
    ) -> None:
        (image_folder / ".hidden").mkdir()
        (image_folder / ".hidden" / "x.png").write_bytes(b"x")
        (image_folder / "ward 1.png").write_bytes(b"x")
        (image_folder / "ward 0" / ".thumb").write_bytes(b"x")

        assert list(names_in([str(image_folder)])) == [
            str(path) for path in files_of([image_folder])
        ]

    def test_lists_and_folders_name_each_image_once(
        self, image_folder: Path, tmp_path: Path
    ) -> None:
        listed = tmp_path / "list.txt"
        listed.write_text(
            f"{image_folder}/00.png\n\n{image_folder}/00.png\nnowhere.png\n", encoding="utf-8"
        )

        names = list(names_in([str(listed), str(image_folder)]))

        assert names[:2] == [f"{image_folder}/00.png", "nowhere.png"]
        assert len(names) == len(set(names)) == 24

    def test_the_last_part_has_what_is_left(self) -> None:
        assert list(in_parts("abcde", 2)) == [["a", "b"], ["c", "d"], ["e"]]


class TestATable:
    def test_every_image_has_one_row_in_order_whatever_order_the_answers_came_in(
        self, image_folder: Path, setup: LocalSetup, out: Path
    ) -> None:
        cluster = SmallCluster(answered)

        counted = run(image_folder, setup, out, cluster)

        assert [row["filename"] for row in rows(out)] == [
            str(path) for path in files_of([image_folder])
        ]
        assert set(cluster.asked.values()) == {1}
        assert counted == {"answered": 23}
        assert [path.name for path in out.parent.glob("answers*")] == ["answers.csv"]

    def test_no_more_than_two_parts_a_core_are_under_way(
        self, image_folder: Path, setup: LocalSetup, out: Path
    ) -> None:
        cluster = SmallCluster(answered)

        run(image_folder, setup, out, cluster)

        assert cluster.most_pending == 4

    def test_all_three_forms_say_the_same(
        self, image_folder: Path, setup: LocalSetup, tmp_path: Path
    ) -> None:
        (image_folder / "\u00e9=.png").write_bytes(b"x")
        (image_folder / os.fsdecode(b"z\xff.png")).write_bytes(b"x")
        for suffix in ("csv", "ndjson", "parquet"):
            run(image_folder, setup, tmp_path / f"answers.{suffix}", SmallCluster(answered))

        lines = (tmp_path / "answers.ndjson").read_text(encoding="utf-8").splitlines()
        columns = parquet.read_table(tmp_path / "answers.parquet")
        with (tmp_path / "answers.csv").open(
            newline="", encoding="utf-8", errors="surrogateescape"
        ) as file:
            names = [row["filename"] for row in csv.DictReader(file)]
        assert names == [json.loads(line)["filename"] for line in lines]
        # Parquet has text only.
        assert columns["filename"].to_pylist() == [n.replace("\udcff", "\ufffd") for n in names]
        assert columns.column_names == list(columns_of(CLASSES))
        assert str(columns.schema.field("score").type) == "double"

    def test_the_answers_are_those_of_the_command_without_a_cluster(
        self, image_folder: Path, environment: Settings, out: Path, model_of_a_node: None
    ) -> None:
        (image_folder / "00.png").write_bytes(images.png())
        setup = LocalSetup.of(environment, None, operating_point="screening", prevalence=0.2)
        predict(
            image_folder, "--out", out.with_name("here.csv"), "--operating-point", "screening",
            "--prevalence", 0.2,
        )  # fmt: skip

        counted = run(image_folder, setup, out, SmallCluster(answer_part))

        assert out.read_bytes() == out.with_name("here.csv").read_bytes()
        assert counted == {"answered": 1, "refused": 22}

    def test_it_may_lie_among_the_images(self, image_folder: Path, setup: LocalSetup) -> None:
        run(image_folder, setup, image_folder / "answers.csv", SmallCluster(answered))

        assert len(rows(image_folder / "answers.csv")) == 23


class TestGoingOn:
    def test_what_is_finished_is_not_done_again(
        self, image_folder: Path, setup: LocalSetup, out: Path
    ) -> None:
        first, second = SmallCluster(answered, fails_after=5), SmallCluster(answered)
        with pytest.raises(ClusterFailed):
            run(image_folder, setup, out, first)
        (out.with_name("answers.csv.parts") / ".tmp-cut-off").write_bytes(b"[")
        assert not out.exists()

        run(image_folder, setup, out, second)

        assert second.asked.total() == 23 - 5 * 2
        assert [row["filename"] for row in rows(out)] == [
            str(path) for path in files_of([image_folder])
        ]

    def test_ctrl_c_keeps_what_was_answered(
        self, image_folder: Path, setup: LocalSetup, out: Path
    ) -> None:
        def interrupted(question: BulkQuestion, names: list[str]) -> PartAnswers[Row]:
            os.kill(os.getpid(), signal.SIGINT)
            return answered(question, names)

        with pytest.raises(KeyboardInterrupt):
            run(image_folder, setup, out, SmallCluster(interrupted))
        again = SmallCluster(answered)
        run(image_folder, setup, out, again)

        assert again.asked.total() == 23 - 2

    # The list, the plan, some of twelve parts, and the table are put into their places.
    @pytest.mark.parametrize("step", [0, 1, 2, 8, 13, 14])
    def test_a_command_that_is_killed_goes_on_and_has_each_film_once(
        self, image_folder: Path, setup: LocalSetup, out: Path, step: int
    ) -> None:
        assert killed_before(step, lambda: run(image_folder, setup, out, SmallCluster(answered)))
        assert not out.exists()
        parts = [*out.with_name("answers.csv.parts").glob("part-*")]
        there = sum(len(part.read_text().splitlines()) for part in parts)

        again = SmallCluster(answered)
        run(image_folder, setup, out, again)

        assert [row["filename"] for row in rows(out)] == [
            str(path) for path in files_of([image_folder])
        ]
        assert len(again.asked) == again.asked.total() == 23 - there
        assert len(parts) == max(step - 2, 0)

    def test_a_table_that_is_finished_is_left_alone(
        self, image_folder: Path, setup: LocalSetup, out: Path
    ) -> None:
        run(image_folder, setup, out, SmallCluster(answered))
        before, cluster = out.read_bytes(), SmallCluster(answered)

        with pytest.raises(InvalidRequest, match="name another --out"):
            run(image_folder, setup, out, cluster)

        assert (out.read_bytes(), cluster.asked.total()) == (before, 0)

    def test_the_table_of_something_else_is_not_gone_on_with(
        self, image_folder: Path, settings: Settings, setup: LocalSetup, out: Path
    ) -> None:
        with pytest.raises(ClusterFailed):
            run(image_folder, setup, out, SmallCluster(answered, fails_after=1))
        other = LocalSetup.of(settings, None, operating_point="screening", prevalence=None)

        with pytest.raises(InvalidRequest, match="operating_point balanced, not screening"):
            run(image_folder, other, out, SmallCluster(answered))
        with pytest.raises(InvalidRequest, match="are for sources"):
            run(image_folder / "00.png", setup, out, SmallCluster(answered))

    def test_two_do_not_write_one_table(
        self, image_folder: Path, setup: LocalSetup, out: Path
    ) -> None:
        folder = out.with_name("answers.csv.parts")
        folder.mkdir()
        with FileLock(folder / "lock"), pytest.raises(Conflict, match="name another --out"):
            run(image_folder, setup, out, SmallCluster(answered))

    def test_what_cannot_begin_leaves_nothing(
        self, setup: LocalSetup, tmp_path: Path, out: Path
    ) -> None:
        (tmp_path / "empty").mkdir()
        for source, words in (("empty", "no films in"), ("nowhere", "no file or folder")):
            with pytest.raises(InvalidRequest, match=words):
                run(tmp_path / source, setup, out, SmallCluster(answered))
        with pytest.raises(InvalidRequest, match=r"ends in \.parquet"):
            run(tmp_path, setup, out.with_suffix(".xlsx"), SmallCluster(answered))

        assert not list(tmp_path.glob("answers*"))


class TestANode:
    @pytest.fixture(autouse=True)
    def _model(self, model_of_a_node: None) -> None:
        """Loaded anew, and not kept."""

    def test_one_that_cannot_read_what_is_here_ends_it(
        self, image_folder: Path, setup: LocalSetup, out: Path
    ) -> None:
        def without_mount(question: BulkQuestion, names: list[str]) -> PartAnswers[Row]:
            done = answered(question, names)
            return PartAnswers("node-7", done.rows, tuple(names))

        with pytest.raises(ClusterFailed, match=r"Node 'node-7' cannot read .* mount the folder"):
            run(image_folder, setup, out, SmallCluster(without_mount))

    def test_an_image_that_nobody_can_read_has_its_row(
        self, image_folder: Path, setup: LocalSetup, out: Path
    ) -> None:
        listed = image_folder.with_name("list.txt")
        listed.write_text("gone.png\n", encoding="utf-8")

        counted = run(listed, setup, out, SmallCluster(answer_part))

        assert "cannot be read" in rows(out)[0]["error"]
        assert counted == {"refused": 1}

    def test_one_that_asks_for_signatures_answers_by_nothing_that_is_not_signed(
        self, image_folder: Path, setup: LocalSetup, out: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = out.with_name("ours.pem")
        monkeypatch.setenv("ROENTGEN_TRUSTED_SIGNERS", write_keypair(key))
        with pytest.raises(ClusterFailed, match="is not signed"):
            run(image_folder, setup, out, SmallCluster(answer_part))

        sign(setup.checkpoint.weights, setup.checkpoint.card, read_private_key(key))

        assert run(image_folder, setup, out, SmallCluster(answer_part)) == {"refused": 23}

    def test_one_with_another_checkpoint_ends_it(
        self, image_folder: Path, setup: LocalSetup, out: Path
    ) -> None:
        def replaced(question: BulkQuestion, names: list[str]) -> PartAnswers[Row]:
            card = setup.checkpoint.weights.with_suffix(".json")
            there = json.loads(card.read_text(encoding="utf-8"))
            card.write_text(json.dumps(there | {"weights_sha256": "f" * 64}), encoding="utf-8")
            return answer_part(question, names)

        with pytest.raises(ClusterFailed, match="another checkpoint"):
            run(image_folder, setup, out, SmallCluster(replaced))

    def test_it_is_sent_no_secret(self) -> None:
        settings = Settings(
            database_url="postgresql+psycopg://me:hidden@db/x",
            webhooks=("https://hooks.example.org/hidden",),
            webhook_secret="hidden-for-16-characters",
        )

        sent = json.loads(sent_settings(settings))

        assert "hidden" not in json.dumps(sent)
        assert (sent["compute_threads"], sent["max_wait_ms"]) == (1, 1000.0)
        assert Settings(**sent).max_film_seconds == settings.max_film_seconds


def test_a_task_of_tables_needs_no_cluster(tmp_path: Path, out: Path) -> None:
    setup = LocalSetup.of(iris_settings(tmp_path), None, operating_point=None, prevalence=None)

    with pytest.raises(AppError, match="tasks of images"):
        run(tmp_path, setup, out, SmallCluster(answered))


@pytest.fixture
def model_of_a_node() -> Iterator[None]:
    answering.predictor_of.cache_clear()
    yield
    answering.predictor_of.cache_clear()
