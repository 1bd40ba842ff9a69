"""One MLflow model of the small checkpoint, for all that only read it."""

from pathlib import Path

import pytest

from api.exports.manifest import Format, Policy, ReadLimits
from api.exports.write import Export, WriteGraph, export_to
from api.serving.engine import Engine
from tests.support.checkpoints import TinyCheckpoint


def export_of(
    tiny: TinyCheckpoint, form: Format, *, write_graph: WriteGraph | None = None
) -> Export:
    return Export(
        form=form,
        engine=Engine(tiny.checkpoint, tiny.compiled, interpreters=1),
        compiled=tiny.compiled,
        policy=Policy(operating_point="balanced", prevalence=None, max_error=None),
        limits=ReadLimits(max_bytes=1_000_000, max_pixels=1_000_000, min_side_px=32),
        write_graph=write_graph,
    )


@pytest.fixture(scope="module")
def mlflow_model(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports") / "mlflow"
    export_to(folder, export_of(tiny, "mlflow"))
    return folder
