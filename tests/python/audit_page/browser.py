"""A real browser with a keyboard: Chromium, driven over its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

CHROMIUM = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (path := shutil.which(name))
    ),
    None,
)
PATIENCE_SECONDS = 60
KEYS = {"Tab": 9, "Enter": 13, "ArrowDown": 40}


class Tab:
    """One tab: what it shows, and keys pressed in it."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []
        """What scripts on the page could not do."""
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def open(self, address: str, is_there: str = "document.querySelector('main h1')") -> None:
        """Go to an address, and wait until a script's expression is true there."""
        self._call("Page.navigate", url=address)
        self.wait_for(is_there)

    def ask(self, expression: str) -> Any:
        """The value of a script's expression."""
        found = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Until it is true; it fails when that never comes."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.ask(f"Boolean({expression})"):
            assert time.monotonic() < until, f"never came: {expression}"
            time.sleep(0.1)

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        text = {"text": "\r"} if key == "Enter" else {}
        about = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        self._call("Input.dispatchKeyEvent", type="keyDown", **about, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", **about)

    def write(self, text: str) -> None:
        """Type where the focus is."""
        self._call("Input.insertText", text=text)

    def picture(self, file: Path) -> None:
        """What the screen shows, as a picture."""
        found = self._call("Page.captureScreenshot")
        file.write_bytes(base64.b64decode(found["data"]))

    def resize(self, width: int, height: int) -> None:
        """Be a screen of that size."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **size)

    def _call(self, method: str, **values: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": values}))
        while True:
            said = json.loads(self._connection.recv(PATIENCE_SECONDS))
            if said.get("id") == number:
                assert "error" not in said, (method, said["error"])
                result: dict[str, Any] = said["result"]
                return result
            if said.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(str(said["params"]["exceptionDetails"]))
            entry = said.get("params", {}).get("entry", {})
            if said.get("method") == "Log.entryAdded" and entry.get("source") == "security":
                self.complaints.append(str(entry["text"]))


@contextmanager
def browsing(profile: Path) -> Iterator[Tab]:
    """A tab of a browser of its own."""
    assert CHROMIUM is not None
    command = (
        *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"),
        *(f"--user-data-dir={profile}", "about:blank"),
    )
    said = profile / "DevToolsActivePort"  # written by the browser, once it listens
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as browser:
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not (said.exists() and "\n" in said.read_text()):
                assert time.monotonic() < until, "the browser never listened"
                time.sleep(0.1)
            port = said.read_text().splitlines()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=20) as answer:
                pages = [each for each in json.load(answer) if each["type"] == "page"]
            address = pages[0]["webSocketDebuggerUrl"]
            with connect(address, max_size=None, compression=None) as connection:
                tab = Tab(connection)
                yield tab
                assert not tab.complaints, tab.complaints
        finally:
            browser.terminate()
            browser.wait(20)
