"""What must hold after a kill and a restart."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from pathlib import Path

import httpx

from tests.kills.writer import CHUNK, PLAIN, VERSIONED, Json, Writer

ROWS = "SELECT generation, resource ->> 'size', resource ->> 'md5Hash' FROM objects"
SESSIONS = "SELECT body ->> 'file' FROM resources WHERE kind = 'uploadSessions' AND body ->> 'resource' IS NULL"


def check_files(directory: Path) -> None:
    """Every row has its whole content file, and there are no files but these and those of uploads under way."""
    with sqlite3.connect(f"file:{directory / 'state.sqlite3'}?mode=ro", uri=True) as database:
        rows = {str(generation): (int(size), md5) for generation, size, md5 in database.execute(ROWS)}
        sessions = {name for (name,) in database.execute(SESSIONS)}
    found = {file.name: file for file in (directory / "objects").iterdir()}
    assert found.keys() == rows.keys() | sessions, found.keys() ^ (rows.keys() | sessions)
    for name, (size, md5) in rows.items():
        content = found[name].read_bytes()
        assert (len(content), base64.b64encode(hashlib.md5(content).digest()).decode()) == (size, md5), name


def check_writers(base_url: str, writers: list[Writer]) -> int:
    """Everything that was confirmed is there; returns how many unanswered writes had been done.

    What a write without a reply has come to is settled here, so that the writer can go on from it.
    """
    done = 0
    with httpx.Client(base_url=base_url, headers={"authorization": "Bearer local"}) as web:
        listed = {bucket: _listed(web, bucket) for bucket in (PLAIN, VERSIONED)}
        for writer in writers:
            for (bucket, name), known in writer.objects.items():
                live = next((one for one in listed[bucket] if one["name"] == name and "timeDeleted" not in one), None)
                content = _content(web, bucket, live) if live else None
                if live != known.resource:
                    assert known.unsure, f"{bucket}/{name}: {known.resource} became {live}"
                    assert content == known.maybe, f"{bucket}/{name} has neither the old bytes nor the new"
                    if live and known.resource and live["generation"] == known.resource["generation"]:
                        assert int(live["metageneration"]) == int(known.resource["metageneration"]) + 1
                    elif live:
                        assert int(live["generation"]) > writer.highest
                        writer.highest = int(live["generation"])
                    if bucket == VERSIONED and known.resource and live != known.resource:
                        known.kept[int(known.resource["generation"])] = known.content
                    done += 1
                else:
                    assert content == (known.content if live else None), f"{bucket}/{name} has other bytes"
                known.resource, known.content, known.unsure = live, content or b"", False
                _check_kept(web, bucket, name, listed[bucket], known.kept, live)
            for resource in writer.resources:
                found = web.get(f"/v1/{resource}").raise_for_status().json()
                assert found.get("state", "JOB_STATE_QUEUED") == "JOB_STATE_QUEUED", found
            _check_upload(web, writer)
    return done


def _check_kept(
    web: httpx.Client, bucket: str, name: str, listed: list[Json], kept: dict[int, bytes], live: Json | None
) -> None:
    """Noncurrent generations are those that were replaced, with their bytes."""
    found = {int(one["generation"]): one for one in listed if one["name"] == name and one != live}
    current = {int(live["generation"])} if live else set()
    assert kept.keys() - current <= found.keys(), f"{bucket}/{name} lost a noncurrent generation"
    for generation in kept.keys() & found.keys():
        assert _content(web, bucket, found[generation]) == kept[generation]
    # Each is looked at once: later rounds have enough to do with what is new.
    kept.clear()


def _check_upload(web: httpx.Client, writer: Writer) -> None:
    """An upload under way has at least what was confirmed, and a prefix of what was sent."""
    upload = writer.upload
    if upload is None:
        return
    reply = web.put(upload.address, headers={"content-range": f"bytes */{len(upload.content)}"})
    if reply.status_code == 200:
        # All bytes had arrived: it ended without a reply, or it ends by being asked.
        known = writer.objects[PLAIN, upload.name]
        known.resource, known.content = reply.json(), upload.content
        assert int(reply.json()["size"]) == len(upload.content)
        writer.highest = max(writer.highest, int(reply.json()["generation"]))
        writer.upload = None
        return
    assert reply.status_code == 308, reply.text
    arrived = int(reply.headers["range"].rpartition("-")[2]) + 1 if "range" in reply.headers else 0
    assert upload.confirmed <= arrived <= upload.confirmed + CHUNK
    upload.confirmed = arrived


def _listed(web: httpx.Client, bucket: str) -> list[Json]:
    found: list[Json] = []
    token = ""
    while True:
        query = {"versions": "true", "prefix": "w", "pageToken": token}
        page = web.get(f"/storage/v1/b/{bucket}/o", params=query).raise_for_status().json()
        found += page.get("items", [])
        token = page.get("nextPageToken", "")
        if not token:
            return found


def _content(web: httpx.Client, bucket: str, resource: Json) -> bytes:
    name = resource["name"].replace("/", "%2F")
    query = {"alt": "media", "generation": resource["generation"]}
    return web.get(f"/storage/v1/b/{bucket}/o/{name}", params=query).raise_for_status().content
