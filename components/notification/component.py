"""KFP shell of the notification that ends every run."""

from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def notify(config: str, run_id: str, status: dsl.PipelineTaskFinalStatus) -> None:  # noqa: D103
    from components.notification.notify import notify_people
    from components.step import running_step

    with running_step("notify", config, run_id) as step:
        notify_people(step, status.state)
