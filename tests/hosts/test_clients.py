"""Real clients against real hosts: uploads are answered, listed and served."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import userimage
from hosts import FIXTURES, HERE, HOSTS, UPLOAD, Host, started

PHOTO = FIXTURES / "jpeg-phone-orientation6.jpg"
HEADERS = {"websiteId": "1001", "webApiClientKey": "abc123"}
TARGET = f"{UPLOAD}?userId=12345&DPI=96"


def by_curl(host: Host, headers: dict[str, str], file: Path) -> tuple[int, Any]:
    command = ["curl", "-sS", "--max-time", "30", "-w", "\n%{http_code}"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    command += ["-F", f"postedFile=@{file}", host.url(TARGET)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    answer, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(answer)


def by_requests(host: Host, headers: dict[str, str], file: Path) -> tuple[int, Any]:
    with open(file, "rb") as data:
        response = requests.post(
            host.url(TARGET), headers=headers, files={"postedFile": data}, timeout=30
        )
    return response.status_code, response.json()


def by_httpx(host: Host, headers: dict[str, str], file: Path) -> tuple[int, Any]:
    with open(file, "rb") as data, httpx.Client(timeout=30) as client:
        response = client.post(host.url(TARGET), headers=headers, files={"postedFile": data})
    return response.status_code, response.json()


def by_curl_in_chunks(host: Host, headers: dict[str, str], file: Path) -> tuple[int, Any]:
    return by_curl(host, {**headers, "Transfer-Encoding": "chunked"}, file)


Client = Callable[[Host, "dict[str, str]", Path], "tuple[int, Any]"]
CLIENTS: list[Client] = [by_curl, by_requests, by_httpx]


@pytest.mark.parametrize("name", HOSTS)
def test_every_client(name: str, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(PHOTO.read_bytes() + bytes(40_000_000))
    middle = tmp_path / "middle.jpg"
    middle.write_bytes(PHOTO.read_bytes() + bytes(20_000_000))
    with started(name, tmp_path) as host:
        for client in CLIENTS:
            status, answer = client(host, HEADERS, PHOTO)
            assert status == 200, answer
            data = answer["Data"]
            assert (data["Width"], data["Height"], data["DPI"]) == (1200, 1600, 96)
            assert data["ImageName"] == PHOTO.name
            original = httpx.get(httpx.URL(host.url()).join(data["OriginalURL"]))
            assert (original.status_code, original.content) == (200, PHOTO.read_bytes())
            assert original.headers["content-type"] == "image/jpeg"
            standard = httpx.get(httpx.URL(host.url()).join(data["StandardURL"]))
            assert userimage.probe(standard.content).width == 768
            assert httpx.head(httpx.URL(host.url()).join(data["OriginalURL"])).content == b""

            wrong = {**HEADERS, "webApiClientKey": "wrong"}
            # The client gets the reason while it is still sending.
            for file in (PHOTO, middle):
                status, answer = client(host, wrong, file)
                assert (status, answer["ErrorCode"]) == (401, "226")
            status, answer = client(host, HEADERS, large)
            assert (status, answer["ErrorCode"]) == (413, "262")
            assert client(host, HEADERS, middle)[0] == 200

        if name != "django":
            assert by_curl_in_chunks(host, HEADERS, PHOTO)[0] == 200
        listed = httpx.get(
            host.url("/api/4/UploadImage/GetUserUploadedList?userId=12345"), headers=HEADERS
        )
        assert listed.json()["Data"]["AssetCount"] >= 6
        nothing = httpx.get(host.url("/api/4/UploadImage/Nothing"))
        assert (nothing.status_code, nothing.json()["ErrorCode"]) == (404, "404")
        refused = httpx.get(host.url(UPLOAD))
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        if name in ("asgi", "serve"):
            assert "<!doctype html>" in httpx.get(host.url("/")).text.lower()
    assert "Traceback" not in host.log.read_text()


# Debian's package libokhttp-java.
JARS = [Path("/usr/share/java/okhttp.jar"), Path("/usr/share/java/okio.jar")]


@pytest.mark.skipif(
    shutil.which("java") is None or not all(jar.exists() for jar in JARS),
    reason="OkHttp needs java and libokhttp-java",
)
@pytest.mark.parametrize("name", ["flask", "fastapi", "serve"])
def test_okhttp(name: str, tmp_path: Path) -> None:
    with started(name, tmp_path) as host:
        command = ["java", "-Dfile.encoding=UTF-8", "-cp", ":".join(map(str, JARS))]
        command += [str(HERE / "OkHttpUpload.java"), host.url(UPLOAD), str(PHOTO)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    answers: dict[str, tuple[int, Any]] = {}
    for line in done.stdout.splitlines():
        way, status, answer = line.split("\t")
        answers[way] = int(status), json.loads(answer)
    mixed, answer = answers.pop("mixed, which is no form")
    assert (mixed, answer["ErrorCode"]) == (400, "262")
    names = {
        "typed": PHOTO.name,
        "a file name with a quotation mark and an umlaut": 'Plakat 24" für Ö.jpg',
        "fields in the form": PHOTO.name,
        "Retrofit's tutorial": PHOTO.name,
        "a stream": "stream.jpg",
    }
    assert {*answers} == {*names}
    for way, (status, answer) in answers.items():
        assert status == 200, (way, answer)
        data = answer["Data"]
        assert (data["ImageName"], data["Width"], data["Height"]) == (names[way], 1200, 1600)


@pytest.mark.parametrize("name", ["flask", "fastapi"])
def test_four_workers_share_a_store(name: str, tmp_path: Path) -> None:
    with started(name, tmp_path, workers=4) as host, ThreadPoolExecutor(16) as threads:
        uploads = [
            threads.submit(CLIENTS[1 + number % 2], host, HEADERS, PHOTO) for number in range(100)
        ]
        answers = [upload.result() for upload in uploads]
    assert [status for status, _ in answers] == [200] * 100
    ids = [answer["Data"]["Id"] for _, answer in answers]
    assert len({*ids}) == 100
    # All of them have the bytes of the first.
    assert {answer["Data"]["PhotoCode"] for _, answer in answers} == {str(min(ids))}
    with userimage.Uploader(
        tmp_path / "data", base_url="/", authentication="already_checked"
    ) as uploader:
        stored = {image.id: image for image in uploader.iter_images(1001, 12345)}
        assert {*stored} == {*ids}
        for _, answer in answers:
            assert stored[answer["Data"]["Id"]].unique_name == answer["Data"]["UniqueName"]
            assert uploader.read(1001, answer["Data"]["Id"]) == PHOTO.read_bytes()
