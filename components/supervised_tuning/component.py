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
    gcp_resources: dsl.OutputPath(str),
) -> None:
    from components.gcp.console import api_url
    from components.step import running_step
    from components.supervised_tuning.tune import tune_candidate

    with running_step(f"tune-{fingerprint[:12]}", config, run_id) as step:
        record = tune_candidate(step, fingerprint, plan.uri, snapshot.uri, gcp_resources)
        tuned.uri = step.ledger.write_run(run_id, f"tuned/{fingerprint}.json", record)
    model.uri = api_url(record.model)
    model.metadata["resourceName"] = record.model
