"""Expectations of a data frame."""

import sys

import great_expectations
import pandas

CHECKS = "roles, duplicates"

frame = pandas.read_json(sys.argv[1], lines=True)
frame["text"] = frame["contents"].map(str)
frame["roles"] = frame["contents"].map(lambda turns: ",".join(sorted({turn["role"] for turn in turns})))
context = great_expectations.get_context(mode="ephemeral")
asset = context.data_sources.add_pandas("frames").add_dataframe_asset("dataset")
batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
for expectation in (
    great_expectations.expectations.ExpectColumnValuesToBeInSet(column="roles", value_set=["model,user"]),
    great_expectations.expectations.ExpectColumnValuesToBeUnique(column="text"),
):
    assert batch.validate(expectation).success
