"""Whether MLServer gives the same answers as the API to the same client: `… --help`.

MODEL is a folder that `python -m api export … --format mlflow` wrote. MLServer serves it through
its own MLflow runtime, in an environment of its own; the API serves the version that the folder is
of, at the same precision. Triton's client sends each film to both in the same request of the Open
Inference Protocol. Prints the largest differences; exit code 1 where one is above the limit.
"""

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import requests
import tritonclient.http as triton

from benchmarks.serving.servers import ROOT, free_ports, stop_server
from benchmarks.support.local_server import server

MODEL = "pneumonia"
MAX_DIFFERENCE = 1e-6
START_TIMEOUT_S = 900.0
PATIENT = {"connection_timeout": 60.0, "network_timeout": 300.0}
SUFFIXES = {".jpg", ".jpeg", ".png", ".dcm", ".tif", ".bmp"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says of a film; `probabilities` (classes,) and `score` in [0, 1]."""

    probabilities: tuple[float, ...]
    score: float
    label: str
    decision: str


@dataclass(frozen=True, slots=True)
class Pair:
    """One film's answers: the API's, and MLServer's."""

    film: str
    ours: Answer
    theirs: Answer

    @property
    def difference(self) -> float:
        """The largest one of a probability or the score."""
        ours = np.array((*self.ours.probabilities, self.ours.score))
        return float(np.abs(ours - (*self.theirs.probabilities, self.theirs.score)).max())

    @property
    def agree(self) -> bool:
        """Whether both say the same in words."""
        ours, theirs = self.ours, self.theirs
        return (ours.label, ours.decision) == (theirs.label, theirs.decision)


def films_of(folders: Sequence[Path], count: int) -> list[Path]:
    """So many films, in turns from each folder, those of each spread over all that it holds."""
    found: list[Iterator[Path]] = []
    for folder in folders:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        found.append(iter(paths[:: max(1, len(paths) // count)]))
    turns = (path for _ in range(count) for one in found for path in islice(one, 1))
    return list(islice(turns, count))


def request_of(content: bytes) -> triton.InferInput:
    """The same for both: JSON, the file in base64."""
    asked = triton.InferInput("image", [1], "BYTES")
    element = np.array([base64.b64encode(content)], dtype=np.object_)
    asked.set_data_from_numpy(element, binary_data=False)
    return asked


def ours(client: triton.InferenceServerClient, content: bytes) -> Answer:
    """The API's answer."""
    found = client.infer(MODEL, [request_of(content)])
    return Answer(
        tuple(map(float, found.as_numpy("probabilities")[0])),
        float(found.as_numpy("score")[0]),
        _text(found, "label"),
        _text(found, "decision"),
    )


def theirs(client: triton.InferenceServerClient, content: bytes, classes: Sequence[str]) -> Answer:
    """MLServer's: a tensor for each column that the MLflow model answers."""
    asked = [request_of(content)]
    found = client.infer(
        MODEL,
        asked,
        outputs=_as_json(
            "score", "label", "decision", *(f"probability_{name}" for name in classes)
        ),
    )
    shares = [found.as_numpy(f"probability_{name}").ravel()[0] for name in classes]
    return Answer(
        tuple(map(float, shares)),
        float(found.as_numpy("score").ravel()[0]),
        _text(found, "label"),
        _text(found, "decision"),
    )


def _as_json(*names: str) -> list[triton.InferRequestedOutput]:
    """MLServer has no binary tensors."""
    return [triton.InferRequestedOutput(name, binary_data=False) for name in names]


def _text(found: triton.InferResult, name: str) -> str:
    value = found.as_numpy(name).ravel()[0]
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def mlserver(program: Path, model: Path) -> Iterator[str]:
    """MLServer with an MLflow model; yields host and port once it is ready."""
    http, grpc, metrics = free_ports("http", "grpc", "metrics").values()
    with tempfile.TemporaryDirectory() as folder:
        described = {
            "name": MODEL,
            "implementation": "mlserver_mlflow.MLflowRuntime",
            "parameters": {"uri": str(model.resolve())},
        }
        (Path(folder) / "model-settings.json").write_text(json.dumps(described))
        own = {"host": "127.0.0.1", "http_port": http, "grpc_port": grpc, "metrics_port": metrics}
        settings = {f"MLSERVER_{name.upper()}": str(value) for name, value in own.items()}
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, "start", folder],
                env=os.environ | settings | {"MLSERVER_PARALLEL_WORKERS": "0"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_ready(process, f"http://127.0.0.1:{http}/v2/models/{MODEL}/ready", Path(folder))
            yield f"127.0.0.1:{http}"
        finally:
            stop_server(process)


def _wait_ready(process: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < until:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    last = (folder / "log").read_text(errors="replace").strip().splitlines()[-1:]
    raise SystemExit(f"Error: MLServer did not become ready; the last it said: {last}")


def compared(model: Path, program: Path, films: Sequence[Path]) -> list[Pair]:
    """Each film's answers of both servers, started for it."""
    described = json.loads((model / "MLmodel").read_text())
    with (
        server(precision=described["metadata"]["precision"]) as url,
        mlserver(program, model) as address,
    ):
        return pairs_of(url.removeprefix("http://"), address, classes_of(model), films)


def classes_of(model: Path) -> list[str]:
    """An exported model's classes, in the order of its outputs."""
    manifest = json.loads((model / "artifacts/model/manifest.json").read_text())
    return [str(name) for name in manifest["classes"]]


def pairs_of(here: str, there: str, classes: Sequence[str], films: Sequence[Path]) -> list[Pair]:
    """Each film's answers of two servers, by host and port."""
    with (
        triton.InferenceServerClient(here, **PATIENT) as own,
        triton.InferenceServerClient(there, **PATIENT) as other,
    ):
        contents = [(film.name, film.read_bytes()) for film in films]
        return [
            Pair(name, ours(own, content), theirs(other, content, classes))
            for name, content in contents
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="an exported MLflow model")
    parser.add_argument("--mlserver", type=Path, required=True, help="the program bin/mlserver")
    parser.add_argument(
        "--folder", type=Path, action="append", help="of films; again for another one"
    )
    parser.add_argument("--films", type=int, default=24, help="how many are asked about")
    options = parser.parse_args()

    folders = options.folder or [ROOT / "docs/examples"]
    pairs = compared(options.model, options.mlserver, films_of(folders, options.films))
    print(report(pairs))
    same = all(pair.agree and pair.difference <= MAX_DIFFERENCE for pair in pairs)
    return 0 if pairs and same else 1


def report(pairs: Sequence[Pair]) -> str:
    """A table of the largest differences."""
    largest: Any = max((pair.difference for pair in pairs), default=None)
    rows = {
        "films": len(pairs),
        "same label and decision": sum(pair.agree for pair in pairs),
        "largest difference of a probability or score": f"{largest:.1e}" if pairs else "none",
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| MLServer beside the API | |", "| --- | ---: |", *lines])


if __name__ == "__main__":
    sys.exit(main())
