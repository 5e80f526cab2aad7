"""A schema of a data frame."""

import sys

import pandas
import pandera.pandas as pandera

CHECKS = "roles, duplicates"


def alternate(turns: list) -> bool:
    """Whether user and model speak."""
    return {turn["role"] for turn in turns} == {"user", "model"}


frame = pandas.read_json(sys.argv[1], lines=True)
frame["text"] = frame["contents"].map(str)
check = pandera.Check(alternate, element_wise=True)
columns = {"contents": pandera.Column(object, check), "text": pandera.Column(str, unique=True)}
pandera.DataFrameSchema(columns).validate(frame)
