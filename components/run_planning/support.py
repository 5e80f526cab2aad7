"""Refuses what a base model or a region does not support, before anything is sent.

Every rule reads the catalogue of base models, where each fact stands with its source.
"""

from __future__ import annotations

from collections.abc import Mapping

from components.base_models.alternatives import alternatives
from components.base_models.facts import BaseModelFacts
from components.dataset_validation.snapshot import Snapshot
from components.errors import RetuneError, configuration_error
from components.gcp.cloud_settings import CloudSettings
from components.gcp.resource_names import location_of
from components.run_planning.settings import CHAMPION, CandidateSettings, TuningSettings

Catalogue = Mapping[str, BaseModelFacts]


def check_support(
    settings: TuningSettings, catalogue: Catalogue, cloud: CloudSettings, *, has_validation: bool
) -> None:
    """Refuse what the service would refuse.

    Args:
        settings: The `tuning` section; every base model is in the catalogue.
        catalogue: Facts by base model.
        cloud: Region and key.
        has_validation: Whether the dataset has a validation file.

    Raises:
        RetuneError: `MODEL-RETIRED`, `MODEL-REGION`, `MODEL-TUNING-MODE`, `CONFIG-ADAPTER-SIZE`, `MODEL-OPTION`,
            `MODEL-CMEK`, `CONFIG-KMS-REGION`, `MODEL-CONTINUE`, `MODEL-EVALUATION`; each names the key and the choice.
    """
    _check_key_region(cloud)
    for number, wanted in enumerate(settings.candidates):
        where, facts = f"tuning.candidates[{number}]", catalogue[wanted.base_model]
        _check_offer(wanted, facts, catalogue, cloud, where)
        _check_mode(wanted, facts, catalogue, where)
        _check_options(wanted, facts, where)
        _check_continuation(wanted, facts, catalogue, cloud, where)
        if cloud.kms_key and not facts.cmek:
            raise configuration_error(
                "MODEL-CMEK",
                f"{wanted.base_model} is not tuned with customer-managed keys",
                f"take cloud.kms_key out, or choose {alternatives(catalogue, lambda other: other.cmek)}",
                f"{where}.base_model",
            )
        if settings.checkpoint_evaluation:
            _check_evaluation(wanted.base_model, facts, catalogue, cloud, has_validation=has_validation)


def check_dataset_support(
    settings: TuningSettings, catalogue: Catalogue, snapshot: Snapshot, media_files: Mapping[str, int]
) -> None:
    """Refuse what the service would refuse of this dataset.

    Args:
        settings: The `tuning` section.
        catalogue: Facts by base model.
        snapshot: The validated dataset.
        media_files: Files that its examples name, by split.

    Raises:
        RetuneError: `MODEL-EVALUATION`, `MODEL-VALIDATION-SIZE`.
    """
    if settings.checkpoint_evaluation and media_files.get("validation"):
        raise configuration_error(
            "MODEL-EVALUATION",
            "the service evaluates checkpoints on texts only, and validation examples name files",
            "take the section out",
            "tuning.checkpoint_evaluation",
        )
    train, validation = snapshot.splits["train"], snapshot.splits.get("validation")
    for number, wanted in enumerate(settings.candidates):
        most = catalogue[wanted.base_model].max_validation_bytes_share
        if validation and most and validation.bytes > most * train.bytes:
            raise configuration_error(
                "MODEL-VALIDATION-SIZE",
                f"the validation file has {validation.bytes / max(train.bytes, 1):.0%} of the training file's size, "
                f"{wanted.base_model} takes {most:.0%}",
                "move validation examples to the training file",
                f"tuning.candidates[{number}].base_model",
            )


def _check_offer(
    wanted: CandidateSettings, facts: BaseModelFacts, catalogue: Catalogue, cloud: CloudSettings, where: str
) -> None:
    if facts.retired:
        raise retired(wanted.base_model, f"was switched off on {facts.retired}", catalogue, f"{where}.base_model")
    if facts.tuning_regions and cloud.location not in facts.tuning_regions:
        here = alternatives(catalogue, lambda other: not other.tuning_regions or cloud.location in other.tuning_regions)
        raise configuration_error(
            "MODEL-REGION",
            f"{wanted.base_model} is not tuned in {cloud.location}",
            f"set cloud.location to one of {', '.join(facts.tuning_regions)}; in {cloud.location} choose {here}",
            f"{where}.base_model",
        )


