"""What becomes of pictures that are no such film: `python -m benchmarks.model.wrong_inputs --help`.

Each folder is one kind of wrong picture. Every file goes the way that a film of a request goes, by
each form of the network: a file may be refused when it is read, found unlike the films, referred
for whatever cause, or, which is wrong, answered. Shares have their 95 % intervals (Wilson). Nothing
of a stream's rule is in it: a single film is all that a first request knows.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from api.decision.decide import UNLIKE, Decision
from api.errors import AppError
from api.inputs.discovery import LabelledImage
from api.model_card.quantization import Precision
from api.reports.markdown import table
from api.settings import from_environment
from benchmarks.support.image_answers import answers_for, checkpoint_of
from benchmarks.support.shares import share

HEADER = (
    "pictures",
    "form",
    "files",
    "refused when read",
    "found unlike",
    "referred or refused",
    "answered positive",
    "answered negative",
)
PRECISIONS: tuple[Precision, ...] = ("fp32", "int8")


def main() -> None:
    """Read the files in each form and print a row for each kind."""
    arguments = _arguments()
    settings = from_environment()
    rows: list[tuple[str, ...]] = []
    try:
        checkpoint = checkpoint_of(arguments.model, settings)
        for precision in PRECISIONS:
            asked = settings.model_copy(update={"precision": precision})
            for folder in arguments.data:
                files = files_in(folder)
                answers = answers_for(checkpoint, files, asked)
                decisions = [decision for _, decision in answers]
                rows.append(row_of(folder.name, precision, len(files), decisions))
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc
    rows.sort(key=lambda row: row[0])
    print(table(HEADER, rows))


def row_of(
    kind: str, precision: Precision, files: int, decisions: Sequence[Decision]
) -> tuple[str, ...]:
    """A kind's row.

    Args:
        files: how many there are; those that have no decision were refused when they were read.
    """
    refused = files - len(decisions)
    referred = sum(decision.decision == "refer" for decision in decisions)
    return (
        kind,
        precision,
        str(files),
        str(refused),
        share(sum(UNLIKE in decision.causes for decision in decisions), len(decisions)),
        share(referred + refused, files),
        *(
            share(sum(decision.decision == answer for decision in decisions), files)
            for answer in ("positive", "negative")
        ),
    )


def files_in(folder: Path) -> list[LabelledImage]:
    """All files below a folder, whatever they are. Ends the program where there are none."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if not paths:
        raise SystemExit(f"Error: there is no file below '{folder}'.")
    return [LabelledImage(path, "", folder.name, None, "") for path in paths]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=Path(__file__).name, description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="folder of one kind of picture"
    )
    parser.add_argument("--model", type=Path, help="weights file; default: the champion")
    return parser.parse_args()


if __name__ == "__main__":
    main()
