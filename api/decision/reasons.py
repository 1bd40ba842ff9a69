"""The sentences in which an answer about an image says why."""

from api.model_card.decision_rules import Band
from api.tasks.task import Wording


def uncertain(score: float, low: float, high: float, band: Band) -> str:
    """Why a score within the referred band, from `low` to `high`, is for a person."""
    return (
        f"Uncertain: a probability of a finding between {share(low)} and {share(high)} (here "
        f"{share(score)}) is found in films with and without one; answering them would break the "
        f"bound of {band.max_error:.1%} wrong answers. A person must look."
    )


def out_of_distribution(ood_score: float, site_distance: float | None, wording: Wording) -> str:
    """Why a picture unlike those learned from is for a person; both distances are in limits.

    Of real films that are found unlike, four in five were made unlike those of the known sites too,
    of pictures that were turned one in four (docs/develop/training.md).
    """
    made_alike = site_distance is not None and site_distance <= 1
    other = (
        "; it was made as those were, so unfamiliar equipment is hardly why"
        if made_alike
        else ", or one from very different equipment, which a retraining with films from there "
        "cures"
    )
    return (
        f"The picture is unlike the {wording.images} this model learned from (distance "
        f"{ood_score:.1f} times the limit): it may be {wording.unlike}{other}. The label means "
        "little; a person must look."
    )


def unfamiliar_site(site_distance: float, band: Band | None, wording: Wording) -> str:
    """What it means that the film was made unlike those of the known sites, in limits."""
    images = wording.images
    bound = f" (bound of {band.max_error:.1%} wrong answers)" if band else ""
    return (
        f"The picture was made unlike the {images} this model learned from (exposure, sharpness or "
        f"borders, {site_distance:.1f} times the limit): the equipment may be unfamiliar, so only "
        f"clear answers are given{bound}. A site check with {images} of this site says what the "
        "model is worth there."
    )


def which_kind(kinds: tuple[str, ...], *, unfamiliar: bool) -> str:
    """That several kinds of a finding are left open."""
    why = "this equipment is unfamiliar" if unfamiliar else "several fit"
    return f"If there is a finding, its kind is uncertain ({why}): {' or '.join(kinds)}."


def threshold(score: float, cut: float, *, positive: bool, operating_point: str) -> str:
    """On which side of the threshold a score is."""
    return (
        f"The probability of a finding is {share(score)}, "
        f"{'at or above' if positive else 'below'} the threshold of {share(cut)} "
        f"({operating_point} operating point)."
    )


def share(value: float) -> str:
    """A percentage that is never rounded to certainty."""
    if 0 < value < 0.001:
        return "less than 0.1%"
    if 0.999 < value < 1:
        return "more than 99.9%"
    return f"{value:.1%}"
