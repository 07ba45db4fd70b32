#!/usr/bin/env python3
"""Sends the vectors of tests/vectors to a host. The answers must equal the expected ones byte for byte.

vectors_over_http.py configs FOLDER
    Writes each case's configuration as FOLDER/N.json, under the prefix /case-N.
vectors_over_http.py run PORT [--start COMMAND] [--merges]
    Sends them all. --start: a command that serves one case on PORT, with {} for its configuration; without
    it one process serves all. --merges: the server joins headers of the same name, so requests with repeated
    headers are skipped.
"""

import argparse
import base64
import collections
import contextlib
import http.client
import json
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time

EQUAL = "requests, all answers equal"
BOUNDARY = "----userimage-7MA4YWxkTrZu0gW"
UNIQUE = re.compile(
    r'"UniqueName":"([0-9]{4}_[0-9]{2}_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.'
)
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def cases():
    """Name, configuration, files and steps of each case that every build can run, in order."""
    for path in sorted((pathlib.Path(__file__).parents[1] / "vectors").glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for case in document["cases"]:
            if "needs" in case:
                continue
            yield (
                case["name"],
                case.get("config", document["config"]),
                document["files"],
                case["steps"],
            )


def write_configs(folder):
    number = 0
    for number, (_, config, _, _) in enumerate(cases()):
        http_options = {**config.get("http", {}), "prefix": f"/case-{number}"}
        text = json.dumps({**config, "http": http_options})
        (folder / f"{number}.json").write_text(text, encoding="utf-8")
    assert number >= 119, "there are too few vectors"


def escaped(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


def content(part, files):
    if "text" in part:
        return part["text"].encode()
    return base64.b64decode(part["base64"] if "base64" in part else files[part["file"]])


def merged(request):
    """Whether a server that joins repeated headers would change the request."""
    names = [name.lower() for name, _ in request["headers"]]
    return len(set(names)) < len(names)


def whole(number, request, files):
    """The bytes of a request. None if HTTP cannot transmit it."""
    query = "&".join(f"{escaped(name)}={escaped(value)}" for name, value in request["query"])
    body = b""
    for part in request["form"]:
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part["name"]}"'.encode()
        if part.get("file_name") is not None:
            file_name = part["file_name"].replace('"', "%22")
            if CONTROL.search(file_name):
                return None
            body += f'; filename="{file_name}"'.encode()
        if part.get("content_type") is not None:
            body += f"\r\nContent-Type: {part['content_type']}".encode()
        body += b"\r\n\r\n" + content(part, files) + b"\r\n"
    body += f"--{BOUNDARY}--\r\n".encode()
    headers = request["headers"]
    if any(CONTROL.search(value) for _, value in headers):
        return None
    head = f"POST /case-{number}/api/4/UploadImage/UploadImage?{query} HTTP/1.1\r\n"
    for name, value in [
        ("Host", "127.0.0.1"),
        ("Connection", "close"),
        ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),
        ("Content-Length", len(body)),
        *headers,
    ]:
        head += f"{name}: {value}\r\n"
    return head.encode() + b"\r\n" + body


def exchange(port, request):
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        # The host may answer before all of it is sent.
        with contextlib.suppress(OSError):
            connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.getheader("Content-Type") == "application/json; charset=utf-8", (
            response.headers
        )
        return response.status, response.read().decode()


def wait(port):
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    sys.exit(f"nobody listens on {port}")


def run_case(port, number, files, steps, merges, counts):
    """Sends the steps and counts them. The first difference ends the case."""
    for step in steps:
        request = whole(number, step["request"], files)
        skipped = "cannot be sent" if request is None else None
        if merges and merged(step["request"]):
            skipped = "have a header twice, which the server merges"
        if skipped:
            # Later steps would find another state of the store.
            assert step is steps[-1], "a step that is skipped must be the last"
            counts[skipped] += 1
            return
        status, answer = exchange(port, request)
        unique = UNIQUE.search(answer)
        expected = step["answer"].replace("{unique}", unique[1] if unique else "")
        assert (status, answer) == (step["status"], expected), (
            f"\n     is {status} {answer}\n not as {step['status']} {expected}"
        )
        counts[EQUAL] += 1


def run(port, start, merges, configs):
    counts = collections.Counter()
    failures = []
    for number, (name, _, files, steps) in enumerate(cases()):
        host = None
        if start:
            host = subprocess.Popen(
                shlex.split(start.replace("{}", str(configs / f"{number}.json"))),
                stdout=subprocess.DEVNULL,
            )
        try:
            if start:
                wait(port)
            run_case(port, number, files, steps, merges, counts)
        except (AssertionError, OSError, http.client.HTTPException) as failure:
            failures.append(f"{name}: {failure!r}" if not str(failure) else f"{name}: {failure}")
        finally:
            if host:
                host.kill()
                host.wait()
    if failures:
        sys.exit("\n".join([*failures, f"{len(failures)} cases differ"]))
    if counts[EQUAL] < 200:
        sys.exit(f"only {counts[EQUAL]} requests could be sent")
    print("vectors over HTTP: " + "; ".join(f"{count} {what}" for what, count in counts.items()))


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("configs").add_argument("folder", type=pathlib.Path)
    runner = commands.add_parser("run")
    runner.add_argument("port", type=int)
    runner.add_argument("--start")
    runner.add_argument("--merges", action="store_true")
    arguments = parser.parse_args()
    if arguments.command == "configs":
        write_configs(arguments.folder)
    else:
        with tempfile.TemporaryDirectory() as configs:
            if arguments.start:
                write_configs(pathlib.Path(configs))
            run(arguments.port, arguments.start, arguments.merges, pathlib.Path(configs))


if __name__ == "__main__":
    main()
