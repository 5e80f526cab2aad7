"""KFP shells of planning."""

from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def plan_run(  # noqa: D103
    config: str, run_id: str, force: str, snapshot: dsl.Input[dsl.Dataset], plan: dsl.Output[dsl.Artifact]
) -> str:
    from components.run_planning.plan_run import make_plan
    from components.step import running_step

    with running_step("plan-run", config, run_id) as step:
        record = make_plan(step, snapshot.uri, force == "true")
        plan.uri = step.ledger.write_run(run_id, "plan.json", record)
    plan.metadata.update(reason=record.reason, tuning_usd=record.tuning_usd, plan_key=record.plan_key)
    return record.decision


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def list_candidates(config: str, run_id: str, plan: dsl.Input[dsl.Artifact]) -> list:  # noqa: D103
    from components.run_planning.plan_run import candidate_fingerprints
    from components.step import running_step

    with running_step("list-candidates", config, run_id) as step:
        return candidate_fingerprints(step, plan.uri)
