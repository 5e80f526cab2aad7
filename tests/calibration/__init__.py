"""Whether the gate errs as rarely, and finds as much, as it says: `python -m tests.calibration`."""
