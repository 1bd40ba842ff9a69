"""The benchmarks of DICOM and of the inference protocol, without the servers that they ask."""

import json
from pathlib import Path

import numpy as np
import pytest
import requests

from api.inputs.images.decoding import Limits, decode
from benchmarks.model.dicom_scores import FORMS
from benchmarks.reliability.fuzz import seeds_of
from benchmarks.reliability.fuzz_http import (
    BROKEN,
    DOORS,
    Outcome,
    damaged,
    is_failure,
    is_queue,
    row_of,
)  # fmt: skip
from benchmarks.serving.costs.dicom import PNG, large_film, rows_of
from benchmarks.serving.same_answers import Answer, Pair, films_of, report
from tests.support import dicom_images

GREY = dicom_images.values(bits=8, size_px=96)
# Without a window, values of more than 8 bits are stretched: the network's pre-processing, which
# follows, does that with those of 8 bits too.
AS_IT_IS = [name for name in FORMS if name.startswith(("8 bits", "a "))]


class TestForms:
    @pytest.mark.parametrize("name", AS_IT_IS)
    def test_a_form_shows_the_grey_levels_of_its_film(self, name: str) -> None:
        gaps = np.abs(decode(FORMS[name](GREY), Limits()).astype(int) - GREY)

        # JPEG loses some of a grain.
        assert (gaps.mean() / 3 if "JPEG" in name else gaps.max()) <= 1

    def test_deep_forms_of_a_film_show_the_same(self) -> None:
        deep = [name for name in FORMS if name not in AS_IT_IS]
        first, *others = (decode(FORMS[name](GREY), Limits()).astype(int) for name in deep)

        assert [
            name
            for name, one in zip(deep[1:], others, strict=True)
            if np.abs(one - first).max() > 1
        ] == []


class TestDamagedRequests:
    @pytest.mark.parametrize("door", DOORS)
    def test_the_same_number_sends_the_same_request(self, door: str) -> None:
        seeds = seeds_of("dicom")

        first, again, other = (damaged(door, seeds, seed=0, number=n) for n in (3, 3, 4))

        assert first == again != other

    def test_what_is_a_failure(self) -> None:
        outcomes = ("200", "413", "422", "500", "503", BROKEN)

        assert [one for one in outcomes if is_failure(one)] == ["500", "503", BROKEN]

    @pytest.mark.parametrize(
        ("status", "title", "headers", "is_full"),
        [
            (429, "Too many requests at once", {"Retry-After": "1"}, True),
            (503, "The records are busy", {"Retry-After": "2"}, True),
            (503, "The records are busy", {}, False),
            (503, "The model is not ready", {"Retry-After": "2"}, False),
            (200, "", {"Retry-After": "2"}, False),
        ],
    )
    def test_only_a_full_queue_is_asked_again(
        self, status: int, title: str, headers: dict[str, str], is_full: bool
    ) -> None:
        answer = requests.Response()
        answer.status_code, answer._content = status, json.dumps({"title": title}).encode()
        answer.headers.update(headers)

        assert is_queue(answer) == is_full

    def test_a_row_says_how_often_a_request_was_sent_away(self) -> None:
        found = [Outcome("200", ("429", "503")), Outcome("422", ("429",))]

        assert row_of("v2", found, [Outcome("200")]) == (
            "| v2 | 2 | 200: 1, 422: 1 | 429: 2, 503: 1 | 200: 1 |"
        )


class TestCost:
    def test_a_row_has_medians_and_the_share_of_decoding(self) -> None:
        answers = {PNG: [(100.0, 80.0), (120.0, 96.0), (90.0, 72.0)], "RLE": [(200.0, 190.0)]}

        rows = rows_of({PNG: bytes(2_000_000), "RLE": bytes(1_500_000)}, answers)

        assert rows == [
            (PNG, "2.0", "100", "80.0%", "10.00", "1.00"),
            ("RLE", "1.5", "200", "95.0%", "5.00", "0.50"),
        ]

    def test_the_film_has_all_16_bits(self) -> None:
        pixels = large_film(60, 80)

        assert pixels.shape == (80, 60)
        assert pixels.dtype == np.uint16
        assert len(np.unique(pixels)) > 2000


class TestSameAnswers:
    def test_the_report_has_the_largest_difference_and_who_disagrees(self) -> None:
        ours = Answer((0.25, 0.75), 0.25, "Normal", "negative")
        pairs = [
            Pair("a.png", ours, Answer((0.25, 0.75), 0.25, "Normal", "negative")),
            Pair("b.png", ours, Answer((0.26, 0.74), 0.25, "Normal", "refer")),
        ]

        printed = report(pairs)

        assert "| same label and decision | 1 |" in printed
        assert "1.0e-02" in printed

    def test_films_are_taken_in_turns_from_all_folders(self, tmp_path: Path) -> None:
        for name in ("a/1.png", "a/2.png", "a/3.png", "a/4.png", "b/x/1.jpg", "b/notes.txt"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()

        found = films_of([tmp_path / "a", tmp_path / "b"], 3)

        assert [path.relative_to(tmp_path).as_posix() for path in found] == [
            "a/1.png",
            "b/x/1.jpg",
            "a/2.png",
        ]
