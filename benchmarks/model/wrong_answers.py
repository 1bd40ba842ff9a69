"""The films of folders that are answered wrong, to look at: `… wrong_answers --help`.

Every film goes the way that a film of a request goes. Printed is each film that is answered against
its label, the surest first: file, label, answer, score, how far it lies from what was learned from,
and why it was decided so. `--sheet FILE.png` draws them, numbered as in the list. Films are read
where they lie; nothing is kept but the sheet, which shows patients: keep it to yourself.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from api.decision.decide import Decision
from api.errors import AppError
from api.inputs.discovery import LabelledImage, find_images
from api.inputs.images.decoding import read_image
from api.registry.holdout import read_holdout
from api.registry.store import Checkpoint, holdout_path
from api.reports.markdown import table
from api.samples.open_collection import image_limits
from api.settings import Settings, from_environment
from api.tasks.task_files import load_task
from benchmarks.support.image_answers import Answers, answers_for, checkpoint_of

HEADER = (
    "no.", "source", "file", "label", "answer", "label of the answer", "score", "unlikeness",
    "site distance", "reasons",
)  # fmt: skip
COLUMNS, SIDE_PX, CAPTION_PX = 5, 320, 16


def main() -> None:
    """Read the films, and list and draw those that are answered wrong."""
    arguments = _arguments()
    settings = from_environment()
    try:
        checkpoint = checkpoint_of(arguments.model, settings)
        images = _images(arguments, checkpoint, settings)
        answers = answers_for(checkpoint, images, settings)
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc
    negative = checkpoint.card.negative_class or ""
    found = wrong_answers(answers, negative_class=negative, referred=arguments.referred)
    print(
        f"{len(found)} of {len(answers)} films are answered wrong; the surest {arguments.most}:\n"
    )
    shown = found[: arguments.most]
    print(table(HEADER, [_row(number, *each) for number, each in enumerate(shown, start=1)]))
    if arguments.sheet:
        contact_sheet(shown, settings).save(arguments.sheet)


def wrong_answers(
    answers: Answers, *, negative_class: str, referred: bool
) -> list[tuple[LabelledImage, Decision]]:
    """Those answered against their label, the surest first.

    Args:
        referred: also those that a person is asked about, where the threshold alone is wrong.
    """
    wrong = [
        (image, decision)
        for image, decision in answers
        if _is_wrong(decision, has_finding=image.label != negative_class, referred=referred)
    ]
    return sorted(wrong, key=lambda each: -_sureness(each[1]))


def _is_wrong(decision: Decision, *, has_finding: bool, referred: bool) -> bool:
    if decision.decision == "refer":
        return referred and (decision.score >= (decision.threshold or 0)) != has_finding
    return (decision.decision == "positive") != has_finding


def _sureness(decision: Decision) -> float:
    """How far the score lies from the threshold, as a share of what there is on that side."""
    cut = decision.threshold or 0.0
    room = 1 - cut if decision.score >= cut else cut
    return abs(decision.score - cut) / max(room, 1e-9)


def contact_sheet(
    found: Sequence[tuple[LabelledImage, Decision]], settings: Settings
) -> Image.Image:
    """The films in rows, each with its number, label, answer and score."""
    rows = max(1, -(-len(found) // COLUMNS))
    height = SIDE_PX + CAPTION_PX
    sheet = Image.new("L", (COLUMNS * SIDE_PX, rows * height))
    drawing = ImageDraw.Draw(sheet)
    for place, (image, decision) in enumerate(found):
        left, top = place % COLUMNS * SIDE_PX, place // COLUMNS * height
        film = Image.fromarray(read_image(image.read(), image_limits(settings)).pixels)
        film.thumbnail((SIDE_PX, SIDE_PX))
        sheet.paste(film, (left, top + CAPTION_PX))
        caption = (
            f"{place + 1}: {image.source} {image.label}, {decision.decision} {decision.score:.2f}"
        )
        drawing.text((left + 2, top + 2), caption, fill=255)
    return sheet


def _row(number: int, image: LabelledImage, decision: Decision) -> tuple[str, ...]:
    distances = (decision.unlikeness, decision.site_distance)
    return (
        str(number),
        image.source,
        image.path.name,
        image.label,
        decision.decision,
        decision.label,
        f"{decision.score:.3f}",
        *("–" if distance is None else f"{distance:.2f}" for distance in distances),
        " ".join(decision.reasons),
    )


def _images(
    arguments: argparse.Namespace, checkpoint: Checkpoint, settings: Settings
) -> list[LabelledImage]:
    """Raises: InvalidDataset."""
    images = find_images(arguments.data, load_task(settings.task)).images
    if not arguments.holdout:
        return images
    hashes = read_holdout(holdout_path(checkpoint.weights)).sha256
    known = {bytes(row).hex() for row in hashes}
    return [image for image in images if image.sha256 in known]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=Path(__file__).name, description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="folder of class folders"
    )
    parser.add_argument("--holdout", action="store_true", help="only films of the hold-out")
    parser.add_argument(
        "--referred", action="store_true", help="also films that are referred, by the threshold"
    )
    parser.add_argument("--most", type=int, default=20, help="films to list; default: 20")
    parser.add_argument("--sheet", type=Path, help="picture to draw them into")
    parser.add_argument("--model", type=Path, help="weights file; default: the champion")
    return parser.parse_args()


if __name__ == "__main__":
    main()
