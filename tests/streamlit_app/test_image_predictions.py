"""Pictures of films for the browser."""

import pytest

from client import ApiDown, ApiError, RoentgenClient
from image_predictions import DISPLAY_PX, picture
from tests.streamlit_app.fake_api import FakeApi


class TestPicture:
    def test_the_server_draws_it_as_it_reads_it(self, api: FakeApi) -> None:
        image = picture(RoentgenClient(api.url), "a.dcm", b"\xff\xd8 whatever it is")

        assert image is not None
        assert image.mode == "L"
        (request,) = api.calls("POST", "/preview")
        assert request.path.endswith(f"side_px={DISPLAY_PX}")
        assert b"\xff\xd8 whatever it is" in request.body

    def test_what_cannot_be_read_has_no_picture_and_is_not_asked_for_again(
        self, api: FakeApi
    ) -> None:
        api.refuse("POST", "/preview", "No image.", status=415)
        client = RoentgenClient(api.url)

        assert picture(client, "a.pdf", b"%PDF-1.7") is None
        assert picture(client, "a.pdf", b"%PDF-1.7") is None
        assert len(api.calls("POST", "/preview")) == 1

    def test_a_refusal_that_may_pass_is_not_kept(self, api: FakeApi) -> None:
        client = RoentgenClient(api.url)
        api.refuse("POST", "/preview", "Busy.", status=503)
        with pytest.raises(ApiError):
            picture(client, "b.png", b"film")

        api.close()

        with pytest.raises(ApiDown):
            picture(client, "b.png", b"film")
