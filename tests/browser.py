"""A headless Chromium, driven over its DevTools protocol: clicks and keys as a person gives them, and what is seen."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.request import Request, urlopen

from websockets.sync.client import ClientConnection, connect

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--no-default-browser-check", "--hide-scrollbars", "--window-size=1000,900", "--remote-debugging-port=0",
)  # fmt: skip
PATIENCE: Final = 15.0
KEYS: Final = {"Tab": (9, None), "Enter": (13, "\r"), " ": (32, " "), "ArrowRight": (39, None)}

Found = TypeVar("Found")


def chromium() -> str | None:
    """Find a Chromium on this machine."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """
    One page of a Chromium that nobody sees.

    Args:
        executable: The program.
        folder: An empty folder for its profile.

    Attributes:
        complaints: What stands in its console.
    """

    def __init__(self, executable: str, folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a browser of this machine
            [executable, *OPTIONS, f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._number = 0
        try:
            port = until(lambda: _first_line(folder / "DevToolsActivePort"))
            blank = f"http://127.0.0.1:{port}/json/new?about:blank"
            with urlopen(Request(blank, method="PUT"), timeout=PATIENCE) as answer:
                address = json.load(answer)["webSocketDebuggerUrl"]
            self._held = ExitStack()
            self._socket: ClientConnection = self._held.enter_context(connect(address, max_size=None, proxy=None))
            self.complaints: list[str] = []
            self._command("Log.enable")
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()
        self._end()

    def open(self, address: str) -> None:
        """Go to an address, and wait until its page is there."""
        self._going(lambda: self._command("Page.navigate", url=address))

    def click(self, selector: str) -> None:
        """Click the middle of what a CSS selector finds, and wait for the page that follows."""
        x, y = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});"
            " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2] })()"
        )

        def press() -> None:
            for kind in ("mousePressed", "mouseReleased"):
                self._command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

        self._going(press)

    def press(self, key: str, *, going: bool = False) -> None:
        """Press a key; `going` says that it leads to another page."""
        code, text = KEYS[key]
        names = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code}

        def press() -> None:
            self._command("Input.dispatchKeyEvent", type="keyDown", **names, **({"text": text} if text else {}))
            self._command("Input.dispatchKeyEvent", type="keyUp", **names)

        if going:
            self._going(press)
        else:
            press()

    def type(self, text: str) -> None:
        """Type a text into what has the focus."""
        self._command("Input.insertText", text=text)

    def text(self) -> str:
        """Give the text of the page as it is seen."""
        return str(self.evaluate("document.body.innerText"))

    def focused(self) -> str:
        """Give the text, label or name of what has the focus."""
        return str(
            self.evaluate(
                "(() => { const e = document.activeElement; return e === document.body ? '' :"
                " (e.labels && e.labels.length ? e.labels[0].innerText : e.innerText || e.name).trim() })()"
            )
        )

    def evaluate(self, expression: str) -> Any:
        """Evaluate JavaScript in the page."""
        answer = self._command("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", "a fault in the page"))
        return answer["result"].get("value")

    def forget(self) -> None:
        """Forget every cookie."""
        self._command("Network.clearBrowserCookies")

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self._command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def picture(self) -> bytes:
        """Take a picture of the page, as PNG."""
        return base64.b64decode(
            self._command("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        )

    def view(self) -> bytes:
        """Take a picture of what the window shows, as PNG."""
        return base64.b64decode(self._command("Page.captureScreenshot", format="png")["data"])

    def as_paper(self, *, paper: bool) -> None:
        """Show the page with the styles of paper, or again with those of a screen."""
        self._command("Emulation.setEmulatedMedia", media="print" if paper else "")

    def printed(self) -> bytes:
        """Print the page, as PDF."""
        printed = self._command("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(printed["data"])

    def _going(self, act: Callable[[], object]) -> None:
        self.evaluate("window.left = true")
        act()
        until(self._arrived)

    def _arrived(self) -> bool:
        try:
            return bool(self.evaluate("!window.left && document.readyState === 'complete'"))
        except LookupError:
            return False

    def _command(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=PATIENCE))
            if answer.get("method") == "Log.entryAdded":
                self.complaints.append(answer["params"]["entry"]["text"])
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise LookupError(answer["error"]["message"])
                result: dict[str, Any] = answer["result"]
                return result

    def _end(self) -> None:
        """End the browser with all its processes, which are a group of their own."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)


def until(look: Callable[[], Found]) -> Found:
    """
    Look again and again, until there is something.

    Args:
        look: Gives something true once it is there.

    Raises:
        TimeoutError: It did not come in time.
    """
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come in time")
        time.sleep(0.02)
    return found


def _first_line(file: Path) -> str:
    lines = file.read_text("ascii").splitlines() if file.exists() else []
    return lines[0] if lines else ""
