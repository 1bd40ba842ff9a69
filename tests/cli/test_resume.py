"""`python -m api predict`: a table that is gone on with."""

import os
import signal
from pathlib import Path

import pytest

from tests.cli.predict_command import predict, rows
from tests.cli.small_server import Says, SmallServer
from tests.support.full_disk import full_disk


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

    def test_an_image_that_changed_is_asked_about_anew(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        predict(folder, "--url", server.url, "--out", out)
        (folder / "2.png").write_bytes(bytes(500))

        predict(folder, "--url", server.url, "--out", out)

        assert len(server.received) == 7
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
        assert len(server.received) == (6 if cut <= 2 else 7)

    def test_a_torn_line_does_not_stay_for_want_of_its_image(
        self, server: SmallServer, folder: Path, out: Path
    ) -> None:
        predict(folder, "--url", server.url, "--out", out)
        out.write_bytes(out.read_bytes()[:-30])

        predict(folder / "0.png", "--url", server.url, "--out", out)

        assert [row["id"] for row in rows(out)] == [f"id-of-{n}.png" for n in range(5)]

    def test_a_row_is_in_the_file_while_later_images_are_asked_about(
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
            if len(server.received) == 4:
                os.kill(os.getpid(), signal.SIGINT)

        server.says = says

        stopped = predict(folder, "--url", server.url, "--out", out, "--jobs", 1)
        there, sent = rows(out), len(server.received)
        result = predict(folder, "--url", server.url, "--out", out, "--jobs", 1)

        assert stopped.exit_code == 130
        assert "goes on" in stopped.stderr
        assert len(there) == sent < 20
        assert result.exit_code == 0
        assert rows(out)[: len(there)] == there
        assert len(rows(out)) == len(server.received) == 20

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
        assert server.received == []
