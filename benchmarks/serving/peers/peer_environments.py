"""Peers' virtual environments: one folder each, from `benchmarks/peers/requirements-<peer>.txt`."""

import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).parents[2] / "peers"


def installable() -> list[str]:
    """The peers that need an environment of their own."""
    found = PEERS.glob("requirements-*.txt")
    return sorted(path.stem.removeprefix("requirements-") for path in found)


def python_of(folder: Path, peer: str) -> Path:
    """Where the interpreter of a peer's environment is, made or not."""
    return folder / peer / "bin" / "python"


def install(folder: Path) -> None:
    """Make the environments that are missing; says what became of each, and goes on."""
    folder.mkdir(parents=True, exist_ok=True)
    for peer in installable():
        finished = folder / peer / ".installed"
        if finished.is_file():
            print(f"{peer}: is there already", flush=True)
            continue
        print(f"{peer}: installing (minutes)…", flush=True)
        problem = _install(folder, peer)
        print(f"{peer}: {problem or 'installed'}", flush=True)
        if not problem:
            finished.touch()


def _install(folder: Path, peer: str) -> str:
    """Returns pip's last line if it failed."""
    python = python_of(folder, peer)
    requirements = PEERS / f"requirements-{peer}.txt"
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder / peer)],
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
            str(requirements),
        ],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            return f"not installed: {lines[-1]}"
    return ""
