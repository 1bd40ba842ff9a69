"""Alert rules as data: what `alerts.toml` and a user's own file may say.

Both hold a list of `[[alert]]`. An entry of the user's file with the name of a shipped rule changes
the fields that it names; one with another name is a rule more.
"""

import operator
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from api.errors import InvalidAlertRules
from api.files import read_bounded
from api.monitoring.alerting.signal_names import SIGNALS, Unit

SHIPPED = Path(__file__).parents[1] / "alerts.toml"
MAX_BYTES = 1_000_000
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"([0-9]+)([smhd])")
_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|>|<)\s*([-+0-9.eE]+)\s*")
_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip

Severity = Literal["info", "warning", "critical"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A named signal held against a threshold."""

    signal: str
    comparison: str
    threshold: float

    @property
    def is_upper(self) -> bool:
        """Whether large values are bad."""
        return self.comparison in (">", ">=")

    def holds(self, value: float) -> bool:
        """Whether the alert's condition is met."""
        return _HOLDS[self.comparison](value, self.threshold)

    def is_cleared(self, value: float, clear: float) -> bool:
        """Whether a firing alert is over: the value is at the clear threshold or beyond."""
        return value <= clear if self.is_upper else value >= clear


class AlertRule(BaseModel):
    """One rule; for what each field means see docs/run/alerts.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    when: str
    clear: float = Field(allow_inf_nan=False)
    holds_for: Annotated[timedelta, Field(alias="for")]
    severity: Severity
    says: str = Field(min_length=1, max_length=200)
    do: str = Field(min_length=1, max_length=500)
    # A PromQL expression with the signal's value, or one that holds when the alert does.
    promql: str = ""
    promql_condition: str = ""
    send_resolved: bool = True
    # Whether it takes back a promotion soon before it, where the setting wants that at all.
    rollback: bool = False
    enabled: bool = True

    @field_validator("holds_for", mode="before")
    @classmethod
    def _duration(cls, value: object) -> timedelta:
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError("write it like '90s', '10m', '2h' or '1d'")
        return timedelta(seconds=int(found[1]) * SECONDS[found[2]])

    @field_validator("when")
    @classmethod
    def _names_a_signal(cls, value: str) -> str:
        _condition(value)
        return value

    @model_validator(mode="after")
    def _clears_beyond_the_threshold(self) -> Self:
        condition = self.condition
        if condition.holds(self.clear):
            side = "below" if condition.is_upper else "above"
            raise ValueError(
                f"'clear' is {self.clear:g}, where '{self.when}' still holds; put it {side} the "
                "threshold"
            )
        if bool(self.promql) == bool(self.promql_condition):
            raise ValueError("give one of 'promql' and 'promql_condition'")
        return self

    @property
    def condition(self) -> Condition:
        """What `when` says."""
        return _condition(self.when)

    @property
    def is_of_a_task(self) -> bool:
        """Whether each task has an alert of its own; else there is one for the server."""
        return SIGNALS[self.condition.signal].is_of_a_task

    @property
    def unit(self) -> Unit:
        """What values and thresholds are measured in."""
        return SIGNALS[self.condition.signal].unit


def load_rules(own_file: str = "") -> tuple[AlertRule, ...]:
    """The shipped rules, with what a user's own file changes and adds; disabled ones are left out.

    Raises: InvalidAlertRules with a sentence that names the file, the rule and the field.
    """
    entries = {entry["name"]: entry for entry in _entries(SHIPPED)}
    source = dict.fromkeys(entries, SHIPPED)
    if own_file:
        for entry in _entries(Path(own_file)):
            name = entry["name"]
            entries[name] = entries.get(name, {}) | entry
            source[name] = Path(own_file)
    rules = [_rule(entry, source[name]) for name, entry in entries.items()]
    return tuple(rule for rule in rules if rule.enabled)


def _entries(path: Path) -> list[dict[str, Any]]:
    """The `[[alert]]` tables of a file, each with its name."""
    try:
        document = tomllib.loads(read_bounded(path, max_bytes=MAX_BYTES).decode())
    except OSError as exc:
        raise InvalidAlertRules(
            f"The alert rules '{path}' cannot be read ({exc.strerror}); fix ROENTGEN_ALERTS_FILE "
            "or the file's permissions."
        ) from exc
    except ValueError as exc:
        raise InvalidAlertRules(f"The alert rules '{path}' are no TOML: {exc}.") from exc
    entries = document.pop("alert", [])
    if document or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise InvalidAlertRules(f"'{path.name}' may hold [[alert]] tables and nothing else.")
    names = [entry.get("name") for entry in entries]
    for number, name in enumerate(names, start=1):
        if not isinstance(name, str):
            raise InvalidAlertRules(f"'{path.name}': alert {number} has no 'name'.")
        if names.index(name) != number - 1:
            raise InvalidAlertRules(f"'{path.name}': there are two alerts named '{name}'.")
    return entries


def _rule(entry: dict[str, Any], path: Path) -> AlertRule:
    try:
        return AlertRule.model_validate(entry)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ")
        field = f", field '{where}'" if where else ""
        raise InvalidAlertRules(
            f"'{path.name}', alert '{entry['name']}'{field}: {reason}."
        ) from exc


def _condition(text: str) -> Condition:
    """Raises: ValueError."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ValueError("write it like 'error_rate > 0.05'")
    name, comparison, number = found.groups()
    if name not in SIGNALS:
        raise ValueError(f"there is no signal '{name}'; there are {', '.join(sorted(SIGNALS))}")
    return Condition(name, comparison, float(number))
