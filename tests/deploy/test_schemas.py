"""compose.yaml and the RayService know only fields that there are; see `schemas/README.md`."""

import copy
import importlib
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from api.settings import ROOT

SCHEMAS = Path(__file__).parent / "schemas"
# They have no types.
yaml: Any = importlib.import_module("yaml")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/containers/compose.yaml").read_text())
RAY_SERVICE: dict[str, Any] = next(
    document
    for document in yaml.safe_load_all((ROOT / "deploy/kubernetes/ray/rayservice.yaml").read_text())
    if document["kind"] == "RayService"
)


def schema(name: str) -> dict[str, Any]:
    return dict(json.loads((SCHEMAS / name).read_text(encoding="utf-8")))


def problems(document: dict[str, Any], described: dict[str, Any]) -> list[str]:
    """Where a document is not as its schema says, and how."""
    validator = jsonschema_rs.validator_for(described)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)]


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a path of names and numbers."""
    other = copy.deepcopy(document)
    *above, last = path.split(".")
    inside: Any = other
    for name in above:
        inside = inside[int(name) if name.isdigit() else name]
    inside[last] = value
    return other


class TestCompose:
    @pytest.fixture
    def described(self) -> dict[str, Any]:
        """Compose 2 knows a project's name too."""
        return changed(schema("compose_spec.json"), "properties.name", {"type": "string"})

    def test_all_fields_are_those_of_the_specification(self, described: dict[str, Any]) -> None:
        assert problems(COMPOSE, described) == []

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("service", {}),
            ("services.api.read_onli", True),
            ("services.api.build.dockerfil", "api.Containerfile"),
            ("services.api.pids_limit", [512]),
            ("services.ui.depends_on.api.condition", "healthy"),
            ("services.api.cap_drop", "ALL"),
        ],
    )
    def test_a_slip_would_be_found(self, described: dict[str, Any], path: str, value: Any) -> None:
        assert len(problems(changed(COMPOSE, path, value), described)) >= 1

    def test_what_services_name_is_there(self) -> None:
        for service in COMPOSE["services"].values():
            assert service.get("depends_on", {}).keys() <= COMPOSE["services"].keys()
            mounted = {volume.partition(":")[0] for volume in service.get("volumes", [])}
            assert mounted <= COMPOSE["volumes"].keys()


class TestRayService:
    def test_all_fields_are_those_of_kuberay(self) -> None:
        assert problems(RAY_SERVICE, schema("rayservice.json")) == []

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("spec.serveConfig", "applications: []"),
            ("spec.rayClusterConfig.rayversion", "2.60.0"),
            ("spec.rayClusterConfig.authOptions.mode", "tokens"),
            ("spec.rayClusterConfig.autoscalerOptions.idleTimeoutSeconds", "600"),
            ("spec.rayClusterConfig.headGroupSpec.rayStartParams.num-cpus", 0),
            ("spec.rayClusterConfig.workerGroupSpecs.0.maxReplica", 4),
            ("spec.rayClusterConfig.workerGroupSpecs.0.minReplicas", -1),
        ],
    )
    def test_a_slip_would_be_found(self, path: str, value: Any) -> None:
        assert len(problems(changed(RAY_SERVICE, path, value), schema("rayservice.json"))) == 1
