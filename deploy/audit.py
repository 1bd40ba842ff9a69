"""Asks an advisory database about pinned requirements: `python -m deploy.audit --help`.

Uses nothing but the standard library, so that it runs in pip-audit's own environment. pip-audit
itself says "no known vulnerabilities" of packages that the database was never asked about; here
that is an outcome of its own. Exit code 0: all were looked up, and nothing is known against them;
1: something is; 3: the database cannot be reached, or does not know all of them.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

# Of what a program printed that failed: the last line says why.
MAX_LETTERS = 300


class Outcome(IntEnum):
    """Exit codes; 2 is that of a wrong command line."""

    CLEAN = 0
    VULNERABLE = 1
    NOT_ASKED = 3


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of one file's packages."""

    advisories: tuple[str, ...] = ()
    looked_up: int = 0
    unknown: tuple[str, ...] = ()
    failure: str = ""

    @property
    def outcome(self) -> Outcome:
        """What is known to be wrong counts more than what is not known."""
        if self.advisories:
            return Outcome.VULNERABLE
        return Outcome.NOT_ASKED if self.failure or self.unknown else Outcome.CLEAN


def main() -> int:
    """Returns the exit code."""
    arguments = _arguments()
    outcomes = []
    for path in arguments.requirements:
        found = audited(path, program=arguments.program, service=arguments.service)
        print("\n".join(report_lines(path, found)))
        outcomes.append(found.outcome)
    return Outcome.VULNERABLE if Outcome.VULNERABLE in outcomes else max(outcomes)


def audited(path: Path, *, program: str, service: str) -> Found:
    """What the service knows of the packages of a file; every line is a name with a version."""
    command = [program, "--format", "json", "--vulnerability-service", service, "--no-deps"]
    done = subprocess.run(
        [*command, "--disable-pip", "--progress-spinner", "off", "--requirement", str(path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return _read(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError, TypeError):
        lines = done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"]
        return Found(failure=lines[-1][:MAX_LETTERS])


def report_lines(path: Path, found: Found) -> list[str]:
    """Lines for people."""
    lines = [f"{path}: {advisory}" for advisory in found.advisories]
    if found.failure:
        lines.append(f"{path}: the advisory database could not be asked: {found.failure}")
    elif found.unknown:
        lines.append(
            f"{path}: {len(found.unknown)} packages could not be looked up, so nothing is known "
            f"about them: {', '.join(found.unknown)[:MAX_LETTERS]}"
        )
    if found.outcome == Outcome.CLEAN:
        lines.append(f"{path}: {found.looked_up} packages, no advisory")
    return lines


def _read(packages: Sequence[dict[str, object]]) -> Found:
    """Of pip-audit's JSON."""
    asked = [package for package in packages if "skip_reason" not in package]
    return Found(
        tuple(line for package in asked for line in _advisories(package)),
        len(asked),
        tuple(str(package["name"]) for package in packages if "skip_reason" in package),
        "" if packages else "there are no packages in the answer",
    )


def _advisories(package: dict[str, object]) -> list[str]:
    known = package["vulns"]
    assert isinstance(known, list)
    name = f"{package['name']} {package['version']}"
    return [
        f"{name}: {each['id']}; mended in {', '.join(each['fix_versions']) or 'no version yet'}"
        for each in known
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("requirements", nargs="+", type=Path, help="files with pinned versions")
    parser.add_argument("--program", default="pip-audit", help="where pip-audit is")
    parser.add_argument(
        "--service", choices=("pypi", "osv"), default="pypi", help="the database to ask"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
