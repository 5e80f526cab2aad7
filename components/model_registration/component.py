"""KFP shell of model registration."""

from google_cloud_pipeline_components.types.artifact_types import VertexModel
from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register(config: str, run_id: str, decision: dsl.Input[dsl.Artifact], model: dsl.Output[VertexModel]) -> None:  # noqa: D103
    from components.gcp.console import api_url
    from components.model_registration.register import register_winner
    from components.step import running_step

    with running_step("register", config, run_id) as step:
        record = register_winner(step, decision.uri)
    model.uri = api_url(record.model)
    model.metadata.update(resourceName=record.model, aliases=record.aliases, fingerprint=record.fingerprint)
