"""gunicorn --preload: the application is loaded once, and its workers are forked from that process."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("gunicorn")

PHOTO = Path(__file__).resolve().parents[1] / "fixtures" / "files" / "png-rgb8.png"

APPLICATION = """
import logging
import userimage, userimage.wsgi

logging.basicConfig(level=logging.INFO)
uploader = userimage.Uploader("data", base_url="u/", keys={1001: "abc123"})
LOOK
app = userimage.wsgi.application(uploader)
"""


@contextmanager
def served(folder: Path, look: str) -> Iterator[tuple[str, Path]]:
    """Run gunicorn with two workers; give its address and its log."""
    (folder / "shop.py").write_text(APPLICATION.replace("LOOK", look), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "log"
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}", "shop:app"],
            cwd=folder,
            stdout=output,
            stderr=output,
        )
        try:
            deadline = time.monotonic() + 60
            while "Booting worker" not in log.read_text("utf-8"):
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", log
        finally:
            process.terminate()
            process.wait(30)


def upload(address: str) -> tuple[int, dict[str, object]]:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="postedFile"; filename="a.png"\r\n\r\n'
        + PHOTO.read_bytes()
        + b"\r\n--x--\r\n"
    )
    request = urllib.request.Request(
        f"{address}/api/4/UploadImage/UploadImage?userId=5",
        body,
        {
            "websiteId": "1001",
            "webApiClientKey": "abc123",
            "Content-Type": "multipart/form-data; boundary=x",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize(
    "look",
    [
        "",
        # Used and closed before the fork, beside the one that only the workers use.
        'with userimage.Uploader("data", base_url="u/", keys={1001: "abc123"}) as first:\n'
        "    assert first.find(1001, 1) is None",
    ],
    ids=["not used", "used and closed"],
)
def test_workers_of_a_preloaded_application_upload(tmp_path: Path, look: str) -> None:
    with served(tmp_path, look) as (address, _):
        answers = [upload(address) for _ in range(12)]
    assert [status for status, _ in answers] == [200] * 12
    assert sorted(answer["Data"]["Id"] for _, answer in answers) == [*range(1, 13)]


def test_an_uploader_that_was_used_before_the_fork_says_what_to_do(tmp_path: Path) -> None:
    with served(tmp_path, "uploader.find(1001, 1)") as (address, log):
        status, answer = upload(address)
        assert (status, answer["ErrorCode"]) == (500, "500")
        assert "close the storage before the fork" in log.read_text("utf-8")
