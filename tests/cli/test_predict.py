"""`python -m api predict`: films to a server or a model here, answers into a table."""

import json
from pathlib import Path

import pytest

from api.settings import PREFIX, Settings
from tests.cli.predict_command import predict, rows
from tests.cli.small_server import Says, SmallServer, small_server
from tests.support import images
from tests.support.iris import iris_settings


class TestATable:
    def test_every_image_has_a_row_in_the_order_of_the_names(
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
            folder, "--url", server.url, "--operating-point", "screening", "--prevalence", 0.2,
            "--source", "St. Anna",
        )  # fmt: skip

        (query,) = set(server.queries)
        assert query == "/predict?operating_point=screening&prevalence=0.2&source=St.+Anna"

    def test_a_site_is_for_a_server(self, folder: Path) -> None:
        result = predict(folder, "--source", "St. Anna")

        assert result.exit_code == 2
        assert "--source is for a server" in result.output.replace("\n", " ")

    def test_a_refused_image_has_the_servers_sentence(
        self, server: SmallServer, folder: Path, tmp_path: Path
    ) -> None:
        server.says = lambda name, _: Says(415, "Not a film.") if name == "2.png" else None

        result = predict(folder, "--url", server.url, "--out", tmp_path / "r.csv")

        assert result.exit_code == 1
        third = rows(tmp_path / "r.csv")[2]
        assert (third["status"], third["error"], third["label"]) == ("415", "Not a film.", "")
        assert "5 of 6 films answered, 1 refused" in result.stderr

    def test_hidden_files_and_the_table_itself_are_no_images(
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

    def test_without_out_each_image_is_a_line_of_json(
        self, server: SmallServer, folder: Path
    ) -> None:
        server.says = lambda name, _: Says(415, "Not a film.") if name == "2.png" else None

        result = predict(folder, folder / "0.png", "--url", server.url)

        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert [Path(line["filename"]).name for line in lines] == [f"{n}.png" for n in range(6)]
        assert lines[1]["label"] == "Ill"
        assert lines[2] == {"filename": str(folder / "2.png"), "error": "Not a film."}


class TestTimeout:
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
        assert len(server.received) == 12
        assert {content for _, content in server.received} == {bytes(n + 1) for n in range(6)}


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
        assert server.received == []

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
        (folder / "0.png").write_bytes(images.png())
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

    def test_an_unknown_operating_point_is_told_before_an_image_is_read(
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
        (folder / "0.png").write_bytes(images.png())

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


class TestRows:
    """A table is many inputs: a line of it each."""

    TABLE = (
        "sepal_length,sepal_width,petal_length,petal_width\n"
        "5.1,3.5,1.4,0.2\n6.9,x,5.8,2.2\n6.9,3.1,5.8,90\n"
    )

    @pytest.fixture
    def table(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        for name, value in iris_settings(tmp_path).as_environment().items():
            if name.startswith(PREFIX):
                monkeypatch.setenv(name, value)
        path = tmp_path / "flowers.csv"
        path.write_text(self.TABLE, encoding="utf-8")
        return path

    def test_a_model_here_answers_line_by_line(self, table: Path) -> None:
        result = predict(table)

        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert result.exit_code == 1
        assert [line["filename"] for line in lines] == [f"{table}, line {n}" for n in (2, 3, 4)]
        assert (lines[0]["label"], lines[0]["decision"]) == ("setosa", "accept")
        assert "'sepal_width': Must be a number" in lines[1]["error"]
        assert lines[2]["out_of_range"] == ["petal_width"]

    def test_the_table_of_answers_is_gone_on_with(self, table: Path, tmp_path: Path) -> None:
        out = tmp_path / "answers.csv"
        predict(table, "--out", out)

        again = predict(table, "--out", out)

        assert "2 of 3 rows answered, 1 refused; 2 were there already" in again.stderr
        answered = {row["filename"]: row["label"] for row in rows(out)}
        assert answered[f"{table}, line 2"] == "setosa"
        assert len(answered) == 3

    def test_a_server_is_asked_for_each_line(
        self, server: SmallServer, table: Path, tmp_path: Path
    ) -> None:
        server.status["task"] = "iris"
        server.decides = {"predicted_class": "setosa"}

        result = predict(table, "--url", server.url, "--jobs", 1)

        assert [name for name, _ in server.received] == [f"flowers.csv, line {n}" for n in (2, 4)]
        assert json.loads(server.received[0][1])["petal_width"] == 0.2
        assert "Must be a number" in result.stdout
