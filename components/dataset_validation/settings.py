"""What the configuration says about the dataset and its checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from components.bounds import Bounds
from components.dataset_validation.ages.settings import AgeSettings
from components.dataset_validation.media.settings import MediaSettings
from components.dataset_validation.near_duplicates.settings import NearDuplicateSettings
from components.dataset_validation.personal_data.settings import PersonalDataSettings
from components.dataset_validation.rules.catalogue import RULES, Profile, Severity
from components.dataset_validation.rules.file_rules import UNREADABLE
from components.dataset_validation.shape.spelling import nearest


@dataclass(frozen=True, kw_only=True)
class DatasetSettings:
    """Where the files of the tuning dataset lie: local paths or `gs://` addresses.

    Attributes:
        train: Examples that the model is tuned on.
        test: Examples that are never given to the tuning job; the evaluation uses them.
        validation: Examples for the loss that the service reports while tuning; optional.
    """

    train: Annotated[str, Bounds(min_length=1)]
    test: Annotated[str, Bounds(min_length=1)]
    validation: Annotated[str, Bounds(min_length=1)] | None = None

    def files(self) -> dict[str, str]:
        """The address of each file by its split, in the order train, validation, test."""
        addresses = {"train": self.train, "validation": self.validation, "test": self.test}
        return {split: address for split, address in addresses.items() if address is not None}


@dataclass(frozen=True, kw_only=True)
class ValidationSettings:
    """How strict the checks are.

    Attributes:
        profile: Which severities the rules have: `default`, `strict` (what spoils an evaluation is an error too) or
            `lenient` (only what nobody should overlook).
        severity: Severity by rule code where it differs from the profile's: `error`, `warning` or `off`.
            Not for rules about files that cannot be read.
        near_duplicates: Whether nearly equal prompts are looked for.
        media: Whether the files that examples name are looked up.
        personal_data: Whether personal data and secrets are looked for.
        ages: Where the date of an example stands, and how old it may be.
        max_test_leakage: Share of test prompts that may also be in the training or validation file before the dataset
            is refused. The default of 1 % tolerates a few everyday sentences and is below what an evaluation of
            some thousand rows can resolve.
        min_train_examples: Fewer training examples are warned about; 100 is the start that Google advises.
        min_test_examples: Fewer test examples are warned about; with 100 rows a difference must be about
            10 points to be told from noise.
        answer_form_share: Share of answers that must have one JSON form before the others are warned about.
    """

    profile: Profile = "default"
    near_duplicates: NearDuplicateSettings = field(default_factory=NearDuplicateSettings)
    media: MediaSettings = field(default_factory=MediaSettings)
    personal_data: PersonalDataSettings = field(default_factory=PersonalDataSettings)
    ages: AgeSettings = field(default_factory=AgeSettings)
    severity: dict[str, Severity] = field(default_factory=dict)
    max_test_leakage: Annotated[float, Bounds(ge=0.0, le=1.0)] = 0.01
    min_train_examples: Annotated[int, Bounds(ge=0)] = 100
    min_test_examples: Annotated[int, Bounds(ge=0)] = 100
    answer_form_share: Annotated[float, Bounds(gt=0.5, le=1.0)] = 0.9

    def __post_init__(self) -> None:
        for code in self.severity:
            if code not in RULES:
                meant = nearest(code, RULES)
                hint = f"; did you mean {meant}?" if meant else ""
                raise ValueError(f"there is no rule {code[:60]!r} to change the severity of{hint}")
            if code in UNREADABLE:
                raise ValueError(f"the severity of {code} cannot be changed: such a file cannot be read at all")

    def severity_of(self, code: str) -> Severity:
        """What a finding of the rule counts as."""
        return self.severity.get(code, RULES[code].severity_in(self.profile))
