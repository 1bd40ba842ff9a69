"""The components' own code: their unit tests in Node, and the libraries that ship with them."""

import ast
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMPONENTS = HERE.parents[2] / "streamlit_app/components"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None and not os.environ.get("CI"), reason="there is no Node here")
def test_its_unit_tests_pass_in_node() -> None:
    tests = sorted(str(path) for path in HERE.glob("*.test.mjs"))

    ended = subprocess.run(
        [NODE or "node", "--test", *tests], capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode == 0, ended.stdout
    assert re.search(r"# pass [1-9]", ended.stdout), ended.stdout


def test_libraries_are_the_ones_that_the_readme_names() -> None:
    text = (COMPONENTS / "viewer/README.md").read_text(encoding="utf-8")
    named = {COMPONENTS / "viewer" / name: digest for name, digest in _sums(text)}

    assert {path.resolve() for path in named} == set(COMPONENTS.rglob("*.min.js"))
    for path, digest in named.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
        assert path.with_name(path.name.removesuffix(".min.js") + ".LICENSE.txt").is_file()


def _sums(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^\| `([^`]+\.min\.js)` .*`([0-9a-f]{64})` \|$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("browser", "page"),
    [
        ("worklist/sender.js", "worklist/image_sender.py"),
        ("worklist/sender.js", "worklist/training_sender.py"),
        ("worklist/sender.js", "sites/check_sender.py"),
        ("worklist/table/image_table.js", "worklist/table/image_table.py"),
        ("viewer/viewer.js viewer/near.js", "viewer/image_viewer.py"),
        ("state/refresh.js", "state/refreshed.py"),
    ],
)
def test_what_the_browser_sends_is_what_the_page_listens_for(browser: str, page: str) -> None:
    """Streamlit drops anything else without a word."""
    sends = r'(?:\bsend|setTriggerValue)\("(\w+)"'
    texts = [(COMPONENTS / name).read_text(encoding="utf-8") for name in browser.split()]
    sent = {name for text in texts for name in re.findall(sends, text)}
    heard = set(re.findall(r"\bon_(\w+)_change=", (COMPONENTS / page).read_text(encoding="utf-8")))

    assert sent
    assert sent == heard


# What Streamlit has, and the UI has otherwise: `run_every` asks for a part of a page while the page
# is drawn, whose end is lost now and then; the browser does not know of the page that `switch_page`
# turns to, which a component's question then leaves empty.
NOT_USED = {"run_every", "switch_page"}


def test_nothing_draws_or_changes_a_page_unknown_to_the_browser() -> None:
    trees = {path: ast.parse(path.read_text("utf-8")) for path in COMPONENTS.parent.rglob("*.py")}
    used = [
        (path.name, name)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if (name := getattr(node, "arg", None) or getattr(node, "attr", None)) in NOT_USED
    ]

    assert used == []


CHANGES_WHAT_ANSWERS = {"move", "_apply", "undo_site_profile"}


def test_enter_never_changes_what_answers() -> None:
    """A form whose button lets another version, or a profile, answer is sent by a click alone."""
    forms = [
        (path.name, call)
        for path in COMPONENTS.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and CHANGES_WHAT_ANSWERS & called(function)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "st.form"
    ]

    assert len(forms) == 6
    texts = [(name, ast.unparse(call)) for name, call in forms]
    assert [name for name, text in texts if "enter_to_submit=False" not in text] == []
    # A refusal, such as that of a missing reason, must not put another version or site in place.
    assert [name for name, text in texts if "clear_on_submit" in text] == []


def called(function: ast.FunctionDef) -> set[str]:
    """The last names of all that a function calls."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {ast.unparse(func).rpartition(".")[2] for func in calls}
