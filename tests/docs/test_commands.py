"""Every command that a page shows exists, with the options that it shows."""

import re

import pytest
import typer.main

from api.cli import app
from api.settings import PREFIX, ROOT, Settings
from tests.docs.pages import GUIDES, Page, guide, words_of

CLI = re.compile(r"(?:\./roentgen|python -m api)(?= |$)(.*)")
BENCHMARK = re.compile(r"python -m (benchmarks\.[\w.]+)(.*)")
MAKE = re.compile(r"(?:^|\s)make ([a-z]+)\b")
NO_SETTINGS = (
    "Makefile",
    "api/cli/administration/backup.py",
    "api/cli/prediction/dicomweb_study.py",
    "locustfile.py",
    "streamlit_app/client.py",
    "tests/e2e/browsing.py",
)
ROOT_COMMAND = typer.main.get_command(app)


def named(page: Page) -> str:
    return page.name


def unknown_words(line: str) -> list[str]:
    """What of a command line is no command and no option of it."""
    command, names = ROOT_COMMAND, [word for word in words_of(line) if word != "…"]
    while names and names[0] in getattr(command, "commands", {}):
        command = command.commands[names.pop(0)]  # type: ignore[attr-defined]
    if hasattr(command, "commands"):
        return [name for name in names[:1] if name not in ("COMMAND", "--help")]
    known = {"--help", *(opt for p in command.params for opt in (*p.opts, *p.secondary_opts))}
    return [word for word in names if word.startswith("-") and word not in known]


@pytest.mark.parametrize("page", GUIDES, ids=named)
class TestCommands:
    def test_those_of_the_command_line_exist(self, page: Page) -> None:
        wrong = {
            command: unknown
            for command in page.commands
            for line in CLI.findall(command)
            if (unknown := unknown_words(line))
        }

        assert wrong == {}

    def test_those_of_benchmarks_exist(self, page: Page) -> None:
        for command in page.commands:
            for module, options in BENCHMARK.findall(command):
                file = ROOT / f"{module.replace('.', '/')}.py"
                assert file.is_file(), command
                sources = "".join(f.read_text("utf-8") for f in file.parent.glob("*.py"))
                for word in words_of(options):
                    assert not word.startswith("--") or f'"{word}"' in sources, command

    def test_those_of_make_exist(self, page: Page) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

        for command in page.commands:
            for target in MAKE.findall(command):
                assert re.search(rf"^{target}:", makefile, re.MULTILINE), command

    def test_files_that_they_read_exist(self, page: Page) -> None:
        for command in page.commands:
            for file in re.findall(r"^(?:pip|locust) .*?-[rf] (\S+)", command):
                assert (ROOT / file).is_file(), command

    def test_settings_that_it_names_exist(self, page: Page) -> None:
        known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
        others = "".join((ROOT / file).read_text("utf-8") for file in NO_SETTINGS)

        named_settings = set(re.findall(rf"\b{PREFIX}[A-Z0-9_]*[A-Z0-9]\b", page.text))

        assert {name for name in named_settings - known if name not in others} == set()

    def test_python_compiles(self, page: Page) -> None:
        for block in page.blocks("python"):
            compile(block, page.name, "exec")


class TestTheListOfCommands:
    def test_it_is_that_of_the_help(self) -> None:
        """Each command that exists has a row in docs/integrate/cli.md, and no other one."""
        rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", guide("cli.md").text, re.MULTILINE)

        assert dict(rows) == {
            name: " ".join((command.help or "").partition("\n\n")[0].split())
            for name, command in ROOT_COMMAND.commands.items()  # type: ignore[attr-defined]
        }


class TestFindingWrongCommands:
    @pytest.mark.parametrize(
        ("line", "unknown"),
        [
            ("predict FILM…", []),
            ("predict --nothing", ["--nothing"]),
            ("foretell", ["foretell"]),
            ("train --no-int8 --data FOLDER", []),
            ("", []),
        ],
    )
    def test_they_are_found(self, line: str, unknown: list[str]) -> None:
        assert unknown_words(line) == unknown
