"""A data frame: roles by a function, duplicates by column."""

import sys

import pandas

CHECKS = "roles, duplicates"

frame = pandas.read_json(sys.argv[1], lines=True)
assert frame["contents"].map(lambda turns: {turn["role"] for turn in turns} == {"user", "model"}).all()
frame["contents"].map(str).duplicated().sum()
