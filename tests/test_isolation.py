"""Serving needs no TensorFlow, and training no web server."""

import pytest

from tests.checkpoints import run_python

HEAVY = ("tensorflow", "keras", "sklearn", "streamlit")


class TestImports:
    @pytest.mark.parametrize("module", ["api.main", "api.cli"])
    def test_the_server_and_the_command_line_start_without_what_is_heavy(self, module: str) -> None:
        program = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"

        assert run_python("-c", program).strip() == "[]"

    def test_importing_the_server_touches_no_file(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        state = tmp_path_factory.mktemp("untouched")

        run_python("-c", "import api.main", environment={"ROENTGEN_STATE_DIR": str(state)})

        assert list(state.iterdir()) == []
