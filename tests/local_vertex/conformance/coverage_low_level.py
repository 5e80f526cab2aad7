"""The tables of the low-level clients, v1 and v1beta1, synchronous and asynchronous."""

from __future__ import annotations

from dataclasses import replace

from tests.local_vertex.conformance.coverage import Area

OPERATIONS = dict.fromkeys(
    ("get_operation", "list_operations", "wait_operation", "cancel_operation", "delete_operation"),
    "test_operations.py::test_an_operation_is_read_listed_awaited_and_forgotten",
)
ACCESS_AND_LOCATIONS = {
    **dict.fromkeys(
        ("get_iam_policy", "set_iam_policy", "test_iam_permissions"),
        "test_access_and_locations.py::test_policies_of_models",
    ),
    **dict.fromkeys(("get_location", "list_locations"), "test_access_and_locations.py::test_locations"),
}
MAKERS = (
    "from_service_account_file from_service_account_info from_service_account_json get_mtls_endpoint_and_cert_source"
)
OTHER_JOBS = "jobs that Retune does not start"
STREAMS = "bidirectional stream, which the SDK has over gRPC only"


def area(name: str, covered: dict[str, str], **others: dict[str, str]) -> Area:
    """The area of a client that there is in both versions."""
    classes = tuple(f"google.cloud.aiplatform_{version}.{name}" for version in ("v1", "v1beta1"))
    return Area(name, classes, covered | OPERATIONS | ACCESS_AND_LOCATIONS, no_request=MAKERS, **others)


TUNING = "test_tuning.py::test_a_job_through_the_low_level_client"
MODELS = "test_models.py::test_versions_and_their_aliases"
READ_MODELS = "test_models.py::test_models_are_read_listed_and_filtered"
EVALUATIONS = "test_models.py::test_evaluations_of_a_version"
ENDPOINT = "test_endpoints.py::test_endpoints_are_made_read_changed_and_deleted"
TRAFFIC = "test_endpoints.py::test_models_share_the_traffic_of_an_endpoint"
ANSWER = "test_generation_low_level.py::test_an_answer_and_a_stream"
BATCH = "test_batches.py::test_the_low_level_client"
RUN = "test_pipelines.py::test_a_run_from_creation_to_deletion"
SCHEDULE = "test_schedules.py::test_a_schedule_from_creation_to_deletion"

UPLOAD = "test_model_uploads.py::test_a_model_and_its_versions_are_uploaded"
SLICES = "test_model_uploads.py::test_slices_of_an_evaluation"
CONFIG = "test_prediction.py::test_settings_of_a_base_model"
NO_PREDICTION = "test_prediction.py::test_a_tuned_endpoint_generates_and_does_not_predict"

