"""A candidate: what is tuned and how, and the fingerprint that identifies its tuning job."""

from __future__ import annotations

import hashlib

import msgspec

from components.gcp.cloud_settings import CloudSettings


class Candidate(msgspec.Struct, frozen=True):
    """One (base model, hyperparameters) pair.

    Attributes:
        base_model: Identifier in the catalogue, for example `gemini-3.1-flash-lite`.
        epochs: Passes over the training file.
        learning_rate_multiplier: Factor on the service's recommended learning rate; not sent for an open model.
        adapter_size: Rank of the adapter: 1, 2, 4, 8, 16 or 32; 0 when all weights are tuned.
        fingerprint: SHA-256 (hex) over what the job reads, starts from and does.
        learning_rate: The rate itself, for an open model; None for the service's own.
        batch_size: Examples per step, for an open model; None for the service's own.
        pre_tuned_model: Registry name of the tuned model that tuning goes on from; empty for the base model.
        checkpoint: Checkpoint of that model; empty for its default one.
        custom_base_model: `gs://` folder of weights to start from, for an open model; empty for the published ones.
        export_last_checkpoint_only: Keep the last checkpoint alone.
        open_model: Whether the base model's weights are open.
        display_name: Display name of the tuned model; empty for one made from the label.
    """

    base_model: str
    epochs: int
    learning_rate_multiplier: float
    adapter_size: int
    fingerprint: str
    learning_rate: float | None = None
    batch_size: int | None = None
    pre_tuned_model: str = ""
    checkpoint: str = ""
    custom_base_model: str = ""
    export_last_checkpoint_only: bool = False
    open_model: bool = False
    display_name: str = ""

    @property
    def label(self) -> str:
        """What people call the candidate in tables: model, epochs, rate and adapter size, and what it goes on from."""
        rate = f"lr×{self.learning_rate_multiplier:g}"
        if self.open_model:
            rate = f"lr {self.learning_rate:g}" if self.learning_rate else "lr default"
        pieces = [self.base_model, f"{self.epochs} ep", rate, f"r{self.adapter_size}" if self.adapter_size else "full"]
        if self.batch_size:
            pieces.append(f"batch {self.batch_size}")
        if self.pre_tuned_model:
            model = self.pre_tuned_model.rsplit("/", 1)[-1]
            pieces.append(f"on {model}" + (f" checkpoint {self.checkpoint}" if self.checkpoint else ""))
        if self.custom_base_model:
            pieces.append(f"on {self.custom_base_model}")
        return " · ".join(pieces)


def fingerprint(data_sha256: str, candidate: Candidate, cloud: CloudSettings) -> str:
    """SHA-256 (hex) that identifies a tuning job for ever.

    It is over what makes the tuned model what it is: the files that the job reads, what it starts from, how it is
    tuned, and the region and key that the model is kept with. The test file, names and labels are not part of it
    (docs/adr/0007). The fields are encoded as a JSON array, so no two different inputs can run together into one text.

    Args:
        data_sha256: Digest of the training and validation file, `Snapshot.tuned_sha256`.
        candidate: The candidate; its own fingerprint does not count.
        cloud: Where it is tuned.
    """
    identity = [
        data_sha256,
        candidate.base_model,
        candidate.epochs,
        float(candidate.learning_rate_multiplier),
        candidate.learning_rate,
        candidate.batch_size,
        candidate.adapter_size,
        candidate.pre_tuned_model,
        candidate.checkpoint,
        candidate.custom_base_model,
        candidate.export_last_checkpoint_only,
        cloud.location,
        cloud.kms_key,
    ]
    return hashlib.sha256(msgspec.json.encode(identity)).hexdigest()
