"""Plans a promotion from the live state of both environments; nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence

from components.endpoint_deployment.history import read_release
from components.errors import configuration_error
from components.promotion.planned_calls import planned_calls
from components.promotion.request import PromotionPlan, Source, TestSet
from components.promotion.settings import EnvironmentSettings, check_environments
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel


def plan_promotion(
    source: Step, destination: Step, to: str, test_set: TestSet, approvers: Sequence[str] = ()
) -> PromotionPlan:
    """What promoting the champion of one environment to another one does.

    Args:
        source: The model line where the version serves.
        destination: The model line where it is to serve; its configuration carries the base model's facts.
        to: Name of the destination.
        test_set: The destination's.
        approvers: Who may approve; empty for anyone who may write to the destination's bucket.

    Raises:
        RetuneError: `PROMOTE-NONE`, nothing serves in the source; `PROMOTE-SAME`, the version serves there already;
            `PROMOTE-RECORD`, the source's records of it are gone; `CONFIG-SHARED`, both have one place.
    """
    check_environments(source.cloud, {to: EnvironmentSettings(cloud=destination.cloud)})
    found = read_source(source)
    seen = destination.ledger.champion()
    if seen and seen[0].fingerprint == found.tuned.candidate.fingerprint:
        raise configuration_error(
            "PROMOTE-SAME",
            f"the version serves in {to} already, as release {seen[0].release}",
            "nothing is to be done",
            seen[0].model,
        )
    return PromotionPlan(
        name=source.name,
        to=to,
        project=destination.cloud.project,
        location=destination.cloud.location,
        bucket=destination.cloud.bucket,
        source=found,
        replaces=seen[0].model if seen else "",
        test_set=test_set,
        approvers=list(approvers),
        calls=planned_calls(found, destination, test_set),
    )


def read_source(step: Step) -> Source:
    """The champion of an environment, as it may be promoted to another one."""
    seen = step.ledger.champion()
    if seen is None:
        raise configuration_error(
            "PROMOTE-NONE",
            "nothing serves in this environment",
            "promote a version with `retune run`",
            step.ledger.root,
        )
    champion = seen[0]
    release = read_release(step.ledger, champion.release)
    run_id = champion.run_id
    tuned = step.ledger.read_run(run_id, f"tuned/{champion.fingerprint}.json", TunedModel)
    if release is None or tuned is None:
        raise configuration_error(
            "PROMOTE-RECORD",
            f"the records of release {champion.release} are not complete",
            "release the version again with `retune run --force`",
            f"{step.ledger.root}/runs/{run_id}",
        )
    return Source(step.ledger.root, step.cloud.project, step.cloud.location, release, tuned)
