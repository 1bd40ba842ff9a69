"""The file of a card: read, compared with what publishing wrote and with its task, written."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from api.errors import InvalidCheckpoint, InvalidTask
from api.files import read_bounded, write_atomic
from api.model_card.card import FORMAT, Card
from api.model_card.checksums import checksums_of, first_changed
from api.model_card.table_card import TableCard
from api.tasks.task import Task
from api.tasks.task_files import load_task

CHECKSUMS_KEY = "checksums"
# The shipped card has 60 KB and three thousand values. Each wrong one costs 2 KB to be told of.
MAX_BYTES = 4_000_000
MAX_VALUES = 50_000


def read_card(path: Path) -> Card:
    """Parse a card file, and compare it with what publishing wrote and with its task's classes.

    Cards of former releases have no checksums; they are read as they are.

    Raises: InvalidCheckpoint if it is missing, does not describe a checkpoint, or was changed.
    """
    try:
        described = _json_object(path)
        sealed = described.pop(CHECKSUMS_KEY, None)
        card = _card_type(described).model_validate(described)
    except FileNotFoundError as exc:
        raise InvalidCheckpoint(
            f"The checkpoint has no card ('{path.name}' is missing); without it nobody knows what "
            "its pixels and outputs mean. Train it with `python -m api train`, or restore the file."
        ) from exc
    except OSError as exc:
        raise InvalidCheckpoint(f"The card '{path.name}' cannot be read: {exc.strerror}.") from exc
    except ValueError as exc:
        raise InvalidCheckpoint(
            f"The card '{path.name}' cannot be read ({_wrong(exc)}); restore the file "
            "or promote another version."
        ) from exc
    _check_unchanged(path, card, described, sealed)
    _check_classes(path, card)
    return card


def _card_type(described: Mapping[str, Any]) -> type[Card]:
    kinds: dict[object, type[Card]] = {TableCard.input_kind: TableCard}
    return kinds.get(described.get("kind"), Card)


def version_in(path: Path) -> str | None:
    """The version that a card file says, though the rest of it may be refused; None: none."""
    try:
        version = _json_object(path).get("version")
    except (OSError, ValueError):
        return None
    return version if isinstance(version, str) else None


def write_card(path: Path, card: Card) -> None:
    """Write a card file with its checksums, whole or not at all. Raises: StorageFailed."""
    described = from_json(card.model_copy(update={"format": FORMAT}).model_dump_json())
    sealed = described | {CHECKSUMS_KEY: checksums_of(described)}
    write_atomic(path, to_json(sealed, indent=1) + b"\n")


def _json_object(path: Path) -> dict[str, Any]:
    """Raises: OSError, ValueError."""
    described = from_json(read_bounded(path, max_bytes=MAX_BYTES))
    if not isinstance(described, dict):
        raise ValueError("it is no JSON object")
    if _values_in(described) > MAX_VALUES:
        raise ValueError(f"it holds more than {MAX_VALUES} values")
    return described


def _values_in(value: object) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_values_in, parts))


def _check_unchanged(path: Path, card: Card, described: dict[str, Any], sealed: Any) -> None:
    if not card.is_sealed and sealed is None:
        return
    changed = first_changed(described, sealed)
    if changed:
        raise InvalidCheckpoint(
            f"The card '{path.name}' was changed after it was published: {changed}. Answers "
            "would no longer mean what was measured; restore the file, or promote another version."
        )


def _check_classes(path: Path, card: Card) -> None:
    """Outputs are told apart by their order alone."""
    try:
        task = _task(card.task)
    except (InvalidTask, OSError) as exc:
        raise InvalidCheckpoint(
            f"The card '{path.name}' is of the task '{card.task[:40]}', which is not known here."
        ) from exc
    if card.classes != task.labels or card.negative_class != task.negative_class:
        raise InvalidCheckpoint(
            f"The card '{path.name}' does not have the classes of the task '{task.name}' in their "
            f"order: {_listed(card.classes, card.negative_class)} instead of "
            f"{_listed(task.labels, task.negative_class)}. Restore the file, or promote another "
            "version."
        )


@lru_cache(maxsize=8)
def _task(name: str) -> Task:
    return load_task(name)


def _listed(classes: tuple[str, ...], negative_class: str | None) -> str:
    shown = ", ".join(name[:40] for name in classes[:12])
    negative = f"'{negative_class[:40]}'" if negative_class else "none"
    return f"classes {shown} with {negative} as negative_class"


def _wrong(exc: ValueError) -> str:
    """What is wrong and where, without the content: that may be long, or anything."""
    if not isinstance(exc, ValidationError):
        return str(exc)
    first = exc.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))[:200] or 'the file'}: {first['msg']}"
