"""A candidate: one base model with its hyperparameters, and the fingerprint that identifies its tuning job."""

from __future__ import annotations

import hashlib

import msgspec


class Candidate(msgspec.Struct, frozen=True):
    """One (base model, hyperparameters) pair.

    Attributes:
        base_model: Identifier in the catalogue, for example `gemini-3.1-flash-lite`.
        epochs: Passes over the training file.
        learning_rate_multiplier: Factor on the service's recommended learning rate.
        adapter_size: Rank of the adapter: 1, 2, 4, 8 or 16.
        fingerprint: SHA-256 (hex) over snapshot, base model and hyperparameters.
    """

    base_model: str
    epochs: int
    learning_rate_multiplier: float
    adapter_size: int
    fingerprint: str

    @property
    def label(self) -> str:
        """What people call the candidate in tables: model, epochs, rate and adapter size."""
        return f"{self.base_model} · {self.epochs} ep · lr×{self.learning_rate_multiplier:g} · r{self.adapter_size}"


def fingerprint(
    snapshot_sha256: str, base_model: str, epochs: int, learning_rate_multiplier: float, adapter_size: int
) -> str:
    """SHA-256 (hex) that identifies a tuning job for ever.

    The fields are encoded as a JSON array, so no two different inputs can run together into one text.
    """
    identity = msgspec.json.encode([snapshot_sha256, base_model, epochs, float(learning_rate_multiplier), adapter_size])
    return hashlib.sha256(identity).hexdigest()
