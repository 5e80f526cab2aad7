"""A client that writes until its server is gone, and remembers what it was told."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

PLAIN, VERSIONED = "kills-plain", "kills-versioned"
PARENT = "/v1/projects/kills/locations/us-central1"
NAMES = 4
CHUNK = 256 * 1024
Json = dict[str, Any]


@dataclass(slots=True)
class Known:
    """What is known of one object.

    Attributes:
        resource: As the service last confirmed it; None when it confirmed that there is none.
        content: Its bytes.
        maybe: What an unanswered write may have made of it: bytes, or None for none.
        unsure: Whether there is such a write.
        kept: Bytes of confirmed noncurrent generations.
    """

    resource: Json | None = None
    content: bytes = b""
    maybe: bytes | None = None
    unsure: bool = False
    kept: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Upload:
    """A resumable upload under way: its address, all its bytes, and how many of them were confirmed."""

    address: str
    name: str
    content: bytes
    confirmed: int = 0


class Writer:
    """One client with names of its own, so that what it was told is all that may be true of them.

    Args:
        number: Tells the writers apart.
        seed: Decides what it writes.
    """

    def __init__(self, number: int, seed: int) -> None:
        self.number, self._draw = number, random.Random(seed)
        self.objects: dict[tuple[str, str], Known] = {
            (bucket, f"w{number}/{one}"): Known() for bucket in (PLAIN, VERSIONED) for one in range(NAMES)
        }
        self.upload: Upload | None = None
        self.resources: dict[str, Json] = {}
        self.highest = 0
        self.confirmed = 0

    def write_until_it_dies(self, base_url: str, sending: Callable[[httpx.Request], None]) -> None:
        """Write until a request gets no reply.

        Args:
            base_url: The server's address.
            sending: Told of every request before it is sent.
        """
        acts = (self._store, self._store, self._store, self._delete, self._patch, self._copy, self._send, self._create)
        headers, hooks = {"authorization": "Bearer local"}, {"request": [sending]}
        with httpx.Client(base_url=base_url, timeout=30, headers=headers, event_hooks=hooks) as web:
            try:
                while True:
                    self._draw.choice(acts)(web)
            except httpx.TransportError:
                return

    def _content(self) -> bytes:
        return self._draw.randbytes(self._draw.choice((0, 10, 1000, 100_000)))

    def _store(self, web: httpx.Client) -> None:
        bucket, name = key = self._draw.choice(list(self.objects))
        content = self._content()
        self._attempt(key, content)
        reply = web.post(
            f"/upload/storage/v1/b/{bucket}/o", params={"uploadType": "media", "name": name}, content=content
        )
        self._stored(key, reply.raise_for_status().json(), content)

    def _copy(self, web: httpx.Client) -> None:
        (bucket, source), target = self._draw.choice(list(self.objects)), self._draw.randrange(NAMES)
        known, key = self.objects[bucket, source], (bucket, f"w{self.number}/{target}")
        if known.resource is None:
            return
        self._attempt(key, content := known.content)
        path = f"/storage/v1/b/{bucket}/o/{_quoted(source)}/rewriteTo/b/{bucket}/o/{_quoted(key[1])}"
        self._stored(key, web.post(path).raise_for_status().json()["resource"], content)

    def _delete(self, web: httpx.Client) -> None:
        key = self._draw.choice(list(self.objects))
        known = self.objects[key]
        if known.resource is None:
            return
        self._attempt(key, None)
        web.delete(f"/storage/v1/b/{key[0]}/o/{_quoted(key[1])}").raise_for_status()
        self._replaced(key)
        known.resource, known.unsure = None, False
        self.confirmed += 1

    def _patch(self, web: httpx.Client) -> None:
        key = self._draw.choice(list(self.objects))
        known = self.objects[key]
        if known.resource is None:
            return
        self._attempt(key, known.content)
        body = {"metadata": {"at": str(self._draw.random())}}
        reply = web.patch(f"/storage/v1/b/{key[0]}/o/{_quoted(key[1])}", json=body)
        known.resource, known.unsure = reply.raise_for_status().json(), False
        self.confirmed += 1

    def _send(self, web: httpx.Client) -> None:
        """The next chunk of the upload under way, or a new one."""
        if self.upload is None:
            name = f"w{self.number}/{self._draw.randrange(NAMES)}"
            reply = web.post(f"/upload/storage/v1/b/{PLAIN}/o", params={"uploadType": "resumable", "name": name})
            address = reply.raise_for_status().headers["location"].partition("/upload/")[2]
            self.upload = Upload(f"/upload/{address}", name, self._draw.randbytes(3 * CHUNK))
            return
        upload, key = self.upload, (PLAIN, self.upload.name)
        first, end = upload.confirmed, min(upload.confirmed + CHUNK, len(upload.content))
        if end == len(upload.content):
            self._attempt(key, upload.content)
        headers = {"content-range": f"bytes {first}-{end - 1}/{len(upload.content)}"}
        reply = web.put(upload.address, content=upload.content[first:end], headers=headers)
        if end < len(upload.content):
            assert reply.status_code == 308, reply.text
            upload.confirmed = end
        else:
            self._stored(key, reply.raise_for_status().json(), upload.content)
            self.upload = None

    def _create(self, web: httpx.Client) -> None:
        """An endpoint, or a tuning job, which a fault keeps in the queue."""
        if self._draw.random() < 0.5:
            reply = web.post(f"{PARENT}/endpoints", json={"displayName": f"w{self.number}"}).raise_for_status().json()
            name = reply["response"]["name"]
        else:
            spec = {"trainingDatasetUri": f"gs://{PLAIN}/train.jsonl"}
            body = {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec}
            name = web.post(f"{PARENT}/tuningJobs", json=body).raise_for_status().json()["name"]
        assert name not in self.resources, f"{name} was given twice"
        self.resources[name] = {"name": name}
        self.confirmed += 1

    def _attempt(self, key: tuple[str, str], content: bytes | None) -> None:
        self.objects[key].maybe, self.objects[key].unsure = content, True

    def _stored(self, key: tuple[str, str], resource: Json, content: bytes) -> None:
        known = self.objects[key]
        assert int(resource["generation"]) > self.highest, f"{key}: the generation did not rise"
        self.highest = int(resource["generation"])
        self._replaced(key)
        known.resource, known.content, known.unsure = resource, content, False
        self.confirmed += 1

    def _replaced(self, key: tuple[str, str]) -> None:
        known = self.objects[key]
        if key[0] == VERSIONED and known.resource:
            known.kept[int(known.resource["generation"])] = known.content


def prepare(base_url: str) -> None:
    """Make the buckets and the training file."""
    with httpx.Client(base_url=base_url) as web:
        web.post("/storage/v1/b", json={"name": PLAIN}).raise_for_status()
        web.post("/storage/v1/b", json={"name": VERSIONED, "versioning": {"enabled": True}}).raise_for_status()
        turns = [{"role": role, "parts": [{"text": "x"}]} for role in ("user", "model")]
        lines = (json.dumps({"contents": turns}) + "\n") * 20
        query = {"uploadType": "media", "name": "train.jsonl"}
        web.post(f"/upload/storage/v1/b/{PLAIN}/o", params=query, content=lines.encode()).raise_for_status()


def _quoted(name: str) -> str:
    return name.replace("/", "%2F")
