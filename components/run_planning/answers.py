"""What asking models costs: the test set by Retune, checkpoints on the validation file by the service."""

from __future__ import annotations

from components.run_planning.candidate import Candidate
from components.run_planning.costs import answers_cost, checkpoints_of
from components.run_planning.plan import CandidateCost, EvaluationCost
from components.run_planning.planned_dataset import PlannedDataset
from components.run_planning.records import Records
from components.run_planning.run_configuration import RunConfiguration
from components.run_planning.token_count import TokenCount
from components.run_planning.token_sample import sample_examples

_SAMPLE = 500
EMBEDDING_DEFAULTS = {"model": "gemini-embedding-001", "usd_per_million_tokens": 0.15}
"""Those of `evaluation.embedding`, whose settings belong to a later step."""


class AnswerCosts:
    """Costs of answers on the dataset's files.

    Args:
        dataset: The dataset.
        wanted: The configuration.
        tokens: Tokens of the training file by base model; the other files' estimates are corrected as it was.
    """

    def __init__(self, dataset: PlannedDataset, wanted: RunConfiguration, tokens: dict[str, TokenCount]) -> None:
        self._dataset, self._wanted, self._tokens = dataset, wanted, tokens

    def of_evaluation(self, candidates: list[Candidate], records: Records) -> list[EvaluationCost]:
        """The base models, champion and candidates, each asked the whole test set."""
        asked = [(f"base {name}", name) for name in dict.fromkeys(one.base_model for one in candidates)]
        if records.champion:
            asked.append(("champion", records.champion.base_model))
        asked += [(candidate.label, candidate.base_model) for candidate in candidates]
        return [self._answers(who, base_model, "test", self._wanted.most_test_rows) for who, base_model in asked]

    def of_embeddings(self, candidates: list[Candidate], records: Records) -> list[EvaluationCost]:
        """The wanted answers and those of every model, each embedded once, where the configuration asks for it."""
        rules = self._wanted.rules["evaluation"]
        if "embedding_similarity" not in rules.get("metrics", ()):
            return []
        # The configuration holds what its author wrote.
        asked = EMBEDDING_DEFAULTS | rules.get("embedding", {})
        models = len({one.base_model for one in candidates}) + (records.champion is not None) + len(candidates)
        once = self._answers("", candidates[0].base_model, "test", self._wanted.most_test_rows)
        tokens = once.answer_tokens * (1 + models)
        usd = tokens * float(asked["usd_per_million_tokens"]) / 1e6
        return [EvaluationCost(f"embeddings by {asked['model']}", once.answers * (1 + models), tokens, 0, usd)]

    def of_checkpoints(self, candidates: list[Candidate], costs: list[CandidateCost]) -> list[EvaluationCost]:
        """Every checkpoint of the jobs to start, each asked the validation file.

        The service bills this as batch prediction, whose price is at most that of the answers here.
        """
        if self._wanted.tuning.checkpoint_evaluation is None:
            return []
        return [
            self._answers(f"checkpoints of {candidate.label}", candidate.base_model, "validation", None, times)
            for candidate, cost in zip(candidates, costs, strict=True)
            if not cost.existing_job and (times := checkpoints_of(candidate))
        ]

    def _answers(self, who: str, base_model: str, split: str, most_rows: int | None, times: int = 1) -> EvaluationCost:
        snapshot, facts = self._dataset.snapshot, self._wanted.catalogue.get(base_model)
        file = snapshot.splits[split]
        count, estimated = self._tokens.get(base_model), snapshot.splits["train"].tokens
        correction = count.tokens / estimated if count and estimated else 1.0
        rows = min(file.rows, most_rows or file.rows)
        tokens = file.tokens * correction * rows / file.rows * times if file.rows else 0.0
        answers = round(tokens * self._answer_share(split))
        return answers_cost(who, rows * times, round(tokens) - answers, answers, facts.prices if facts else None)

    def _answer_share(self, split: str) -> float:
        """Tokens of answers as a share of all tokens of a file, on a sample."""
        sample = sample_examples(self._dataset.source(split), self._dataset.snapshot.splits[split].rows, _SAMPLE)
        whole = sum(one.tokens for one in sample)
        return sum(one.answer_tokens for one in sample) / whole if whole else 0.0
