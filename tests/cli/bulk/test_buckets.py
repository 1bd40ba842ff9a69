"""Films in a bucket, read on the nodes, and a table there; a real S3 API."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from api.cli.bulk import buckets
from api.cli.bulk.answering import BulkQuestion, PartAnswers, answer_part
from api.cli.bulk.images import names_in
from api.cli.bulk.plan import Row
from api.cli.bulk.predict_in_bulk import predict_in_bulk
from api.cli.prediction.local_predictor import LocalSetup
from api.errors import BlobNotFound, ClusterFailed, InvalidRequest, StorageFailed
from api.settings import Settings
from tests.cli.bulk.clusters import SmallCluster
from tests.cli.bulk.test_predict_in_bulk import answered, model_of_a_node
from tests.support import images
from tests.support.s3_server import s3_url

__all__ = ["model_of_a_node"]


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A prefix of a bucket with five films, and what is none; the current folder is empty."""
    monkeypatch.chdir(tmp_path)
    url = s3_url(monkeypatch)
    for number in range(5):
        put(f"{url}/films/ward {number % 2}/{number}.png", images.png(number), tmp_path)
    put(f"{url}/films/.hidden/x.png", b"x", tmp_path)
    put(f"{url}/films/.hidden.png", b"x", tmp_path)
    put(f"{url}/films2/other.png", b"x", tmp_path)
    return url


def put(url: str, content: bytes, folder: Path) -> None:
    file = folder / "uploaded"
    file.write_bytes(content)
    buckets.put(file, url)
    file.unlink()


@pytest.fixture
def setup(settings: Settings) -> LocalSetup:
    return LocalSetup.of(settings, None, operating_point=None, prevalence=None)


def run(url: str, setup: LocalSetup, cluster: SmallCluster[Row]) -> Counter[str]:
    return predict_in_bulk(
        [f"{url}/films"], setup, f"{url}/answers.csv", cluster.connect, images_a_part=2
    )


def rows(url: str) -> list[dict[str, str]]:
    return [*csv.DictReader(buckets.read(f"{url}/answers.csv").decode().splitlines())]


def expected(url: str) -> list[str]:
    return [f"{url}/films/ward {ward}/{n}.png" for ward in range(2) for n in range(ward, 5, 2)]


class TestNames:
    def test_all_below_a_prefix_but_what_is_hidden(self, url: str) -> None:
        assert list(names_in([f"{url}/films"])) == expected(url)
        assert list(names_in([f"{url}/films/"])) == expected(url)
        assert list(names_in([f"{url}/films/ward 1/1.png"])) == [f"{url}/films/ward 1/1.png"]

    def test_lists_may_be_there_too(self, url: str, tmp_path: Path) -> None:
        put(f"{url}/list.txt", f"{url}/films/ward 0/0.png\n\nhere.png\n".encode(), tmp_path)

        assert list(names_in([f"{url}/list.txt"])) == [f"{url}/films/ward 0/0.png", "here.png"]

    def test_what_is_not_there_is_said(self, url: str) -> None:
        for source, error, words in (
            (f"{url}/nothing", InvalidRequest, "no film below"),
            (f"{url}/none.txt", BlobNotFound, "no 'none.txt'"),
            ("s3://no-such-bucket/films", StorageFailed, "no bucket"),
            ("s3:///films", InvalidRequest, "names no bucket"),
        ):
            with pytest.raises(error, match=words):
                list(names_in([source]))


class TestATable:
    def test_each_film_has_its_row_in_a_table_in_the_bucket(
        self, url: str, setup: LocalSetup, tmp_path: Path, model_of_a_node: None
    ) -> None:
        counted = run(url, setup, SmallCluster(answer_part))

        assert [row["filename"] for row in rows(url)] == expected(url)
        assert counted == {"answered": 5}
        assert all(row["label"] for row in rows(url))
        assert not list(tmp_path.glob("answers*"))

    def test_the_same_command_goes_on_and_a_finished_table_is_left_alone(
        self, url: str, setup: LocalSetup
    ) -> None:
        with pytest.raises(ClusterFailed):
            run(url, setup, SmallCluster(answered, fails_after=2))
        again = SmallCluster(answered)
        run(url, setup, again)

        assert again.asked.total() == 5 - 3
        assert [row["filename"] for row in rows(url)] == expected(url)
        with pytest.raises(InvalidRequest, match="name another --out"):
            run(url, setup, SmallCluster(answered))

    def test_a_node_without_the_stores_variables_ends_it(self, url: str, setup: LocalSetup) -> None:
        def elsewhere(question: BulkQuestion, names: list[str]) -> PartAnswers[Row]:
            return PartAnswers("node-7", answered(question, names).rows, tuple(names))

        with pytest.raises(ClusterFailed, match=r"'node-7' cannot read 's3://.*AWS_\* variables"):
            run(url, setup, SmallCluster(elsewhere))
