"""Which commands there are, and the modules that are imported once one of them is asked for.

What the commands import takes a second and a half; `--help`, and a command that needs none of it,
do without.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import typer.main
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command, or a group of them, is found.

    Attributes:
        help: the first paragraph of its own help.
    """

    module: str
    name: str
    help: str


COMMANDS = {
    "train": Place(
        "training.train",
        "train",
        "Train a checkpoint from folders of labelled films, and print how good it is.",
    ),
    "reduce": Place(
        "training.reduce",
        "reduce",
        "Make the int8 form of a trained checkpoint anew, and print what it was held against.",
    ),
    "streams": Place(
        "training.streams",
        "streams",
        "Give a trained checkpoint the rule by which a shifted stream of films is noticed, anew.",
    ),
    "card": Place("training.card", "card", "Render a checkpoint's card as a Markdown page."),
    "export": Place(
        "training.export",
        "export",
        "Write a checkpoint as a folder that MLflow, LiteRT, ONNX or TensorFlow loads.",
    ),
    "predict": Place(
        "predict",
        "predict",
        "Classify films, or rows of a task of tables: a line of JSON each, or a row of a table.",
    ),
    "dimse": Place(
        "dimse",
        "dimse",
        "Listen for C-STORE, and send every instance to the server's /dicom-web/studies.",
    ),
    "replay": Place(
        "replay",
        "replay",
        "Answer a stored film again with the version that answered, and say whether it gives the "
        "same.",
    ),
    "evaluate": Place(
        "evaluate",
        "evaluate",
        "Measure a checkpoint on your own films or rows, and say whether it may be used there.",
    ),
    "settings": Place(
        "administration.settings",
        "settings",
        "List every setting with its default and what it does.",
    ),
    "erase": Place(
        "administration.erase",
        "erase",
        "Erase a patient's films, those of a file name, or what is older: rows, images, "
        "activations.",
    ),
    "backup": Place(
        "administration.backup",
        "backup",
        "Back up records, checkpoints and training films into one file, while a server runs.",
    ),
    "restore": Place(
        "administration.backup",
        "restore",
        "Put a backup back into an empty installation, once all of it was read and checked.",
    ),
    "import": Place(
        "import_images",
        "import_images",
        "Add folders of labelled films to the training data, where a server keeps it.",
    ),
    "import-model": Place(
        "training.import_model",
        "import_model",
        "Make a checkpoint of somebody else's MobileNetV2 classifier, measured on labelled films "
        "here.",
    ),
    "db": Place(
        "administration.db",
        "db",
        "See and upgrade the schema of the records; accept this machine's keys.",
    ),
    "champion": Place(
        "administration.champion", "champion", "See and change which version serves."
    ),
    "signing": Place(
        "administration.signing",
        "signing",
        "Make a key, sign a checkpoint, and say who signed one.",
    ),
    "sites": Place("sites", "sites", "See and undo the profiles of sites."),
    "user": Place("administration.user", "user", "Add, list, change and remove users."),
    "key": Place("administration.key", "key", "Add, list and revoke keys of machines."),
    "alerts": Place(
        "administration.alerts",
        "alerts",
        "See what fires, try the rules and the messages, write Prometheus rules.",
    ),
    "shadow": Place(
        "training.shadow",
        "shadow",
        "Let a version answer live films beside the champion, unheard.",
    ),
    "audit": Place(
        "administration.audit", "audit", "Export and verify the log of who changed what."
    ),
}


class CommandGroup(TyperGroup):
    """All of `COMMANDS`, each imported when it is used."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Loaded()

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, in their order."""
        return list(self.commands)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The list of commands is written from what `COMMANDS` says of them."""
        listed = copy.copy(self)
        listed.commands = {
            name: TyperCommand(name, help=place.help) for name, place in COMMANDS.items()
        }
        TyperGroup.format_help(listed, ctx, formatter)


class _Loaded(MutableMapping[str, Any]):
    """Commands by name; what is looked up is imported."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = _imported(name, COMMANDS[name])
        return self._found[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._found[name] = command

    def __delitem__(self, name: str) -> None:
        del self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _imported(name: str, place: Place) -> Any:
    found = getattr(import_module(f"api.cli.{place.module}"), place.name)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return cast(Any, typer.main.get_command(alone))
