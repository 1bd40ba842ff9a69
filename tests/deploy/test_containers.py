"""The container files and the compose files.

No engine builds images where these tests run: each instruction is read here, its shell and its
Python are parsed, and the program is started from nothing but the files that an image gets.
"""

import ast
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from api.settings import PREFIX, ROOT, Settings
from api.web.route_rights import TABLE

CONTAINERS = ROOT / "deploy/containers"
FILES = sorted(CONTAINERS.glob("*.Containerfile"))
# Those that are used; a name with a slip of the pen is none of them.
INSTRUCTIONS = {
    "FROM", "ARG", "COPY", "RUN", "WORKDIR", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK",
    "CMD",
}  # fmt: skip
FLAGS = {"COPY": {"--from"}, "HEALTHCHECK": {"--interval", "--timeout", "--start-period"}}
# What starts in each image, with the files of the image alone.
STARTS = {
    "api": "import api.main; print(api.main.app.title and api.__file__)",
    "ray": "import api.training.run, deploy.ray.replica; app = deploy.ray.replica.build_app(); "
    "print(api.__file__)",
    "ui": "from streamlit.testing.v1 import AppTest; app = AppTest.from_file("
    "'streamlit_app/app.py', default_timeout=120).run(); assert not app.exception, app.exception; "
    "import captions; print(list(captions.__path__)[0])",
}
# It has no types.
yaml: Any = importlib.import_module("yaml")


@dataclass(frozen=True)
class Instruction:
    """One of a container file, its lines joined."""

    name: str
    flags: dict[str, str]
    value: str


def instructions(file: Path) -> list[Instruction]:
    lines = re.sub(r"^#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = []
    for line in filter(None, re.sub(r"\\\n\s*", " ", lines).splitlines()):
        name, _, value = line.partition(" ")
        flags = {}
        while match := re.match(r"(--[a-z-]+)=(\S+)\s+", value):
            flags[match[1]], value = match[2], value[match.end() :]
        found.append(Instruction(name, flags, value.strip()))
    return found


def of(file: Path, name: str) -> list[Instruction]:
    return [each for each in instructions(file) if each.name == name]


def copied_from_here(file: Path) -> list[tuple[str, str]]:
    """Paths of this repository, and where each comes to lie."""
    pairs = []
    for each in of(file, "COPY"):
        *sources, target = each.value.split()
        if "--from" not in each.flags:
            inside = target.endswith("/")
            pairs += [(path, target + Path(path).name * inside) for path in sources]
    return pairs


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
class TestContainerFiles:
    def test_every_instruction_and_flag_is_one_that_there_is(self, file: Path) -> None:
        for each in instructions(file):
            assert each.name in INSTRUCTIONS
            assert each.flags.keys() <= FLAGS.get(each.name, set())

    def test_they_run_as_nobody_special_and_are_watched(self, file: Path) -> None:
        assert of(file, "USER")[-1].value == "10001:10001"
        assert len(of(file, "HEALTHCHECK")) == 1
        assert instructions(file)[-1].name == "CMD"
        # No shell between: signals reach the server itself.
        assert instructions(file)[-1].value.startswith("[")

    def test_the_shell_understands_what_is_run(self, file: Path) -> None:
        for each in of(file, "RUN"):
            done = subprocess.run(
                ["sh", "-n", "-c", each.value], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr

    def test_what_is_installed_is_pinned(self, file: Path) -> None:
        (install,) = [each.value for each in of(file, "RUN") if "pip install" in each.value]
        ((pins, target),) = [pair for pair in copied_from_here(file) if "requirements" in pair[0]]

        assert f"-r {target}" in install
        program = ast.literal_eval(instructions(file)[-1].value)[0]
        assert f"\n{program}==" in (ROOT / pins).read_text(encoding="utf-8")

    def test_stages_are_copied_from_under_their_names(self, file: Path) -> None:
        bases = [each.value for each in of(file, "FROM")]
        stages = {base.rpartition(" AS ")[2] for base in bases if " AS " in base}
        taken = {each.flags["--from"] for each in of(file, "COPY") if "--from" in each.flags}

        assert taken == stages

    def test_the_health_check_is_python_that_asks_what_there_is(self, file: Path) -> None:
        (check,) = of(file, "HEALTHCHECK")
        program, flag, code = ast.literal_eval(check.value.removeprefix("CMD "))

        assert (program, flag) == ("python", "-c")
        ast.parse(code)
        (asked,) = re.findall(r"http://127.0.0.1:\d+(/\S+?)'", code)
        open_routes = {path for method, path, _ in TABLE if method == "GET"}
        # Streamlit's own, and that of Ray's agent.
        assert asked in open_routes | {"/_stcore/health", "/api/local_raylet_healthz"}

    def test_their_settings_exist(self, file: Path) -> None:
        named = {
            pair.partition("=")[0] for each in of(file, "ENV") for pair in shlex.split(each.value)
        }
        ours = {name.removeprefix(PREFIX).lower() for name in named if name.startswith(PREFIX)}

        assert ours
        assert ours <= {*Settings.model_fields, "api_url"}

    def test_the_program_starts_from_the_files_of_the_image_alone(
        self, file: Path, tmp_path: Path
    ) -> None:
        ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
        (folder,) = [each.value for each in of(file, "WORKDIR")]
        for source, target in copied_from_here(file):
            assert not any(fnmatch(source, pattern) for pattern in ignored), source
            _copy(ROOT / source, tmp_path / target.lstrip("/"))
        home = tmp_path / folder.lstrip("/")
        environment = {name: v for name, v in os.environ.items() if name[:8] != "ROENTGEN"}

        done = subprocess.run(
            [sys.executable, "-c", STARTS[file.stem]],
            cwd=home,
            env=environment | {"PYTHONPATH": str(home), "ROENTGEN_STATE_DIR": str(tmp_path / "s")},
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout.splitlines()[-1].startswith(str(home))


class TestCompose:
    def test_every_service_is_shut_in(self) -> None:
        described: dict[str, Any] = yaml.safe_load((CONTAINERS / "compose.yaml").read_text())

        for service in described["services"].values():
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
            assert all(port.startswith("127.0.0.1:") for port in service["ports"])
            assert (ROOT / service["build"]["dockerfile"]).is_file()


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        caches = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=caches, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
