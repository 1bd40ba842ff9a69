"""The product's own code that an exported model runs: copied as it is, under a name of its own.

One meaning of an input: what reads and decides is not written again for an export. The copy is
called after its content, so that models of two releases live in one process, beside whatever else
is called `api` there.
"""

import ast
import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from api.settings import ROOT
from api.tasks.task_files import task_files

PACKAGE = "api"
ENTRY = "api.exports.runtime"
# Imported only where a page is made.
LEFT_OUT = ("api.reports",)
IMPORT = re.compile(rf"^(\s*(?:from|import)\s+){PACKAGE}(?=[.\s])", re.MULTILINE)


def copy_code(folder: Path, *, task: str) -> str:
    """Copy what `ENTRY` needs, with the task's file and the licence, into a package below a folder.

    Returns: the package's name.

    Raises: OSError.
    """
    sources = {module: _file_of(module).read_text(encoding="utf-8") for module in modules()}
    name = f"roentgen_{_digest(sources)}"
    for module, text in sources.items():
        target = folder / name / _file_of(module).relative_to(ROOT / PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(IMPORT.sub(rf"\g<1>{name}", text), encoding="utf-8")
    for package in [path for path in (folder / name).rglob("*") if path.is_dir()]:
        (package / "__init__.py").touch()
    (folder / name / "__init__.py").touch()
    shutil.copyfile(task_files()[task], folder / name / "tasks" / f"{task}.toml")
    shutil.copyfile(ROOT / "LICENSE", folder / name / "LICENSE")
    return name


def modules() -> list[str]:
    """`ENTRY` and all of the product's modules that it imports, at once or later."""
    found: set[str] = set()
    waiting = [ENTRY]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += _imported(module)
    return sorted(found)


def _imported(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(_file_of(module).read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        names = (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        yield from (name for name in names if _is_ours(name))


def _is_ours(name: str) -> bool:
    return name.startswith(f"{PACKAGE}.") and not name.startswith(LEFT_OUT) and _exists(name)


def _exists(module: str) -> bool:
    return _file_of(module).is_file()


def _file_of(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


def _digest(sources: dict[str, str]) -> str:
    digest = hashlib.sha256()
    for module, text in sorted(sources.items()):
        digest.update(f"{module}\n{text}\n".encode())
    return digest.hexdigest()[:12]
