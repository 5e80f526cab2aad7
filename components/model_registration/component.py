"""KFP shell of model registration."""

from google_cloud_pipeline_components.types.artifact_types import VertexModel
from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register(  # noqa: D103
    config: str,
    run_id: str,
    snapshot: dsl.Input[dsl.Dataset],
    decision: dsl.Input[dsl.Artifact],
    model: dsl.Output[VertexModel],
    card: dsl.Output[dsl.Markdown],
) -> None:
    from components.gcp.console import api_url
    from components.model_registration.register import register_winner
    from components.step import running_step

    with running_step("register", config, run_id) as step:
        record = register_winner(step, decision.uri, snapshot.uri)
        step.ledger.write_run(run_id, "registration.json", record)
    model.uri, card.uri = api_url(record.model), record.card_uri
    model.metadata.update(
        resourceName=record.model,
        aliases=record.aliases,
        fingerprint=record.fingerprint,
        baseModel=record.base_model,
        tuningJob=record.tuning_job,
        snapshot=record.snapshot_uri,
        snapshotSha256=record.snapshot_sha256,
        evaluation=record.evaluation,
        card=record.card_uri,
    )
