"""JSON schema in Rust."""

import json
import sys

import jsonschema_rs

CHECKS = "shape"

with open(sys.argv[3], encoding="utf-8") as file:
    validator = jsonschema_rs.validator_for(json.load(file))
with open(sys.argv[1], "rb") as file:
    assert all(validator.is_valid(json.loads(line)) for line in file)
