"""JSON schema compiled to Python, on the fastest parser."""

import sys

import fastjsonschema
import orjson

CHECKS = "shape"

with open(sys.argv[3], "rb") as file:
    validate = fastjsonschema.compile(orjson.loads(file.read()))
with open(sys.argv[1], "rb") as file:
    for line in file:
        validate(orjson.loads(line))
