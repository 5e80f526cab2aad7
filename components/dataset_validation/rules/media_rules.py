"""Rules about images, audio, video and documents."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

MEDIA_RULES: tuple[Rule, ...] = ()
