"""A headless Chromium, spoken to over its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.chromium import CHROMIUM, FLAGS

PATIENCE_S = 30.0
_FLAGS = (*FLAGS, "--hide-scrollbars", "--remote-debugging-port=0")


class Page:
    """One tab."""

    def __init__(self, connection: ClientConnection, session: str) -> None:
        self._connection, self._session = connection, session
        self._numbers = itertools.count(1)
        self.requested: list[str] = []
        """Every address that the tab asked for."""
        self.complaints: list[str] = []
        """What the console of the tools shows: errors, and what the page's policy forbade."""
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "sessionId": self._session, "method": method, "params": parameters}
        self._connection.send(json.dumps(message))
        while True:
            said = json.loads(self._connection.recv(PATIENCE_S))
            if said.get("id") == number and said.get("sessionId") == self._session:
                assert "error" not in said, said
                return dict(said["result"])
            self._note(said)

    def _note(self, said: dict[str, Any]) -> None:
        match said.get("method"):
            case "Network.requestWillBeSent":
                self.requested.append(said["params"]["request"]["url"])
            case "Log.entryAdded":
                self.complaints.append(said["params"]["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(said["params"]["exceptionDetails"]["text"])

    def open(self, address: str, width: int = 1200, *, dark: bool = False, script: bool = True) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.call("Page.navigate", url=address)
        # DevTools' own evaluations work even where a page may run no script.
        self.until(f"location.href.split('#')[0] === {json.dumps(address)} && document.readyState === 'complete'")

    def value(self, expression: str) -> Any:
        said = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until the expression is true in the page."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.value(expression):
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(0.02)

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=ord(_CODES[key]))

    def screenshot(self, file: Path, *, whole: bool = True) -> None:
        said = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(said["data"]))


_CODES = {"Tab": "\t", "Enter": "\r"}


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A tab of a browser of its own, which ends with the block.

    Args:
        profile: An empty folder.
    """
    command = [str(CHROMIUM), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port, path = _address(process, profile)
        with connect(f"ws://127.0.0.1:{port}{path}", max_size=None, proxy=None) as connection:
            yield Page(connection, _attached(connection))
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _address(process: subprocess.Popen[bytes], profile: Path) -> list[str]:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        file = profile / "DevToolsActivePort"
        lines = file.read_text().split("\n") if file.exists() else []
        if len(lines) == 2:
            return lines
        time.sleep(0.02)
    raise AssertionError("Chromium did not start")


def _attached(connection: ClientConnection) -> str:
    """The session of the first tab."""

    def ask(number: int, method: str, **parameters: Any) -> dict[str, Any]:
        connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (said := json.loads(connection.recv(PATIENCE_S))).get("id") != number:
            pass
        return dict(said["result"])

    targets = ask(1, "Target.getTargets")["targetInfos"]
    tab = next(target["targetId"] for target in targets if target["type"] == "page")
    return str(ask(2, "Target.attachToTarget", targetId=tab, flatten=True)["sessionId"])
