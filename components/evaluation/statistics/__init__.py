"""How sure one can be: intervals, tests and power for scores that are paired on the same rows. Everything is seeded."""
