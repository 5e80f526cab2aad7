"""Hugging Face's loader, then a function for every row."""

import sys
import tempfile

import datasets

CHECKS = "one schema for all lines, roles"


def roles(row: dict) -> dict:
    """Whether user and model speak."""
    return {"valid": {turn["role"] for turn in row["contents"]} == {"user", "model"}}


datasets.disable_progress_bars()
with tempfile.TemporaryDirectory() as cache:
    loaded = datasets.load_dataset("json", data_files=sys.argv[1], split="train", cache_dir=cache)
    assert all(loaded.map(roles)["valid"])
