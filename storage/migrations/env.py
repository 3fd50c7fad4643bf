"""alembic's entry: runs on the connection that storage.schema opened."""

from __future__ import annotations

from alembic import context

from news.failpoint import reach
from storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    on_version_apply=lambda **_: reach("K13"),
)
context.run_migrations()
