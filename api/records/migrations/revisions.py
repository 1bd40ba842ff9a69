"""Which schema a database has, found out without Alembic: its import would slow each start."""

from sqlalchemy import Connection, inspect, text

from api.errors import StorageFailed
from api.records import error_tables  # noqa: F401
from api.records.accounts import tables as account_tables  # noqa: F401

# Each adds its tables to the metadata that a new database is made of.
from api.records.alerting import alert_tables, outbox_tables  # noqa: F401
from api.records.answers import shown_tables  # noqa: F401
from api.records.audit_log import audit_tables  # noqa: F401
from api.records.champions import champion_tables  # noqa: F401
from api.records.retrainings import job_tables  # noqa: F401
from api.records.servers import key_tables  # noqa: F401
from api.records.tables import metadata
from api.records.training_images import sample_tables  # noqa: F401
from api.records.watching import watch_tables  # noqa: F401

# Oldest first; each is a file below `versions/`. 0013 was given up before any release had it.
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0014",
    "0015",
    "0016",
    "0017",
    "0018",
    "0019",
    "0020",
    "0021",
)
NEWEST = REVISIONS[-1]
# Of a database that an earlier version made, before revisions were written down.
UNMARKED = "0000"
TABLE = "alembic_version"


def revision_of(connection: Connection) -> str | None:
    """The revision that a database is at; None where there is nothing in it."""
    found = inspect(connection)
    if found.has_table(TABLE):
        query = text(f"SELECT version_num FROM {TABLE}")
        return str(connection.execute(query).scalars().first() or UNMARKED)
    return UNMARKED if found.get_table_names() else None


def pending(revision: str | None) -> tuple[str, ...]:
    """The revisions that a database lacks, oldest first.

    Raises: StorageFailed if a newer version of the program made it.
    """
    if revision is None or revision == UNMARKED:
        return REVISIONS
    if revision not in REVISIONS:
        raise StorageFailed(
            f"The records were written by a newer version of Roentgen (revision '{revision}'; this "
            f"one knows them up to '{NEWEST}'). Start that version again, or put back the copy "
            "that it made before it upgraded them: the file whose name ends in '.bak' beside them."
        )
    return REVISIONS[REVISIONS.index(revision) + 1 :]


def create_newest(connection: Connection) -> None:
    """Make all tables of an empty database, at the newest revision."""
    metadata.create_all(connection)
    connection.execute(
        text(
            f"CREATE TABLE {TABLE} (version_num VARCHAR(32) NOT NULL, "
            f"CONSTRAINT {TABLE}_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(
        text(f"INSERT INTO {TABLE} (version_num) VALUES (:newest)"), {"newest": NEWEST}
    )
