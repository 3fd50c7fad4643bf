"""The store: articles, stories, deliveries and runs in one database. Only home of sqlalchemy."""

from storage.store import Store, open_store

__all__ = ["Store", "open_store"]
