"""An exported checkpoint, answering outside the product as the product does.

This file and what it imports are copied into MLflow models: it knows no settings, no records and no
server.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from api.decision.decide import Decision, DecisionInputs, DecisionPolicy
from api.errors import AppError, InvalidCheckpoint, InvalidRequest
from api.exports.kinds import export_of
from api.exports.manifest import MANIFEST_NAME, Manifest, Policy, ReadLimits
from api.files import sha256_of
from api.inputs.images.decoding import Limits
from api.kinds.by_name import kind_of
from api.model_card.card_file import read_card
from api.registry.store import CARD_NAME, WEIGHTS_NAME, Checkpoint
from api.serving.engine import GOLDEN_TOLERANCE, INT8_TOLERANCE, Engine

PROBABILITY = "probability_"


class ExportedModel:
    """The checkpoint in a folder that `api.exports.write` wrote, loaded and proven.

    Args:
        folder: with `manifest.json`, the card, the LiteRT network and the golden answers.

    Raises: InvalidCheckpoint if a file is missing, was changed, or does not answer as it did where
        it was exported.
    """

    def __init__(self, folder: Path) -> None:
        self.manifest = _manifest(folder)
        _check_files(folder, self.manifest)
        checkpoint = Checkpoint(folder / WEIGHTS_NAME, read_card(folder / CARD_NAME))
        self._engine = Engine(
            checkpoint,
            folder / self.manifest.graph,
            interpreters=1,
            precision=self.manifest.precision,
        )
        self.check(folder)

    def answer(
        self,
        content: bytes,
        *,
        operating_point: str | None = None,
        prevalence: float | None = None,
    ) -> dict[str, Any]:
        """What the product answers to one input: see `answer_of`.

        Args:
            content: an image file, or a row as JSON.
            operating_point, prevalence: as of `POST /predict`; None: as where it was exported.

        Raises: UnsupportedFormat, UnreadableImage, TooLarge, DecoderFailed, InvalidRow,
            InvalidRequest.
        """
        policy = self.manifest.policy.model_copy(
            update={
                name: value
                for name, value in (
                    ("operating_point", operating_point),
                    ("prevalence", prevalence),
                )
                if value is not None
            }
        )
        return answer_of(self._engine, content, policy, self.manifest.limits)

    def answers(
        self,
        records: Iterable[Mapping[str, Any]],
        *,
        operating_point: str | None = None,
        prevalence: float | None = None,
    ) -> list[dict[str, Any]]:
        """An answer for each row of a table; of what cannot be read, `error` says why.

        Args:
            records: with the column `image`, the file's bytes in base64; of a task of tables with
                a column for each feature.

        Raises: InvalidRequest if the options are wrong, whatever the rows hold.
        """
        if prevalence is not None and not 0 < prevalence < 1:
            raise InvalidRequest("The prevalence must lie between 0 and 1.")
        policy = DecisionPolicy(operating_point=operating_point or self._point)
        kind_of(self.manifest.kind).check_policy(self._engine.card, policy)
        return [
            self._row(record, operating_point=operating_point, prevalence=prevalence)
            for record in records
        ]

    def check(self, folder: Path) -> None:
        """Answer the golden files again. Raises: InvalidCheckpoint if an answer is another one."""
        is_int8 = self.manifest.precision == "int8"
        tolerance = INT8_TOLERANCE if is_int8 else GOLDEN_TOLERANCE
        for golden in self.manifest.golden:
            found = self.answer((folder / golden.file).read_bytes())
            for name, value in golden.answer.items():
                if name.startswith(PROBABILITY) and abs(found[name] - value) > tolerance:
                    raise InvalidCheckpoint(
                        f"The exported model does not answer as it did: to '{golden.file}' it "
                        f"gives {name} {found[name]:.4f} instead of {value:.4f}. A library that "
                        "reads pictures or runs the network may differ: install the versions that "
                        "the folder's requirements.txt names."
                    )

    @property
    def _point(self) -> str:
        return self.manifest.policy.operating_point

    def _row(
        self,
        record: Mapping[str, Any],
        *,
        operating_point: str | None,
        prevalence: float | None,
    ) -> dict[str, Any]:
        try:
            content = export_of(self.manifest.kind).content(record)
            answer = self.answer(content, operating_point=operating_point, prevalence=prevalence)
        except AppError as exc:
            answer = {"error": exc.message}
        columns = answer_columns(self.manifest.classes)
        return {name: _present(answer.get(name), kind) for name, kind in columns.items()}


def _present(value: Any, kind: str) -> Any:
    """A value of the type that its column states, also where there is none: who serves a table
    takes the type of a column from its values."""
    if value is not None:
        return value
    return "" if kind == "string" else math.nan


def answer_columns(classes: Sequence[str]) -> dict[str, str]:
    """Names of an answer's values, in order, each with its type as MLflow calls it."""
    return {
        "label": "string",
        "confidence": "double",
        "decision": "string",
        "score": "double",
        "threshold": "double",
        "prevalence": "double",
        "ood_score": "double",
        "causes": "string",
        "reasons": "string",
        **{f"{PROBABILITY}{name}": "double" for name in classes},
        "error": "string",
    }


def answer_of(engine: Engine, content: bytes, policy: Policy, limits: ReadLimits) -> dict[str, Any]:
    """What the product answers to one input, as a flat row: names as in the API, a probability a
    class; `causes` and `reasons` are joined.

    Raises: as `ExportedModel.answer`.
    """
    kind, card = kind_of(engine.card.input_kind), engine.card
    decision_policy = DecisionPolicy(
        operating_point=policy.operating_point,
        prevalence=policy.prevalence,
        max_error=policy.max_error,
    )
    kind.check_policy(card, decision_policy)
    inference = engine.infer(content, Limits(**limits.model_dump()), alone=True)
    inputs = DecisionInputs(
        logits=inference.outputs.logits,
        ood_score=inference.unlikeness,
        quality_issues=inference.quality_issues,
        site_distance=inference.site_distance,
        tag_issues=inference.tag_issues,
    )
    return _flat(kind.decide(inputs, card, decision_policy))


def _flat(decision: Decision) -> dict[str, Any]:
    return {
        "label": decision.label,
        "confidence": decision.confidence,
        "decision": decision.decision,
        "score": decision.score,
        "threshold": decision.threshold,
        "prevalence": decision.prevalence,
        "ood_score": decision.unlikeness,
        "causes": ", ".join(decision.causes),
        "reasons": " ".join(decision.reasons),
        **{f"{PROBABILITY}{name}": value for name, value in decision.probabilities.items()},
    }


def _manifest(folder: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((folder / MANIFEST_NAME).read_bytes())
    except (OSError, ValueError) as exc:
        raise InvalidCheckpoint(
            f"The exported folder has no '{MANIFEST_NAME}' that can be read; export it again."
        ) from exc


def _check_files(folder: Path, manifest: Manifest) -> None:
    for name, sha256 in manifest.files.items():
        try:
            actual = sha256_of(folder / name)
        except OSError as exc:
            raise InvalidCheckpoint(f"'{name}' is missing; export the model again.") from exc
        if actual != sha256:
            raise InvalidCheckpoint(
                f"'{name}' is not the file that was exported; export the model again."
            )
