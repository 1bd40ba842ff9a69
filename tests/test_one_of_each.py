"""One of each: a class has a name of its own, and what is written twice is one function."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from api.settings import ROOT

SCHEMAS = ROOT / "api/web/schemas"
# What former revisions did stays as it is, whatever becomes of the tables.
FROZEN = ROOT / "api/records/migrations/versions"
FOLDERS = ("api", "streamlit_app", "benchmarks", "deploy")
# What a `StrEnum` has the values of, beside where it is born.
STATE = re.compile(r'\.(decision|outcome|phase|state|verdict|what) (==|!=|in|not in) [({]?"')
# Of a body; a line or two may be alike.
MIN_CHARACTERS = 90
# As `ruff format` lays them out; to parse all files takes ten times as long.
FUNCTION = re.compile(
    r"^(?P<indent> *)(?:async )?def (?P<name>\w+)"
    r"(?:.*:\n|.*\n(?:(?P=indent) +.*\n)+?(?P=indent)\).*:\n)"
    r'(?: *"""(?:.|\n)*?"""\n+)?(?P<body>(?:\n|(?P=indent) +.*\n)+)',
    re.MULTILINE,
)
# Two kinds of replay memory; the UI knows the API by HTTP alone.
ALLOWED = [
    {"api/training/data/replay_memory.py: hashes", "api/training/data/row_memory.py: hashes"},
]


def test_no_two_classes_of_the_api_have_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for file in sorted((ROOT / "api").rglob("*.py")):
        # A schema is named after what it shows.
        if SCHEMAS not in file.parents:
            for name in re.findall(
                r"^\s*class (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE
            ):
                places[name].append(place_of(file))

    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_function_is_written_twice() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if FROZEN not in file.parents:
                for name, body in bodies(file.read_text(encoding="utf-8")):
                    places[body].add(f"{place_of(file)}: {name}")

    assert [found for found in places.values() if len(found) > 1 and found not in ALLOWED] == []


def test_no_state_is_compared_as_a_plain_text() -> None:
    found = [
        f"{place_of(file)}: {line.strip()}"
        for file in sorted((ROOT / "api").rglob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if STATE.search(line)
    ]

    assert found == []
    assert STATE.search('if record.decision == "refer":')
    assert STATE.search('if job.state in ("failed", "kept"):')


def bodies(source: str) -> Iterator[tuple[str, str]]:
    """Each function with its body without the docstring, where it is long enough to matter."""
    for found in FUNCTION.finditer(source):
        body = " ".join(found["body"].split())
        if len(body) >= MIN_CHARACTERS:
            yield found["name"], body


def place_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def test_a_body_is_compared_without_its_name_and_docstring() -> None:
    body = (
        "    pairs = zip(a, b, strict=True)\n\n"
        "    return [first + second for first, second in pairs if first and second]\n"
    )
    second = 'async def g(\n    a, b\n) -> None:\n    """Told.\n\n    More.\n    """\n'

    (one, other) = bodies(f"def f(a, b):\n{body}\n\n{second}{body}")

    assert (one[0], other[0]) == ("f", "g")
    assert one[1] == other[1]
    assert list(bodies("def f():\n    return 1\n")) == []
