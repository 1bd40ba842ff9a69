"""Asks the application, and keeps what it answered for `recorded/*.json`."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from tests.streamlit_app.stable_answers import StableNames, stable, stable_times


@dataclass
class Recorder:
    """The client of a session, and what was answered, by name."""

    client: TestClient
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: StableNames = field(default_factory=StableNames)

    def record(self, name: str, method: str, path: str, route: str = "", **sent: Any) -> Any:
        """Ask and remember the answer; `route` is the path as the OpenAPI document has it."""
        response = self.client.request(method, path, **sent)
        self.names.add(response.headers["X-Request-ID"], "r")
        self.answers[name] = {
            "method": method,
            "route": route or path.partition("?")[0],
            "status": response.status_code,
            "media_type": response.headers["content-type"],
            "body": response.json(),
        }
        return response.json()

    def write(self, folder: Path) -> None:
        """A file an answer; what was there before is gone."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        times = stable_times(json.dumps(answer) for answer in self.answers.values())
        for name, answer in self.answers.items():
            text = json.dumps(stable(answer, names=self.names, times=times), indent=1)
            (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
