"""The one query of BigQuery that Retune makes: a sample of a table of request-response logs."""