def retired(base_model: str, how: str, catalogue: Catalogue, where: str) -> RetuneError:
    """`MODEL-RETIRED` with the base models that are on offer."""
    return configuration_error("MODEL-RETIRED", f"{base_model} {how}", f"choose {alternatives(catalogue)}", where)


def _check_mode(wanted: CandidateSettings, facts: BaseModelFacts, catalogue: Catalogue, where: str) -> None:
    if wanted.tuning_mode not in facts.tuning_modes:
        others = alternatives(catalogue, lambda other: wanted.tuning_mode in other.tuning_modes)
        raise configuration_error(
            "MODEL-TUNING-MODE",
            f"{wanted.base_model} is not tuned in mode `{wanted.tuning_mode}`",
            f"set tuning_mode to {' or '.join(facts.tuning_modes)}, or choose {others}",
            f"{where}.tuning_mode",
        )
    if wanted.tuning_mode == "adapter" and wanted.adapter_size not in facts.adapter_sizes:
        raise configuration_error(
            "CONFIG-ADAPTER-SIZE",
            f"{wanted.base_model} has no adapter size {wanted.adapter_size}",
            f"choose one of {', '.join(map(str, facts.adapter_sizes))}",
            f"{where}.adapter_size",
        )


def _check_options(wanted: CandidateSettings, facts: BaseModelFacts, where: str) -> None:
    """What only open models have, and only Gemini (`SupervisedHyperParameters`, `TuningJob` of google-genai 2.34)."""
    if facts.open_model:
        refused = {"learning_rate_multiplier": wanted.learning_rate_multiplier != 1.0}
        instead = "give learning_rate, which open models have instead"
    else:
        refused = {name: bool(getattr(wanted, name)) for name in ("learning_rate", "batch_size", "custom_base_model")}
        instead = "take it out; Gemini has learning_rate_multiplier and continue_from"
    for name, used in refused.items():
        if used:
            kind = "an open model" if facts.open_model else "no open model"
            raise configuration_error(
                "MODEL-OPTION",
                f"{wanted.base_model} is {kind} and has no {name}",
                instead,
                f"{where}.{name}",
            )


def _check_continuation(
    wanted: CandidateSettings, facts: BaseModelFacts, catalogue: Catalogue, cloud: CloudSettings, where: str
) -> None:
    start = wanted.continue_from
    if start and not facts.continuous:
        instead = "give custom_base_model, the folder of its weights" if facts.open_model else "take it out"
        raise configuration_error(
            "MODEL-CONTINUE",
            f"a model tuned from {wanted.base_model} cannot be tuned again with continue_from",
            f"{instead}, or choose {alternatives(catalogue, lambda other: other.continuous)}",
            f"{where}.continue_from",
        )
    location = location_of(start, default=cloud.location) if start != CHAMPION else cloud.location
    if location != cloud.location:
        raise configuration_error(
            "MODEL-CONTINUE",
            f"the model to go on from is in {location}, the tuning job would be in {cloud.location}",
            f"set cloud.location to {location}, or name a model in {cloud.location}",
            f"{where}.continue_from",
        )


def _check_key_region(cloud: CloudSettings) -> None:
    region = location_of(cloud.kms_key, default=cloud.location)
    if region != cloud.location:
        raise configuration_error(
            "CONFIG-KMS-REGION",
            f"the key is in {region}, the tuning job would be in {cloud.location}",
            f"name a key in {cloud.location}, or set cloud.location to {region}",
            "cloud.kms_key",
        )


def _check_evaluation(
    base_model: str, facts: BaseModelFacts, catalogue: Catalogue, cloud: CloudSettings, *, has_validation: bool
) -> None:
    where = "tuning.checkpoint_evaluation"
    if cloud.location not in facts.evaluation_regions:
        regions = ", ".join(facts.evaluation_regions)
        others = alternatives(catalogue, lambda other: cloud.location in other.evaluation_regions)
        raise configuration_error(
            "MODEL-EVALUATION",
            f"the service does not evaluate checkpoints of {base_model} in {cloud.location}",
            "take the section out (Retune's own evaluation needs none), "
            + (f"set cloud.location to {regions}" if regions else f"or choose {others}"),
            where,
        )
    if not has_validation:
        raise configuration_error(
            "MODEL-EVALUATION",
            "the service evaluates checkpoints on the validation file, and there is none",
            "give dataset.validation, or take the section out",
            where,
        )
