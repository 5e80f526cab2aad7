"""A pipeline with every shape that a graph has: exit handler, condition, loop, branch that is not taken."""

# Without postponed annotations, which kfp would take for names of artifacts.
from kfp import dsl

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>\u202e\x07{{7*7}}"
PYTHON = {"base_image": "retune-python", "install_kfp_package": False}


@dsl.component(**PYTHON)  # type: ignore[arg-type]
def wait_for(file: str) -> str:
    import pathlib
    import time

    while not pathlib.Path(file).exists():
        time.sleep(0.02)
    return "go"


@dsl.component(**PYTHON)  # type: ignore[arg-type]
def work(item: str) -> None:
    if item == "bad":
        raise SystemExit(3)


@dsl.component(**PYTHON)  # type: ignore[arg-type]
def notify() -> None:
    pass


@dsl.pipeline(name="shapes")
def shapes(file: str, last: str) -> None:
    with dsl.ExitHandler(notify(), name="everything"):
        first = wait_for(file=file)
        with dsl.If(first.output == "go", name="taken"), dsl.ParallelFor(["good", "fine"], name="each-item") as item:
            work(item=item)
        with dsl.Else(name=HOSTILE):
            work(item="fine")
        work(item=last).after(first)
