"""Where checkpoints, training images and records are."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

ROOT = Path(__file__).resolve().parents[2]


class StorageSettings(BaseModel):
    """Where checkpoints, training images and records are."""

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
    champion: Literal["auto", "file", "records"] = Field(
        "auto",
        description="Where it is kept who serves: `file`: `champion.json` beside the checkpoints; "
        "`records`: a row that several nodes follow; `auto`: a row where the records are in "
        "PostgreSQL, else the file.",
    )
    node: str = Field(
        "",
        max_length=100,
        description="What this node is called among those that share the records; empty: as its "
        "host.",
    )
