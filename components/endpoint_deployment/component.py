"""KFP shell of endpoint deployment."""

from google_cloud_pipeline_components.types.artifact_types import VertexEndpoint, VertexModel
from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def deploy(  # noqa: D103
    config: str,
    run_id: str,
    snapshot: dsl.Input[dsl.Dataset],
    plan: dsl.Input[dsl.Artifact],
    model: dsl.Input[VertexModel],
    endpoint: dsl.Output[VertexEndpoint],
) -> None:
    from components.endpoint_deployment.deploy import deploy_model
    from components.gcp.console import api_url
    from components.step import running_step

    with running_step("deploy", config, run_id) as step:
        release = deploy_model(step, model.metadata["fingerprint"], snapshot.uri, plan.uri)
    endpoint.uri = api_url(release.champion.endpoint)
    endpoint.metadata.update(
        resourceName=release.champion.endpoint,
        release=release.number,
        model=release.champion.model,
        snapshot=release.snapshot_uri,
        tuningJob=release.tuning_job,
        steps=[one.share for one in release.steps],
    )
