"""The versions as a picture: joined to the ones that they came from."""

from typing import Any

from api_types import ModelSummary
from charts.lineage_chart import lineage


def model(version: str, *, parent: str | None = None, serves: bool = False) -> ModelSummary:
    return {
        "version": version,
        "is_champion": serves,
        "parent": parent,
        "created_at": f"2026-01-0{version[1:]}T10:00:00+00:00",
        "size_bytes": 1,
        "accuracy": 0.5,
        "balanced_accuracy": 0.84,
    }


def rows(*models: ModelSummary) -> list[list[dict[str, Any]]]:
    return list(lineage(models).to_dict()["datasets"].values())


class TestLineage:
    def test_a_line_goes_on_and_a_branch_gets_its_own(self) -> None:
        v1, v2, v3 = model("v1"), model("v2", parent="v1"), model("v3", parent="v1", serves=True)

        edges, nodes = sorted(rows(v3, v2, v1), key=len)

        assert [(node["name"], node["step"], node["lane"]) for node in nodes] == [
            ("v1", 0, 0), ("v2", 1, 0), ("v3 (serves)", 2, 1),
        ]  # fmt: skip
        assert edges == [
            {"step": 0, "lane": 0, "to_step": 1, "to_lane": 0},
            {"step": 0, "lane": 0, "to_step": 2, "to_lane": 1},
        ]

    def test_of_one_second_the_one_that_came_from_the_other_is_the_later(self) -> None:
        v1, v2 = model("v1"), model("v2", parent="v1")
        v2["created_at"] = v1["created_at"]

        _, nodes = sorted(rows(v2, v1), key=len)

        assert [(node["name"], node["lane"]) for node in nodes] == [("v1", 0), ("v2", 0)]

    def test_one_version_and_one_whose_parent_is_gone_stand_alone(self) -> None:
        (nodes,) = rows(model("v1"))
        assert nodes[0]["value"] == "84 %"

        found = rows(model("v5", parent="v2"), model("v6", parent="v3"))
        assert {len(each) for each in found} <= {0, 2}
