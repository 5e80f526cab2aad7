"""KFP shell of the notification that ends every run."""

from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def notify(  # noqa: D103
    config: str, run_id: str, status: dsl.PipelineTaskFinalStatus, message: dsl.Output[dsl.Markdown]
) -> None:
    from components.notification.notify import MESSAGE, notify_people
    from components.step import running_step

    with running_step("notify", config, run_id) as step:
        message.uri = step.ledger.run_uri(run_id, MESSAGE)
        notify_people(step, status.state)
