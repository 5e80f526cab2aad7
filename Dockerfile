# The image that every pipeline task runs in. Build it for the platform of Vertex AI: linux/amd64.
#
# The bases are pinned by tag, because their digests were not known where this was written. To pin what a tag means today,
# append it in its place:
#   docker buildx imagetools inspect python:3.11.14-slim-bookworm --format '{{.Manifest.Digest}}'
# The first base is the second one with a C compiler, for the reader of plain lines (components/dataset_validation).
#
# Two builds of one commit have the same files: every package is in a lock with hashes, and byte code is checked by its
# source's hash instead of its time, as SOURCE_DATE_EPOCH asks. The times of files in layers are those of the build, unless
#   docker buildx build --build-arg SOURCE_DATE_EPOCH=… --output type=image,rewrite-timestamp=true
#
# What each task imports before it works is measured by `python -m benchmarks.component_imports`; benchmarks/README.md has figures.
FROM python:3.11.14-bookworm AS build

ARG SOURCE_DATE_EPOCH=315532800
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH
WORKDIR /src

# Before the sources, so that a change of code does not fetch everything again. Some packages come as sources and are
# built here, with the tools of their own lock and without asking an index.
COPY requirements-build.lock requirements-image.lock ./
RUN ["python", "-m", "venv", "/opt/build"]
RUN ["/opt/build/bin/pip", "install", "--no-deps", "--require-hashes", "-r", "requirements-build.lock"]
RUN ["/opt/build/bin/pip", "wheel", "--no-deps", "--no-build-isolation", "--require-hashes", "-r", "requirements-image.lock", "--wheel-dir", "/wheels"]

COPY pyproject.toml setup.py README.md LICENSE ./
COPY components ./components
COPY pipelines ./pipelines
COPY local_vertex ./local_vertex
RUN ["/opt/build/bin/pip", "wheel", "--no-deps", "--no-build-isolation", ".", "--wheel-dir", "/wheels"]
RUN ["python", "-m", "venv", "--without-pip", "/opt/retune"]
# From those wheels only, so what is installed is the lock's, and all that Retune needs to run and nothing else.
RUN ["pip", "--python", "/opt/retune/bin/python", "install", "--no-index", "--find-links", "/wheels", "retune"]

FROM python:3.11.14-slim-bookworm

# By number, because Kubernetes' runAsNonRoot cannot judge a name.
RUN ["useradd", "--uid", "10001", "--create-home", "--shell", "/usr/sbin/nologin", "retune"]
COPY --from=build /opt/retune /opt/retune
# A task's shell hands over to this init, which passes SIGTERM on, so that a cancelled run cancels its tuning job
# (pipelines/compiler.py). It is not the entry point, because Kubeflow Pipelines gives every task its own command.
ENV PATH=/opt/retune/bin:$PATH PYTHONUNBUFFERED=1 RETUNE_INIT="dumb-init --"
WORKDIR /home/retune
USER 10001

CMD ["retune", "--help"]
