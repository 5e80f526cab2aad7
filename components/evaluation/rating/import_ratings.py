"""Takes the ratings that people saved, and looks at the gate again."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from components.evaluation.comparisons import Scored, compare_all
from components.evaluation.dimensions import Fields, dimensions_of
from components.evaluation.evaluation import Evaluation
from components.evaluation.opponents import answer_text
from components.evaluation.rating.rated_metric import rated_metrics
from components.evaluation.rating.ratings_file import RatingsFile, refuse_changes, translate
from components.evaluation.rating.review import Reviewed
from components.evaluation.rating.settings import RATING_METRIC, RatingSettings
from components.evaluation.rating.store import Rating, RatingStore
from components.evaluation.settings import EvaluationSettings
from components.evaluation.slices import slice_masks


def import_ratings(
    reviewed: Reviewed,
    files: Mapping[str, RatingsFile],
    settings: EvaluationSettings,
    *,
    sliced_metric: str = "",
    fields: Fields = (),
    replace: bool = False,
) -> Evaluation:
    """The evaluation with the ratings of all files, which are kept; where one file is wrong, none is.

    Args:
        reviewed: The answers that were rated.
        files: What raters saved, by the name of the file.
        settings: What is asked, resamples and seed.
        sliced_metric: The metric that slices are compared on.
        fields: What a side file says of every example.
        replace: Whether somebody may say something else than before.

    Raises:
        RetuneError: `RATING-…`, see `ratings_file`.
    """
    keys = reviewed.keys()
    said = translate(files, keys)
    fresh: dict[str, list[Rating]] = {}
    stores = {name: RatingStore(reviewed.storage, reviewed.ratings_root, name) for name in said}
    for name, ratings in said.items():
        known = stores[name].by_pair()
        if not replace:
            refuse_changes(ratings, known)
        fresh[name] = [one for one in ratings if not _is_known(one, known)]
    for name, ratings in fresh.items():
        if ratings:
            stores[name].append(ratings)
    # Where the configuration does not say what is asked, the page does.
    asked = {key.name: RatingSettings(**key.settings) for key in (keys[one.review] for one in files.values())}
    wanted = asked | settings.ratings
    return with_ratings(reviewed, wanted, settings, sliced_metric=sliced_metric, fields=fields)


def with_ratings(
    reviewed: Reviewed,
    wanted: Mapping[str, RatingSettings],
    settings: EvaluationSettings,
    *,
    sliced_metric: str,
    fields: Fields,
) -> Evaluation:
    """The evaluation with what people have said up to now; everything else in it stays as it was."""
    record, examples = reviewed.record, reviewed.examples
    metrics, reports = rated_metrics(
        reviewed.storage, reviewed.ratings_root, wanted, examples, reviewed.answers, record.seed
    )
    scored = [
        Scored(system, np.array([len(answer_text(row) or "") for row in rows], dtype=np.float64), {})
        for system, rows in reviewed.answers
    ]
    masks = slice_masks(dimensions_of(examples, record.task_kind, fields))
    settings = settings.model_copy(update={"seed": record.seed, "resamples": record.resamples})
    compared, slices = compare_all(scored, metrics, masks, sliced_metric, settings, record.confidence)
    others = [one for one in record.comparisons if not one.metric.startswith(RATING_METRIC)]
    kept = [one for one in record.slices if not sliced_metric.startswith(RATING_METRIC)]
    return msgspec.structs.replace(record, comparisons=others + compared, slices=kept + slices, ratings=reports)


def _is_known(rating: Rating, known: Mapping[str, Mapping[str, Rating]]) -> bool:
    before = known.get(rating.pair, {}).get(rating.rater.casefold())
    return before is not None and before.choice == rating.choice
