"""JSON schema in Python."""

import json
import sys

from jsonschema import Draft7Validator

CHECKS = "shape"

with open(sys.argv[3], encoding="utf-8") as file:
    validator = Draft7Validator(json.load(file))
with open(sys.argv[1], "rb") as file:
    assert all(validator.is_valid(json.loads(line)) for line in file)
