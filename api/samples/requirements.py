"""How much is enough to retrain on."""

from dataclasses import dataclass

from api.errors import NotEnoughSamples


@dataclass(frozen=True, slots=True)
class Requirements:
    """Images needed in all, and classes that need at least one."""

    min_classes: int
    min_images: int

    def are_met(self, counts: dict[str, int]) -> bool:
        """Whether samples per class suffice."""
        present = sum(number > 0 for number in counts.values())
        return present >= self.min_classes and sum(counts.values()) >= self.min_images

    def check(self, counts: dict[str, int]) -> dict[str, int]:
        """The same counts. Raises: NotEnoughSamples, with what is there and what is needed."""
        if self.are_met(counts):
            return counts
        have = ", ".join(f"{label} {number}" for label, number in counts.items())
        raise NotEnoughSamples(
            f"Retraining needs at least {self.min_images} images of at least {self.min_classes} "
            f"classes; there are {sum(counts.values())} ({have}). Add some with POST /upload-data.",
            errors=tuple(
                {"class": label, "images": str(number)} for label, number in counts.items()
            ),
        )
