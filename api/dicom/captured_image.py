"""What the network looked at: the heat map over the film, under a band that says what it is."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from api.arrays import ByteArray, FloatArray
from api.decision.heatmap import INFERNO, heat
from api.dicom.answers import NOTICE, ResultOfImage, Term
from api.dicom.report_content import DECISIONS

# Of the colours over the film, where the evidence is strongest.
OPACITY = 0.4
# Letters by the picture's width; smaller ones cannot be read.
WIDTH_PER_LETTER_HEIGHT, MIN_LETTER_PX = 26, 12
LINE = 1.4


def captured(answer: ResultOfImage, image: ByteArray, activation: FloatArray | None) -> ByteArray:
    """The picture of a secondary capture.

    Args:
        image: (height, width) uint8, as it is seen.
        activation: (rows, columns, classes), see `decision.heatmap`; None: no heat map was kept,
            and the film is shown as it is.

    Returns: (band + height, width, 3) uint8. The band lies above the film and hides nothing of it.
    """
    classes = [term for term, _ in answer.probabilities]
    shown = np.repeat(image[..., np.newaxis], 3, axis=2)
    if activation is not None:
        shown = _coloured(image, activation, classes.index(coloured_class(answer)))
    return np.concatenate([_band(lines_of(answer), image.shape[1]), shown])


def coloured_class(answer: ResultOfImage) -> Term:
    """The finding, or the most probable class where the decision names none."""
    classes = [term for term, _ in answer.probabilities]
    return answer.finding if answer.finding in classes else answer.label_term


def lines_of(answer: ResultOfImage) -> tuple[str, ...]:
    """What is burnt in: that it is an AI's, what was decided, what is coloured."""
    against = "" if answer.threshold is None else f" (threshold {answer.threshold:.2f})"
    coloured = coloured_class(answer).meaning
    return (
        f"{NOTICE}. Not a diagnosis.",
        f"{DECISIONS[answer.decision].meaning}. Score {answer.score:.2f}{against}.",
        f"Coloured: evidence for {coloured}. {answer.model_version}, {answer.id[:8]}.",
    )


def _coloured(image: ByteArray, activation: FloatArray, index: int) -> ByteArray:
    height, width = image.shape
    shares = heat(activation, index, height=height, width=width)
    anchors = np.linspace(0, 1, len(INFERNO))
    opacity = OPACITY * shares
    grey = image * (1 - opacity)
    channels = [
        grey + opacity * np.interp(shares, anchors, channel)
        for channel in zip(*INFERNO, strict=True)
    ]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def _band(lines: tuple[str, ...], width: int) -> ByteArray:
    size = max(MIN_LETTER_PX, width // WIDTH_PER_LETTER_HEIGHT)
    font = ImageFont.load_default(size)
    wrapped = [part for line in lines for part in _wrapped(line, font, width - size)]
    step = round(LINE * size)
    band = Image.new("RGB", (width, step * len(wrapped) + size // 2))
    pen = ImageDraw.Draw(band)
    for number, line in enumerate(wrapped):
        pen.text((size // 2, number * step + size // 4), line, fill="white", font=font)
    return np.asarray(band)


def _wrapped(
    line: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int
) -> list[str]:
    """In lines that fit; a word that is wider has one of its own."""
    lines = [""]
    for word in line.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width_px:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
