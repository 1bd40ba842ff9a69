"""Every setting once: its name, its default and one sentence; environment names are ROENTGEN_*."""

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from api.setting_groups.access import AccessSettings
from api.setting_groups.decision import DecisionSettings
from api.setting_groups.inputs import InputSettings
from api.setting_groups.logs import LogSettings
from api.setting_groups.messages import MessageSettings
from api.setting_groups.network import NetworkSettings
from api.setting_groups.retention import RetentionSettings
from api.setting_groups.retraining import RetrainingSettings
from api.setting_groups.serving import ServingSettings
from api.setting_groups.storage import ROOT as ROOT
from api.setting_groups.storage import StorageSettings
from api.setting_groups.tasks import DEFAULT_TASK as DEFAULT_TASK
from api.setting_groups.tasks import TaskSettings

PREFIX = "ROENTGEN_"
SEE_ALL = "`python -m api settings` lists them all."
# Their values are never shown.
SECRETS = frozenset(
    {
        "notify",
        "webhooks",
        "webhook_secret",
        "oidc_client_secret",
        "destinations",
        "destination_logins",
    }
)
# In the names of settings whose values may be secrets, or hold one.
SECRET_SIGNS = ("password", "passphrase", "secret", "token", "dsn", "url", "_key")
# Each takes about 25 MB, twice where the engine before is kept for a rollback.
MAX_INTERPRETERS = 4


def usable_cores() -> int:
    """Processor cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# Pydantic lists the fields of the last base first.
class Settings(
    LogSettings,
    MessageSettings,
    NetworkSettings,
    AccessSettings,
    DecisionSettings,
    RetrainingSettings,
    RetentionSettings,
    InputSettings,
    ServingSettings,
    StorageSettings,
    TaskSettings,
    BaseSettings,
):
    """What can be chosen from outside."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_parse_none_str="null"
    )

    @cached_property
    def records_url(self) -> str:
        """Where the records live."""
        return self.database_url or f"sqlite:///{self.state_dir / 'roentgen.db'}"

    @property
    def compiled_dir(self) -> Path:
        """Where compiled models are kept, by their weights' hash."""
        return self.state_dir / "compiled"

    @property
    def latents_dir(self) -> Path:
        """Where latent activations of training films are kept, by network and content."""
        return self.state_dir / "latents"

    @property
    def batches_dir(self) -> Path:
        """Where the films of a batch lie, without a name, while it is answered."""
        return self.state_dir / "batches"

    @property
    def outgoing_dir(self) -> Path:
        """Where instances lie whose results are to be sent, by prediction."""
        return self.state_dir / "outgoing"

    @property
    def retained_dir(self) -> Path:
        """Where films are kept for feedback, by content."""
        return self.of_task("kept")

    def of_task(self, folder: str) -> Path:
        """A folder of the state folder of which each task has its own."""
        return self.state_dir / (folder if self.task == DEFAULT_TASK else f"{folder}-{self.task}")

    @property
    def job_logs_dir(self) -> Path:
        """Where trainers print to."""
        return self.state_dir / "jobs"

    @cached_property
    def interpreters(self) -> int:
        """Inferences that may run at once in one worker."""
        return self.compute_threads or min(usable_cores(), MAX_INTERPRETERS)

    def as_environment(self) -> dict[str, str]:
        """The same settings for a child process: this environment with every ROENTGEN_* set."""
        values = self.model_dump(mode="json")
        return os.environ | {
            PREFIX + name.upper(): value if isinstance(value, str) else json.dumps(value)
            for name, value in values.items()
        }


def public_values(settings: Settings) -> dict[str, Any]:
    """Settings as JSON values; of what may hold a secret, whether it is set."""
    return {
        name: bool(value) if name in SECRETS or any(s in name for s in SECRET_SIGNS) else value
        for name, value in settings.model_dump(mode="json").items()
    }


def from_environment() -> Settings:
    """The settings of this process.

    Raises: SystemExit with a sentence a wrong value; a program with other settings than were asked
    for must not start.
    """
    try:
        return Settings()
    except ValidationError as exc:
        raise SystemExit("\n".join(_sentence(error) for error in exc.errors())) from None
    except SettingsError as exc:
        raise SystemExit(f"Error: {exc}; {SEE_ALL}") from None


def _sentence(error: ErrorDetails) -> str:
    name = PREFIX + str(error["loc"][0]).upper()
    value = "" if str(error["loc"][0]) in SECRETS else f"={error['input']!r}"
    return f"Error: {name}{value}: {error['msg']}; {SEE_ALL}"
