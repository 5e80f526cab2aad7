"""Rules about images, audio, video and documents."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

_IN_THE_LINE = (
    Rule(
        code="DATA-MEDIA-COUNT",
        severity="error",
        explanation="The service drops an example with more files of one kind than its limit.",
        example="two videos in one example where one is allowed",
        remedy="split the example, or leave files out",
    ),
    Rule(
        code="DATA-MEDIA-TYPE",
        severity="warning",
        explanation="A MIME type that the documentation does not list for the model's inputs may not be read.",
        example='{"mimeType": "image/jpg"}, which is written image/jpeg',
        remedy="convert the file, or correct its MIME type",
        strict="error",
    ),
    Rule(
        code="DATA-MEDIA-SIZE",
        severity="error",
        explanation="The service drops an example with a file above the size limit of its kind.",
        example="an image of 25 MB where 20 MB are allowed",
        remedy="make the file smaller, or cut it into several examples",
    ),
)

_STORED = (
    Rule(
        code="DATA-MEDIA-MISSING",
        severity="error",
        explanation="A file that an example names must exist and be readable (checked with `--media`).",
        example='{"fileUri": "gs://photos/1.pgn"} where there is no such object',
        remedy="upload the file, correct its address, or grant the right to read it",
    ),
    Rule(
        code="DATA-MEDIA-TYPE-STORED",
        severity="warning",
        explanation="A stored content type that contradicts the example's MIME type says that one is wrong.",
        example="mimeType image/png where the object is stored as image/jpeg",
        remedy="correct the MIME type, or the object's content type",
        strict="error",
        lenient="off",
    ),
)

_CONTENT = (
    Rule(
        code="DATA-MEDIA-DURATION",
        severity="error",
        explanation="The service drops an example whose audio or video is too long (checked with `--media-headers`).",
        example="a video of 6 minutes at the default media resolution, where 5 minutes are allowed",
        remedy="cut the file, choose a clip with videoMetadata, or use MEDIA_RESOLUTION_LOW for videos",
    ),
    Rule(
        code="DATA-MEDIA-PAGES",
        severity="error",
        explanation="The service drops an example whose document has too many pages (checked with `--media-headers`).",
        example="a PDF of 400 pages where 300 are allowed",
        remedy="cut the document into several examples",
    ),
    Rule(
        code="DATA-MEDIA-UNREADABLE",
        severity="warning",
        explanation="A file that cannot be read here may be damaged or mislabelled (checked with `--media-headers`).",
        example="a PDF that was cut off while it was uploaded",
        remedy="open the file and see; nothing if it is in order",
        strict="error",
        lenient="off",
    ),
)

MEDIA_RULES: tuple[Rule, ...] = (*_IN_THE_LINE, *_STORED, *_CONTENT)
