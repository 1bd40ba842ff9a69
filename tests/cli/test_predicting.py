"""`python -m api predict`: films to a server or a model here, answers into a table."""

import csv
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.settings import PREFIX, Settings
from tests import films
from tests.cli.small_server import Says, SmallServer, small_server
from tests.full_disk import full_disk

runner = CliRunner()


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six files, some of them in a folder within."""
    folder = tmp_path / "films"
    (folder / "ward 3").mkdir(parents=True)
    for number in range(6):
        inside = folder / "ward 3" if number > 3 else folder
        (inside / f"{number}.png").write_bytes(bytes(number + 1))
    return folder


def predict(*arguments: str | float | Path) -> Result:
    return runner.invoke(app, ["predict", *map(str, arguments)])


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class TestATable:
    def test_every_film_has_a_row_in_the_order_of_the_names(
        self, server: SmallServer, folder: Path, tmp_path: Path
    ) -> None:
        result = predict(folder, "--url", server.url, "--out", tmp_path / "results.csv")

        table = rows(tmp_path / "results.csv")
        assert result.exit_code == 0, result.output
        assert [Path(row["filename"]).name for row in table] == [f"{n}.png" for n in range(6)]
        assert table[5]["filename"] == str(folder / "ward 3" / "5.png")
        assert [row["score"] for row in table] == [f"0.00{n}" for n in range(1, 7)]
        assert (table[0]["Ill"], table[0]["Normal"]) == ("0.001", "0.999")
        assert (table[0]["id"], table[0]["model_version"]) == ("id-of-0.png", "v1")
        assert "6 of 6 films answered" in result.stderr

    def test_connections_are_kept(self, server: SmallServer, folder: Path, tmp_path: Path) -> None:
        predict(folder, "--url", server.url, "--out", tmp_path / "r.csv", "--jobs", 1)

        # One that looks at the status, one for all films.
        assert server.connections == 2

    def test_the_wishes_go_along(self, server: SmallServer, folder: Path) -> None:
        predict(
            folder, "--url", server.url, "--operating-point", "screening", "--prevalence", 0.2
        )  # fmt: skip

        assert set(server.queries) == {"/predict?operating_point=screening&prevalence=0.2"}

    def test_a_refused_film_has_the_servers_sentence(
        self, server: SmallServer, folder: Path, tmp_path: Path
    ) -> None:
        server.says = lambda name, _: Says(415, "Not a film.") if name == "2.png" else None

        result = predict(folder, "--url", server.url, "--out", tmp_path / "r.csv")

        assert result.exit_code == 1
        third = rows(tmp_path / "r.csv")[2]
        assert (third["status"], third["error"], third["label"]) == ("415", "Not a film.", "")
        assert "5 of 6 films answered, 1 refused" in result.stderr

    def test_hidden_files_and_the_table_itself_are_no_films(
        self, server: SmallServer, folder: Path
    ) -> None:
        (folder / ".DS_Store").write_bytes(b"x")
        (folder / ".cache").mkdir()
        (folder / ".cache" / "a.png").write_bytes(b"x")
        for _ in range(2):
            predict(folder, "--url", server.url, "--out", folder / "results.csv")

        assert server.names == [f"{n}.png" for n in range(6)]

    def test_a_name_is_never_a_formula(
        self, server: SmallServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "=1+1.png").write_bytes(b"x")
        monkeypatch.chdir(tmp_path)

        for _ in range(2):
            predict("=1+1.png", "--url", server.url, "--out", "r.csv")

        assert [row["filename"] for row in rows(tmp_path / "r.csv")] == ["'=1+1.png"]
        assert server.names == ["=1+1.png"]

    def test_without_out_each_film_is_a_line_of_json(
        self, server: SmallServer, folder: Path
    ) -> None:
        server.says = lambda name, _: Says(415, "Not a film.") if name == "2.png" else None

        result = predict(folder, folder / "0.png", "--url", server.url)

        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert [Path(line["filename"]).name for line in lines] == [f"{n}.png" for n in range(6)]
        assert lines[1]["label"] == "Ill"
        assert lines[2] == {"filename": str(folder / "2.png"), "error": "Not a film."}


class TestGoingOn:
    @pytest.fixture
    def out(self, tmp_path: Path) -> Path:
        return tmp_path / "results.csv"

    def test_what_is_there_is_not_sent_again(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        server.says = lambda name, _: Says(415, "Not a film.") if name == "2.png" else None
        predict(folder, "--url", server.url, "--out", out)
        before = out.read_bytes()
        (folder / "new.png").write_bytes(b"new")

        result = predict(folder, "--url", server.url, "--out", out)

        assert result.exit_code == 1
        assert server.names == sorted([*(f"{n}.png" for n in range(6)), "new.png"])
        assert out.read_bytes().startswith(before)
        assert "6 were there already" in result.stderr

    def test_a_film_that_changed_is_asked_about_anew(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        predict(folder, "--url", server.url, "--out", out)
        (folder / "2.png").write_bytes(bytes(500))

        predict(folder, "--url", server.url, "--out", out)

        assert len(server.films) == 7
        scores = {Path(row["filename"]).name: row["score"] for row in rows(out)}
        assert (len(rows(out)), scores["2.png"]) == (6, "0.5")

    @pytest.mark.parametrize("cut", [1, 2, 30, 66, 100])
    def test_a_torn_last_line_is_mended(
        self, server: SmallServer, folder: Path, out: Path, cut: int
    ) -> None:
        predict(folder, "--url", server.url, "--out", out)
        whole = out.read_bytes()
        out.write_bytes(whole[:-cut])

        result = predict(folder, "--url", server.url, "--out", out)

        assert result.exit_code == 0
        assert out.read_bytes() == whole
        assert len(server.films) == (6 if cut <= 2 else 7)

    def test_a_torn_line_does_not_stay_for_want_of_its_film(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        predict(folder, "--url", server.url, "--out", out)
        out.write_bytes(out.read_bytes()[:-30])

        predict(folder / "0.png", "--url", server.url, "--out", out)

        assert [row["id"] for row in rows(out)] == [f"id-of-{n}.png" for n in range(5)]

    def test_a_row_is_in_the_file_while_later_films_are_asked_about(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        seen: list[int] = []

        def says(name: str, _times: int) -> None:
            if name == "5.png":
                seen.append(len(rows(out)))

        server.says = says

        predict(folder, "--url", server.url, "--out", out, "--jobs", 1)

        assert seen[0] >= 3

    def test_ctrl_c_leaves_a_whole_table(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        for number in range(6, 20):
            (folder / f"{number:02}.png").write_bytes(bytes(number))

        def says(_name: str, _times: int) -> None:
            if len(server.films) == 4:
                os.kill(os.getpid(), signal.SIGINT)

        server.says = says

        stopped = predict(folder, "--url", server.url, "--out", out, "--jobs", 1)
        there, sent = rows(out), len(server.films)
        result = predict(folder, "--url", server.url, "--out", out, "--jobs", 1)

        assert stopped.exit_code == 130
        assert "goes on" in stopped.stderr
        assert len(there) == sent < 20
        assert result.exit_code == 0
        assert rows(out)[: len(there)] == there
        assert len(rows(out)) == len(server.films) == 20

    def test_a_server_that_stops_answering_ends_it_and_the_next_run_finishes(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        server.says = lambda name, times: (
            Says(507, "The disk is full.") if (name, times) == ("3.png", 1) else None
        )

        stopped = predict(folder, "--url", server.url, "--out", out, "--jobs", 1)
        there = rows(out)
        result = predict(folder, "--url", server.url, "--out", out, "--jobs", 1)

        assert stopped.exit_code == 2
        assert "The disk is full." in stopped.stderr
        assert not [row for row in there if row["error"]]
        assert result.exit_code == 0
        assert sorted(row["id"] for row in rows(out)) == [f"id-of-{n}.png" for n in range(6)]

    def test_a_full_disk_ends_it_with_a_sentence_and_the_next_run_finishes(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        with full_disk(at_bytes=700):
            stopped = predict(folder, "--url", server.url, "--out", out, "--jobs", 1)
        there = rows(out)
        result = predict(folder, "--url", server.url, "--out", out)

        assert (stopped.exit_code, result.exit_code) == (2, 0)
        assert "could not be written" in stopped.stderr
        assert 0 < len(there) < 6 == len(rows(out))

    def test_what_failed_for_the_server_is_tried_again(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        server.says = lambda name, times: (
            Says(500, "Unexpected.") if (name, times) == ("3.png", 1) else None
        )

        first = predict(folder, "--url", server.url, "--out", out)
        failed = [row["error"] for row in rows(out)]
        second = predict(folder, "--url", server.url, "--out", out)

        assert (first.exit_code, second.exit_code) == (1, 0)
        assert failed.count("Unexpected.") == 1
        assert [row["error"] for row in rows(out)] == [""] * 6

    def test_a_table_for_another_wish_is_refused(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        predict(folder, "--url", server.url, "--out", out)
        before = out.read_bytes()

        for option, value in (("--operating-point", "screening"), ("--prevalence", "0.2")):
            result = predict(folder, "--url", server.url, "--out", out, option, value)

            assert result.exit_code == 2
            assert f"not {value}; name another --out" in result.stderr
        assert out.read_bytes() == before

    @pytest.mark.parametrize(
        "decides", [{"operating_point": "screening"}, {"prevalence": 0.2}], ids=["point", "share"]
    )
    def test_a_table_is_not_gone_on_with_where_the_server_decides_otherwise(
        self, server: SmallServer, folder: Path, out: Path, decides: dict[str, str | float]
    ) -> None:
        predict(folder / "0.png", "--url", server.url, "--out", out)
        before, (value,) = out.read_bytes(), decides.values()
        server.decides = decides

        result = predict(folder, "--url", server.url, "--out", out)

        assert result.exit_code == 2
        assert f"not {value}; name another --out" in result.stderr
        assert out.read_bytes() == before

    def test_nor_where_it_changes_half_way(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        def says(name: str, _times: int) -> None:
            if name == "3.png":
                server.decides = {"operating_point": "screening"}

        server.says = says

        result = predict(folder, "--url", server.url, "--out", out, "--jobs", 1)

        assert result.exit_code == 2
        assert [row["operating_point"] for row in rows(out)] == ["balanced"] * 3

    def test_a_version_promoted_meanwhile_has_a_prevalence_of_its_own(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        predict(folder / "0.png", "--url", server.url, "--out", out)
        server.decides = {"prevalence": 0.6, "model_version": "v2"}

        assert predict(folder, "--url", server.url, "--out", out).exit_code == 0

    @pytest.mark.parametrize("content", ["my,own\r\n1,2\r\n", "filename,label\r\n"])
    def test_a_file_that_is_something_else_is_left_alone(
        self, server: SmallServer, folder: Path, out: Path, content: str
    ) -> None:
        out.write_text(content, newline="")

        result = predict(folder, "--url", server.url, "--out", out)

        assert result.exit_code == 2
        assert "name another --out" in result.stderr
        assert out.read_text() == content.replace("\r\n", "\n")
        assert server.films == []


class TestPatience:
    @pytest.mark.parametrize("status", [429, 503])
    def test_it_comes_back_when_the_server_says(
        self, server: SmallServer, folder: Path, status: int
    ) -> None:
        server.says = lambda _, times: (
            Says(status, headers={"Retry-After": "1"}) if times < 2 else None
        )

        result = predict(folder / "0.png", "--url", server.url)

        assert result.exit_code == 0
        assert len(server.at) == 2
        assert server.at[1] - server.at[0] >= 1

    @pytest.mark.parametrize("status", [0, 502, 503, 504])
    def test_a_hitch_is_nothing_to_speak_of(
        self, server: SmallServer, folder: Path, status: int
    ) -> None:
        server.says = lambda _, times: Says(status) if times < 2 else None

        result = predict(folder, "--url", server.url, "--jobs", 3)

        assert result.exit_code == 0, result.output
        assert len(result.stdout.splitlines()) == 6
        assert len(server.films) == 12
        assert {content for _, content in server.films} == {bytes(n + 1) for n in range(6)}


class TestNothingAsked:
    def refused(self, words: str, *arguments: str | Path) -> None:
        result = predict(*arguments)

        assert result.exit_code == 2, result.output
        assert words in " ".join(result.stderr.split())
        assert "Traceback" not in result.stderr

    def test_a_server_that_is_not_there(self, folder: Path) -> None:
        with small_server() as gone:
            pass

        self.refused("cannot be reached", folder, "--url", gone.url)

    @pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://x", "server"])
    def test_what_is_no_address(self, folder: Path, url: str) -> None:
        self.refused("is no address", folder, "--url", url)

    def test_a_server_of_something_else(self, server: SmallServer, folder: Path) -> None:
        server.status = {"hello": "world"}

        self.refused("no server of this program", folder, "--url", server.url)

    def test_an_unknown_operating_point(self, server: SmallServer, folder: Path) -> None:
        self.refused(
            "it has balanced, screening", folder, "--url", server.url, "--operating-point", "brave"
        )
        assert server.films == []

    def test_a_model_and_a_server(self, server: SmallServer, folder: Path) -> None:
        self.refused("--model", folder, "--url", server.url, "--model", "x.h5")


class TestHere:
    @pytest.fixture(autouse=True)
    def _set(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in settings.as_environment().items():
            if name.startswith(PREFIX):
                monkeypatch.setenv(name, value)

    def test_a_table_for_another_setting_is_refused(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "0.png").write_bytes(films.png())
        out = tmp_path / "here.csv"
        first = predict(folder / "0.png", "--out", out, "--operating-point", "screening")
        before = out.read_bytes()

        second = predict(folder, "--out", out)
        monkeypatch.setenv(f"{PREFIX}OPERATING_POINT", "screening")
        third = predict(folder / "0.png", "--out", out, "--prevalence", 0.2)

        assert first.exit_code == 0, first.output
        assert (second.exit_code, third.exit_code) == (2, 2)
        assert "operating_point screening, not balanced" in second.stderr
        assert "not 0.2; name another --out" in third.stderr
        assert out.read_bytes() == before

    def test_an_unknown_operating_point_is_told_before_a_film_is_read(
        self, folder: Path, tmp_path: Path
    ) -> None:
        result = predict(folder, "--out", tmp_path / "here.csv", "--operating-point", "brave")

        assert result.exit_code == 2
        assert "it has balanced" in result.stderr
        assert not (tmp_path / "here.csv").exists()

    def test_without_a_server_the_table_is_the_same(
        self, server: SmallServer, folder: Path, tmp_path: Path
    ) -> None:
        predict(folder, "--url", server.url, "--out", tmp_path / "there.csv")
        (folder / "0.png").write_bytes(films.png())

        first = predict(folder, "--out", tmp_path / "here.csv", "--jobs", 2)
        again = predict(folder, "--out", tmp_path / "here.csv")

        here = rows(tmp_path / "here.csv")
        assert first.exit_code == again.exit_code == 1
        assert len(here) == 6
        assert here[0]["model_version"] == "v1"
        assert "not an image" in here[1]["error"]
        assert "1 were there already" in again.stderr
        columns = set(rows(tmp_path / "there.csv")[0]) - {"Ill"}
        assert columns <= set(here[0])
