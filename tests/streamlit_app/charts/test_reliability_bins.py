"""Which bins of a reliability curve are drawn as one."""

import pytest

from api.evaluation.intervals import wilson as wilson_of_the_api
from api_types import ReliabilityBin
from charts.reliability_bins import merged, wilson


def bins(*counts: int) -> list[ReliabilityBin]:
    return [
        ReliabilityBin(n=n, mean_score=place / 10, share_positive=place / 20, interval=(0.0, 1.0))
        for place, n in enumerate(counts)
    ]


class TestMerged:
    @pytest.mark.parametrize(
        ("counts", "drawn"),
        [
            ((300, 20), [300, 20]),
            ((480, 40, 19, 5, 14, 10, 19, 18, 51, 933), [480, 40, 24, 24, 37, 51, 933]),
            ((5, 5, 5), [15]),
            ((30, 3), [33]),
            ((3, 30), [33]),
            ((), []),
        ],
    )
    def test_neighbours_are_one_until_there_are_enough(
        self, counts: tuple[int, ...], drawn: list[int]
    ) -> None:
        assert [each["n"] for each in merged(bins(*counts))] == drawn

    def test_one_of_several_is_their_mean_by_films(self) -> None:
        (found,) = merged(bins(0, 10, 30))

        assert found["mean_score"] == pytest.approx((10 * 0.1 + 30 * 0.2) / 40)
        assert found["share_positive"] == pytest.approx((10 * 0.05 + 30 * 0.1) / 40)
        assert found["interval"] == wilson(found["share_positive"], 40)

    @pytest.mark.parametrize(("hits", "n"), [(0, 20), (7, 20), (20, 20), (933, 933)])
    def test_intervals_are_those_of_the_api(self, hits: int, n: int) -> None:
        assert wilson(hits / n, n) == pytest.approx(wilson_of_the_api(hits, n), abs=1e-6)
