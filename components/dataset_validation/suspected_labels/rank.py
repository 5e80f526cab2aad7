"""Ranks suspected wrong labels by out-of-fold predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from components.dataset_validation.suspected_labels.labelled import Labelled
from components.errors import configuration_error


@dataclass(frozen=True)
class Suspect:
    """An example whose label is probably wrong.

    Attributes:
        example: The example.
        suggested: The label that the other examples suggest.
        quality: Between 0 and 1; the lower, the more suspicious is the given label.
    """

    example: Labelled
    suggested: str
    quality: float


@dataclass(frozen=True)
class Ranking:
    """The outcome.

    Attributes:
        suspects: Most suspicious first.
        judged: Number of examples that were judged.
        rare_labels: Labels with too few examples to judge any.
    """

    suspects: list[Suspect]
    judged: int
    rare_labels: list[str]


def rank_suspects(
    examples: Sequence[Labelled], *, folds: int, seed: int, progress: Callable[[int], None] = lambda _: None
) -> Ranking:
    """The examples whose given label a model would not predict that learned from all others.

    A linear classifier on word and character n-grams predicts each fold from the others; equal prompts are in one fold,
    so none is predicted from its own copy. Confident learning (cleanlab) then finds the labels that are more likely
    wrong than right (Northcutt, Jiang, Chuang 2021, https://arxiv.org/abs/1911.00068).

    Args:
        examples: The examples.
        folds: Number of folds; labels with fewer examples are not judged.
        seed: Decides the folds.
        progress: Is told how many folds are done.

    Raises:
        RetuneError: `SUSPECTS-EXTRA`, the packages that learn are not installed; the image goes without them.
    """
    import numpy as np

    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import SGDClassifier
        from sklearn.model_selection import StratifiedGroupKFold
        from sklearn.pipeline import make_pipeline, make_union
    except ModuleNotFoundError as error:
        raise configuration_error(
            "SUSPECTS-EXTRA",
            f"the package {error.name} is not installed",
            "install Retune with its extra: pip install 'retune[suspects]'",
            "retune suspects",
        ) from error

    counts = Counter(one.label for one in examples)
    rare = sorted(label for label, count in counts.items() if count < folds)
    judged = [one for one in examples if counts[one.label] >= folds]
    names = sorted({one.label for one in judged})
    if len(names) < 2:
        return Ranking([], 0, rare)
    labels = np.array([names.index(one.label) for one in judged])
    texts = np.array([one.text for one in judged], dtype=object)
    groups = np.unique([one.text.strip().casefold() for one in judged], return_inverse=True)[1]
    predicted = np.full((len(judged), len(names)), 1 / len(names))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for done, (learned, asked) in enumerate(splitter.split(texts, labels, groups), start=1):
        features = make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2),
        )
        # One classifier a label: with many labels ten times faster than one for all, and as good.
        model = make_pipeline(features, SGDClassifier(loss="log_loss", alpha=1e-5, random_state=seed))
        model.fit(texts[learned], labels[learned])
        predicted[np.ix_(asked, model.classes_)] = model.predict_proba(texts[asked])
        progress(done)
    predicted /= predicted.sum(axis=1, keepdims=True)
    wrong = find_label_issues(labels, predicted, n_jobs=1, filter_by="prune_by_noise_rate")
    quality = get_label_quality_scores(labels, predicted, method="normalized_margin")
    # The order of equal scores is that of the files.
    ranked = sorted(np.flatnonzero(wrong).tolist(), key=lambda row: (round(float(quality[row]), 9), row))
    suspects = [Suspect(judged[row], names[int(predicted[row].argmax())], float(quality[row])) for row in ranked]
    return Ranking([one for one in suspects if one.suggested != one.example.label], len(judged), rare)
