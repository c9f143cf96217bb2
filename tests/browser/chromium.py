"""Chromium without a window, driven over two pipes: no port is opened, nothing but the standard library is used."""

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-default-apps", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en-US", "--remote-debugging-pipe"]


class Failed(Exception):
    """What the browser answered instead of a result."""


class Chromium:
    """A browser process with a profile of its own, gone when it is closed."""

    def __init__(self):
        found = next((path for path in map(shutil.which, NAMES) if path), None)
        if not found:
            raise Failed("no Chromium is installed: apt-get install chromium")
        self.profile = tempfile.mkdtemp(prefix="sixpillars-browser-")
        # The browser reads commands from descriptor 3 and answers on 4; our ends are moved out of their way.
        ours = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for pair in (os.pipe(), os.pipe()) for end in pair]
        command_in, command_out, answer_in, answer_out = ours

        def descriptors():
            os.dup2(command_in, 3)
            os.dup2(answer_out, 4)

        self.process = subprocess.Popen([found, *FLAGS, f"--user-data-dir={self.profile}", "about:blank"], preexec_fn=descriptors,
                                        close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(command_in)
        os.close(answer_out)
        self.out, self.answers = command_out, answer_in
        self.buffer, self.last, self.listeners = b"", 0, {}

    def receive(self, until):
        """The next message, as JSON between NUL characters."""
        while b"\0" not in self.buffer:
            if time.monotonic() > until:
                raise Failed("the browser did not answer in time")
            part = os.read(self.answers, 1 << 20)
            if not part:
                raise Failed("the browser ended")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def send(self, method, session=None, seconds=120, **params):
        """Runs a command and returns its result; events that come before it go to their page."""
        self.last += 1
        number = self.last
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        until = time.monotonic() + seconds
        while True:
            answer = self.receive(until)
            if answer.get("id") == number:
                if "error" in answer:
                    raise Failed(f"{method}: {answer['error']}")
                return answer["result"]
            self.listeners.get(answer.get("sessionId"), lambda _: None)(answer)

    def close(self):
        try:
            self.send("Browser.close", seconds=10)
        except (Failed, OSError):
            pass
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.profile, ignore_errors=True)


class Page:
    """One page of a given size; it remembers what it asked for, and what went wrong on it."""

    def __init__(self, browser, width=1400, height=900, phone=False, dark=False):
        self.browser, self.requests, self.wrong = browser, [], []
        target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.listeners[self.session] = self.event
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.send("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        if phone:
            self.send("Emulation.setTouchEmulationEnabled", enabled=True)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                                                           {"name": "prefers-reduced-motion", "value": "reduce"}])

    def event(self, event):
        method, params = event["method"], event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.wrong.append(f"a dialog opened: {params.get('message')}")
            self.send("Page.handleJavaScriptDialog", accept=False)
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.wrong.append(f"an exception: {details.get('exception', {}).get('description', details.get('text'))}")
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.wrong.append(f"the console says: {params['args']}")
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.wrong.append(f"the log says: {params['entry']['text']}")

    def send(self, method, **params):
        return self.browser.send(method, session=self.session, **params)

    def run(self, script):
        """The value of an expression in the page; a promise is waited for."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Failed(f"{script[:200]}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def wait(self, script, seconds=30):
        until = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > until:
                raise Failed(f"did not come true: {script}")
            time.sleep(0.02)

    def open(self, address):
        """Opens a file or address and waits until its script has run."""
        self.send("Page.navigate", url=Path(address).resolve().as_uri() if "://" not in str(address) else str(address))
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'", 60)

    def key(self, key, code=0, text=None):
        more = {"text": text} if text else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **more)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def type(self, text):
        self.send("Input.insertText", text=text)

    def close(self):
        self.browser.send("Target.closeTarget", targetId=self.target)
