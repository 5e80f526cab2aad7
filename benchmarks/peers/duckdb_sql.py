"""SQL over the file: roles and duplicates."""

import sys

import duckdb

CHECKS = "one schema for all lines, roles, duplicates"

read = f"read_json('{sys.argv[1]}', format='newline_delimited', sample_size=-1)"
wrong, total, distinct = duckdb.sql(
    f"select count(*) filter (not list_has_all(['user', 'model'], list_transform(contents, lambda turn: turn.role))), "
    f"count(*), count(distinct contents) from {read}"
).fetchall()[0]
assert wrong == 0, wrong
