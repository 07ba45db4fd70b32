"""Every vector of tests/vectors, sent as an HTTP request to every host, gets the same bytes."""

from __future__ import annotations

import base64
import contextlib
import http.client
import re
import socket
from pathlib import Path
from typing import Any, Optional

import pytest
from cases import vectors
from hosts import HERE, HOSTS, UPLOAD, Host, started

BOUNDARY = "----userimage-7MA4YWxkTrZu0gW"
UNIQUE = re.compile(
    r"[0-9]{4}_[0-9]{2}_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


# Their servers join two headers of one name to "a,b", which no host can distinguish from one header.
WSGI = ("flask", "django")


def repeats(request: dict[str, Any]) -> bool:
    names = [name.lower() for name, _value in request["headers"]]
    return len(names) != len({*names})


def whole(request: dict[str, Any], files: dict[str, str], case: int) -> Optional[bytes]:
    """The request's bytes, or None where HTTP cannot express it."""
    query = "&".join(f"{escaped(name)}={escaped(value)}" for name, value in request["query"])
    headers = [
        ("Host", "localhost"),
        ("Connection", "close"),
        ("X-Case", str(case)),
        ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),
        *request["headers"],
    ]
    body = b""
    for part in request["form"]:
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part["name"]}"'.encode()
        if part.get("file_name") is not None:
            name = part["file_name"].replace('"', "%22")
            if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
                return None
            body += f'; filename="{name}"'.encode()
        if part.get("content_type") is not None:
            body += f"\r\nContent-Type: {part['content_type']}".encode()
        body += b"\r\n\r\n" + content(part, files) + b"\r\n"
    body += f"--{BOUNDARY}--\r\n".encode()
    head = f"POST {UPLOAD}?{query} HTTP/1.1\r\n".encode()
    for name, value in [*headers, ("Content-Length", str(len(body)))]:
        line = f"{name}: {value}".encode()
        if any((octet < 32 and octet != 9) or octet == 127 for octet in line):
            return None
        head += line + b"\r\n"
    return head + b"\r\n" + body


def escaped(text: str) -> str:
    return "".join(f"%{octet:02X}" for octet in text.encode())


def content(part: dict[str, Any], files: dict[str, str]) -> bytes:
    if "text" in part:
        return str(part["text"]).encode()
    return base64.b64decode(part["base64"] if "base64" in part else files[part["file"]])


def sent(host: Host, request: bytes) -> tuple[int, str]:
    with socket.create_connection(("127.0.0.1", host.port), 30) as connection:
        with contextlib.suppress(OSError):  # The host may answer before all of it is sent.
            connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, response.read().decode()


@pytest.mark.parametrize("name", HOSTS)
def test_every_vector(name: str, tmp_path: Path) -> None:
    failures: list[str] = []
    equal = unsendable = joined = 0
    with started(name, tmp_path, path=HERE / "stand_in") as host:
        for number, (case, _config, files, steps) in enumerate(vectors()):
            for step in steps:
                request = whole(step["request"], files, number)
                if request is None:
                    unsendable += 1
                    break
                if name in WSGI and repeats(step["request"]):
                    joined += 1
                    break
                status, answer = sent(host, request)
                unique = UNIQUE.search(answer)
                expected = step["answer"].replace("{unique}", unique[0] if unique else "")
                if (status, answer) == (step["status"], expected):
                    equal += 1
                else:
                    failures.append(
                        f"{case}\n     is {status} {answer}\n not as {step['status']} {expected}"
                    )
    print(f"{name}: {equal} equal, {unsendable} that HTTP and {joined} that WSGI cannot express")
    assert not failures, "\n".join(failures)
    assert equal >= 120
