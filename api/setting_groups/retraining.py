"""When a retraining begins, what it may use, and what becomes of its versions."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from api.setting_groups.checks import cron_or_empty


class RetrainingSettings(BaseModel):
    """When a retraining begins, what it may use, and what becomes of its versions."""

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
        "for the site is promoted for everybody, with its profile; `everybody`: it answers that "
        "site's requests.",
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
        description="While the p99 of a serving worker of its machine (the worker's films of the "
        "last 10 s, waiting included) is above this, in milliseconds, a retraining stands still, "
        "at most a minute at a stretch and two thirds of its time; 0: never.",
    )
    trainer_threads: int = Field(
        1, ge=1, description="Threads of the trainer; it runs at the lowest priority."
    )
    cluster: Literal["none", "ray"] = Field(
        "none",
        description="Where retrainings run: `none`: in a process beside the server; `ray`: as jobs "
        "of a Ray cluster (docs/run/scale.md).",
    )
    ray_address: str = Field(
        "http://127.0.0.1:8265",
        description="The Jobs API of that cluster: the dashboard of its head.",
    )
    ray_memory_bytes: int = Field(
        0,
        ge=0,
        description="Memory that a retraining reserves on a node of the cluster, in bytes, beside "
        "`ROENTGEN_TRAINER_THREADS` cores; 0: none.",
    )
