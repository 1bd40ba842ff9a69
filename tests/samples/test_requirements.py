"""How much is enough to retrain on."""

import pytest

from api.errors import NotEnoughSamples
from api.samples.requirements import Requirements

NEEDED = Requirements(min_classes=2, min_images=12)


class TestChecking:
    @pytest.mark.parametrize("counts", [{"a": 6, "b": 6}, {"a": 11, "b": 1, "c": 0}])
    def test_enough_images_of_enough_classes_pass(self, counts: dict[str, int]) -> None:
        assert NEEDED.are_met(counts)
        assert NEEDED.check(counts) == counts

    @pytest.mark.parametrize("counts", [{"a": 12, "b": 0}, {"a": 6, "b": 5}, {"a": 0, "b": 0}, {}])
    def test_too_few_are_refused_with_the_count_of_each_class(self, counts: dict[str, int]) -> None:
        with pytest.raises(NotEnoughSamples, match="at least 12 images") as caught:
            NEEDED.check(counts)

        assert not NEEDED.are_met(counts)
        assert list(caught.value.errors) == [
            {"class": name, "images": str(number)} for name, number in counts.items()
        ]
