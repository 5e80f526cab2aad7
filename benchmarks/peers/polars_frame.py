"""A data frame of Polars: roles and duplicates."""

import sys

import polars

CHECKS = "one schema for all lines, roles, duplicates"

frame = polars.read_ndjson(sys.argv[1], infer_schema_length=None)
roles = frame.select(polars.col("contents").list.eval(polars.element().struct.field("role")).explode())
assert roles.to_series().is_in(["user", "model"]).all()
frame["contents"].n_unique()
