"""Completes and checks the list of what an installation consists of (`make sbom`).

cyclonedx-py reads pinned requirements, which name no licences; those of packages that are installed
here in that very version are added. Exit code 1 where the list and the pins differ.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

LICENCE_FIELDS = ("License-Expression", "License")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", re.MULTILINE)


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bom", type=Path, help="CycloneDX JSON; written over")
    parser.add_argument("requirements", type=Path, help="the pins that it was made of")
    arguments = parser.parse_args()
    described = json.loads(arguments.bom.read_text(encoding="utf-8"))
    wrong = differences(described, arguments.requirements.read_text(encoding="utf-8"))
    for line in wrong:
        print(f"{arguments.bom}: {line}")
    if wrong:
        return 1
    licensed = add_licenses(described["components"])
    arguments.bom.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    print(f"{arguments.bom}: {len(described['components'])} packages, {licensed} with a licence")
    return 0


def differences(described: dict[str, Any], requirements: str) -> list[str]:
    """What the pins have and the list has not, and the other way round."""
    listed = {(_plain(c["name"]), c["version"]) for c in described.get("components", [])}
    pinned = {(_plain(name), version) for name, version in PIN.findall(requirements)}
    missing = [f"{name} {version} is pinned and not listed" for name, version in pinned - listed]
    more = [f"{name} {version} is listed and not pinned" for name, version in listed - pinned]
    return sorted(missing + more)


def add_licenses(components: Iterable[dict[str, Any]]) -> int:
    """Put the licences of installed packages into their entries; returns how many have one."""
    found = 0
    for component in components:
        if licences := licenses_of(component["name"], component["version"]):
            component["licenses"] = licences
        found += bool(component.get("licenses"))
    return found


def licenses_of(name: str, version: str) -> list[dict[str, Any]]:
    """As CycloneDX has them, by the package's own word; none where it is not installed here."""
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return []
    if package.version != version:
        return []
    declared = {name: package.metadata[name] for name in LICENCE_FIELDS if name in package.metadata}
    if expression := declared.get("License-Expression"):
        return [{"expression": expression, "acknowledgement": "declared"}]
    prefix = "License :: OSI Approved :: "
    named = [c.removeprefix(prefix) for c in package.metadata.get_all("Classifier") or []
             if c.startswith(prefix)]  # fmt: skip
    # Old packages have the whole text in this field.
    word = declared.get("License", "").strip()
    named = named or ([word] if word and "\n" not in word else [])
    return [{"license": {"name": each, "acknowledgement": "declared"}} for each in named]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