LOW_LEVEL = (
    area(
        "GenAiTuningServiceClient",
        dict.fromkeys(("create_tuning_job", "get_tuning_job", "list_tuning_jobs", "cancel_tuning_job"), TUNING)
        | {"rebase_tuned_model": "test_tuning.py::test_a_tuned_model_is_rebased"},
    ),
    area(
        "ModelServiceClient",
        {
            **dict.fromkeys(("get_model", "list_models", "list_model_version_checkpoints"), READ_MODELS),
            **dict.fromkeys(
                ("copy_model", "list_model_versions", "merge_version_aliases", "delete_model_version", "delete_model"),
                MODELS,
            ),
            "update_model": "test_models.py::test_fields_change_by_mask",
            "upload_model": UPLOAD,
            "update_explanation_dataset": "test_model_uploads.py::test_the_examples_of_an_explanation_are_replaced",
            **dict.fromkeys(("import_model_evaluation", "get_model_evaluation", "list_model_evaluations"), EVALUATIONS),
            **dict.fromkeys(
                (
                    "batch_import_model_evaluation_slices",
                    "batch_import_evaluated_annotations",
                    "get_model_evaluation_slice",
                    "list_model_evaluation_slices",
                ),
                SLICES,
            ),
        },
        declined={
            "export_model": "test_model_uploads.py::test_what_a_model_without_formats_and_examples_is_not_asked_for"
        },
        refused={"recommend_spec": "recommends machines for weights of one's own"},
    ),
    area(
        "EndpointServiceClient",
        {
            **dict.fromkeys(
                ("create_endpoint", "get_endpoint", "list_endpoints", "update_endpoint", "delete_endpoint"), ENDPOINT
            ),
            **dict.fromkeys(("deploy_model", "undeploy_model"), TRAFFIC),
            "update_endpoint_long_running": "test_endpoints.py::test_the_client_connection_changes_by_an_operation",
            **dict.fromkeys(("fetch_publisher_model_config", "set_publisher_model_config"), CONFIG),
        },
        declined={
            "mutate_deployed_model": "test_prediction.py::test_a_deployed_model_without_machines_does_not_change"
        },
    ),
    area(
        "PredictionServiceClient",
        {
            **dict.fromkeys(("generate_content", "stream_generate_content"), ANSWER),
            "count_tokens": "test_generation_low_level.py::test_tokens_are_counted",
            "embed_content": "test_prediction.py::test_contents_are_embedded_one_at_a_time",
        },
        declined=dict.fromkeys(
            (
                "predict",
                "raw_predict",
                "stream_raw_predict",
                "server_streaming_predict",
                "direct_predict",
                "direct_raw_predict",
                "explain",
            ),
            NO_PREDICTION,
        ),
        refused={"chat_completions": "another API's form of generation, OpenAI's; generateContent is there"},
        out_of_scope={
            STREAMS: "stream_direct_predict stream_direct_raw_predict streaming_predict streaming_raw_predict"
        },
    ),
    area(
        "LlmUtilityServiceClient",
        {
            "count_tokens": "test_generation_low_level.py::test_tokens_are_counted",
            "compute_tokens": "test_generation_low_level.py::test_tokens_are_computed",
        },
    ),
    area(
        "EvaluationServiceClient",
        {
            "evaluate_instances": "test_evaluation.py::test_computed_metrics",
            "evaluate_dataset": "test_evaluation.py::test_a_dataset_is_evaluated",
        },
        refused={"generate_instance_rubrics": "a language model writes rubrics, and there is none here"},
    ),
    area(
        "JobServiceClient",
        {
            f"{verb}_batch_prediction_job{'s' if verb == 'list' else ''}": BATCH
            for verb in ("create", "get", "list", "cancel", "delete")
        },
        out_of_scope={
            OTHER_JOBS: " ".join(
                f"{verb}_{kind}_job{'s' if verb == 'list' else ''}"
                for kind in ("custom", "data_labeling", "hyperparameter_tuning", "nas")
                for verb in ("create", "get", "list", "cancel", "delete")
            )
            + " get_nas_trial_detail list_nas_trial_details search_model_deployment_monitoring_stats_anomalies "
            + " ".join(
                f"{verb}_model_deployment_monitoring_job{'s' if verb == 'list' else ''}"
                for verb in ("create", "get", "list", "update", "pause", "resume", "delete")
            )
        },
    ),
    area(
        "PipelineServiceClient",
        {f"{verb}_pipeline_job{'s' if verb == 'list' else ''}": RUN for verb in ("create", "get", "list", "delete")}
        | {"cancel_pipeline_job": "test_pipelines.py::test_a_run_is_cancelled"}
        | dict.fromkeys(
            ("batch_cancel_pipeline_jobs", "batch_delete_pipeline_jobs"),
            "test_pipelines.py::test_runs_are_cancelled_and_deleted_together",
        ),
        out_of_scope={
            OTHER_JOBS: "create_training_pipeline get_training_pipeline list_training_pipelines "
            "cancel_training_pipeline delete_training_pipeline"
        },
    ),
    area(
        "ScheduleServiceClient",
        {
            f"{verb}_schedule{'s' if verb == 'list' else ''}": SCHEDULE
            for verb in ("create", "get", "list", "update", "pause", "resume", "delete")
        },
    ),
)


def asynchronous(area: Area) -> Area:
    """What is said about a client, of its asynchronous twin: the tests drive both (`awaited.py`)."""
    title, *classes = (name.replace("ServiceClient", "ServiceAsyncClient") for name in (area.title, *area.classes))
    return replace(area, title=title, classes=tuple(classes), no_request=f"{area.no_request} get_transport_class")


ASYNCHRONOUS = tuple(map(asynchronous, LOW_LEVEL))
