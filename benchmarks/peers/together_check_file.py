"""The check that Together's client makes before an upload."""

import sys
from pathlib import Path

from together.lib.utils import check_file

CHECKS = "UTF-8, one object a line"

report = check_file(Path(sys.argv[2]))
assert report["is_check_passed"], report
