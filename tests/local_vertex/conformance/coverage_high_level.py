"""The tables of google-genai, the high-level SDK and google-cloud-storage."""

from __future__ import annotations

from typing import Any

from tests.local_vertex.conformance.coverage import Area

MEDIA = "makes images or videos"
OWN_ADDRESS = "the SDK writes an https address of its own"
GRPC = "the SDK has it over gRPC only"
LOCAL_MODELS = "models of other frameworks"
GENERATION = "test_generation.py::test_the_asynchronous_client"
GENAI_MODELS = "test_models.py::test_google_genai_reads_changes_and_deletes_models"
BATCHES = "test_batches.py::test_google_genai_creates_gets_lists_and_deletes"
CHAT = "test_generation.py::test_a_chat_remembers_its_turns"
ASYNC_CHAT = "test_generation.py::test_an_asynchronous_chat"
SDK_MODEL = "test_sdk_models.py::test_a_model_is_read_listed_and_changed"
SDK_COPY = "test_sdk_models.py::test_a_model_is_copied_and_deleted"
SDK_VERSIONS = "test_sdk_models.py::test_versions_through_the_registry"
SDK_ENDPOINT = "test_sdk_models.py::test_an_endpoint_from_creation_to_deletion"
SDK_DEPLOYED = "test_sdk_models.py::test_models_are_deployed_and_undeployed"
SDK_EVALUATIONS = "test_sdk_models.py::test_evaluations_of_a_model"
SDK_RUN = "test_sdk_jobs.py::test_a_run_from_submission_to_deletion"
SDK_SCHEDULE = "test_sdk_jobs.py::test_a_schedule_from_creation_to_deletion"
SDK_BATCH = "test_sdk_jobs.py::test_a_batch_prediction_job"


def genai(
    module: str, name: str, covered: dict[str, str], asynchronous: dict[str, str], **rest: Any
) -> tuple[Area, Area]:
    """The areas of a class and of its asynchronous twin."""
    return (
        Area(f"google-genai {name}", (f"google.genai.{module}.{name}",), covered, **rest),
        Area(f"google-genai Async{name}", (f"google.genai.{module}.Async{name}",), asynchronous, **rest),
    )


GENAI = (
    *genai(
        "models",
        "Models",
        {
            "generate_content": "test_generation.py::test_every_setting_is_accepted",
            "generate_content_stream": "test_generation.py::test_streams_end_with_the_reason_and_the_usage",
            "count_tokens": "test_generation.py::test_every_form_of_contents_is_counted",
            "compute_tokens": "test_generation.py::test_tokens_themselves",
            "embed_content": "test_embeddings.py::test_like_texts_have_like_vectors",
            **dict.fromkeys(("get", "list", "update", "delete"), GENAI_MODELS),
        },
        {
            **dict.fromkeys(
                ("generate_content", "generate_content_stream", "count_tokens", "compute_tokens"), GENERATION
            ),
            "embed_content": "test_embeddings.py::test_the_asynchronous_client",
            **dict.fromkeys(("get", "list", "update", "delete"), "test_models.py::test_google_genai_asynchronously"),
        },
        out_of_scope={
            MEDIA: "edit_image generate_images generate_videos recontext_image segment_image upscale_image",
        },
    ),
    *genai(
        "tunings",
        "Tunings",
        {
            **dict.fromkeys(("tune", "cancel"), "test_tuning.py::test_synchronous_tuning_from_start_to_cancel"),
            "get": "test_tuning.py::test_a_finished_job_is_as_the_client_reads_it",
            "list": "test_tuning.py::test_jobs_are_listed_page_by_page",
        },
        {
            **dict.fromkeys(("tune", "cancel"), "test_tuning.py::test_a_job_is_started_and_cancelled_asynchronously"),
            **dict.fromkeys(("get", "list"), "test_tuning.py::test_the_asynchronous_client"),
        },
        refused={"validate_reward": "for reinforcement tuning, which local Vertex does not have"},
    ),
    *genai(
        "batches",
        "Batches",
        {
            **dict.fromkeys(("create", "get", "list", "delete"), BATCHES),
            "cancel": "test_batches.py::test_cancel",
        },
        dict.fromkeys(("create", "get", "list", "cancel", "delete"), "test_batches.py::test_the_asynchronous_client"),
        out_of_scope={"for the Gemini Developer API only": "create_embeddings"},
    ),
    *genai("chats", "Chats", {"create": CHAT}, {"create": ASYNC_CHAT}),
    *genai(
        "chats",
        "Chat",
        dict.fromkeys(("send_message", "send_message_stream", "get_history"), CHAT),
        dict.fromkeys(("send_message", "send_message_stream", "get_history"), ASYNC_CHAT),
        no_request="record_history",
    ),
)

