"""KFP shell of the record of how a run ended."""

from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def record_outcome(config: str, run_id: str, trigger: str, plan: dsl.Input[dsl.Artifact]) -> None:  # noqa: D103
    from components.outcome_recording.record_outcome import keep_outcome
    from components.step import running_step

    with running_step("record-outcome", config, run_id) as step:
        keep_outcome(step, trigger, plan.uri)
