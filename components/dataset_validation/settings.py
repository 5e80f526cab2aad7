"""What the configuration says about the dataset and its checks."""

from __future__ import annotations

from pydantic import Field, field_validator

from components.dataset_validation.media.settings import MediaSettings
from components.dataset_validation.near_duplicates.settings import NearDuplicateSettings
from components.dataset_validation.rules.catalogue import RULES, Profile, Severity
from components.dataset_validation.rules.file_rules import UNREADABLE
from components.dataset_validation.shape.spelling import nearest
from components.settings import Settings


class DatasetSettings(Settings):
    """Where the files of the tuning dataset lie: local paths or `gs://` addresses.

    Attributes:
        train: Examples that the model is tuned on.
        test: Examples that are never given to the tuning job; the evaluation uses them.
        validation: Examples for the loss that the service reports while tuning; optional.
    """

    train: str = Field(min_length=1)
    test: str = Field(min_length=1)
    validation: str | None = Field(default=None, min_length=1)

    def files(self) -> dict[str, str]:
        """The address of each file by its split, in the order train, validation, test."""
        addresses = {"train": self.train, "validation": self.validation, "test": self.test}
        return {split: address for split, address in addresses.items() if address is not None}


class ValidationSettings(Settings):
    """How strict the checks are.

    Attributes:
        profile: Which severities the rules have: `default`, `strict` (what spoils an evaluation is an error too) or
            `lenient` (only what nobody should overlook).
        severity: Severity by rule code where it differs from the profile's: `error`, `warning` or `off`.
            Not for rules about files that cannot be read.
        near_duplicates: Whether nearly equal prompts are looked for.
        media: Whether the files that examples name are looked up.
        max_test_leakage: Share of test prompts that may also be in the training or validation file before the dataset
            is refused. The default of 1 % tolerates a few everyday sentences and is below what an evaluation of
            some thousand rows can resolve.
        min_train_examples: Fewer training examples are warned about; 100 is the start that Google advises.
        min_test_examples: Fewer test examples are warned about; with 100 rows a difference must be about
            10 points to be told from noise.
        answer_form_share: Share of answers that must have one JSON form before the others are warned about.
    """

    profile: Profile = "default"
    near_duplicates: NearDuplicateSettings = NearDuplicateSettings()
    media: MediaSettings = MediaSettings()
    severity: dict[str, Severity] = Field(default_factory=dict)
    max_test_leakage: float = Field(default=0.01, ge=0.0, le=1.0)
    min_train_examples: int = Field(default=100, ge=0)
    min_test_examples: int = Field(default=100, ge=0)
    answer_form_share: float = Field(default=0.9, gt=0.5, le=1.0)

    @field_validator("severity")
    @classmethod
    def _codes_exist(cls, severity: dict[str, Severity]) -> dict[str, Severity]:
        for code in severity:
            if code not in RULES:
                meant = nearest(code, RULES)
                hint = f"; did you mean {meant}?" if meant else ""
                raise ValueError(f"there is no rule {code[:60]!r}{hint}")
            if code in UNREADABLE:
                raise ValueError(f"the severity of {code} cannot be changed: such a file cannot be read at all")
        return severity

    def severity_of(self, code: str) -> Severity:
        """What a finding of the rule counts as."""
        return self.severity.get(code, RULES[code].severity_in(self.profile))
