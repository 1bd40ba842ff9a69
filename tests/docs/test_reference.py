"""Tables in the documents are the program's: settings, figures, pages, floors, version."""

import re
import tomllib

from api.cli.settings import settings_table
from api.model_card.card import read_card
from api.registry.store import card_path
from api.reports.markdown_sections import section
from api.reports.metric_tables import metric_tables
from api.settings import ROOT, Settings
from api.version import VERSION
from tests.docs.pages import guide

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]


def floors(contract: dict[str, list[str]]) -> list[list[str]]:
    return [layer.split(" | ") for layer in contract["layers"]]


class TestSettings:
    def test_the_table_is_the_programs(self) -> None:
        assert section(guide("settings.md").text, "settings") == settings_table()


class TestFigures:
    def test_they_are_the_shipped_cards(self) -> None:
        card = read_card(card_path(Settings().default_model))

        assert section(guide("training.md").text, "figures") == metric_tables(card).strip()


class TestPagesOfTheInterface:
    def test_each_has_a_row_in_the_order_of_the_menu(self) -> None:
        app = (ROOT / "streamlit_app/app.py").read_text(encoding="utf-8")
        rows = re.findall(r"^\| \*\*(.+?)\*\* \|", guide("start.md").text, re.MULTILINE)

        assert rows == re.findall(r'st\.Page\(.*?title="(.+?)"', app)


class TestFloors:
    def test_they_are_those_that_the_linter_checks(self) -> None:
        rows = re.findall(r"^\| (`api\.\w+`.*?) \|", guide("architecture.md").text, re.MULTILINE)
        listed = [re.findall(r"`(api\.\w+)`", row) for row in rows]
        inside = ["api.web"], ["api.training"]
        main = [sorted(names) for names in listed[: -len(inside)]]

        assert main == [sorted(names) for names in floors(CONTRACTS[0])]
        assert tuple(listed[-len(inside) :]) == inside

    def test_those_inside_web_and_training_too(self) -> None:
        contracts = {c["containers"][0]: c for c in CONTRACTS if c.get("containers")}
        for package, contract in contracts.items():
            (row,) = re.findall(
                rf"^\| `{package}` \| (`\w+`.*) \|$", guide("architecture.md").text, re.MULTILINE
            )

            assert [re.findall(r"`(\w+)`", floor) for floor in row.split(", ")] == floors(contract)


class TestLicence:
    def test_every_file_names_the_same_one(self) -> None:
        text = (ROOT / "LICENSE").read_text(encoding="utf-8")
        citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")

        assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
        assert "END OF TERMS AND CONDITIONS" in text
        assert PROJECT["project"]["license"] == "Apache-2.0"
        assert "license: Apache-2.0\n" in citation

    def test_the_citation_names_this_version(self) -> None:
        citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")

        assert f"version: {VERSION}\n" in citation
        assert PROJECT["project"]["version"] == VERSION
