from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES

import userimage

PHOTO = "jpeg-phone-orientation6.jpg"
WHO = ["--website-id", "1001", "--client-key", "abc123", "--user-id", "12345"]


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "userimage", *arguments],
        cwd=FIXTURES,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        **options,
    )
    assert "Traceback" not in done.stderr
    return done


def test_probe_prints_a_table() -> None:
    done = run("probe", PHOTO, "png-rgb8.png")
    assert (done.returncode, done.stderr) == (0, "")
    head, photo, png = done.stdout.splitlines()
    assert head.split() == ["FILE", "TYPE", "PIXELS", "DPI", "ORIENTATION", "COLOUR", "FRAMES"]
    assert photo.split()[:5] == [PHOTO, "image/jpeg", "1200x1600", "300", "6"]
    assert head.index("TYPE") == photo.index("image/jpeg") == png.index("image/png")


def test_probe_prints_json() -> None:
    done = run("probe", "--json", PHOTO, "none.jpg", "hostile-empty.jpg")
    assert done.returncode == 1
    photo, none, empty = (json.loads(line) for line in done.stdout.splitlines())
    assert (photo["path"], photo["ok"], photo["mime_type"]) == (PHOTO, True, "image/jpeg")
    assert (photo["width"], photo["height"], photo["dpi"]) == (1200, 1600, [300.0, 300.0])
    assert none == {"path": "none.jpg", "ok": False, "error": "No such file or directory"}
    assert empty["ok"] is False


def test_what_fails_is_on_standard_error() -> None:
    done = run("probe", "none.jpg", PHOTO)
    assert done.returncode == 1
    assert done.stderr == "userimage: none.jpg: No such file or directory\n"
    assert PHOTO in done.stdout


def test_upload_list_and_sweep(tmp_path: Path) -> None:
    store = str(tmp_path / "with space")
    done = run("upload", "--store", store, *WHO, "--dpi", "96", PHOTO, "none", "hostile-empty.jpg")
    assert done.returncode == 1
    stored, empty = (json.loads(line) for line in done.stdout.splitlines())
    assert (stored["Response"], stored["Data"]["DPI"]) == ("Success", 96)
    assert stored["Data"]["OriginalURL"].startswith("file:///")
    assert "with%20space/original/" in stored["Data"]["OriginalURL"]
    assert empty["ErrorCode"] == "262"
    assert "userimage: none: No such file or directory" in done.stderr.splitlines()

    done = run("list", "--store", store, "--website-id", "1001", "--user-id", "12345")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].split()[0] == "1"
    done = run("list", "--store", store, "--website-id", "1001", "--user-id", "12345", "--json")
    assert json.loads(done.stdout)["image_name"] == PHOTO
    done = run("list", "--store", store, "--website-id", "1001", "--user-id", "nobody")
    assert (done.returncode, done.stdout) == (0, "")

    done = run("sweep", "--store", store, "--min-age", "3600")
    assert (done.returncode, done.stdout) == (0, "removed 0 records and 0 files\n")


@pytest.mark.parametrize(
    ("without", "code"), [("website-id", "372"), ("client-key", "226"), ("user-id", "261")]
)
def test_a_missing_field_is_the_protocol_s_error(tmp_path: Path, without: str, code: str) -> None:
    at = WHO.index(f"--{without}")
    fields = WHO[:at] + WHO[at + 2 :]
    done = run("upload", "--store", str(tmp_path), *fields, PHOTO)
    assert (done.returncode, json.loads(done.stdout)["ErrorCode"]) == (1, code)


