"""The table of google-cloud-storage."""

from __future__ import annotations

from tests.local_vertex.conformance.coverage import Area

MADE = "test_storage_buckets.py::test_buckets_are_made_found_and_deleted"
SETTINGS = "test_storage_buckets.py::test_settings_are_read_and_changed"
EDITED = "test_storage_buckets.py::test_settings_that_the_client_edits_are_kept"
OBJECTS = "test_storage_buckets.py::test_objects_of_a_bucket"
NOTIFIED = "test_storage_buckets.py::test_notification_configurations"
FORMS = "test_storage_objects.py::test_uploads_and_downloads_in_every_form"
STREAMS = "test_storage_objects.py::test_streams"
METADATA = "test_storage_objects.py::test_metadata_is_read_and_changed"
COPIES = "test_storage_objects.py::test_copies_within_the_service"
ACCESS = "test_storage_access.py"
LISTS = f"{ACCESS}::test_access_control_lists"
KEYS = f"{ACCESS}::test_keys_of_service_accounts"
RESTORED = f"{ACCESS}::test_nothing_is_restored_where_soft_delete_is_off"
NAMES = "test_storage_objects.py::test_names_from_text"

STORAGE = (
    Area(
        "storage.Client",
        ("google.cloud.storage.Client",),
        {
            **dict.fromkeys(
                ("bucket", "create_bucket", "get_bucket", "list_buckets", "lookup_bucket"),
                MADE,
            ),
            "list_blobs": OBJECTS,
            "batch": "test_storage_buckets.py::test_calls_in_one_batch",
            "download_blob_to_file": NAMES,
            **dict.fromkeys(
                ("create_hmac_key", "list_hmac_keys", "get_hmac_key_metadata", "get_service_account_email"), KEYS
            ),
        },
        declined={"restore_bucket": RESTORED},
        no_request="close create_anonymous_client from_service_account_info from_service_account_json "
        "generate_signed_post_policy_v4 update_user_agent",
    ),
    Area(
        "storage.Bucket",
        ("google.cloud.storage.Bucket",),
        {
            **dict.fromkeys(("create", "delete", "exists", "from_string", "from_uri"), MADE),
            **dict.fromkeys(("patch", "reload", "update"), SETTINGS),
            **dict.fromkeys(
                (
                    "add_lifecycle_abort_incomplete_multipart_upload_rule",
                    "add_lifecycle_delete_rule",
                    "add_lifecycle_set_storage_class_rule",
                    "clear_lifecycle_rules",
                    "clear_lifecyle_rules",
                    "configure_website",
                    "disable_logging",
                    "disable_website",
                    "enable_logging",
                    "get_logging",
                ),
                EDITED,
            ),
            **dict.fromkeys(
                ("blob", "copy_blob", "delete_blob", "delete_blobs", "get_blob", "list_blobs", "rename_blob"), OBJECTS
            ),
            **dict.fromkeys(("notification", "get_notification", "list_notifications"), NOTIFIED),
            **dict.fromkeys(
                ("get_iam_policy", "set_iam_policy", "test_iam_permissions"), f"{ACCESS}::test_policies_of_buckets"
            ),
            **dict.fromkeys(("make_private", "make_public"), LISTS),
            "lock_retention_policy": f"{ACCESS}::test_a_retention_policy_is_locked",
            "move_blob": f"{ACCESS}::test_an_object_is_moved",
        },
        declined={"restore_blob": RESTORED},
        no_request="generate_signed_url generate_upload_policy path_helper",
    ),
    Area(
        "storage.Blob",
        ("google.cloud.storage.Blob",),
        {
            **dict.fromkeys(
                (
                    "download_as_bytes",
                    "download_as_string",
                    "download_as_text",
                    "download_to_file",
                    "download_to_filename",
                    "upload_from_file",
                    "upload_from_filename",
                    "upload_from_string",
                ),
                FORMS,
            ),
            "open": STREAMS,
            "create_resumable_upload_session": "test_storage_objects.py::"
            "test_a_resumable_session_takes_what_is_put_into_it",
            **dict.fromkeys(("exists", "patch", "reload", "update"), METADATA),
            "delete": "test_storage_objects.py::test_generations_guard_writes_and_deletes",
            **dict.fromkeys(("compose", "rewrite", "update_storage_class"), COPIES),
            **dict.fromkeys(("from_string", "from_uri", "path_helper"), NAMES),
            **dict.fromkeys(
                ("get_iam_policy", "set_iam_policy", "test_iam_permissions"), f"{ACCESS}::test_policies_of_objects"
            ),
            **dict.fromkeys(("make_private", "make_public"), LISTS),
        },
        no_request="generate_signed_url",
    ),
)
