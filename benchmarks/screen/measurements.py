"""The figures of a benchmark, each beside whether it is as it must be."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Measurements:
    """What is printed: each with its value, and whether it is as it must be."""

    lines: list[tuple[str, str, str]] = field(default_factory=list)
    failed: bool = False

    def note(self, name: str, value: object, is_right: bool | None = None) -> None:
        """`is_right` None: a figure without a bound."""
        self.failed |= is_right is False
        words = {None: "", True: "yes", False: "NO"}
        self.lines.append((name, str(value), words[is_right]))
