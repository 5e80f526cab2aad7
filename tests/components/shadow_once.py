"""Replays logged prompts: the process that the kill test kills."""

from __future__ import annotations

import sys

import msgspec

from components.shadow.settings import ShadowLimits
from components.shadow.shadow import run_shadow
from components.step import open_step
from components.supervised_tuning.tuned_model import TunedModel

config, record, source, rows = sys.argv[1:]
step, tuned = open_step(config, "run-killed"), msgspec.json.decode(record, type=TunedModel)
run_shadow(step, tuned, source, ShadowLimits(rows=int(rows), max_increase=0.05, max_latency_ratio=3.0))
