"""Every setting once: its name, its default and one sentence; environment names are ROENTGEN_*."""

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from api.setting_checks import (
    blob_url,
    cron_or_empty,
    dicom_destinations,
    http_urls,
    intended,
    issuer,
    logins_of_destinations,
    needed_for_oidc,
    networks,
    secret_of_webhooks,
    urls_or_file,
)

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "ROENTGEN_"
DEFAULT_TASK = "pneumonia"
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


class Settings(BaseSettings):
    """What can be chosen from outside."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_parse_none_str="null"
    )

    task: str = Field(
        DEFAULT_TASK, description="Name of the task whose paths need not name it: its task file's."
    )
    tasks: tuple[str, ...] = Field(
        (),
        description='Other tasks that are served below `/tasks/`, as JSON: `["mammography"]`; '
        "empty: all that have a model.",
    )
    tasks_dir: str = Field(
        "", description="Folder of task files of your own, beside those in `api/tasks/`."
    )
    preload: bool = Field(
        False,
        description="Whether the models of all tasks are loaded at the start; `false`: each at the "
        "first request for its task.",
    )
    diagnosis_task: str = Field(
        "mammography", description="Name of the task that answers `POST /api/diagnosis/`."
    )
    default_model: Path = Field(
        ROOT / "models/mobilenet_pneumonia_finetuned.h5",
        description="Checkpoint that serves until a retrained one is promoted; those of other "
        "tasks lie beside it.",
    )
    models_dir: Path = Field(
        ROOT / "models", description="Folder of retrained checkpoints, `<task>/<version>/`."
    )
    retrain_dir: Path = Field(
        ROOT / "retrain_data", description="Folder of uploaded training images."
    )
    state_dir: Path = Field(
        ROOT / ".roentgen", description="Folder of the database, compiled models and trainer logs."
    )
    database_url: str = Field(
        "",
        description="Where the records are: `postgresql+psycopg://user@host/name`; empty: an "
        "SQLite file in the state folder.",
    )
    database_timeout_s: float = Field(
        5.0, gt=0, description="How long a request waits for a locked database before 503."
    )
    storage_url: Annotated[str, AfterValidator(blob_url)] = Field(
        "",
        description="Where training films, kept films and versions are for all machines: "
        "`s3://bucket/prefix` (endpoint and credentials in `AWS_*`), or a folder that all of them "
        "mount; empty: the folders of this machine.",
    )
    storage_timeout_s: float = Field(
        5.0, gt=0, description="How long a request waits for an object store before 503."
    )
    storage_cache_bytes: int = Field(
        5_000_000_000,
        ge=0,
        description="Most of an object store's training films that this machine keeps in its state "
        "folder, in bytes.",
    )
    compute_threads: int = Field(
        0,
        ge=0,
        description="Films a worker reads side by side; 0: one a core, at most 4 (memory).",
    )
    compute: Literal["processes", "threads"] = Field(
        "processes",
        description="Where films are read: `processes`, so that a file that crashes or stops a "
        "decoder costs one request; `threads`: in the server itself, about 100 MB less and without "
        "that protection.",
    )
    max_film_seconds: float = Field(
        10.0,
        gt=0,
        le=600,
        description="How long reading one film may take, in seconds; one that takes longer is "
        "given up with 422 (`processes` only).",
    )
    precision: Literal["auto", "fp32", "int8"] = Field(
        "auto",
        description="`auto`: int8 where the card proves that it answers like fp32, else fp32; "
        "`fp32`; `int8`: wherever there is an int8 form, proven or not.",
    )
    max_wait_ms: float = Field(
        1000.0,
        gt=0,
        description="Longest a film may have to wait for its turn, in milliseconds; one that "
        "would wait longer is refused with 429 and `Retry-After`.",
    )
    max_file_bytes: int = Field(
        20_000_000, gt=0, description="Largest single image accepted, in bytes."
    )
    max_upload_bytes: int = Field(
        1_000_000_000, gt=0, description="Largest body of `POST /upload-data`, in bytes."
    )
    max_upload_files: int = Field(
        1000, gt=0, le=1000, description="Most images in one upload, those in archives included."
    )
    max_batch_files: int = Field(
        1000,
        gt=0,
        description="Most films in one `POST /predict/batch`, those in archives included.",
    )
    max_batch_bytes: int = Field(
        4_000_000_000,
        gt=0,
        description="Largest body of `POST /predict/batch`, in bytes; it lies in the state folder "
        "while it is answered.",
    )
    max_unpack_seconds: float = Field(
        60.0,
        gt=0,
        description="Processor time that unpacking the archives of one request may take, in "
        "seconds; what was not reached is refused, entry by entry.",
    )
    max_pixels: int = Field(
        50_000_000, gt=0, description="Most pixels of one image, checked before it is decoded."
    )
    min_side_px: int = Field(32, gt=0, description="Shortest side of an image worth looking at.")
    dicom_window: str = Field(
        "",
        description="Name of the window or VOI LUT that is applied to a DICOM film that has one of "
        "that name (`WindowCenterWidthExplanation`, `LUTExplanation`); others: the first.",
    )
    dicom_tags: Literal["none", "uids", "all"] = Field(
        "none",
        description="What an answer says of a DICOM film's tags: `none`; `uids`: of study, series "
        "and instance; `all`: also view, age band and manufacturer. Nothing of it is stored.",
    )
    dicom_links: bool = Field(
        False,
        description="Whether the UIDs of a DICOM film (study, series, instance, SOP class) are "
        "stored with its answer, so that `GET /predictions/ID/report.dcm` joins its study.",
    )
    keep_images: Literal["none", "referred", "all"] = Field(
        "none",
        description="Films sent to `/predict` that are kept for feedback: `none`, `referred` "
        "or `all`.",
    )
    keep_images_days: float = Field(
        30.0, gt=0, description="How long a film is kept for feedback, in days."
    )
    keep_predictions_days: float = Field(
        0.0,
        ge=0,
        description="How long an answer is kept, with what was said about it, and an intake, in "
        "days; 0: for ever. What is counted in all stays.",
    )
    keep_filenames: Annotated[float, Field(ge=0, le=36_500)] | Literal["hashed", "always"] = Field(
        30.0,
        description="What becomes of file names, which may carry patients' names: kept so many "
        "days and then dropped; 0: never stored; `hashed`: stored as a keyed hash; `always`: kept.",
    )
    keep_addresses_days: float = Field(
        30.0,
        ge=0,
        le=36_500,
        description="How long the audit log keeps clients' addresses, in days; 0: neither it nor "
        "the server's log has them.",
    )
    keep_heatmaps_days: float = Field(
        90.0,
        ge=0,
        description="How long the data of an answer's heat map is kept, in days; 0: as long as "
        "the answer.",
    )
    min_retrain_classes: int = Field(
        2, ge=2, description="Classes that need samples before a retraining starts."
    )
    min_retrain_images: int = Field(
        12, ge=4, description="Images needed before a retraining starts."
    )
    retrain_after_samples: int = Field(
        0, ge=0, description="New samples after which a retraining begins by itself; 0: never."
    )
    retrain_schedule: Annotated[str, AfterValidator(cron_or_empty)] = Field(
        "",
        description="When a retraining begins by itself, if there are new samples: a cron "
        "expression, UTC, as `0 3 * * 0`; empty: never.",
    )
    retrain_queue: bool = Field(
        False,
        description="Whether one retraining may wait while another one runs; `false`: a "
        "`POST /retrain` is refused meanwhile.",
    )
    keep_versions: int = Field(
        10,
        ge=1,
        description="Newest checkpoints that are kept; beside them the champion, its forebears, "
        "and where a rollback would go.",
    )
    scope: Literal["everybody", "site"] = Field(
        "everybody",
        description="`site`: this installation serves one site only, so a version that is right "
        "for the site is promoted for everybody; `everybody`: it answers that site's requests.",
    )
    rollback_after_alarm_hours: float = Field(
        0.0,
        ge=0,
        description="For how many hours after a promotion an alarm about the new champion (errors, "
        "referrals, scores unlike those of known films, alert rules with `rollback`) makes the one "
        "before serve again by itself; 0: never.",
    )
    max_site_models: int = Field(
        4,
        ge=1,
        description="Most versions of single sites that a worker has loaded at once, beside the "
        "champion; the one that was not asked for longest goes and is loaded again when needed.",
    )
    max_retrain_minutes: float = Field(
        120.0, gt=0, description="How long a retraining may work before it is stopped, in minutes."
    )
    retrain_pause_p99_ms: float = Field(
        500.0,
        ge=0,
        description="While the p99 of a serving worker (its films of the last 10 s, waiting "
        "included) is above this, in milliseconds, a retraining stands still, at most a minute at "
        "a stretch and two thirds of its time; 0: never.",
    )
    operating_point: Literal["balanced", "screening", "confirm"] = Field(
        "balanced",
        description="Operating point that decides: `balanced`, `screening` or `confirm`.",
    )
    prevalence: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Expected share of films with a finding, 0 to 1; probabilities and predictive "
        "values are corrected for it. Default: the share where the model was calibrated.",
    )
    max_error: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Bound on wrong answers that decides which scores are referred to a person. "
        "Default: the card's (`pneumonia`: 0.02; never above 0.005 for films of unfamiliar sites).",
    )
    unknown_site: Literal["answer", "refer"] = Field(
        "answer",
        description="What becomes of positive answers while a source's films are unlike those of "
        "all known hospitals: `answer`, with a warning; `refer`: a person must look, until the "
        "site has a profile.",
    )
    max_evaluate_files: int = Field(
        1000, gt=0, le=10_000, description="Most images in one `POST /evaluate`."
    )
    trainer_threads: int = Field(
        1, ge=1, description="Threads of the trainer; it runs at the lowest priority."
    )
    poll_interval_s: float = Field(
        0.5, gt=0, description="How often a worker looks for a new champion and for dead jobs."
    )
    auth: Literal["auto", "required", "off"] = Field(
        "auto",
        description="Who needs a session or a key: `auto`: everybody but this machine itself "
        "(loopback, without a proxy); `required`: this machine too; `off`: nobody.",
    )
    auth_off_is_intended: Annotated[bool, AfterValidator(intended)] = Field(
        False,
        validate_default=True,
        description="Has to be `true` where `ROENTGEN_AUTH` is `off`: everybody who reaches the "
        "port may then read, delete and promote.",
    )
    session_idle_minutes: float = Field(
        60.0, gt=0, description="How long a session lives without a request, in minutes."
    )
    session_hours: float = Field(
        12.0, gt=0, description="How long a session lives, however much it is used, in hours."
    )
    oidc_issuer: Annotated[str, AfterValidator(issuer)] = Field(
        "",
        description="The OpenID provider by which people may log in, as it calls itself: "
        "`https://login.example.org/realms/hospital`; empty: none.",
    )
    oidc_client_id: Annotated[str, AfterValidator(needed_for_oidc)] = Field(
        "", validate_default=True, description="What this server is called there."
    )
    oidc_client_secret: str = Field(
        "", repr=False, description="Its secret there; empty: it is a public client."
    )
    oidc_scopes: str = Field(
        "openid profile email", description="What is asked for; `openid` has to be among it."
    )
    oidc_name_claim: str = Field(
        "preferred_username",
        description="The claim that is somebody's name here; where it is missing their e-mail "
        "address, then their subject.",
    )
    oidc_groups_claim: str = Field(
        "groups", description="The claim that lists somebody's groups, in the token or userinfo."
    )
    oidc_roles: dict[str, Literal["viewer", "annotator", "operator", "admin"]] = Field(
        {},
        description="The role that each group gives, as JSON: "
        '`{"radiology": "annotator", "it": "admin"}`; of several the one with most rights.',
    )
    public_url: Annotated[str, AfterValidator(needed_for_oidc)] = Field(
        "",
        validate_default=True,
        description="Where browsers reach this API: `https://xray.example.org/api`. The provider "
        "sends people back to `/auth/oidc/callback` below it.",
    )
    ui_url: str = Field(
        "",
        description="Where browsers reach the UI; people are sent there after a log-in by the "
        "provider. Empty: to the API's documentation.",
    )
    allowed_origins: tuple[str, ...] = Field(
        (),
        description='Web origins that may call the API from a browser, as JSON: `["https://…"]`.',
    )
    allowed_hosts: tuple[str, ...] = Field(
        (),
        description="Names by which this machine may ask for the API, as JSON: "
        '`["xray.example.org"]`; `*.example.org` for all below one. Localhost, addresses and the '
        "names in `ROENTGEN_ALLOWED_ORIGINS` need no entry.",
    )
    trusted_proxies: Annotated[tuple[str, ...], AfterValidator(networks)] = Field(
        (),
        description="Addresses or networks of proxies that are believed when they say who their "
        'client is (`X-Forwarded-For`), as JSON: `["10.0.0.5", "10.1.0.0/16"]`.',
    )
    max_header_seconds: float = Field(
        10.0,
        gt=0,
        description="How long the headers of a request may take, in seconds; then 408.",
    )
    max_connections: int = Field(
        2000,
        gt=0,
        description="Most connections of one serving process; for one more, the one that has "
        "waited longest without a request is closed.",
    )
    max_connections_per_address: int = Field(
        1000,
        gt=0,
        description="Most of them of one client's address; trusted proxies have as many as there "
        "are.",
    )
    alerts_file: str = Field(
        "", description="File of alert rules of your own, beside those in `api/monitoring`."
    )
    notify: Annotated[str, AfterValidator(urls_or_file)] = Field(
        "",
        repr=False,
        description="Where people are told of alerts: Apprise URLs as JSON, "
        '`["mailto://…", "slack://…"]`, or the path of a file with one a line.',
    )
    webhooks: Annotated[tuple[str, ...], AfterValidator(http_urls)] = Field(
        (),
        repr=False,
        description="URLs that are sent every promotion, refusal, rollback, alarm and ended job, "
        'as JSON: `["https://…"]`; each message is signed.',
    )
    webhook_secret: Annotated[str, AfterValidator(secret_of_webhooks)] = Field(
        "",
        repr=False,
        validate_default=True,
        description="What webhooks are signed with, at least 16 characters.",
    )
    destinations: Annotated[tuple[str, ...], AfterValidator(dicom_destinations)] = Field(
        (),
        repr=False,
        description="DICOMweb services that are sent structured report and secondary capture of "
        'every instance that came by STOW-RS, as JSON: `["https://pacs.example.org/dicom-web"]`.',
    )
    destination_logins: Annotated[dict[str, str], AfterValidator(logins_of_destinations)] = Field(
        {},
        repr=False,
        description="How to log in to them, by host, as JSON: "
        '`{"pacs.example.org": "user:password"}`, or `"Bearer token"`.',
    )
    send_hours: float = Field(
        24.0,
        gt=0,
        description="How long a message that does not arrive is tried again, in hours.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`."
    )
    log_format: Literal["text", "json"] = Field(
        "text",
        description="`text`, or `json`: a line of JSON for each event; that of a request names who "
        "asked, its route, status, duration and size, and no path or query.",
    )
    metrics: bool = Field(
        True, description="Whether requests and answers are counted and `GET /metrics` answers."
    )
    sentry_dsn: str = Field(
        "",
        description="Where unexpected errors are reported to beside `GET /errors`, as Sentry gives "
        "it; needs the package `sentry-sdk`.",
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
