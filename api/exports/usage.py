"""How an exported folder is loaded: lines that work, printed and written into its README."""

from pathlib import Path

from api.exports.kinds import export_of
from api.exports.manifest import (
    MANIFEST_NAME,
    ONNX_NAME,
    SAVED_MODEL_NAME,
    TENSORS_NAME,
    TFLITE_NAME,
    Format,
    Manifest,
)

README_NAME = "README.md"

NEEDS: dict[Format, str] = {
    "mlflow": "mlflow",
    "tflite": "ai-edge-litert",
    "onnx": "onnxruntime",
    "saved-model": "tensorflow",
}
TFLITE = """\
import numpy; from ai_edge_litert.interpreter import Interpreter
run = Interpreter({graph!r}).get_signature_runner()
print(run({input}=numpy.load({tensors!r})[{input!r}][:1])["logits"])
"""
ONNX = """\
import numpy, onnxruntime
session = onnxruntime.InferenceSession({graph!r})
print(session.run(["probabilities"], {{{input!r}: numpy.load({tensors!r})[{input!r}]}}))
"""
SAVED_MODEL = """\
import numpy, tensorflow
loaded = tensorflow.saved_model.load({graph!r})
print(loaded.serve(numpy.load({tensors!r})[{input!r}])["probabilities"])
"""
README = """\
# {task} {version}, exported by Roentgen as {form}

```python
{usage}```

needs `{needs}`. `{manifest}` names the classes in their order, the meaning of the input, the
thresholds and what is in this folder; `card.json` is the whole card.

{meaning}
For research and teaching: not a medical device.
"""
MLFLOW_MEANING = """\
An image is a file's bytes in base64 in the column `image`; a row has a column a number. Each answer
is the product's: label, probabilities, decision at an operating point (the parameters
`operating_point` and `prevalence`), out-of-distribution score, reasons; of what cannot be read,
`error` says why.
"""
GRAPH_MEANING = """\
The network takes what preprocessing gives, and its outputs are not yet decisions: `golden.npz`
holds inputs and the probabilities that belong to them, `golden/` the files that they were made
from, each with its whole answer in `{manifest}`.
"""


def usage(manifest: Manifest, folder: Path) -> str:
    """Three lines of Python that load an exported folder and ask it about its golden inputs."""
    templates = {
        "mlflow": export_of(manifest.kind).mlflow_usage,
        "tflite": TFLITE,
        "onnx": ONNX,
        "saved-model": SAVED_MODEL,
    }
    bundle = folder / "artifacts" / "model" if manifest.form == "mlflow" else folder
    names = {"onnx": ONNX_NAME, "saved-model": SAVED_MODEL_NAME}
    return templates[manifest.form].format(
        folder=str(folder),
        film=str(bundle / manifest.golden[0].file),
        graph=str(folder / names.get(manifest.form, TFLITE_NAME)),
        tensors=str(folder / TENSORS_NAME),
        input=manifest.input.name,
    )


def readme(manifest: Manifest) -> str:
    """The folder's README; paths in it are relative to where the folder lies."""
    meaning = MLFLOW_MEANING if manifest.form == "mlflow" else GRAPH_MEANING
    return README.format(
        task=manifest.task,
        version=manifest.version,
        form=manifest.form,
        usage=usage(manifest, Path()),
        needs=f"pip install {NEEDS[manifest.form]}",
        manifest=MANIFEST_NAME,
        meaning=meaning.format(manifest=MANIFEST_NAME),
    )
