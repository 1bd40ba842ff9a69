"""An MLflow model from code: what MLflow reads to load a folder, written without MLflow.

The format is public (https://mlflow.org/docs/latest/ml/model/, *Storage Format*): `MLmodel` names
the loader, the code, the requirements and the signature. YAML reads JSON, so it is written as that.
"""

import json
import platform
import uuid
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from api.exports.code_package import copy_code
from api.exports.kinds import export_of
from api.exports.manifest import Manifest
from api.exports.runtime import answer_columns

# The bundle, and what MLflow calls it.
ARTIFACT_NAME, ARTIFACT = "model", "artifacts/model"
CODE_FOLDER, MODEL_CODE, REQUIREMENTS = "code", "model.py", "requirements.txt"
MLFLOW = "mlflow>=2.22,<4"
# The first release in which a model from code is loaded as here.
WRITTEN_FOR = "2.22.0"
LOADER = "mlflow.pyfunc.loaders.code_model"
NEEDED = ("ai-edge-litert", "backports.strenum", "filelock", "numpy", "pillow", "pydantic")

CODE = '''\
"""{task} {version} of Roentgen as an MLflow model; the code below `code/` is the product's own."""

from pathlib import Path

import mlflow
import pandas as pd
from {package}.exports.runtime import ExportedModel


class RoentgenModel(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        # Proves itself by its golden answers.
        self.exported = ExportedModel(Path(context.artifacts["{artifact}"]))

    def predict(self, context, model_input, params=None):
        records = model_input.to_dict("records")
        return pd.DataFrame(self.exported.answers(records, **(params or {{}})))


mlflow.models.set_model(RoentgenModel())
'''


def write_mlflow(folder: Path, manifest: Manifest) -> None:
    """Make a folder with a bundle in `ARTIFACT` an MLflow model. Raises: OSError."""
    package = copy_code(folder / CODE_FOLDER, task=manifest.task)
    code = CODE.format(
        task=manifest.task, version=manifest.version, package=package, artifact=ARTIFACT_NAME
    )
    (folder / MODEL_CODE).write_text(code, encoding="utf-8")
    needed = list(_requirements(manifest))
    (folder / REQUIREMENTS).write_text("\n".join(needed) + "\n", encoding="utf-8")
    example = {
        "columns": export_of(manifest.kind).columns(manifest),
        "data": [_example(folder, manifest)],
    }
    described = {
        "python_env.yaml": {
            "python": platform.python_version(),
            "build_dependencies": ["pip", "setuptools", "wheel"],
            "dependencies": [f"-r {REQUIREMENTS}"],
        },
        "conda.yaml": {
            "name": "mlflow-env",
            "channels": ["conda-forge"],
            "dependencies": [f"python={platform.python_version()}", "pip", {"pip": needed}],
        },
        "input_example.json": example,
        "serving_input_example.json": {"dataframe_split": example},
        "MLmodel": _mlmodel(folder, manifest),
    }
    for name, content in described.items():
        (folder / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _mlmodel(folder: Path, manifest: Manifest) -> dict[str, Any]:
    return {
        "flavors": {
            "python_function": {
                "loader_module": LOADER,
                "model_code_path": MODEL_CODE,
                "code": CODE_FOLDER,
                "artifacts": {ARTIFACT_NAME: {"path": ARTIFACT, "uri": ARTIFACT}},
                "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
                "python_version": platform.python_version(),
                "streamable": False,
            }
        },
        "metadata": {
            "made_by": manifest.made_by,
            "task": manifest.task,
            "version": manifest.version,
            "weights_sha256": manifest.weights_sha256,
            "precision": manifest.precision,
        },
        "mlflow_version": WRITTEN_FOR,
        "model_size_bytes": sum(x.stat().st_size for x in folder.rglob("*") if x.is_file()),
        "model_uuid": uuid.uuid4().hex,
        "saved_input_example_info": {
            "artifact_path": "input_example.json",
            "pandas_orient": "split",
            "serving_input_path": "serving_input_example.json",
            "type": "dataframe",
        },
        "signature": {name: json.dumps(part) for name, part in _signature(manifest).items()},
        "utc_time_created": f"{manifest.created_at:%Y-%m-%d %H:%M:%S.%f}",
    }


def _signature(manifest: Manifest) -> dict[str, list[dict[str, Any]]]:
    """Inputs, outputs and parameters as MLflow describes them."""
    kind = export_of(manifest.kind)
    signature = {
        "inputs": [
            {"name": name, "type": kind.column_type, "required": True}
            for name in kind.columns(manifest)
        ],
        "outputs": [
            {"name": name, "type": column_type, "required": False}
            for name, column_type in answer_columns(manifest.classes).items()
        ],
    }
    if kind.has_policy:
        signature["params"] = [
            _parameter("operating_point", "string", manifest.policy.operating_point),
            _parameter("prevalence", "double", manifest.golden[0].answer["prevalence"]),
        ]
    return signature


def _parameter(name: str, kind: str, default: str | float) -> dict[str, Any]:
    return {"name": name, "type": kind, "default": default, "shape": None}


def _example(folder: Path, manifest: Manifest) -> list[Any]:
    content = (folder / ARTIFACT / manifest.golden[0].file).read_bytes()
    return export_of(manifest.kind).example(content)


def _requirements(manifest: Manifest) -> Iterator[str]:
    """MLflow, and what the copied code imports, as it is installed here."""
    yield MLFLOW
    for name in (*NEEDED, *export_of(manifest.kind).readers):
        try:
            yield f"{name}=={version(name)}"
        except PackageNotFoundError:
            yield name
