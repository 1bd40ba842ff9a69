"""How a network of a task is fitted: the `training` and `retraining` of a task file."""

from typing import Literal

from pydantic import Field

from api.tasks.section import Section


class Augmentation(Section):
    """Ranges that one random variant of a film is drawn from; sizes as fractions of the side."""

    rotation_deg: float = 0.0
    min_crop: float = 1.0
    max_crop: float = 1.0
    shift: float = 0.0
    aspect: float = 0.0
    gamma: float = 0.0
    contrast: float = 0.0
    blur_px: float = 0.0
    sharpen: float = 0.0
    noise: float = 0.0
    erase: float = 0.0
    equalize: float = 0.0
    jpeg: float = 0.0
    text: float = 0.0


class Sampling(Section):
    """How often films are shown by what their source holds; see `training.sampling`."""

    balance: float = Field(
        1.0, ge=0, le=1, description="1: each source's films with a finding as often as without."
    )
    one_sided: float = Field(
        1.0, gt=0, le=1, description="Share of that for sources that hold findings only, or none."
    )
    doubt: float = Field(
        0.0, ge=0, lt=0.5, description="What the negative class gets of a finding's label there."
    )


class FoldFits(Section):
    """How a retraining learns a site's films in parts, so that each film is also judged.

    Each part is left out of one of the fits; what is published is the mean of their weights.
    """

    folds: int = Field(3, ge=2)
    epochs: int = Field(12, ge=1, description="Fewer where an epoch has many batches.")
    max_steps: int = Field(240, ge=1, description="Batches that a fit has at most.")
    learning_rate: float = Field(1.5e-3, gt=0)
    replay_ratio: float = Field(
        1.7, gt=0, description="Remembered films in an epoch for each new one, as far as there are."
    )


class Recipe(Section):
    """How a network is fitted: a head on the frozen backbone, then the backbone's tail."""

    head_epochs: int = Field(ge=0)
    head_learning_rate: float = Field(gt=0)
    tail_epochs: int = Field(ge=0)
    tail_learning_rate: float = Field(gt=0)
    tail_from: str = Field(description="First backbone layer that learns in the second phase.")
    batch_norm: Literal["frozen", "trained"] = Field(
        "frozen", description="Whether batch normalisation learns with the layers around it."
    )
    variants: int = Field(
        0, ge=0, description="Augmented variants of a film that a retraining draws from."
    )
    distillation: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the parent's answer in what a retraining teaches of known films.",
    )
    batch_size: int = Field(ge=1)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    mixup: float = Field(
        0.0, ge=0, description="Both parameters of the Beta that mixing shares are drawn from."
    )
    style_mixing: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of batches whose films take some of each other's style inside the "
        "network (Zhou et al. 2021).",
    )
    weight_decay: float = Field(0.0, ge=0)
    dropout: float = Field(0.0, ge=0, lt=1)
    ema_momentum: float = Field(0.0, ge=0, lt=1, description="Weight averaging; 0: none.")
    kept_change: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of what fine-tuning changed that is kept: the weights lie between the "
        "ones it began with and the ones it ended with (Wortsman et al. 2022).",
    )
    max_forgotten: float | None = Field(
        None, ge=0, le=1, description="In a retraining that share is chosen: see `weight_share`."
    )
    max_forgotten_site: float | None = Field(
        None,
        ge=0,
        le=1,
        description="The same for a version that answers one site only; None: there is none.",
    )
    fold_fits: FoldFits | None = Field(
        None,
        description="How a retraining learns where a site has films enough for a profile; None: "
        "as without sites.",
    )
    sampling: Sampling | None = Field(
        None, description="None: each film once an epoch, rare kinds with more weight."
    )
    validation_fraction: float = Field(gt=0, lt=1)
    holdout_fraction: float = Field(gt=0, lt=1)
    folds: int = Field(
        0,
        ge=0,
        description="Parts of all films that are each left out once, so that a few films tell "
        "something; 0: none.",
    )
    augmentation: Augmentation = Augmentation()
