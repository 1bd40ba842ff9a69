"""What an export does differently with inputs of one kind than of another."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from typing import Any, Protocol

from api.errors import InvalidRequest, InvalidRow
from api.exports.manifest import Manifest, TensorSpec
from api.inputs.images.synthetic import synthetic_png
from api.kinds.table import table_card
from api.model_card.card import Card
from api.model_card.golden import Golden
from api.model_card.table_card import GoldenRow

IMAGE_COLUMN = "image"
MLFLOW_IMAGE = """\
import base64, mlflow, pandas
film = base64.b64encode(open({film!r}, "rb").read()).decode()
print(mlflow.pyfunc.load_model({folder!r}).predict(pandas.DataFrame({{"image": [film]}})))
"""
MLFLOW_ROW = """\
import json, mlflow, pandas
row = json.load(open({film!r}))
print(mlflow.pyfunc.load_model({folder!r}).predict(pandas.DataFrame([row])))
"""
# DICOM films are read by these.
IMAGE_READERS = ("pydicom", "pyjpegls", "pylibjpeg", "pylibjpeg-openjpeg", "python-gdcm")


class ExportKind(Protocol):
    """A kind of input to those who export, as `api.kinds.kind.Kind` is to those who serve.

    `mlflow_usage`: lines of Python that ask an exported folder, with places for `film` and
    `folder`; `column_type`: of a table's columns, as MLflow calls it; `readers`: packages that
    read inputs; `has_policy`: a request may choose operating point and prevalence.
    """

    @property
    def mlflow_usage(self) -> str: ...

    @property
    def column_type(self) -> str: ...

    @property
    def readers(self) -> tuple[str, ...]: ...

    @property
    def has_policy(self) -> bool: ...

    def columns(self, manifest: Manifest) -> list[str]:
        """Names of the columns of a table with an input a row."""

    def example(self, content: bytes) -> list[Any]:
        """An input as a row of that table."""

    def content(self, record: Mapping[str, Any]) -> bytes:
        """The bytes of the input in a row of that table. Raises: InvalidRequest, InvalidRow."""

    def golden_file(self, golden: Golden, card: Card, number: int) -> tuple[str, bytes]:
        """A golden input as a file that anybody can send: its name and content."""

    def meaning(self, card: Card) -> dict[str, Any]:
        """What a pixel or a number means, as in the card."""

    def input_shape(self, card: Card) -> tuple[int, ...]:
        """Of one input, without a batch's axis."""

    def features(self, card: Card, n: int | None) -> tuple[TensorSpec, ...]:
        """The network's outputs beside its logits, for n inputs; None: for any number."""


class ImageExport:
    """See `ExportKind`."""

    mlflow_usage, column_type, readers, has_policy = MLFLOW_IMAGE, "string", IMAGE_READERS, True

    def columns(self, manifest: Manifest) -> list[str]:
        """See `ExportKind`."""
        return [IMAGE_COLUMN]

    def example(self, content: bytes) -> list[Any]:
        """See `ExportKind`."""
        return [base64.b64encode(content).decode()]

    def content(self, record: Mapping[str, Any]) -> bytes:
        """See `ExportKind`; in base64, or as bytes."""
        value = record.get(IMAGE_COLUMN)
        if isinstance(value, bytes):
            return value
        try:
            return base64.b64decode(value or "", validate=True)
        except (binascii.Error, ValueError, TypeError) as exc:
            raise InvalidRequest(
                f"The column '{IMAGE_COLUMN}' must hold the bytes of an image file in base64."
            ) from exc

    def golden_file(self, golden: Golden, card: Card, number: int) -> tuple[str, bytes]:
        """See `ExportKind`."""
        name = f"{golden.finding.replace(' ', '-')}.png"
        return name, synthetic_png(golden.finding, seed=golden.seed)

    def meaning(self, card: Card) -> dict[str, Any]:
        """See `ExportKind`."""
        return card.preprocessing.model_dump(mode="json")

    def input_shape(self, card: Card) -> tuple[int, ...]:
        """See `ExportKind`."""
        return card.preprocessing.height, card.preprocessing.width, 1

    def features(self, card: Card, n: int | None) -> tuple[TensorSpec, ...]:
        """See `ExportKind`."""
        return (
            TensorSpec(name="early_features", shape=(n, 576)),
            TensorSpec(name="activation", shape=(n, 7, 7, len(card.classes))),
        )


class TableExport:
    """See `ExportKind`."""

    mlflow_usage, column_type, has_policy = MLFLOW_ROW, "double", False
    readers: tuple[str, ...] = ()

    def columns(self, manifest: Manifest) -> list[str]:
        """See `ExportKind`."""
        return [feature["name"] for feature in manifest.preprocessing["features"]]

    def example(self, content: bytes) -> list[Any]:
        """See `ExportKind`."""
        return list(json.loads(content).values())

    def content(self, record: Mapping[str, Any]) -> bytes:
        """See `ExportKind`."""
        missing = {
            name: "Must be a finite number"
            for name, value in record.items()
            if isinstance(value, float) and not math.isfinite(value)
        }
        if missing:
            raise InvalidRow.of(missing)
        return json.dumps(dict(record)).encode()

    def golden_file(self, golden: Golden, card: Card, number: int) -> tuple[str, bytes]:
        """See `ExportKind`."""
        assert isinstance(golden, GoldenRow)
        row = dict(zip(table_card(card).table.names, golden.values, strict=True))
        return f"row-{number}.json", json.dumps(row).encode()

    def meaning(self, card: Card) -> dict[str, Any]:
        """See `ExportKind`."""
        return table_card(card).table.model_dump(mode="json")

    def input_shape(self, card: Card) -> tuple[int, ...]:
        """See `ExportKind`."""
        return (len(table_card(card).table.features),)

    def features(self, card: Card, n: int | None) -> tuple[TensorSpec, ...]:
        """See `ExportKind`."""
        return (TensorSpec(name="early_features", shape=(n, *self.input_shape(card))),)


def export_of(kind: str) -> ExportKind:
    """The implementation of a kind, as task files and cards name it. Raises: KeyError."""
    kinds: Mapping[str, ExportKind] = {"image": ImageExport(), "tabular": TableExport()}
    return kinds[kind]
