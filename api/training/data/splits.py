"""How labelled images are divided into splits so that no patient is in two of them."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from scipy.cluster.hierarchy import DisjointSet

from api.inputs.discovery import LabelledImage
from api.tasks.splits import HOLDOUT as HOLDOUT
from api.tasks.splits import TRAIN as TRAIN
from api.tasks.splits import VALIDATION as VALIDATION

SPLIT_RULE = (
    "by patient and by content: all films of a patient, and all byte-identical films, are on one "
    "side; drawn within each source and class by a hash of the patient, so the same for every run "
    "with the same seed"
)


def split(
    images: Sequence[LabelledImage], fractions: dict[str, float], *, seed: int
) -> dict[str, list[LabelledImage]]:
    """Divide films by patient and content into named splits and the rest, 'train'.

    Within each source and class, groups are ordered by a seeded hash of their name; each split
    takes its fraction of the images, at least one group, as long as one is left to train on.
    """
    groups = _groups(images)
    strata: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, members in groups.items():
        strata[members[0].stratum].append(name)
    splits: dict[str, list[LabelledImage]] = {name: [] for name in (*fractions, TRAIN)}
    for names in strata.values():
        order = sorted(names, key=lambda name: _drawn(name, seed))
        total = sum(len(groups[name]) for name in order)
        for name, fraction in fractions.items():
            taken = 0
            while len(order) > 1 and taken < fraction * total:
                members = groups[order.pop()]
                splits[name] += members
                taken += len(members)
        splits[TRAIN] += [image for name in order for image in groups[name]]
    return splits


def folds(images: Sequence[LabelledImage], number: int, *, seed: int) -> list[list[LabelledImage]]:
    """Deal films out into so many parts, each class evenly, nobody's films into two of them."""
    groups = _groups(images)
    strata: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, members in groups.items():
        strata[members[0].stratum].append(name)
    parts: list[list[LabelledImage]] = [[] for _ in range(number)]
    for names in strata.values():
        for name in sorted(names, key=lambda name: _drawn(name, seed)):
            min(parts, key=len).extend(groups[name])
    return parts


def _drawn(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}/{name}".encode()).digest()


def _groups(images: Sequence[LabelledImage]) -> dict[str, list[LabelledImage]]:
    """Films that belong together, by patient or by content, under a name that stays the same."""
    together: DisjointSet = DisjointSet()
    for image in images:
        together.add(image.sha256)
        if image.person is not None:
            together.add(image.person)
            together.merge(image.person, image.sha256)
    groups: defaultdict[str, list[LabelledImage]] = defaultdict(list)
    for image in images:
        groups[together[image.sha256]].append(image)
    return {min(image.sha256 for image in members): members for members in groups.values()}
