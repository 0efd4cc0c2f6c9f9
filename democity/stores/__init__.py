"""Where the rows of a city go: SQLite files, Parquet and CSV files, or a PostgreSQL server."""
