"""Every table, in the order of the page."""

from tests.local_vertex.conformance.coverage_high_level import GENAI, HIGH_LEVEL
from tests.local_vertex.conformance.coverage_low_level import ASYNCHRONOUS, LOW_LEVEL
from tests.local_vertex.conformance.coverage_storage import STORAGE

AREAS = (*GENAI, *LOW_LEVEL, *ASYNCHRONOUS, *HIGH_LEVEL, *STORAGE)