def test_a_configuration_s_keys_are_checked(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    local = {"path": str(tmp_path / "s"), "base_url": "https://img.example/"}
    config.write_text(
        json.dumps(
            {
                "storage": {"local": local},
                "authentication": "keys",
                "websites": [{"id": 1001, "keys": ["abc123"]}],
            }
        )
    )
    done = run("upload", "--config", str(config), *WHO, PHOTO)
    assert done.returncode == 0
    assert json.loads(done.stdout)["Data"]["StandardURL"].startswith("https://img.example/standard")
    wrong = ["wrong" if word == "abc123" else word for word in WHO]
    done = run("upload", "--config", str(config), *wrong, PHOTO)
    assert (done.returncode, json.loads(done.stdout)["ErrorCode"]) == (1, "226")
    assert "wrong" not in done.stdout + done.stderr
    config.write_text('{"storage": 5}')
    done = run("list", "--config", str(config), "--website-id", "1", "--user-id", "u")
    assert done.returncode == 1
    assert done.stderr.startswith("userimage: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--store", "/dev/null/x", "--website-id", "1", "--user-id", "u"],
        ["list", "--config", "none", "--website-id", "1", "--user-id", "u"],
        ["list", "--store", "STORE", "--website-id", "0", "--user-id", "u"],
        ["sweep", "--config", PHOTO, "--min-age", "1"],
        ["sweep", "--config", "none", "--base-url", "u", "--min-age", "1"],
    ],
)
def test_what_cannot_be_done_is_one_line(tmp_path: Path, arguments: list[str]) -> None:
    done = run(*(str(tmp_path) if word == "STORE" else word for word in arguments))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("userimage: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["probe"], ["sweep", "--store", "s"], ["serve-me"]])
def test_wrong_arguments(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "usage: userimage" in done.stderr


def test_help_and_version() -> None:
    assert "probe" in run("--help").stdout
    assert "--json" in run("probe", "--help").stdout
    assert run("--version").stdout == userimage.__version__ + "\n"


def test_a_name_that_is_not_text(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/odd \xff \xc3\xa9.jpg"
    Path(os.fsdecode(odd)).write_bytes((FIXTURES / PHOTO).read_bytes())
    for encoding in ("utf-8", "ascii"):
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        done = run("probe", os.fsdecode(odd), os.fsdecode(odd) + "x", env=environment)
        assert done.returncode == 1
        assert "1200x1600" in done.stdout
        assert run("probe", "--json", os.fsdecode(odd), env=environment).returncode == 0


def test_a_closed_pipe_is_not_an_error() -> None:
    command = f"{sys.executable} -m userimage probe --json {' '.join([PHOTO] * 2000)} | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=FIXTURES, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_a_terminal_shows_progress() -> None:
    pty = pytest.importorskip("pty")
    controller, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "userimage", "probe", *[PHOTO] * 40],
        cwd=FIXTURES,
        stdout=subprocess.PIPE,
        stderr=terminal,
        check=True,
    )
    os.close(terminal)
    shown = os.read(controller, 100_000).decode()
    os.close(controller)
    assert "[###############               ] 20/40" in shown
    assert shown.endswith("\r\x1b[K")
    assert done.stdout.count(b"\n") == 41


def test_a_closed_output_is_reported_before_anything_is_done(tmp_path: Path) -> None:
    command = (
        f"{sys.executable} -m userimage upload --store store {' '.join(WHO)} {FIXTURES / PHOTO}"
    )
    done = subprocess.run(
        ["bash", "-c", f"{command} >&-"], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (1, "userimage: standard output is closed\n")
    assert not (tmp_path / "store").exists()
    done = subprocess.run(
        ["bash", "-c", f"{command} none 2>&-"], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout.count("\n")) == (1, 1)


@pytest.mark.parametrize("port", ["x", "-1", "65536", "9" * 5000, ""])
def test_a_wrong_address(port: str) -> None:
    for address in (f"127.0.0.1:{port}", port, ":8080"):
        done = run("serve", "--listen", address)
        assert done.returncode == 2
        assert "is not ADDRESS:PORT" in done.stderr


def test_serve_cannot_listen_or_open(tmp_path: Path) -> None:
    for arguments in (
        ["--listen", "256.1.1.1:0"],
        ["--listen", "127.0.0.1:0", "--store", "/dev/null/x"],
        ["--listen", "127.0.0.1:0", "--config", "none"],
    ):
        done = run("serve", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("userimage: ")


def test_serve_ends_and_leaves_no_files() -> None:
    before = {*Path(tempfile.gettempdir()).glob("userimage-*")}
    process = subprocess.Popen(
        [sys.executable, "-m", "userimage", "serve", "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    with urllib.request.urlopen(url, timeout=20) as page:
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["Server"] == "userimage"
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert errors.endswith("INFO finishing the requests that have begun\n")
    assert errors.count("\n") == 1
    assert {*Path(tempfile.gettempdir()).glob("userimage-*")} == before


def test_only_upload_and_restore_make_a_store(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    local = {"path": str(tmp_path / "typo"), "base_url": "u/"}
    config.write_text(
        json.dumps({"storage": {"local": local}, "authentication": "already_checked"}), "utf-8"
    )
    for store in (["--store", str(tmp_path / "typo")], ["--config", str(config)]):
        for command in (
            ["list", *store, "--website-id", "1", "--user-id", "u"],
            ["sweep", *store, "--min-age", "1h"],
            ["get", *store, "--website-id", "1", "1"],
            ["delete", *store, "--website-id", "1", "1"],
            ["usage", *store, "--website-id", "1"],
            ["similar", *store, "--website-id", "1", str(FIXTURES / PHOTO)],
            ["delete-user", *store, "--website-id", "1", "--user-id", "u"],
            ["reassign", *store, "--website-id", "1", "--from-user", "u", "--to-user", "v"],
            ["expire", *store, "--website-id", "1", "--days", "1"],
            ["verify", *store],
            ["backup", *store, str(tmp_path / "backup")],
            ["copy", *store, "--to-config", str(config)],
        ):
            done = run(*command)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr == f"userimage: there is no store in {tmp_path / 'typo'}\n"
    assert not (tmp_path / "typo").exists()


def test_get_and_delete(tmp_path: Path) -> None:
    store = ["--store", str(tmp_path / "s")]
    photo = (FIXTURES / PHOTO).read_bytes()
    assert run("upload", *store, *WHO, PHOTO).returncode == 0
    one = [*store, "--website-id", "1001"]
    done = subprocess.run(
        [sys.executable, "-m", "userimage", "get", *one, "1"], capture_output=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, photo, b"")
    output = tmp_path / "out.jpg"
    assert run("get", *one, "--standard", "--output", str(output), "1").returncode == 0
    assert userimage.probe(output).width == 768
    done = run("get", *one, "--output", str(output), "1")
    assert done.returncode == 1
    assert "File exists" in done.stderr
    for number in ("2", "-1", "99999999999999999999999"):
        done = run("get", *one, "--", number)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"userimage: website 1001 has no image {number}\n"
    done = run("delete", *one, "1", "2")
    assert (done.returncode, done.stdout) == (1, "deleted 1\n")
    assert done.stderr == "userimage: website 1001 has no image 2\n"
    assert run("get", *one, "1").returncode == 1
    assert run("delete", *one, "x").returncode == 2


def test_standard_input(tmp_path: Path) -> None:
    photo = FIXTURES / PHOTO
    command = [sys.executable, "-m", "userimage"]

    def piped(*arguments: str, source: str = f"cat {photo}") -> subprocess.CompletedProcess[str]:
        line = f"{source} | {shlex.join([*command, *arguments])}"
        return subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60)

    done = piped("probe", "--json", "-")
    assert json.loads(done.stdout) == {"path": "-", "ok": True, **userimage.probe(photo).as_dict()}
    done = piped("probe", "-", source="cat /dev/zero")
    assert (done.returncode, done.stderr) == (1, "userimage: -: not a known image format\n")
    store = ["--store", str(tmp_path / "s")]
    done = piped("upload", *store, *WHO, "--filename", "a b.jpg", "-")
    assert json.loads(done.stdout)["Data"]["ImageName"] == "a b.jpg"
    done = piped("upload", *store, *WHO, "-", source="cat /dev/zero")
    assert json.loads(done.stdout)["ErrorCode"] == "262"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{\n "storage": 5,\n "authentication": "keys"}', ":2: storage: "),
        (
            '{\n\n"authentication": "keys",\n"websites": [{"id": 1},\n{"id": "2"}]}',
            ":5: websites[1].id",
        ),
        ('{"authentication": "keys",\n"policy": {"a\\"]}": 1,\n"max_bytes": 1}}', ":2: policy"),
        ('{\n"authentication": "keys"\n"a": 5}', ":3: not a JSON document: "),
        ('\n"x"', ":1: a configuration is a JSON object"),
        ("[" * 100_000, ": "),
    ],
)
def test_a_broken_configuration_names_file_and_line(tmp_path: Path, text: str, reason: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(text, "utf-8")
    for command in (["upload", *WHO, PHOTO], ["sweep", "--min-age", "1"], ["serve"]):
        done = run(command[0], "--config", str(config), *command[1:])
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"userimage: {config}{reason}"), done.stderr
        assert done.stderr.count("\n") == 1


def test_a_configuration_that_is_no_text(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_bytes(b'{\n"a": "\xff"}')
    done = run("sweep", "--config", str(config), "--min-age", "1")
    assert done.stderr == f"userimage: {config}:2: not UTF-8\n"


@pytest.mark.parametrize("age", ["-1", "x", "1w", "1 h", "", "inf", "nan", "1e400"])
def test_a_wrong_age(age: str) -> None:
    done = run("sweep", "--store", "s", f"--min-age={age}")
    assert done.returncode == 2
    assert "is not an age such as" in done.stderr
