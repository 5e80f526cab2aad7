"""The tuning pipeline: validate, plan, tune, evaluate, decide, and release what is better."""

from kfp import dsl

from components.dataset_validation.component import validate_dataset
from components.endpoint_deployment.component import deploy
from components.evaluation.component import decide, evaluate
from components.model_registration.component import register
from components.notification.component import notify
from components.outcome_recording.component import record_outcome
from components.run_planning.component import list_candidates, plan_run
from components.supervised_tuning.component import tune

RUN_ID = dsl.PIPELINE_JOB_NAME_PLACEHOLDER


@dsl.pipeline(name="retune-tuning", description="Validates, tunes, compares and, when it is better, releases.")
def tuning(config: str, dataset_uri: str = "", trigger: str = "manual", force: str = "false") -> None:
    """One run from dataset to release.

    Every parameter is text, because a schedule can only pass text, and optional ones are empty, because an optional
    None cannot be run locally (kfp 2.17).

    Args:
        config: The run configuration as JSON, from `pipelines.config`.
        dataset_uri: `gs://` folder that stands in for the configured dataset; empty for the configured one.
        trigger: `manual`, `schedule`, `dataset` or `monitoring`; kept with the outcome.
        force: `true` evaluates again although the same question was answered; no job is paid for twice even then.
    """
    told = notify(config=config, run_id=RUN_ID).set_caching_options(False)
    with dsl.ExitHandler(told, name="run"):
        validated = validate_dataset(config=config, dataset_uri=dataset_uri, run_id=RUN_ID)
        snapshot = validated.set_caching_options(False).outputs["snapshot"]

        planned = plan_run(config=config, run_id=RUN_ID, force=force, snapshot=snapshot).set_caching_options(False)
        plan = planned.outputs["plan"]

        with dsl.If(planned.outputs["Output"] == "tune", name="tune"):
            candidates = list_candidates(config=config, run_id=RUN_ID, plan=plan).set_caching_options(False)
            with dsl.ParallelFor(candidates.output, name="each-candidate") as fingerprint:
                tuned = tune(config=config, run_id=RUN_ID, fingerprint=fingerprint, plan=plan, snapshot=snapshot)
                tuned.set_caching_options(False)

            models = dsl.Collected(tuned.outputs["tuned"])
            evaluated = evaluate(config=config, run_id=RUN_ID, snapshot=snapshot, tuned=models)
            evaluation = evaluated.set_caching_options(False).outputs["evaluation"]

            decided = decide(config=config, run_id=RUN_ID, snapshot=snapshot, plan=plan, evaluation=evaluation)
            decision = decided.set_caching_options(False).outputs["decision"]

            with dsl.If(decided.outputs["Output"] == "promote", name="promote"):
                registered = register(config=config, run_id=RUN_ID, snapshot=snapshot, decision=decision)
                model = registered.set_caching_options(False).outputs["model"]
                released = deploy(config=config, run_id=RUN_ID, snapshot=snapshot, plan=plan, model=model)
                released.set_caching_options(False)
                kept = record_outcome(config=config, run_id=RUN_ID, trigger=trigger, plan=plan)
                kept.set_caching_options(False).after(released)
            with dsl.Else(name="keep-champion"):
                record_outcome(config=config, run_id=RUN_ID, trigger=trigger, plan=plan).set_caching_options(False)
        with dsl.Else(name="skip"):
            record_outcome(config=config, run_id=RUN_ID, trigger=trigger, plan=plan).set_caching_options(False)
