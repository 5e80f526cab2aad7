"""KFP shells of the evaluation and of the gate."""

from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def evaluate(  # noqa: D103
    config: str,
    run_id: str,
    snapshot: dsl.Input[dsl.Dataset],
    tuned: dsl.Input[list[dsl.Artifact]],
    evaluation: dsl.Output[dsl.Artifact],
    metrics: dsl.Output[dsl.Metrics],
) -> None:
    from components.evaluation.evaluate_run import evaluate_run
    from components.step import running_step
    from components.supervised_tuning.failed_candidate import without_failed

    with running_step("evaluate", config, run_id) as step:
        record = evaluate_run(step, snapshot.uri, without_failed(step, [one.uri for one in tuned]))
        evaluation.uri = step.ledger.write_run(run_id, "evaluation.json", record)
    for result in record.systems:
        for name, interval in result.metrics.items():
            metrics.log_metric(
                f"{result.system.role} {result.system.fingerprint[:8]} {name}".replace("  ", " "), interval.mean
            )


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def decide(  # noqa: D103
    config: str,
    run_id: str,
    snapshot: dsl.Input[dsl.Dataset],
    plan: dsl.Input[dsl.Artifact],
    evaluation: dsl.Input[dsl.Artifact],
    decision: dsl.Output[dsl.Artifact],
    report: dsl.Output[dsl.HTML],
    summary: dsl.Output[dsl.Markdown],
    classes: dsl.Output[dsl.ClassificationMetrics],
) -> str:
    from components.evaluation.decide_run import decide_run
    from components.evaluation.shown_confusion import shown_confusion
    from components.step import running_step

    with running_step("decide", config, run_id) as step:
        decided, shown = decide_run(step, snapshot.uri, plan.uri, evaluation.uri)
        decision.uri = step.ledger.write_run(run_id, "decision.json", decided)
        report.uri, summary.uri = (step.ledger.run_uri(run_id, name) for name in ("report.html", "report.md"))
    decision.metadata.update(verdict=decided.verdict, reasons=decided.reasons)
    found = shown_confusion(shown.evaluation, decided.winner)
    if found:
        classes.log_confusion_matrix(*found)
    return decided.verdict
