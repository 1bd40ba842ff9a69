"""The Kubernetes manifests: valid by Kubernetes' own schemas, and in step with the code."""

import ast
import importlib
import importlib.util
import os
import re
from collections.abc import Iterator
from itertools import chain, product
from typing import Any

import pytest

from api.settings import PREFIX, ROOT, Settings
from api.web.route_rights import TABLE

FOLDER = ROOT / "deploy/kubernetes"
FILES = sorted([*FOLDER.glob("*.yaml"), *FOLDER.glob("ray/*.yaml")])
CONTAINERS = ROOT / "deploy/containers"
# Of the oldest that is still looked after, and of the newest that the schemas know.
RELEASES = ("1.31", "1.37")
# Of others: Kustomize's own file, and KubeRay's.
OTHERS = {"Kustomization", "RayService"}
UI_PROBE = "/_stcore/health"
# They have no types.
yaml: Any = importlib.import_module("yaml")

DOCUMENTS: list[dict[str, Any]] = [
    document for file in FILES for document in yaml.safe_load_all(file.read_text("utf-8"))
]


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [document for document in DOCUMENTS if document["kind"] in kinds]


(RAY_SERVICE,) = of_kind("RayService")
CLUSTER = RAY_SERVICE["spec"]["rayClusterConfig"]
RAY_TEMPLATES = [
    group["template"] for group in (CLUSTER["headGroupSpec"], *CLUSTER["workerGroupSpecs"])
]
TEMPLATES = [d["spec"]["template"] for d in of_kind("Deployment")] + RAY_TEMPLATES


def named(document: dict[str, Any]) -> str:
    return f"{document['kind']}-{document['metadata']['name']}"


def containers() -> Iterator[dict[str, Any]]:
    for template in TEMPLATES:
        yield from template["spec"]["containers"]


def selected(selector: dict[str, str]) -> list[dict[str, Any]]:
    """The pod templates that a selector finds."""
    return [t for t in TEMPLATES if selector.items() <= t["metadata"]["labels"].items()]


