"""The monitoring pipeline: asks what serves fresh examples, and for a run when there is a reason for one."""

from kfp import dsl

from components.monitoring.component import evaluate_champion, find_reasons, request_run
from components.notification.component import notify

RUN_ID = dsl.PIPELINE_JOB_NAME_PLACEHOLDER


@dsl.pipeline(name="retune-monitoring", description="Watches what serves, and asks for a run when there is a reason.")
def monitoring(config: str, dataset_uri: str = "") -> None:
    """One watch.

    Args:
        config: The run configuration as JSON, from `pipelines.config`.
        dataset_uri: `gs://` folder that stands in for the configured dataset; empty for the configured one.
    """
    told = notify(config=config, run_id=RUN_ID).set_caching_options(False)
    with dsl.ExitHandler(told, name="run"):
        evaluated = evaluate_champion(config=config, run_id=RUN_ID, dataset_uri=dataset_uri).set_caching_options(False)
        evaluation = evaluated.outputs["evaluation"]

        watched = find_reasons(config=config, run_id=RUN_ID, dataset_uri=dataset_uri, evaluation=evaluation)
        watch = watched.set_caching_options(False).outputs["watch"]

        request_run(config=config, run_id=RUN_ID, watch=watch).set_caching_options(False)
