"""Several interpreters in one process that share the GIL, as mod_wsgi has them."""

from __future__ import annotations

import subprocess
import sys

import pytest

APPLICATION = """
import asyncio, logging, userimage

class Handler(logging.Handler):
    def emit(self, record):
        print(NAME, record.userimage["website"], flush=True)

logging.getLogger("userimage").addHandler(Handler())
logging.getLogger("userimage").setLevel(logging.DEBUG)
uploader = userimage.Uploader({"memory": {"base_url": "u/"}}, authentication="already_checked")

def upload(website):
    for asynchronous in (False, True):
        who = dict(website_id=website, client_key="k", user_id="u")
        try:
            if asynchronous:
                asyncio.run(uploader.upload_async(b"x", **who))
            else:
                uploader.upload(b"x", **who)
        except userimage.InvalidFile:
            pass
"""

SCRIPT = """
import sys

try:
    import _interpreters as interpreters
    create = lambda: interpreters.create("legacy")
except ImportError:
    import _xxsubinterpreters as interpreters
    create = lambda: interpreters.create(isolated=False)

application = sys.argv[1]
exec("NAME = 'one'" + application)
upload(1)
other = create()
failed = interpreters.run_string(other, "NAME = 'two'" + application + "upload(2)")
assert failed is None, failed
upload(3)
interpreters.destroy(other)
upload(4)
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the interpreters module is another there")
def test_log_records_stay_in_their_interpreter() -> None:
    command = [sys.executable, "-c", SCRIPT, APPLICATION]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    expected = ["one 1", "one 1", "two 2", "two 2", "one 3", "one 3", "one 4", "one 4"]
    assert done.stdout.splitlines() == expected, done.stderr
    assert done.returncode == 0, done.stderr
