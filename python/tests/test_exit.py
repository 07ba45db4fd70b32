"""The interpreter ends while daemon threads are in a call: the exit status is the program's own.

CPython before 3.14 ends such a thread by `pthread_exit`, which aborts the process where Python code was called
from Rust: a log handler, a file's `read`, the host's own authenticator.
"""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import FIXTURES

PHOTO = FIXTURES / "jpeg-phone-orientation6.jpg"

# A large heap makes finalization last as long as in a real application.
START = """
import io, logging, sys, tempfile, threading, time
import userimage

photo = open(sys.argv[1], "rb").read()
heap = [{number: str(number)} for number in range(300_000)]
memory = {"memory": {"base_url": "u/"}}
who = {"website_id": 1, "client_key": "k", "user_id": "u"}


class Slow(io.BytesIO):
    def read(self, size=-1):
        time.sleep(0.002)
        return super().read(min(size, 4096))


class Door:
    def knows(self, website):
        time.sleep(0.002)
        return True

    def accepts(self, website, key):
        time.sleep(0.002)
        return False
"""

MODES = {
    "log": """
logging.basicConfig(level=logging.INFO, filename=tempfile.mkstemp()[1])
uploader = userimage.Uploader(memory, authentication="already_checked")
def work():
    try:
        uploader.upload(b"not an image", **who)
    except userimage.UploadError:
        pass
""",
    "authenticator": """
uploader = userimage.Uploader(memory, authentication=Door())
def work():
    try:
        uploader.upload(photo, **who)
    except userimage.UploadError:
        pass
""",
    "file": """
def work():
    userimage.probe(Slow(photo))
""",
    "request": """
uploader = userimage.Uploader(memory, authentication="already_checked")
headers = {
    "websiteId": "1",
    "webApiClientKey": "k",
    "Content-Type": "multipart/form-data; boundary=x",
}
def work():
    target = "/api/4/UploadImage/UploadImage?userId=1"
    uploader.handle("POST", target, headers, Slow(photo))
""",
}

END = """
def loop():
    while True:
        work()

for _ in range(3):
    threading.Thread(target=loop, daemon=True).start()
time.sleep(0.2)
sys.exit(3)
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, str(PHOTO)], capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("mode", MODES)
def test_the_exit_status_is_the_programs_in_20_runs(mode: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(run, [START + MODES[mode] + END] * 20))
    assert [(done.returncode, done.stderr) for done in runs] == [(3, "")] * 20


def test_the_end_waits_for_a_call_and_for_calls_within_it() -> None:
    """A call that runs when the interpreter ends is finished, with the call that its file makes."""
    done = run(
        START
        + """
import os
begun = threading.Event()
class Uploading(io.BytesIO):
    def read(self, size=-1):
        if not begun.is_set():
            begun.set()
            time.sleep(1)
            uploader.find(1, 1)
            os.write(1, b"finished")
        return super().read(size)
uploader = userimage.Uploader(memory, authentication="already_checked")
threading.Thread(target=userimage.probe, args=(Uploading(photo),), daemon=True).start()
begun.wait()
sys.exit(3)
"""
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "finished", "")


def test_the_end_waits_two_seconds_at_most() -> None:
    begun = time.monotonic()
    done = run(
        START
        + """
class Stuck(io.BytesIO):
    def read(self, size=-1):
        begun.set()
        time.sleep(1000)
begun = threading.Event()
threading.Thread(target=userimage.probe, args=(Stuck(photo),), daemon=True).start()
begun.wait()
sys.exit(3)
"""
    )
    assert done.returncode == 3
    assert 2 <= time.monotonic() - begun < 30


def test_the_thread_that_ends_the_interpreter_is_not_held_up() -> None:
    done = run(
        """
import atexit
# Registered before the library's hook, so called after it.
atexit.register(lambda: print(userimage.probe(open(__import__("sys").argv[1], "rb")).width))
import userimage
"""
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1200\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not fork")
def test_a_child_does_not_wait_for_the_calls_of_its_parent(tmp_path: Path) -> None:
    done = run(
        START
        + """
import os
begun = threading.Event()
class Stuck(io.BytesIO):
    def read(self, size=-1):
        begun.set()
        time.sleep(1000)
threading.Thread(target=userimage.probe, args=(Stuck(photo),), daemon=True).start()
begun.wait()
child = os.fork()
if child == 0:
    sys.exit(5)
since = time.monotonic()
status = os.waitpid(child, 0)[1]
print(os.WEXITSTATUS(status), time.monotonic() - since < 1.5, flush=True)
os._exit(3)
"""
    )
    # Python itself warns of a fork beside threads.
    assert (done.returncode, done.stdout) == (3, "5 True\n"), done.stderr
