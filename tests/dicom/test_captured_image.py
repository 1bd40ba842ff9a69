"""What a secondary capture shows."""

import numpy as np

from api.arrays import Float32Array
from api.dicom.captured_image import captured, lines_of
from tests.dicom.test_results import answer

IMAGE = np.full((200, 160), 90, dtype=np.uint8)


def activation() -> Float32Array:
    """Evidence for the viral class, top left only."""
    places = np.zeros((7, 7, 4), dtype=np.float32)
    places[0, 0, 3] = 8.0
    return places


class TestThePicture:
    def test_hides_nothing_of_the_image_and_says_what_it_is_above_it(self) -> None:
        picture = captured(answer(), IMAGE, None)

        band = picture[: -IMAGE.shape[0]]
        np.testing.assert_array_equal(picture[-IMAGE.shape[0] :], np.dstack([IMAGE] * 3))
        assert band.max() == 255
        assert picture.dtype == np.uint8

    def test_is_coloured_where_the_evidence_for_the_finding_lies(self) -> None:
        image = captured(answer(), IMAGE, activation())[-IMAGE.shape[0] :]

        assert len(set(image[5, 5].tolist())) > 1
        np.testing.assert_array_equal(image[-1, -1], [90, 90, 90])

    def test_names_the_notice_the_decision_and_what_is_coloured(self) -> None:
        notice, decision, coloured = lines_of(answer())

        assert "AI, research use" in notice
        assert "Positive. Score 0.40 (threshold 0.30)" in decision
        assert "evidence for Viral pneumonia" in coloured

    def test_of_a_referred_answer_colours_the_most_probable_class(self) -> None:
        assert "evidence for Normal" in lines_of(answer(decision="refer"))[-1]
