"""The pipeline that the suite runs; without `from __future__ import annotations`, which hides the types from kfp."""

from kfp import dsl


@dsl.component(base_image="python:3.11", install_kfp_package=False)
def say(text: str) -> str:
    return text


@dsl.pipeline(name="conformance")
def conformance(text: str = "hello") -> None:
    say(text=text)
