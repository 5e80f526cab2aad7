"""Plans a promotion from the live state of both environments; nothing is changed."""

from __future__ import annotations

from components.base_models.resolved import base_models
from components.base_models.serving import serving_location
from components.endpoint_deployment.history import read_release
from components.endpoint_deployment.settings import ServingSettings
from components.endpoint_deployment.stable_endpoint import stable_name
from components.errors import configuration_error
from components.gcp.ledger import Champion
from components.promotion.copies import hops, model_id, region_of
from components.promotion.request import PromotionPlan, Source, TestSet
from components.promotion.settings import EnvironmentSettings, check_environments
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel


def plan_promotion(source: Step, destination: Step, to: str, test_set: TestSet) -> PromotionPlan:
    """What promoting the champion of one environment to another one does.

    Args:
        source: The model line where the version serves.
        destination: The model line where it is to serve; its configuration carries the base model's facts.
        to: Name of the destination.
        test_set: The destination's.

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
        steps=_steps(found, destination, seen[0] if seen else None, test_set),
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


def _steps(source: Source, destination: Step, champion: Champion | None, test_set: TestSet) -> list[str]:
    cloud, tuned = destination.cloud, source.tuned
    facts = base_models(destination.config)[tuned.candidate.base_model]
    identifier = model_id(destination.name, tuned.candidate.fingerprint)
    way = hops(source.project, region_of(tuned.model), cloud.project, cloud.location)
    names = [f"projects/{hop.project}/locations/{hop.location}/models/{identifier}" for hop in way]
    key = f" with the key {cloud.kms_key}" if cloud.kms_key else ""
    steps = [f"models.copy {one} to {other}{key}" for one, other in zip([tuned.model, *names], names, strict=False)]
    steps += [f"models.delete {name}" for hop, name in zip(way, names, strict=True) if hop.intermediate]
    location = serving_location(facts, cloud.location)
    endpoint = f"the endpoint {identifier} in {location}"
    steps += [f"endpoints.create {endpoint}", f"endpoints.deployModel the copy to {endpoint}"] if way else []
    steps += [
        f"evaluate base model, {f'release {champion.release}' if champion else 'no champion'} and the copy on "
        f"{test_set.uri} (SHA-256 {test_set.sha256[:12]}…), and decide by the gate; what follows only if it promotes",
        "models.mergeVersionAliases candidate, and import the evaluation",
    ]
    serving = destination.section("serving", ServingSettings)
    if facts.serving == "region":
        shares = ", ".join(f"{share} %" for share in (serving.steps if champion else (100,)))
        steps.append(f"endpoints.deployModel the copy to the endpoint {stable_name(destination)!r}, traffic {shares}")
    number = destination.ledger.last_release_number() + 1
    steps.append(f"write release {number} and replace {destination.ledger.root}/champion.json")
    return steps
