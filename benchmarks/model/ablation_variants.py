"""The recipes that the ablation compares: the one of the task file, and what is changed in it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Variant:
    """The recipe with something changed: in its preprocessing, its fitting, its augmentation."""

    name: str
    preprocessing: dict[str, Any] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    augmentation: dict[str, float] = field(default_factory=dict)


FRAMING = {"min_crop": 1.0, "max_crop": 1.0, "shift": 0.0, "aspect": 0.0}
TONE = {"gamma": 0.0, "contrast": 0.0, "equalize": 0.0}
SHARPNESS = {"blur_px": 0.0, "sharpen": 0.0}
VARIANTS = (
    Variant("the recipe"),
    Variant("head only", recipe={"tail_epochs": 0}),
    Variant("tail from block 6", recipe={"tail_from": "block_6_expand"}),
    Variant("without averaged weights", recipe={"ema_momentum": 0.0}),
    Variant("with mixed styles", recipe={"style_mixing": 0.5}),
    Variant("without label smoothing", recipe={"label_smoothing": 0.0}),
    Variant("without crops, shifts and stretching", augmentation=FRAMING),
    Variant("without blur and sharpening", augmentation=SHARPNESS),
    Variant("without tone changes", augmentation=TONE),
    Variant("with mixup", recipe={"mixup": 0.2}),
    Variant("with batch normalisation trained", recipe={"batch_norm": "trained"}),
    Variant("with local contrast", preprocessing={"local_contrast": 0.12}),
    Variant("with burnt-in text", augmentation={"text": 0.35}),
)
