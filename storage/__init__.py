"""The store: articles, stories, deliveries and runs in one database. Only home of sqlalchemy."""

from storage.location import database_file
from storage.store import Store, copy_unopened, open_store

__all__ = ["Store", "copy_unopened", "database_file", "open_store"]
