"""KFP shells of the watch."""

from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def evaluate_champion(  # noqa: D103
    config: str, run_id: str, dataset_uri: str, evaluation: dsl.Output[dsl.Artifact], metrics: dsl.Output[dsl.Metrics]
) -> None:
    from components.monitoring.evaluate_champion import evaluate_champion
    from components.step import running_step

    with running_step("evaluate-champion", config, run_id) as step:
        record = evaluate_champion(step, dataset_uri)
        evaluation.uri = step.ledger.write_run(run_id, "champion_evaluation.json", record)
    for result in record.evaluation.systems if record.evaluation else []:
        for name, interval in result.metrics.items():
            metrics.log_metric(name, interval.mean)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def find_reasons(  # noqa: D103
    config: str,
    run_id: str,
    dataset_uri: str,
    evaluation: dsl.Input[dsl.Artifact],
    watch: dsl.Output[dsl.Artifact],
) -> None:
    import datetime

    from components.monitoring.history import RECORD
    from components.monitoring.reasons import find_reasons, read_evaluation
    from components.step import running_step

    with running_step("find-reasons", config, run_id) as step:
        record = read_evaluation(step, evaluation.uri)
        found = find_reasons(step, record, dataset_uri, datetime.datetime.now(datetime.UTC))
        watch.uri = step.ledger.run_uri(run_id, RECORD)
    watch.metadata.update(finding=found.finding, reasons=[reason.sentence for reason in found.reasons])


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def request_run(config: str, run_id: str, watch: dsl.Input[dsl.Artifact]) -> None:  # noqa: D103
    import datetime

    from components.monitoring.request_run import end_with_failure, request_run
    from components.step import running_step

    with running_step("request-run", config, run_id) as step:
        asked = request_run(step, watch.uri, datetime.datetime.now(datetime.UTC))
    end_with_failure(asked)
