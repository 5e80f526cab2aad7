"""KFP shells of promotion between environments."""

from google_cloud_pipeline_components.types.artifact_types import VertexModel
from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def begin_promotion(  # noqa: D103
    config: str, run_id: str, request: str, snapshot: dsl.Output[dsl.Dataset], plan: dsl.Output[dsl.Artifact]
) -> None:
    from components.promotion.bring import begin_promotion
    from components.step import running_step

    with running_step("begin-promotion", config, run_id) as step:
        record, taken = begin_promotion(step, request)
        plan.uri, snapshot.uri = step.ledger.write_run(run_id, "plan.json", record), taken.uri
    plan.metadata.update(reason=record.reason)
    snapshot.metadata.update(sha256=taken.sha256)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def copy_model(  # noqa: D103
    config: str,
    run_id: str,
    request: str,
    fingerprint: str,
    plan: dsl.Input[dsl.Artifact],
    tuned: dsl.Output[dsl.Artifact],
    model: dsl.Output[VertexModel],
) -> None:
    from components.gcp.console import api_url
    from components.promotion.bring import bring_model
    from components.step import running_step

    with running_step("copy-model", config, run_id) as step:
        record = bring_model(step, request, fingerprint, plan.uri)
        tuned.uri = step.ledger.write_run(run_id, f"tuned/{fingerprint}.json", record)
    model.uri = api_url(record.model)
    model.metadata["resourceName"] = record.model
