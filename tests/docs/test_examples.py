"""The example films are small, readable, without data of patients, attributed, and all offered."""

import re
from pathlib import Path

import pytest
from PIL import Image

from api.settings import ROOT
from example_images import EXAMPLES
from tests.docs.pages import GUIDES, README, Page, guide
from tests.support.example_images import FOLDER, documented_answers, documented_sources

IMAGES = sorted(FOLDER.glob("*.jpg"))
NAMES = {path.name for path in IMAGES}
OFFERED = EXAMPLES["pneumonia"]
MAX_BYTES = 30_000
LICENCE = re.compile(r"CC BY [34]\.0|public domain")
OURS = re.compile(r"@(docs/[\w./-]+)")


def images_asked_about(page: Page) -> list[str]:
    """The files of a page's `curl` commands, in order."""
    return [file for command in page.commands for file in re.findall(r"file=@(\S+)", command)]


class TestFiles:
    def test_four_or_five_are_there_and_nothing_else(self) -> None:
        assert 4 <= len(IMAGES) <= 5
        assert {path.name for path in FOLDER.iterdir()} == NAMES | {"README.md"}

    @pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.stem)
    def test_each_is_a_small_grey_jpeg_without_data_of_a_patient(self, path: Path) -> None:
        assert path.stat().st_size <= MAX_BYTES
        with Image.open(path) as image:
            image.load()
            assert (image.format, image.mode) == ("JPEG", "L")
            assert 224 <= min(image.size) <= max(image.size) <= 448
            assert not image.getexif()
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


class TestAttribution:
    def test_the_page_names_answer_source_and_licence_of_each(self) -> None:
        sources = documented_sources()

        assert set(documented_answers()) == set(sources) == NAMES
        assert all(LICENCE.search(licence) for _, licence in sources.values())

    def test_one_is_referred_on_purpose(self) -> None:
        decisions = [answer.decision for answer in documented_answers().values()]

        assert sorted(set(decisions)) == ["negative", "positive", "refer"]
        assert decisions.count("refer") == 1


class TestTheUserInterface:
    def test_it_offers_exactly_these(self) -> None:
        assert sorted(image.file for image in OFFERED) == sorted(NAMES)

    def test_it_names_the_source_and_licence_of_the_page(self) -> None:
        for image in OFFERED:
            source, licence = documented_sources()[image.file]
            (author,) = re.findall(r"^\[(.+?)\]", image.source)
            (terms,) = LICENCE.findall(image.source)

            assert source.startswith(author)
            assert terms in licence
            assert image.source in image.credit


class TestDocuments:
    @pytest.mark.parametrize("page", [README, guide("start.md"), guide("api.md")], ids=str)
    def test_the_first_image_that_they_ask_about_is_an_example(self, page: Page) -> None:
        first = images_asked_about(page)[0]

        assert first.removeprefix("docs/examples/") in NAMES

    def test_files_that_commands_send_exist(self) -> None:
        sent = {
            file for page in GUIDES for command in page.commands for file in OURS.findall(command)
        }

        assert sent
        assert [file for file in sorted(sent) if not (ROOT / file).is_file()] == []
