"""The promotion pipeline: bring a version from another environment, evaluate it here, and release what passes."""

from kfp import dsl

from components.endpoint_deployment.component import deploy
from components.evaluation.component import decide, evaluate
from components.model_registration.component import register
from components.notification.component import notify
from components.outcome_recording.component import record_outcome
from components.promotion.component import begin_promotion, copy_model
from components.run_planning.component import list_candidates

RUN_ID = dsl.PIPELINE_JOB_NAME_PLACEHOLDER


@dsl.pipeline(name="retune-promotion", description="Brings an approved version from another environment.")
def promotion(config: str, request: str) -> None:
    """One promotion between environments; it runs at the destination.

    Args:
        config: The run configuration of the destination as JSON, from `pipelines.config`.
        request: The approved promotion as JSON, from `retune promote`.
    """
    told = notify(config=config, run_id=RUN_ID).set_caching_options(False)
    with dsl.ExitHandler(told, name="run"):
        begun = begin_promotion(config=config, run_id=RUN_ID, request=request).set_caching_options(False)
        snapshot, plan = begun.outputs["snapshot"], begun.outputs["plan"]

        candidates = list_candidates(config=config, run_id=RUN_ID, plan=plan).set_caching_options(False)
        with dsl.ParallelFor(candidates.output, name="each-candidate") as fingerprint:
            copied = copy_model(config=config, run_id=RUN_ID, request=request, fingerprint=fingerprint, plan=plan)
            copied.set_caching_options(False)

        models = dsl.Collected(copied.outputs["tuned"])
        evaluated = evaluate(config=config, run_id=RUN_ID, snapshot=snapshot, tuned=models)
        evaluation = evaluated.set_caching_options(False).outputs["evaluation"]

        decided = decide(config=config, run_id=RUN_ID, snapshot=snapshot, plan=plan, evaluation=evaluation)
        decision = decided.set_caching_options(False).outputs["decision"]

        with dsl.If(decided.outputs["Output"] == "promote", name="promote"):
            registered = register(config=config, run_id=RUN_ID, snapshot=snapshot, decision=decision)
            model = registered.set_caching_options(False).outputs["model"]
            released = deploy(config=config, run_id=RUN_ID, snapshot=snapshot, plan=plan, model=model)
            released.set_caching_options(False)
            kept = record_outcome(config=config, run_id=RUN_ID, trigger="promotion", plan=plan)
            kept.set_caching_options(False).after(released)
        with dsl.Else(name="keep-champion"):
            record_outcome(config=config, run_id=RUN_ID, trigger="promotion", plan=plan).set_caching_options(False)
