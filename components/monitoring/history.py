"""Watches and requests in the ledger.

Layout below the ledger's root:

    watches/RELEASE/RUN_ID.json       every watch, 000000 where nothing served
    requests/RELEASE/KEY.json         the run that a reason asked for, or started
"""

from __future__ import annotations

import msgspec

from components.gcp.ledger import Ledger, encode
from components.gcp.storage import PreconditionFailed, Storage, StoredObject
from components.monitoring.watch import RunRequest, Watch

RECORD = "watch.json"
"""Name of the record among those of its run."""


class History:
    """The watches of a model line.

    Args:
        storage: Storage of the project.
        ledger: The model line's.
    """

    def __init__(self, storage: Storage, ledger: Ledger) -> None:
        self._storage, self._ledger = storage, ledger

    def keep(self, watch: Watch) -> str:
        """Store a watch, with its run and among the others, and return the first address."""
        self._storage.write(f"{self._folder(watch.release)}{watch.run_id}.json", encode(watch))
        return self._ledger.write_run(watch.run_id, RECORD, watch)

    def last(self) -> Watch | None:
        """The newest watch; None before the first."""
        found = max(self._storage.list(f"{self._ledger.root}/watches/"), key=_age, default=None)
        return self._read(found) if found else None

    def first_of(self, release: int, metric: str, but: str) -> Watch | None:
        """The first watch of a release on a metric.

        Args:
            release: Its number.
            metric: What was watched.
            but: Run of the watch that asks.
        """
        for found in sorted(self._storage.list(self._folder(release)), key=_age):
            watch = self._read(found)
            if watch.run_id != but and watch.metric == metric and watch.value is not None:
                return watch
        return None

    def request(self, release: int, key: str) -> RunRequest | None:
        """What became of a reason so far; None when nobody asked."""
        found = self._storage.read_versioned(self._request_uri(release, key))
        return msgspec.json.decode(found[0], type=RunRequest) if found else None

    def keep_request(self, release: int, request: RunRequest) -> RunRequest:
        """Store a request and return what stands: of two that ask at once the first, but a run before none."""
        uri = self._request_uri(release, request.key)
        try:
            self._storage.write(uri, encode(request), if_generation_match=0)
        except PreconditionFailed:
            there = self.request(release, request.key)
            if there is not None and (there.run or not request.run):
                return there
            self._storage.write(uri, encode(request))
        return request

    def _folder(self, release: int) -> str:
        return f"{self._ledger.root}/watches/{release:06d}/"

    def _request_uri(self, release: int, key: str) -> str:
        return f"{self._ledger.root}/requests/{release:06d}/{key}.json"

    def _read(self, found: StoredObject) -> Watch:
        return msgspec.json.decode(self._storage.read(found.uri), type=Watch)


def _age(found: StoredObject) -> tuple[float, int]:
    return found.written_at, found.generation
