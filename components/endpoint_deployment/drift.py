"""Where the world differs from the ledger, and what would make it agree.

The champion pointer decides. What a release changes beside it, traffic, deployments, aliases and its own record,
follows from the pointer and can be put right at any time: by the next release, at the end of any run, or by
`retune doctor --fix`. That is how a release that was killed is finished or undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from components.endpoint_deployment.observed import CHAMPION_ALIAS, PREVIOUS_ALIAS, Observed
from components.endpoint_deployment.release_record import Release
from components.endpoint_deployment.repairs import Repairs
from components.gcp.ledger import Champion
from components.line_labels import OWNER_LABEL
from components.model_registration.register import CANDIDATE_ALIAS


@dataclass(frozen=True)
class Finding:
    """One difference.

    Attributes:
        code: Stable identifier.
        what: What is the matter, in one sentence.
        fix: What repairing it does; what a person is to do where nothing is repaired.
        repair: Repairs it; None where only a person can.
    """

    code: str
    what: str
    fix: str
    repair: Callable[[], None] | None


def find_drift(seen: Observed, repairs: Repairs) -> list[Finding]:
    """Every difference between the ledger and what was observed, in the order in which they are repaired."""
    champion = seen.champion
    found = [*_of_other_ledger(seen)]
    found += _of_champion(seen, champion, repairs) if champion else []
    found += _orphans(seen, repairs)
    if champion:
        found += _of_marks(seen, repairs)
        found += [*_of_aliases(seen, repairs), *_of_records(seen, champion, repairs)]
    return found


def _of_other_ledger(seen: Observed) -> Iterator[Finding]:
    if seen.foreign and (seen.champion is None or seen.champion.endpoint == seen.stable):
        yield Finding(
            "ENDPOINT-SHARED",
            f"another model line or environment decides what serves at {seen.stable}",
            "give this one a project, a region or a serving.endpoint of its own; if the other one is given up, take "
            f"the label {OWNER_LABEL} off the endpoint",
            None,
        )


def _of_marks(seen: Observed, repairs: Repairs) -> Iterator[Finding]:
    """Other environments of the same project and region see by its label that a version is needed."""
    for model in sorted(seen.unmarked):
        yield Finding(
            "UNMARKED",
            f"{model} does not say that this model line needs it",
            "label it, so that no other environment removes it",
            lambda model=model: repairs.mark(model),  # type: ignore[misc]
        )


def _of_champion(seen: Observed, champion: Champion, repairs: Repairs) -> Iterator[Finding]:
    name = f"release {champion.release}"
    if champion.model not in seen.aliases:
        yield Finding(
            "MODEL-GONE", f"the model of {name} is not in the registry: {champion.model}", "run `retune rollback`", None
        )
        return
    if seen.serving is None:
        yield Finding(
            "ENDPOINT-GONE",
            f"the endpoint of {name} does not exist: {champion.endpoint}",
            "make it again, deploy the version and give it all the traffic"
            if seen.remakable
            else "run `retune rollback`",
            (lambda: repairs.remake(champion)) if seen.remakable else None,
        )
        return
    deployed = [one for one in seen.serving if one.model == champion.model]
    if champion.endpoint != seen.stable:
        if not any(one.traffic for one in deployed):
            yield Finding(
                "NOT-DEPLOYED", f"{name} is not deployed to {champion.endpoint}", "run `retune rollback`", None
            )
        return
    if seen.foreign:
        return
    share = sum(one.traffic for one in deployed)
    if not deployed:
        yield Finding(
            "NOT-DEPLOYED",
            f"{name} is not deployed to {champion.endpoint}",
            "deploy it and give it all the traffic",
            lambda: repairs.serve(champion),
        )
    elif share != 100:
        yield Finding(
            "TRAFFIC",
            f"{name} has {share} % of the traffic of {champion.endpoint}",
            "give it all the traffic",
            lambda: repairs.serve(champion),
        )


def _orphans(seen: Observed, repairs: Repairs) -> Iterator[Finding]:
    """Deployments on the stable endpoint that neither serve nor are wanted for a rollback.

    Where the ledger does not say who serves there, a deployment with traffic is left alone, unless it is that of a
    rollout that died: the ledger may be the wrong one. Where another ledger decides, everything is left alone.
    """
    if seen.foreign:
        return
    serves_there = seen.champion is not None and seen.champion.endpoint == seen.stable
    for one in seen.on_stable:
        if one.model in seen.kept:
            continue
        if one.model in seen.left_over or serves_there or (seen.champion and not one.traffic):
            yield Finding(
                "ORPHAN",
                f"{one.model} is deployed to {seen.stable} with {one.traffic} % of the traffic, and nothing wants it",
                "undeploy it",
                lambda one=one: repairs.undeploy(seen.stable, one),  # type: ignore[misc]
            )


def _of_aliases(seen: Observed, repairs: Repairs) -> Iterator[Finding]:
    wanted = {CHAMPION_ALIAS: seen.champion, PREVIOUS_ALIAS: seen.fallback, CANDIDATE_ALIAS: None}
    for alias, holder in wanted.items():
        for model, aliases in seen.aliases.items():
            if holder and model == holder.model and alias not in aliases:
                yield Finding(
                    "ALIAS",
                    f"{model} has no alias {alias}",
                    f"give it the alias {alias}",
                    lambda model=model, alias=alias: repairs.give_alias(model, alias),  # type: ignore[misc]
                )
            if alias in aliases and (holder is None or model != holder.model):
                yield Finding(
                    "ALIAS",
                    f"{model} has the alias {alias}",
                    f"take the alias {alias} from it",
                    lambda model=model, alias=alias: repairs.take_alias(model, alias),  # type: ignore[misc]
                )


def _of_records(seen: Observed, champion: Champion, repairs: Repairs) -> Iterator[Finding]:
    record: Release | None = seen.record
    if record is None:
        yield Finding(
            "RECORD",
            f"release {champion.release} has no record",
            "write one from the champion pointer; its evidence is that of its run",
            lambda: repairs.write_record(champion),
        )
    elif record.champion != champion:
        yield Finding(
            "RECORD", f"the record of release {champion.release} names another version", "read both and decide", None
        )
    if seen.fallback and seen.fallback.model not in seen.aliases:
        yield Finding(
            "FALLBACK-GONE",
            f"the version that a rollback would restore is not in the registry: {seen.fallback.model}",
            "choose an earlier release for a rollback with `retune rollback --to`",
            None,
        )
