"""An MLflow model runs on what it carries, and answers as the product does."""

import ast
import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from api.decision.decide import DecisionPolicy
from api.exports.code_package import modules
from api.inputs.images.decoding import Limits
from api.serving.engine import Engine
from api.serving.predictor import ImagePredictor
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint

# An interpreter of an environment that has MLflow and what the model's requirements.txt names.
WITH_MLFLOW = os.environ.get("MLFLOW_PYTHON") or (sys.executable if find_spec("mlflow") else "")

ALONE = """
import json, sys
from importlib import import_module
from pathlib import Path
folder, film = Path(sys.argv[1]), Path(sys.argv[2])
sys.path[:] = [entry for entry in sys.path if entry] + [str(folder / "code")]
(package,) = (path.name for path in (folder / "code").iterdir())
runtime = import_module(package + ".exports.runtime")
answer = runtime.ExportedModel(folder / "artifacts/model").answer(film.read_bytes())
roots = {name.partition(".")[0] for name in sys.modules}
foreign = roots & {"api", "sqlalchemy", "fastapi", "jinja2", "tensorflow"}
print(json.dumps([answer, sorted(foreign), sorted(roots)]))
"""
BY_MLFLOW = """
import json, sys
import mlflow, pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
found = model.predict(pandas.DataFrame({"image": [sys.argv[2]]}))
screened = model.predict(
    pandas.DataFrame({"image": [sys.argv[2]]}), params={"operating_point": "screening"}
)
print(found.to_json(orient="records", double_precision=15))
print(screened.to_json(orient="records", double_precision=15))
"""


def run(python: str, script: str, *arguments: str, folder: Path) -> list[str]:
    """What a script prints in an empty folder, where nothing of this repository is imported."""
    done = subprocess.run(
        [python, "-c", script, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def with_dependencies(names: Iterable[str]) -> set[str]:
    """Distributions by their canonical names, with all that they ask for without an extra."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        found.add(name)
        asked = [Requirement(line) for line in requires(name) or ()]
        waiting += [one.name for one in asked if not one.marker or one.marker.evaluate()]
    return found


def imported_roots(folder: Path) -> set[str]:
    """The packages that the files of this folder import, anywhere in them."""
    names: set[str] = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "film.png"
    path.write_bytes(images.png(77, "lobar"))
    return path


def product_answer(
    tiny: TinyCheckpoint, image: Path, *, operating_point: str = "balanced"
) -> dict[str, object]:
    """What the product's own use case answers."""
    engine = Engine(tiny.checkpoint, tiny.compiled, interpreters=1)
    predictor = ImagePredictor(engine, Limits(), DecisionPolicy(operating_point))
    decision = predictor.predict(image.read_bytes()).decision
    return {
        "label": decision.label,
        "decision": decision.decision,
        "score": decision.score,
        "threshold": decision.threshold,
        "ood_score": decision.unlikeness,
        "reasons": " ".join(decision.reasons),
    } | {f"probability_{name}": value for name, value in decision.probabilities.items()}


def assert_same(found: dict[str, object], expected: dict[str, object]) -> None:
    """Numbers to 1e-6, all else as it is."""
    for name, value in expected.items():
        if isinstance(value, float):
            assert found[name] == pytest.approx(value, abs=1e-6), name
        else:
            assert found[name] == value, name


class TestCode:
    def test_it_needs_nothing_of_the_product_but_what_it_carries(
        self, mlflow_model: Path, tiny: TinyCheckpoint, image: Path, tmp_path: Path
    ) -> None:
        (printed,) = run(sys.executable, ALONE, str(mlflow_model), str(image), folder=tmp_path)

        answer, foreign, _ = json.loads(printed)
        assert foreign == []
        assert_same(answer, product_answer(tiny, image))

    def test_its_requirements_name_all_that_it_imports(
        self, mlflow_model: Path, image: Path, tmp_path: Path
    ) -> None:
        (printed,) = run(sys.executable, ALONE, str(mlflow_model), str(image), folder=tmp_path)
        lines = (mlflow_model / "requirements.txt").read_text().splitlines()[1:]

        installed = with_dependencies(Requirement(line).name for line in lines)

        owners = packages_distributions()
        # What other packages import where it happens to be there is not asked for.
        roots = imported_roots(mlflow_model / "code") & set(json.loads(printed)[2])
        imported = {name for root in roots for name in owners.get(root, ())}
        assert "pydantic" in imported
        assert {canonicalize_name(name) for name in imported} <= installed

    def test_what_makes_pages_records_or_requests_is_not_carried(self) -> None:
        carried = {module.split(".")[1] for module in modules()}

        assert {"inputs", "decision", "serving"} < carried
        assert carried.isdisjoint({"reports", "records", "web", "settings", "training", "jobs"})


class TestFolder:
    def test_it_names_loader_code_requirements_and_signature(self, mlflow_model: Path) -> None:
        described = json.loads((mlflow_model / "MLmodel").read_text())

        flavor = described["flavors"]["python_function"]
        assert (mlflow_model / flavor["model_code_path"]).is_file()
        assert (mlflow_model / flavor["artifacts"]["model"]["path"] / "manifest.json").is_file()
        (column,) = json.loads(described["signature"]["inputs"])
        assert (column["name"], column["type"]) == ("image", "string")
        parameters = json.loads(described["signature"]["params"])
        assert [one["name"] for one in parameters] == ["operating_point", "prevalence"]
        needed = (mlflow_model / "requirements.txt").read_text().splitlines()
        assert needed[0].startswith("mlflow>=")
        assert all("==" in line for line in needed[1:])


@pytest.mark.skipif(not WITH_MLFLOW, reason="MLflow is not installed, and MLFLOW_PYTHON names none")
class TestMlflow:
    def test_it_loads_the_model_and_answers_as_the_product_does(
        self, mlflow_model: Path, tiny: TinyCheckpoint, image: Path, tmp_path: Path
    ) -> None:
        content = base64.b64encode(image.read_bytes()).decode()

        printed = run(WITH_MLFLOW, BY_MLFLOW, str(mlflow_model), content, folder=tmp_path)

        (found,), (screened,) = (json.loads(line) for line in printed[-2:])
        assert_same(found, product_answer(tiny, image))
        assert_same(screened, product_answer(tiny, image, operating_point="screening"))
