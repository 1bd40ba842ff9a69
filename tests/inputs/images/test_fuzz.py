"""Two thousand damaged films: a picture or a named refusal, and the process lives."""

import os
import subprocess
import sys
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from benchmarks.reliability import fuzz

ROOT = Path(fuzz.__file__).parents[2]
SEED = 13


class TestFuzzing:
    def test_two_thousand_damaged_images_are_read_or_refused(self) -> None:
        done = fuzz.fuzz(2_000, seed=SEED)

        counts = Counter(result.outcome for result in done)
        assert [result for result in done if result.outcome in fuzz.FAILURES] == []
        assert sum(counts.values()) == 2_000
        # The damage is neither so small that all is read nor so great that nothing is.
        assert counts[fuzz.DECODED] > 200
        assert counts["422 unreadable"] > 200

    def test_three_hundred_damaged_dicom_images_are_read_or_refused(self) -> None:
        done = fuzz.fuzz(300, seed=SEED, files="dicom")

        counts = Counter(result.outcome for result in done)
        assert [result for result in done if result.outcome in fuzz.FAILURES] == []
        assert min(counts[fuzz.DECODED], counts["422 unreadable"]) > 30

    def test_the_same_seed_gives_the_same_images(self) -> None:
        seeds = [bytes(range(256)), b"a film" * 50]
        first, again, other = (
            [fuzz.mutated(seeds, seed=seed, number=n) for n in range(50)] for seed in (1, 1, 2)
        )

        assert first == again
        assert first != other


class TestCounting:
    def test_a_child_that_dies_is_counted_and_the_next_image_goes_on(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fuzz, "_child", _dies_at_every_third)

        done = fuzz.fuzz(7, seed=1)

        crashes = [result.number for result in done if result.outcome == fuzz.CRASH]
        assert crashes == [0, 3, 6]
        assert [result.number for result in done] == list(range(7))

    def test_a_child_that_hangs_is_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fuzz, "_child", _hangs)
        monkeypatch.setattr(fuzz, "MAX_SECONDS", 0.05)

        assert [result.outcome for result in fuzz.fuzz(2, seed=1)] == [fuzz.TIMEOUT] * 2


class TestScript:
    def test_it_prints_a_table(self) -> None:
        command = [sys.executable, "-m", fuzz.__name__, "--inputs", "20", "--seed", "3"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stderr
        assert "| decoded |" in done.stdout
        assert "| crash | 0 |" in done.stdout

    def test_it_says_what_it_takes(self) -> None:
        command = [sys.executable, "-m", fuzz.__name__, "--help"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stderr
        assert "--keep" in done.stdout


def _dies_at_every_third(connection: Connection, seed: int, files: str) -> None:
    connection.send(None)
    while (number := connection.recv()) is not None:
        if number % 3 == 0:
            os._exit(9)
        connection.send((fuzz.DECODED, ""))


def _hangs(connection: Connection, seed: int, files: str) -> None:
    connection.send(None)
    connection.recv()
    connection.recv()
