# The image that every pipeline task runs in. Build it for the platform of Vertex AI: linux/amd64.
#
# The base is pinned by tag. To pin what the tag means today, append its digest:
#   docker buildx imagetools inspect python:3.11.14-slim-bookworm --format '{{.Manifest.Digest}}'
FROM python:3.11.14-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN ["python", "-m", "venv", "/opt/retune"]
ENV PATH=/opt/retune/bin:$PATH

WORKDIR /src
# Before the sources, so that a change of code does not install everything again.
COPY requirements.lock ./
RUN ["pip", "install", "--no-deps", "--require-hashes", "-r", "requirements.lock"]

COPY pyproject.toml README.md LICENSE ./
COPY components ./components
COPY pipelines ./pipelines
COPY local_vertex ./local_vertex
RUN ["pip", "install", "--no-deps", "--no-build-isolation", "."]

FROM python:3.11.14-slim-bookworm

# By number, because Kubernetes' runAsNonRoot cannot judge a name.
RUN ["useradd", "--uid", "10001", "--create-home", "--shell", "/usr/sbin/nologin", "retune"]
COPY --from=build /opt/retune /opt/retune
ENV PATH=/opt/retune/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /home/retune
USER 10001

# No entry point: Kubeflow Pipelines gives every task its own command.
CMD ["retune", "--help"]
