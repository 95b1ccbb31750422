"""The database port, its SQLite adapter, named queries and numbered migrations."""
