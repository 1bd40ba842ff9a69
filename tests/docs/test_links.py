"""Everything that a page points to is there."""

import re

import pytest

from api.settings import ROOT
from tests.docs.pages import ALL, GUIDES, INLINE, Page

OURS = re.compile(r"(?:api|streamlit_app|tests|benchmarks|deploy|docs|notebooks)/[\w./-]+")


def named(page: Page) -> str:
    return page.name


@pytest.mark.parametrize("page", ALL, ids=named)
class TestLinks:
    def test_files_and_anchors_exist(self, page: Page) -> None:
        broken = []
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            file, _, anchor = link.partition("#")
            target = (page.path.parent / file).resolve() if file else page.path
            if not target.is_file() or (anchor and anchor not in Page(target).anchors):
                broken.append(link)

        assert broken == []


@pytest.mark.parametrize("page", GUIDES, ids=named)
class TestPaths:
    def test_files_and_folders_of_ours_exist(self, page: Page) -> None:
        paths = [code for code in INLINE.findall(page.prose) if OURS.fullmatch(code)]

        assert [path for path in paths if not (ROOT / path).exists()] == []


class TestAnchors:
    def test_they_are_those_of_github(self) -> None:
        assert "post-predictbatch" in Page(ROOT / "docs/integrate/batch.md").anchors
        assert "python--m-api-predict" in Page(ROOT / "docs/integrate/batch.md").anchors
        assert "is-it-any-good-here" in Page(ROOT / "docs/use/decisions.md").anchors
