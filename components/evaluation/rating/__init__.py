"""Ratings: what people say about answers that they see side by side, without knowing whose they are."""
