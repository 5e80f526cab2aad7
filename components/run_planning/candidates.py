"""The candidates of a run: the configured ones, with what they go on from looked up."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from components.base_models.facts import BaseModelFacts
from components.errors import configuration_error
from components.gcp.cloud_settings import CloudSettings
from components.gcp.ledger import Champion
from components.gcp.resource_names import location_of
from components.run_planning.candidate import Candidate, fingerprint
from components.run_planning.settings import CHAMPION, CandidateSettings, TuningSettings


def make_candidates(
    data_sha256: str,
    settings: TuningSettings,
    catalogue: Mapping[str, BaseModelFacts],
    cloud: CloudSettings,
    champion: Champion | None,
) -> list[Candidate]:
    """The configured candidates with their fingerprints, in the order of the configuration.

    Args:
        data_sha256: Digest of the training and validation file.
        settings: The `tuning` section.
        catalogue: Facts by base model.
        cloud: Where they are tuned.
        champion: What serves now; a candidate that goes on from the champion starts from its base model without one.

    Raises:
        RetuneError: `TUNE-CONTINUE`, tuning cannot go on from the champion.
    """
    made = []
    for number, wanted in enumerate(settings.candidates):
        start = wanted.continue_from
        if start == CHAMPION:
            start = _champion_model(wanted, champion, cloud, f"tuning.candidates[{number}].continue_from")
        candidate = _candidate(wanted, catalogue[wanted.base_model], start)
        made.append(msgspec.structs.replace(candidate, fingerprint=fingerprint(data_sha256, candidate, cloud)))
    return made


def question_of(
    data_sha256: str, settings: TuningSettings, catalogue: Mapping[str, BaseModelFacts], cloud: CloudSettings
) -> list[str]:
    """What identifies the candidates in the key of a plan.

    Here `champion` stands for itself: a run that went on from the champion and replaced it must not make the next run
    on the same data a new question, or every run would pay for going on from the one before.
    """
    return [
        fingerprint(data_sha256, _candidate(wanted, catalogue[wanted.base_model], wanted.continue_from), cloud)
        for wanted in settings.candidates
    ]


def _candidate(wanted: CandidateSettings, facts: BaseModelFacts, start: str) -> Candidate:
    return Candidate(
        base_model=wanted.base_model,
        epochs=wanted.epochs,
        learning_rate_multiplier=wanted.learning_rate_multiplier,
        adapter_size=0 if wanted.tuning_mode == "full" else wanted.adapter_size,
        fingerprint="",
        learning_rate=wanted.learning_rate,
        batch_size=wanted.batch_size,
        pre_tuned_model=start,
        checkpoint=wanted.checkpoint if start else "",
        custom_base_model=wanted.custom_base_model,
        export_last_checkpoint_only=wanted.export_last_checkpoint_only,
        open_model=facts.open_model,
        display_name=wanted.display_name,
    )


def _champion_model(wanted: CandidateSettings, champion: Champion | None, cloud: CloudSettings, where: str) -> str:
    """Registry name of the champion; empty when there is none yet."""
    if champion is None:
        return ""
    if champion.base_model != wanted.base_model:
        raise configuration_error(
            "TUNE-CONTINUE",
            f"the champion was tuned from {champion.base_model}, the candidate names {wanted.base_model}",
            f"set the candidate's base_model to {champion.base_model}, or take continue_from out",
            where,
        )
    location = location_of(champion.model, default=cloud.location)
    if location != cloud.location:
        raise configuration_error(
            "TUNE-CONTINUE",
            f"the champion is in {location}, tuning goes on only in the region of the model",
            f"set cloud.location to {location}, or take continue_from out",
            where,
        )
    return champion.model
