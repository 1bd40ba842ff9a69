"""What browsers are told to do with answers, and pages that need nobody else."""

import base64
import hashlib
import re

import pytest
from starlette.testclient import TestClient

from tests.support import images
from tests.web.response_checks import answer, predict

PAGES = ("/docs", "/redoc")


class TestEveryAnswer:
    @pytest.mark.parametrize(
        "path",
        [
            "/status",
            "/predictions",
            "/samples",
            "/review",
            "/models",
            "/nothing",
            "/docs",
            "/predict",
        ],
    )
    def test_it_is_what_it_says_and_nobody_frames_it(
        self, shared_client: TestClient, path: str
    ) -> None:
        headers = shared_client.get(path).headers

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]

    def test_nothing_about_people_is_kept(self, shared_client: TestClient) -> None:
        sent = predict(shared_client, images.png())
        prediction = answer(sent)["id"]
        upload = shared_client.post(
            "/upload-data", data={"label": "Normal"}, files={"files": ("a.png", images.png(seed=3))}
        )
        (stored,) = answer(upload)["files"]
        paths = [
            "/predictions",
            f"/predictions/{prediction}",
            f"/predictions/{prediction}/heatmap.png",
            f"/predictions/{prediction}/film.png",
            "/samples",
            f"/samples/{stored['sha256']}",
            f"/samples/{stored['sha256']}/thumbnail.png",
            "/samples/export.zip",
            "/review",
        ]

        for response in [sent, upload, *map(shared_client.get, paths)]:
            assert response.headers["Cache-Control"] == "no-store", response.request.url

    def test_what_shows_nobody_may_be_kept(self, shared_client: TestClient) -> None:
        headers = shared_client.get("/phantoms/Normal.png").headers

        assert headers["Cache-Control"] == "private, max-age=86400"


class TestPages:
    @pytest.mark.parametrize("path", PAGES)
    def test_all_that_they_load_comes_from_here(self, shared_client: TestClient, path: str) -> None:
        page = shared_client.get(path)
        loaded = re.findall(r"""(?:src|href|spec-url)="([^"]+)"|url: '([^']+)'""", page.text)
        addresses = [first or second for first, second in loaded]

        assert addresses
        for address in addresses:
            assert address.startswith(("/", "data:")), address
            if address.startswith("/"):
                assert shared_client.get(address).status_code == 200, address
        assert "http://" not in page.text
        assert "https://" not in page.text

    @pytest.mark.parametrize("path", PAGES)
    def test_they_run_their_own_scripts_and_no_others(
        self, shared_client: TestClient, path: str
    ) -> None:
        page = shared_client.get(path)
        policy = page.headers["Content-Security-Policy"]

        (scripts,) = re.findall(r"script-src ([^;]+)", policy)

        inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()) for each in inline]
        assert scripts.split() == ["'self'", *(f"'sha256-{each.decode()}'" for each in hashes)]
        assert "connect-src 'self'" in policy

    @pytest.mark.parametrize("name", ["x.js", "..%2fcore.py", "__init__.py"])
    def test_nothing_else_lies_beside_them(self, shared_client: TestClient, name: str) -> None:
        assert shared_client.get(f"/docs/assets/{name}").status_code == 404