HIGH_LEVEL = (
    Area(
        "aiplatform.Model",
        ("google.cloud.aiplatform.Model",),
        {
            **dict.fromkeys(("list", "to_dict", "update", "wait"), SDK_MODEL),
            **dict.fromkeys(("copy", "delete"), SDK_COPY),
            "deploy": SDK_DEPLOYED,
            **dict.fromkeys(("get_model_evaluation", "list_model_evaluations"), SDK_EVALUATIONS),
            "batch_predict": "test_sdk_models.py::test_a_tuned_model_answers_a_file",
            "upload": "test_model_uploads.py::test_the_high_level_sdk_uploads",
        },
        no_request="client_class",
        out_of_scope={
            LOCAL_MODELS: "upload_scikit_learn_model_file upload_tensorflow_saved_model upload_xgboost_model_file",
            "the SDK refuses it for a model without a supported export format": "export_model",
            "runs a pipeline of Google's registry": "evaluate",
        },
    ),
    Area(
        "aiplatform.models.ModelRegistry",
        ("google.cloud.aiplatform.models.ModelRegistry",),
        dict.fromkeys(
            (
                "add_version_aliases",
                "delete_version",
                "get_model",
                "get_version_info",
                "list_versions",
                "remove_version_aliases",
                "update_version",
            ),
            SDK_VERSIONS,
        ),
    ),
    Area(
        "aiplatform.ModelEvaluation",
        ("google.cloud.aiplatform.ModelEvaluation",),
        {"to_dict": SDK_EVALUATIONS},
        no_request="client_class wait",
        out_of_scope={"the service has no such method": "delete list"},
    ),
    Area(
        "aiplatform.Endpoint",
        ("google.cloud.aiplatform.Endpoint",),
        {
            **dict.fromkeys(("create", "delete", "list", "to_dict", "update", "wait"), SDK_ENDPOINT),
            **dict.fromkeys(("deploy", "list_models", "undeploy", "undeploy_all"), SDK_DEPLOYED),
        },
        declined=dict.fromkeys(("predict", "explain"), "test_prediction.py::test_the_high_level_sdk_hears_it_too"),
        no_request="client_class",
        out_of_scope={
            OWN_ADDRESS: "raw_predict stream_raw_predict invoke",
            GRPC: "predict_async explain_async direct_predict direct_predict_async direct_raw_predict "
            "direct_raw_predict_async stream_direct_predict stream_direct_raw_predict",
        },
    ),
    Area(
        "aiplatform.PipelineJob",
        ("google.cloud.aiplatform.PipelineJob",),
        {
            **dict.fromkeys(
                (
                    "submit",
                    "wait_for_resource_creation",
                    "wait",
                    "get",
                    "list",
                    "done",
                    "clone",
                    "cancel",
                    "delete",
                    "to_dict",
                    "get_associated_experiment",
                    "batch_cancel",
                    "batch_delete",
                ),
                SDK_RUN,
            ),
            "run": "test_sdk_jobs.py::test_a_run_that_is_waited_for",
            "create_schedule": SDK_SCHEDULE,
        },
        no_request="client_class",
        out_of_scope={"fails in the SDK with kfp 2: a pipeline has no `__name__`": "from_pipeline_func"},
    ),
    Area(
        "aiplatform.PipelineJobSchedule",
        ("google.cloud.aiplatform.PipelineJobSchedule",),
        dict.fromkeys(
            ("create", "delete", "done", "get", "list", "list_jobs", "pause", "resume", "to_dict", "update", "wait"),
            SDK_SCHEDULE,
        ),
        no_request="client_class",
    ),
    Area(
        "aiplatform.BatchPredictionJob",
        ("google.cloud.aiplatform.BatchPredictionJob",),
        {
            **dict.fromkeys(
                (
                    "submit",
                    "cancel",
                    "delete",
                    "done",
                    "iter_outputs",
                    "list",
                    "to_dict",
                    "wait_for_completion",
                    "wait_for_resource_creation",
                ),
                SDK_BATCH,
            ),
            "create": "test_sdk_jobs.py::test_a_batch_prediction_job_that_is_waited_for",
            "wait": "test_sdk_jobs.py::test_a_batch_prediction_job_that_is_waited_for",
        },
        no_request="client_class",
    ),
)
