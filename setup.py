"""The extension module; everything else about the packages is in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from setuptools import Extension, setup

NATIVE = Path("components/dataset_validation/lines/native")

setup(
    ext_modules=[
        Extension(
            "components.dataset_validation.lines.native.plain_lines",
            sources=sorted(map(str, NATIVE.glob("*.c"))),
            depends=sorted(map(str, NATIVE.glob("*.h"))),
            extra_compile_args=["-O3", "-std=c11", "-fvisibility=hidden"],
            py_limited_api=True,
            # Without a C compiler everything works, and validation of large files takes longer.
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
