"""Tables in the documents are the program's: settings, figures, pages, floors, version."""

import re
import tomllib
from pathlib import Path
from typing import get_args

from api.accounts.rights import RIGHTS_OF, Role
from api.cli.administration.settings import settings_table
from api.model_card.card_file import read_card
from api.registry.store import card_path
from api.reports.markdown_sections import section
from api.reports.metric_tables import metric_tables
from api.samples.outcomes import FileState
from api.settings import ROOT, Settings
from api.version import VERSION
from api.web.schemas.answers.predictions import Prediction
from tests.docs.pages import guide
from tests.docs.rights_table import rights_table

API = ROOT / "api"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]


def first_cells(page: str, heading: str) -> list[str]:
    """The code in the first column of the table below a heading."""
    below = guide(page).text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", below, re.MULTILINE)


def floors(contract: dict[str, list[str]]) -> list[list[str]]:
    return [layer.split(" | ") for layer in contract["layers"]]


class TestSettings:
    def test_the_table_is_the_programs(self) -> None:
        assert section(guide("settings.md").text, "settings") == settings_table()


class TestFigures:
    def test_they_are_the_shipped_cards(self) -> None:
        card = read_card(card_path(Settings().default_model))

        assert section(guide("training.md").text, "figures") == metric_tables(card).strip()


class TestValues:
    """Tables of the values that a field can have."""

    def test_outcomes_of_an_upload(self) -> None:
        assert first_cells("data.md", "What becomes of a film") == list(FileState)

    def test_causes_of_a_referral(self) -> None:
        (cause, _) = get_args(Prediction.model_fields["causes"].annotation)

        assert first_cells("decisions.md", "When a person must look") == list(get_args(cause))

    def test_operating_points(self) -> None:
        points = read_card(card_path(Settings().default_model)).operating_points

        assert first_cells("decisions.md", "The operating point") == list(points)


class TestWhenItBreaks:
    def test_the_sentences_are_those_of_the_program(self) -> None:
        text = guide("operations.md").text.partition("## When it breaks")[2]
        quoted = re.findall(r'^\| `\d+`, "([^"]+)"(?: or "([^"]+)")?', text, re.MULTILINE)
        # Sentences are broken over lines in the code.
        code = re.sub(r'"\s+f?"', "", "".join(f.read_text("utf-8") for f in API.rglob("*.py")))

        missing = [s for pair in quoted for s in pair if s.partition(" …")[0] not in code]

        assert len(quoted) > 8
        assert missing == []


class TestPagesOfTheInterface:
    def test_each_has_a_row_in_the_order_of_the_menu(self) -> None:
        app = (ROOT / "streamlit_app/app.py").read_text(encoding="utf-8")
        rows = re.findall(r"^\| \*\*(.+?)\*\* \|", guide("start.md").text, re.MULTILINE)

        menu = re.findall(r'\((?:READ|TEACH|TRUST), [\w.]+, N_\("(.+?)"', app)
        assert rows == ["Start", *menu]


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


def rooms_in(package: str) -> list[str]:
    """Folders of a package that hold Python files themselves."""
    folder = ROOT / package.replace(".", "/")
    return sorted(
        path.name for path in folder.iterdir() if path.is_dir() and any(path.glob("*.py"))
    )


class TestRooms:
    def test_each_is_listed_with_its_package(self) -> None:
        text = guide("architecture.md").text.partition("\n## Rooms\n")[2].partition("\n## ")[0]
        listed = {}
        for packages, rooms in re.findall(r"^- (`.+?): (`.+(?:\n  .+)*)", text, re.MULTILINE):
            for package in re.findall(r"`([\w.]+)`", packages):
                listed[package] = re.findall(r"`(\w+)`", rooms.partition(". ")[0])

        files = (path for top in ("api", "streamlit_app") for path in (ROOT / top).rglob("*.py"))
        folders = {path.parent.relative_to(ROOT) for path in files} - {Path("api")}
        packages = {".".join(folder.parts) for folder in folders}
        # The revisions lie by tens, and are no room of their own.
        packages = {p for p in packages if rooms_in(p) and ".migrations" not in p}
        assert listed == {package: rooms_in(package) for package in packages}


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


class TestRights:
    def test_the_table_is_what_the_server_asks_for(self) -> None:
        """`python -m tests.docs.rights_table` writes it anew."""
        assert section(guide("security.md").text, "rights") == rights_table()

    def test_roles_have_the_rights_that_the_page_says(self) -> None:
        rows = re.findall(r"^\| (\w+) \| (.+) \|$", guide("security.md").text, re.MULTILINE)
        documented = {name: set(rights.split(", ")) for name, rights in rows if name in list(Role)}

        assert documented[Role.ADMIN] == {"all", "also users and keys"}
        for role in (Role.VIEWER, Role.ANNOTATOR, Role.OPERATOR):
            assert documented[role] == set(RIGHTS_OF[role])
