"""How a film is read, as a picture."""

import io

from PIL import Image
from starlette.testclient import TestClient

from tests.support import images


class TestPreview:
    def test_an_image_comes_back_as_it_is_read(self, shared_client: TestClient) -> None:
        response = shared_client.post("/preview", files={"file": images.sixteen_bit_png()})

        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        with Image.open(io.BytesIO(response.content)) as image:
            assert (image.format, image.mode) == ("PNG", "L")
            assert image.getextrema()[1] > 200  # type: ignore[operator]

    def test_its_size_is_bounded_by_what_was_asked_for(self, shared_client: TestClient) -> None:
        response = shared_client.post(
            "/preview",
            params={"side_px": 64},
            files={"file": images.encoded(images.image(), "PNG")},
        )

        with Image.open(io.BytesIO(response.content)) as image:
            assert max(image.size) == 64

    def test_a_large_jpeg_keeps_the_pixels_that_were_asked_for(
        self, shared_client: TestClient
    ) -> None:
        large = images.encoded(Image.new("L", (1800, 1500), 90), "JPEG")

        sizes = []
        for side_px in (96, 1700, 4096):
            response = shared_client.post(
                "/preview", params={"side_px": side_px}, files={"file": large}
            )
            with Image.open(io.BytesIO(response.content)) as image:
                sizes.append(image.size)

        assert sizes == [(96, 80), (1700, 1417), (1800, 1500)]

    def test_what_is_no_image_is_refused_with_a_sentence(self, shared_client: TestClient) -> None:
        assert shared_client.post("/preview", files={"file": b"%PDF-1.7"}).status_code == 415
        damaged = shared_client.post("/preview", files={"file": images.jpeg()[:500]})
        assert damaged.status_code == 422
        assert damaged.json()["detail"]
        assert shared_client.post("/preview").status_code == 422

    def test_nothing_is_kept(self, client: TestClient) -> None:
        client.post("/preview", files={"file": images.png()})

        assert client.get("/status").json()["num_predictions"] == 0
