"""`python -m benchmarks`: a short round of everything; `README.md` says what each program can do beyond it."""

from __future__ import annotations

from benchmarks import near_duplicates, paired_comparison, startup, validation


def main() -> None:
    """Run the programs one after the other."""
    startup.main(["--rounds", "5"])
    validation.main(["--examples", "20000", "--rounds", "2", "--all"])
    near_duplicates.main(["--prompts", "20000", "--compared", "20000"])
    paired_comparison.main(["--rounds", "3"])


if __name__ == "__main__":
    main()
