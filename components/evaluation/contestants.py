"""Who is asked in an evaluation: base models, champion and candidates, and where each of them answers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec

from components.base_models.facts import BaseModelFacts
from components.base_models.resolved import base_models
from components.base_models.serving import serving_location
from components.evaluation.evaluation import Role, System
from components.evaluation.requests import TEMPERATURE
from components.gcp.ledger import Champion
from components.gcp.resource_names import location_of, short_id
from components.step import Step
from components.supervised_tuning.tuned_model import TunedModel


@dataclass(frozen=True)
class Contestant:
    """A system and where it answers.

    Attributes:
        system: What it is in the evaluation.
        target: Publisher model identifier or endpoint resource name.
        location: Location for a publisher model; an endpoint answers at the one in its name.
        thinking: How its thinking is held down; empty for the model's default.
        batch: Whether the catalogue says that it supports batch prediction.
    """

    system: System
    target: str
    location: str
    thinking: str
    batch: bool = False

    def cost(self, prompt_tokens: int, output_tokens: int) -> float | None:
        """List price of so many tokens in US dollars; None when it is unknown."""
        asked, told = self.system.usd_per_million_input, self.system.usd_per_million_output
        return None if asked is None or told is None else (prompt_tokens * asked + output_tokens * told) / 1e6


def find_contestants(
    step: Step, tuned: list[TunedModel], seed: int, *, checkpoints: bool, answers: str = "answers"
) -> list[Contestant]:
    """The base model of every candidate, the champion where one serves, and the candidates.

    Args:
        step: The running step.
        tuned: The candidates.
        seed: Of the requests.
        checkpoints: Whether the other checkpoints of candidates come too.
        answers: Where answers are kept, below the model line's own folder.
    """
    catalogue = base_models(step.config)
    bases = list(dict.fromkeys(one.candidate.base_model for one in tuned))
    found = [
        Contestant(
            _system("base", name, name, catalogue[name], base_model=name),
            name,
            serving_location(catalogue[name], step.cloud.location),
            "",
            catalogue[name].batch,
        )
        for name in bases
    ]
    seen = step.ledger.champion()
    if seen:
        found.append(_champion(seen[0], catalogue))
    for one in tuned:
        facts, base = catalogue[one.candidate.base_model], one.candidate.base_model
        system = _system("candidate", one.candidate.label, one.model, facts, one.candidate.fingerprint, base)
        found.append(Contestant(system, one.endpoint, "", facts.thinking, facts.batch))
        found += _checkpoints(one, facts) if checkpoints else []
    return [recorded(one, f"{step.root}/{answers}", seed) for one in found]


def recorded(contestant: Contestant, root: str, seed: int) -> Contestant:
    """The contestant with everything that its answers depend on, and with the place where they are kept.

    The place belongs to a model version, its thinking and its location, whatever the test set: an answer to the same
    request is not paid for again.

    Args:
        contestant: Who is asked.
        root: What the places begin with.
        seed: Seed of the requests.
    """
    location = location_of(contestant.target, default=contestant.location)
    identity = msgspec.json.encode([contestant.system.model, contestant.thinking, location])
    system = msgspec.structs.replace(
        contestant.system,
        answers_uri=f"{root}/{hashlib.sha256(identity).hexdigest()[:16]}",
        parameters={
            "temperature": TEMPERATURE,
            "seed": seed,
            "thinking": contestant.thinking or "default",
            "location": location,
            "target": contestant.target,
        },
    )
    return Contestant(system, contestant.target, location, contestant.thinking, contestant.batch)


def _checkpoints(tuned: TunedModel, facts: BaseModelFacts) -> list[Contestant]:
    """All but the one that the candidate answers from, each at the endpoint that tuning made for it."""
    found = []
    for number, endpoint in enumerate(tuned.spare_endpoints, start=1):
        name = f"{tuned.candidate.label} · other checkpoint {number}"
        model = f"{tuned.model}#{short_id(endpoint)}"
        system = _system("checkpoint", name, model, facts, base_model=tuned.candidate.base_model)
        # A batch would be answered by the default checkpoint.
        found.append(Contestant(system, endpoint, "", facts.thinking))
    return found


def _champion(champion: Champion, catalogue: dict[str, BaseModelFacts]) -> Contestant:
    """The champion at the endpoint that tuning made for it: at the serving one another model may answer in a rollout.

    Its base model may have left the configuration; then its price is not known.
    """
    facts = catalogue.get(champion.base_model)
    system = _system("champion", f"release {champion.release}", champion.model, facts, base_model=champion.base_model)
    thinking = facts.thinking if facts else champion.thinking
    target = champion.tuning_endpoint or champion.endpoint
    return Contestant(system, target, "", thinking, bool(facts and facts.batch))


def _system(
    role: Role, name: str, model: str, facts: BaseModelFacts | None, fingerprint: str = "", base_model: str = ""
) -> System:
    prices = facts.prices if facts else None
    return System(
        role=role,
        name=name,
        model=model,
        fingerprint=fingerprint,
        usd_per_million_input=prices.input if prices else None,
        usd_per_million_output=prices.output if prices else None,
        base_model=base_model,
    )
