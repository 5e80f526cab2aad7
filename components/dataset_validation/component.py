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
        validated = validate_and_snapshot(step, dataset_uri)
    taken = validated.snapshot
    snapshot.uri, report.uri, summary.uri = taken.uri, validated.report_uri, validated.summary_uri
    snapshot.metadata.update(
        sha256=taken.sha256,
        rows={name: split.rows for name, split in taken.splits.items()},
        tokens={name: split.tokens for name, split in taken.splits.items()},
        findings=validated.findings,
    )