def of_direction(direction: str, template: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rules of one direction for a pod; None: no policy is about it, so all is allowed."""
    about = [
        policy["spec"]
        for policy in of_kind("NetworkPolicy")
        if template in selected(policy["spec"]["podSelector"]["matchLabels"])
        and direction.title() in policy["spec"]["policyTypes"]
    ]
    return [rule for spec in about for rule in spec.get(direction, [])] if about else None


def opened(
    rules: list[dict[str, Any]], peers: str, other: dict[str, Any], *, named: bool = False
) -> set[int]:
    """Ports that rules open for another pod; `named`: only those of rules that are about pods."""
    return {
        port["port"]
        for rule in rules
        for port in rule.get("ports", [])
        if (not named and peers not in rule)
        or any(
            peer["podSelector"]["matchLabels"].items() <= other["metadata"]["labels"].items()
            for peer in rule.get(peers, [])
            if "podSelector" in peer
        )
    }


def namespaces_at(template: dict[str, Any], port: int) -> set[str]:
    """The namespaces that may ask a pod at a port."""
    return {
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for rule in of_direction("ingress", template) or []
        if port in {each["port"] for each in rule.get("ports", [])}
        for peer in rule["from"]
        if "namespaceSelector" in peer
    }


@pytest.fixture(scope="module")
def schemas() -> Any:
    if importlib.util.find_spec("kubernetes_validate") is None:
        if os.environ.get("CI"):
            pytest.fail("kubernetes-validate is missing; `make setup` installs it")
        pytest.skip("kubernetes-validate is not installed")
    return importlib.import_module("kubernetes_validate")


@pytest.mark.parametrize("release", RELEASES)
class TestSchemas:
    @pytest.mark.parametrize(
        "document", [d for d in DOCUMENTS if d["kind"] not in OTHERS], ids=named
    )
    def test_kubernetes_knows_every_field(
        self, schemas: Any, document: dict[str, Any], release: str
    ) -> None:
        schemas.validate(document, release, strict=True)

    @pytest.mark.parametrize("template", RAY_TEMPLATES)
    def test_pods_of_ray_are_pods(
        self, schemas: Any, template: dict[str, Any], release: str
    ) -> None:
        pod = {"apiVersion": "v1", "kind": "Pod", **template}

        schemas.validate(pod, release, strict=True)

    def test_a_wrong_field_would_be_found(self, schemas: Any, release: str) -> None:
        (wrong, *_) = of_kind("Service")

        with pytest.raises(schemas.ValidationError):
            schemas.validate(wrong | {"spec": {"ports": [{"prot": 1}]}}, release, strict=True)


class TestWhatBelongsTogether:
    @pytest.mark.parametrize("deployment", of_kind("Deployment"), ids=named)
    def test_deployments_have_service_scaling_and_budget(self, deployment: dict[str, Any]) -> None:
        name, spec = deployment["metadata"]["name"], deployment["spec"]
        (service,) = [s for s in of_kind("Service") if s["metadata"]["name"] == name]
        (scaling,) = [
            s
            for s in of_kind("HorizontalPodAutoscaler")
            if s["spec"]["scaleTargetRef"]["name"] == name
        ]
        (budget,) = [b for b in of_kind("PodDisruptionBudget") if b["metadata"]["name"] == name]

        assert selected(spec["selector"]["matchLabels"]) == [spec["template"]]
        assert selected(service["spec"]["selector"]) == [spec["template"]]
        assert selected(budget["spec"]["selector"]["matchLabels"]) == [spec["template"]]
        # One may go at any time, for an update or a failure.
        assert scaling["spec"]["minReplicas"] >= 2
        # Its number would undo that of the scaling with each apply.
        assert "replicas" not in spec
        ports = {
            p["name"]: p["containerPort"]
            for p in spec["template"]["spec"]["containers"][0]["ports"]
        }
        for port in service["spec"]["ports"]:
            assert ports[port["targetPort"]] == port["port"]

    def test_ports_are_those_of_the_images(self) -> None:
        for name in ("api", "ui", "ray"):
            file = (CONTAINERS / f"{name}.Containerfile").read_text("utf-8")
            (exposed,) = re.findall(r"^EXPOSE (\d+)$", file, re.MULTILINE)
            found = [c for c in containers() if f"roentgen-{name}" in c["image"]]

            assert found
            for container in found:
                assert int(exposed) in [port["containerPort"] for port in container["ports"]]

    def test_network_policies_open_ports_of_pods_that_there_are(self) -> None:
        for policy in of_kind("NetworkPolicy"):
            chosen = selected(policy["spec"]["podSelector"]["matchLabels"])
            assert chosen, policy["metadata"]["name"]
            rules = policy["spec"].get("ingress", [])
            opened = {port["port"] for rule in rules for port in rule.get("ports", [])}
            there = {
                p["containerPort"]
                for t in chosen
                for c in t["spec"]["containers"]
                for p in c["ports"]
            }
            assert opened <= there
            peers = [p for rule in rules for p in rule["from"] if "podSelector" in p]
            for peer in peers:
                assert selected(peer["podSelector"]["matchLabels"])

    def test_what_one_pod_may_send_another_one_may_receive(self) -> None:
        """And the other way round: a policy at either end is enough to refuse."""
        pairs = 0
        for sender, receiver in product(TEMPLATES, TEMPLATES):
            out, into = of_direction("egress", sender), of_direction("ingress", receiver)
            assert into is not None, "everybody may speak to it"
            if out is None:
                continue
            received = opened(into, "from", sender)
            assert received <= opened(out, "to", receiver)
            assert opened(out, "to", receiver, named=True) <= received
            pairs += len(received)
        assert pairs >= 3

    def test_what_a_pod_may_speak_to_is_bounded(self) -> None:
        for template in TEMPLATES:
            rules = of_direction("egress", template)
            assert rules, template["metadata"]["labels"]
            anywhere = [rule for rule in rules if "to" not in rule]

            # To the world over TLS and by mail alone; Kubernetes' own API for Ray's autoscaler.
            allowed = {443, 587} | ({6443} if template in RAY_TEMPLATES else set())
            assert {port["port"] for rule in anywhere for port in rule["ports"]} <= allowed

    @pytest.mark.parametrize("ingress", of_kind("Ingress"), ids=named)
    def test_from_outside_it_is_reached_by_the_name_of_its_settings_and_over_tls(
        self, ingress: dict[str, Any]
    ) -> None:
        (settings,) = of_kind("ConfigMap")
        (rule,) = ingress["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        backend = path["backend"]["service"]
        (service,) = [s for s in of_kind("Service") if s["metadata"]["name"] == backend["name"]]
        url = {"roentgen-api": "ROENTGEN_PUBLIC_URL", "roentgen-ui": "ROENTGEN_UI_URL"}

        assert [
            port for port in service["spec"]["ports"] if port["name"] == backend["port"]["name"]
        ]
        assert settings["data"][url[backend["name"]]] == f"https://{rule['host']}"
        assert ingress["spec"]["tls"] == [{"hosts": [rule["host"]], "secretName": "roentgen-tls"}]
        (pods,) = selected(service["spec"]["selector"])
        port = service["spec"]["ports"][0]["port"]
        assert "ingress-nginx" in namespaces_at(pods, port)

    def test_the_api_by_ray_is_asked_by_whoever_asks_the_deployment(self) -> None:
        (api,) = selected({"app.kubernetes.io/name": "roentgen-api"})
        (ui,) = selected({"app.kubernetes.io/name": "roentgen-ui"})

        assert {"ingress-nginx", "monitoring"} <= namespaces_at(api, 8000)
        for template in RAY_TEMPLATES:
            assert namespaces_at(api, 8000) <= namespaces_at(template, 8000)
            assert 8000 in opened(of_direction("egress", ui) or [], "to", template)

    def test_all_that_is_mounted_or_read_is_there(self) -> None:
        there = {(d["kind"], d["metadata"]["name"]) for d in DOCUMENTS if "metadata" in d}
        for template in TEMPLATES:
            spec = template["spec"]
            volumes = {volume["name"]: volume for volume in spec["volumes"]}
            for volume in volumes.values():
                if "secret" in volume:
                    assert ("Secret", volume["secret"]["secretName"]) in there
                if "persistentVolumeClaim" in volume:
                    claim = volume["persistentVolumeClaim"]["claimName"]
                    assert ("PersistentVolumeClaim", claim) in there
            for container in chain(spec["containers"], spec.get("initContainers", [])):
                assert {mount["name"] for mount in container["volumeMounts"]} <= volumes.keys()
                for source in container.get("envFrom", []):
                    if "configMapRef" in source:
                        assert ("ConfigMap", source["configMapRef"]["name"]) in there
                    else:
                        assert ("Secret", source["secretRef"]["name"]) in there

    def test_kustomize_applies_all_but_secrets_and_ray(self) -> None:
        (kustomization,) = of_kind("Kustomization")
        images = {c["image"] for c in containers() if "/" not in c["image"]}

        listed = {file.name for file in FOLDER.glob("*.yaml")}
        assert set(kustomization["resources"]) == listed - {
            "kustomization.yaml",
            "secrets.example.yaml",
        }
        assert {image["name"] for image in kustomization["images"]} == images


class TestPods:
    def test_probes_ask_routes_that_there_are(self) -> None:
        open_routes = {path for method, path, _ in TABLE if method == "GET"}
        for template in (d["spec"]["template"] for d in of_kind("Deployment")):
            for container in template["spec"]["containers"]:
                paths = {
                    kind: container[f"{kind}Probe"]["httpGet"]["path"]
                    for kind in ("startup", "liveness", "readiness")
                }
                if container["name"] == "ui":
                    assert set(paths.values()) == {UI_PROBE}
                else:
                    assert set(paths.values()) <= open_routes
                    assert paths["liveness"] == "/health/live"
                    assert paths["readiness"] == "/health/ready"

    def test_they_are_shut_in_and_bounded(self) -> None:
        for template in TEMPLATES:
            spec = template["spec"]
            assert spec["securityContext"]["runAsNonRoot"]
            assert spec["securityContext"]["runAsUser"] == 10001
            for container in chain(spec["containers"], spec.get("initContainers", [])):
                assert container["securityContext"]["readOnlyRootFilesystem"]
                assert not container["securityContext"]["allowPrivilegeEscalation"]
                assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
                assert container["resources"]["limits"]["memory"]

    def test_their_settings_exist_and_are_understood(self, monkeypatch: pytest.MonkeyPatch) -> None:
        (settings,) = of_kind("ConfigMap")
        (secrets, _) = of_kind("Secret")
        values = settings["data"] | secrets["stringData"]
        for name, value in values.items():
            assert name.removeprefix(PREFIX).lower() in Settings.model_fields, name
            monkeypatch.setenv(name, value)
        for container in containers():
            for variable in container.get("env", []):
                field = variable["name"].removeprefix(PREFIX).lower()
                assert field in {*Settings.model_fields, "api_url"}

        understood = Settings()

        assert understood.champion_in_records
        assert understood.state_dir.is_relative_to("/data")
        # As the UI calls it.
        assert "roentgen-api" in understood.allowed_hosts


class TestRay:
    def test_it_is_the_application_of_the_other_file(self) -> None:
        ours = yaml.safe_load(RAY_SERVICE["spec"]["serveConfigV2"])
        other = yaml.safe_load((ROOT / "deploy/ray/serve.yaml").read_text("utf-8"))

        assert ours["applications"] == other["applications"]
        (application,) = ours["applications"]
        module, function = application["import_path"].split(":")
        tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text("utf-8"))
        there = {
            node.name: node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        sizes = {
            n.target.id
            for n in there["Sizes"].body
            if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
        }
        assert function in there
        assert application["args"].keys() <= sizes

    def test_a_node_has_the_cores_of_a_replica_and_the_pinned_ray(self) -> None:
        (application,) = yaml.safe_load(RAY_SERVICE["spec"]["serveConfigV2"])["applications"]
        (workers,) = CLUSTER["workerGroupSpecs"]
        (container,) = workers["template"]["spec"]["containers"]
        pinned = (ROOT / "requirements_ray.txt").read_text("utf-8")

        assert int(container["resources"]["requests"]["cpu"]) == application["args"]["cpus"]
        assert workers["maxReplicas"] == application["args"]["max_nodes"]
        assert f"\nray=={CLUSTER['rayVersion']}\n" in pinned
        assert CLUSTER["authOptions"] == {"mode": "token"}
