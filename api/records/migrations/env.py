"""What Alembic runs for each command: the revisions, on the connection that it is given."""

from alembic import context

# It knows all modules whose tables are part of the schema.
import api.records.migrations.revisions  # noqa: F401
from api.records.tables import metadata

# The transaction is the caller's: a revision is applied as a whole, or not at all.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
