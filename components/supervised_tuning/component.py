"""KFP shell of supervised tuning."""

from google_cloud_pipeline_components.types.artifact_types import VertexModel
from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def tune(  # noqa: D103
    config: str,
    run_id: str,
    fingerprint: str,
    plan: dsl.Input[dsl.Artifact],
    snapshot: dsl.Input[dsl.Dataset],
    tuned: dsl.Output[dsl.Artifact],
    model: dsl.Output[VertexModel],
    metrics: dsl.Output[dsl.Metrics],
    curves: dsl.Output[dsl.Artifact],
    gcp_resources: dsl.OutputPath(str),
) -> None:
    from components.step import running_step
    from components.supervised_tuning.artifacts import fill_artifacts
    from components.supervised_tuning.tune import tune_or_leave

    task = f"tune-{fingerprint[:12]}"
    with running_step(task, config, run_id) as step:
        record, tuned.uri = tune_or_leave(step, task, fingerprint, plan.uri, snapshot.uri, gcp_resources)
    fill_artifacts(record, fingerprint, tuned=tuned, model=model, metrics=metrics, curves=curves)
