"""KFP shell of dataset validation."""

from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def validate_dataset(  # noqa: D103
    config: str,
    dataset_uri: str,
    run_id: str,
    snapshot: dsl.Output[dsl.Dataset],
    report: dsl.Output[dsl.HTML],
    summary: dsl.Output[dsl.Markdown],
) -> None:
    from components.dataset_validation.validate import validate_and_snapshot
    from components.step import running_step

    with running_step("validate-dataset", config, run_id) as step:
        record = validate_and_snapshot(step, dataset_uri, report_uri=report.uri, summary_uri=summary.uri)
    snapshot.uri = record.uri
    snapshot.metadata.update(sha256=record.sha256, rows={name: split.rows for name, split in record.splits.items()})
