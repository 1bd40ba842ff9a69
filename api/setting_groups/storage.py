"""Where checkpoints, training images and records are."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from api.setting_groups.checks import blob_url
from api.setting_groups.signers import signers_or_file

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
    trusted_signers: Annotated[str, AfterValidator(signers_or_file)] = Field(
        "",
        description="Public keys (`ed25519:…`, with commas between), or the path of a file of "
        "them: checkpoints that none of them signed are not served; empty: all are.",
    )
    signing_key: str = Field(
        "",
        description="Path of the private key that retrained versions are signed with; empty: they "
        "are not signed.",
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
        5.0,
        gt=0,
        description="How long a request waits for a locked database before 503; in PostgreSQL also "
        "for a connection, and for a statement if it is more than 5.",
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
