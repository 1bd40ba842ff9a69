"""What is done differently with inputs of one kind than of another: one Protocol for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

from api.arrays import Float32Array
from api.decision.decide import Decision, DecisionInputs, DecisionPolicy
from api.errors import AppError
from api.inputs.images.decoding import Limits
from api.inputs.images.description import ImageDescription
from api.inputs.images.preprocessing import PreprocessingSpec
from api.model_card.card import Card
from api.model_card.golden import Golden
from api.tasks.task import Task

Describe = Callable[[bytes, Limits, PreprocessingSpec], ImageDescription]


@dataclass(frozen=True, slots=True)
class DecodedInput:
    """What the network takes, float32 without a batch's axis; what is wrong with the input, in
    words; and how an image was made (`inputs.images.acquisition`), nothing of what is none.

    `tag_issues`: why a DICOM film is not what the task is about, by its tags, in words; `dicom`:
    what the settings let an answer show of them; `dicom_source`: its UIDs, where they are to be
    stored with the answer; `identifiers`: what in a file's name tells whose film it is.
    """

    tensor: Float32Array
    issues: tuple[str, ...]
    acquisition: Float32Array
    tag_issues: tuple[str, ...] = ()
    dicom: Mapping[str, str | None] | None = None
    dicom_source: Mapping[str, str] | None = None
    identifiers: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class LabelledInput:
    """One of several inputs in a file: its name, its class as it is written there, its bytes or
    why it has none."""

    name: str
    label: str | None
    content: bytes | AppError


class Kind(Protocol):
    """A kind of input. Whoever serves, stores or shows inputs asks it, and never which one it is.

    `noun` and `content` name an input, and what two files of one input have in common, in
    sentences. `input_name` is what the compiled network calls its input; `takes_plain_body`: a
    request's body may be the input itself, without a form around it; `has_pictures`: there is
    something to look at.
    """

    @property
    def noun(self) -> str: ...

    @property
    def content(self) -> str: ...

    @property
    def input_name(self) -> str: ...

    @property
    def takes_plain_body(self) -> bool: ...

    @property
    def has_pictures(self) -> bool: ...

    def decode(self, content: bytes, limits: Limits, card: Card) -> DecodedInput:
        """From one input's bytes to the network's input, as the card says.

        Raises: UnsupportedFormat, UnreadableImage, TooLarge, DecoderFailed, InvalidRow.
        """

    def without_metadata(self, content: bytes) -> bytes:
        """The same input without what is beside it in its file: names, dates, places, previews.

        Raises: UnsupportedFormat, UnreadableImage.
        """

    def golden_input(self, golden: Golden, card: Card) -> Float32Array:
        """The input that the card holds a golden answer to."""

    def golden_name(self, golden: Golden) -> str:
        """That input in a few words."""

    def check_policy(self, card: Card, policy: DecisionPolicy) -> None:
        """Raises: InvalidRequest if the card cannot decide as the policy says."""

    def decide(self, inputs: DecisionInputs, card: Card, policy: DecisionPolicy) -> Decision:
        """An answer. Raises: InvalidRequest."""

    def error_bound(self, card: Card) -> float:
        """The share of wrong answers that the card promises not to exceed."""

    def describer(self, task: Task, read_image: Describe) -> Describe:
        """What describes an input that becomes a sample, and refuses what is none.

        Args:
            read_image: describes an image, where the server reads images.
        """

    def numbers(self, content: bytes, task: Task) -> dict[str, float]:
        """The named numbers that an input is made of. Raises: NotFound where it has none."""

    def holds_several(self, name: str) -> bool:
        """Whether a file of this name holds several inputs, as a table does."""

    def inputs_in(
        self, name: str, file: IO[bytes], task: Task, *, max_inputs: int
    ) -> Sequence[LabelledInput] | None:
        """The labelled inputs in one uploaded file; None: the file itself is the input.

        Raises: InvalidUpload, TooLarge.
        """

    def card_page(self, card: Card, *, picture: str | None) -> str:
        """The card as Markdown; `picture` is the file name of its curves."""

    def curves(self, card: Card) -> str | None:
        """The card's curves as SVG; None if it has none."""

    def metrics_text(self, card: Card) -> str:
        """The card's figures as Markdown tables."""
