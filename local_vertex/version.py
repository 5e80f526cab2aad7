"""The version that every reply names."""

from __future__ import annotations

VERSION = "0.1.0"
