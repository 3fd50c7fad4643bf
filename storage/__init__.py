"""The store: articles, stories, deliveries and runs in one database. Only home of sqlalchemy."""

from storage.store import Store, copy_unopened, open_store, schema_of

__all__ = ["Store", "copy_unopened", "open_store", "schema_of"]
