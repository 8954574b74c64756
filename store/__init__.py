"""Memory: SQLite on one machine, PostgreSQL for several replicas, one code for both."""
