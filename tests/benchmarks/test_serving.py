"""What `benchmarks/serving/throughput.py` says of its measurements, and how its films travel."""

import io
import json
from email.parser import BytesParser
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.serving.goals import goals
from benchmarks.serving.peers.contenders import CONTENDERS
from benchmarks.serving.peers.wrk import Load
from benchmarks.serving.report import (
    CEILING,
    DESCENDED,
    ONE_WORKER,
    TWO_WORKERS,
    WHOLE,
    Results,
    report,
)
from benchmarks.serving.request_bodies import multipart, v2_binary, v2_json
from benchmarks.serving.servers import NotMeasured, Setting
from benchmarks.support.large_images import large_image

IMAGE = "film"


def measured(**per_second: float) -> Results:
    """Results of one round at 1 and 8 connections; names as in `NAMES`."""
    names = {"one": ONE_WORKER, "two": TWO_WORKERS, "descended": DESCENDED, "ceiling": CEILING}
    names |= {"whole": WHOLE}
    results = Results()
    for name, value in per_second.items():
        for count in (1, 8):
            load = Load(value, p50_ms=10.0, p99_ms=13.0, errors=0, cpu_ms=10.0 + count)
            results.loads[names.get(name, name), IMAGE, count].append(load)
    return results


def row_of(text: str, begin: str) -> list[str]:
    """The cells of the row whose first cell begins so."""
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {begin}")]
    return [cell.strip() for cell in row.strip("|").split("|")]


class TestGoals:
    def test_each_is_met_at_its_bound_and_missed_below(self) -> None:
        results = measured(one=140.0, two=139.0, descended=40.0)

        shown = goals(results, IMAGE, [1, 8], 8)

        assert row_of(shown, f"× {DESCENDED}, 8")[2:] == ["3.50, met", "3.48, missed"]

    def test_a_bound_from_above_is_missed_above(self) -> None:
        results = measured(one=100.0)
        results.resident[ONE_WORKER] += [179.0, 181.0, 200.0]

        shown = goals(results, IMAGE, [1, 8], 8)

        assert row_of(shown, "resident")[2:] == ["181, missed", "–"]
        assert row_of(shown, "p99 / p50, 8")[2:] == ["1.30, met", "–"]

    def test_two_workers_that_are_faster_or_slower_than_one_are_a_swing(self) -> None:
        for two, verdict in ((100.0, "1.00, met"), (120.0, "1.20, missed"), (80.0, "0.80, missed")):
            shown = goals(measured(one=100.0, two=two), IMAGE, [1, 8], 8)

            assert row_of(shown, "× one worker")[2:] == ["–", verdict]

    def test_the_best_peer_is_neither_ours_nor_the_design_before_nor_the_ceiling(self) -> None:
        results = measured(one=90, descended=95, ceiling=200, whole=150, LitServe=60, BentoML=45)

        shown = goals(results, IMAGE, [1, 8], 8)

        assert row_of(shown, "× best peer (LitServe)")[2] == "1.50, met"


class TestReport:
    def test_medians_stand_beside_their_range(self) -> None:
        results = measured(one=100.0)
        results.loads[ONE_WORKER, IMAGE, 8] += [
            Load(per_second=110.0, p50_ms=11.0, p99_ms=12.0, errors=2, cpu_ms=16.0),
            Load(per_second=90.0, p50_ms=12.0, p99_ms=15.0, errors=1, cpu_ms=17.0),
        ]

        cells = row_of(report(results, [IMAGE], usual=8), ONE_WORKER)

        assert cells[3:] == ["100.0 (90.0–110.0)", "11.0 / 13.0", "11.0", "3"]

    def test_who_could_not_take_part_is_named_with_the_reason(self) -> None:
        results = measured(one=100.0)
        results.absent["LitServe"] = "no environment"

        assert "Not measured: LitServe: no environment" in report(results, [IMAGE], usual=8)

    def test_a_peer_without_its_environment_says_how_to_make_it(self, tmp_path: Path) -> None:
        (litserve,) = [contender for contender in CONTENDERS if contender.name == "LitServe"]
        paths = {"weights": tmp_path, "card": tmp_path, "network": tmp_path}

        for folder in (None, tmp_path):
            setting = Setting(**paths, peers_dir=folder, cores=2)
            with pytest.raises(NotMeasured, match="--install"), litserve.start(setting):
                pass


class TestRequests:
    def test_a_form_holds_the_file_as_it_is(self) -> None:
        body = multipart(b"\x00film\r\n")

        head = f"Content-Type: {body.content_type}\r\n\r\n".encode()
        _, part = BytesParser().parsebytes(head + body.content).walk()

        assert part.get_param("name", header="content-disposition") == "file"
        assert part.get_payload(decode=True) == b"\x00film\r\n"

    def test_v2_requests_say_where_the_bytes_are(self) -> None:
        plain, binary = v2_json(b"film"), v2_binary(b"film")

        length = int(binary.headers["Inference-Header-Content-Length"])
        assert json.loads(plain.content)["inputs"][0]["data"] == ["ZmlsbQ=="]
        assert json.loads(binary.content[:length])["inputs"][0]["parameters"] == {
            "binary_data_size": 8
        }
        assert binary.content[length:] == b"\x04\x00\x00\x00film"


def test_the_image_is_as_heavy_as_a_real_one_of_its_size() -> None:
    content = large_image(1400, 1100, "JPEG")

    assert content == large_image(1400, 1100, "JPEG")
    with Image.open(io.BytesIO(content)) as image:
        assert (image.size, image.mode, image.format) == ((1400, 1100), "L", "JPEG")
    assert 270_000 < len(content) < 330_000
