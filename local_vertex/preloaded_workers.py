"""What worker processes have when they are forked."""

from __future__ import annotations

import importlib
import os

# One thread: the work is the same on every machine and leaves the other cores alone. NumPy reads this on import.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
for _name in ("local_vertex.learner.worker", "local_vertex.batch_prediction.worker"):
    importlib.import_module(_name)
