"""Files in pieces, and what operators of a storage need."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import userimage

WHO = {"website_id": 1001, "client_key": "abc123"}


def upload(
    uploader: userimage.Uploader, data: bytes, user: str, name: str
) -> userimage.StoredImage:
    return uploader.upload(data, user_id=user, filename=name, **WHO)


def test_a_file_is_read_in_pieces(local: userimage.Uploader, photo: bytes) -> None:
    image = upload(local, photo, "u", "photo.jpg")
    with local.open(1001, image.id) as file:
        assert (file.size, file.mime_type, file.variant) == (len(photo), "image/jpeg", "original")
        assert file.image == image
        assert file.read_at(5, 7) == photo[5:12]
        assert file.read_at(len(photo), 7) == b""
        assert file.read(3) + file.read() == photo
        assert file.read() == b""
        assert file.seek(-4, io.SEEK_END) == len(photo) - 4
        buffer = bytearray(10)
        assert file.readinto(buffer) == 4
        assert bytes(buffer) == photo[-4:] + bytes(6)
        file.seek(0)
        assert io.BufferedReader(file).read() == photo  # type: ignore[arg-type]
    assert file.closed
    with pytest.raises(ValueError, match="closed"):
        file.read()
    copied = io.BytesIO()
    opened = local.open_key(image.standard_key)
    assert opened is not None
    shutil.copyfileobj(opened, copied)
    assert copied.getvalue() == local.read(1001, image.id, "standard")
    assert local.open(1002, image.id) is None
    assert local.open_key("standard/none") is None
    assert local.get_url(image, expires=60) == image.standard_url
    assert local.open(1001, image.id, "thumbnail") is None
    with pytest.raises(ValueError, match="variant"):
        local.open(1001, image.id, "Thumbnail")


def test_lists_searches_and_counts(local: userimage.Uploader, small: bytes) -> None:
    images = [upload(local, small, "u", f"Logo {number}.png") for number in range(5)]
    upload(local, small, "v", "other.png")
    first = local.list_after(1001, "u", size=2)
    rest = local.list_after(1001, "u", first[-1].id, size=9)
    assert [*first, *rest] == images[::-1]
    found = local.search(1001, "u", "LOGO 3")
    assert (found.total, found.images) == (1, [images[3]])
    usage = local.usage(1001)
    assert (usage.images, usage.users) == (6, 2)
    assert local.usage(1001, "u").images == 5
    assert usage.bytes > 6 * len(small)


def test_users_are_deleted_and_reassigned(local: userimage.Uploader, small: bytes) -> None:
    for number in range(3):
        upload(local, small, "guest", f"{number}.png")
    assert local.reassign(1001, "guest", "member") == 3
    assert local.usage(1001, "guest").images == 0
    assert local.delete_user(1001, "member") == 3
    upload(local, small, "member", "new.png")
    assert local.expire(1001, timedelta(days=1)) == 0
    assert local.expire(1001, 0) == 1


def test_quotas_and_a_retention_are_configured(small: bytes) -> None:
    with userimage.Uploader(
        {"memory": {"base_url": "u/"}},
        authentication="already_checked",
        policy={"user_quota": {"images": 1}, "website_quota": {"images": 2}, "retention_days": 1},
    ) as uploader:
        first = upload(uploader, small, "a", "a.png")
        with pytest.raises(userimage.InvalidFile) as caught:
            upload(uploader, small, "a", "a.png")
        assert caught.value.kind == "user_quota_exceeded"
        assert "1 images" in caught.value.reason
        upload(uploader, small, "b", "b.png")
        with pytest.raises(userimage.InvalidFile) as caught:
            upload(uploader, small, "c", "c.png")
        assert caught.value.kind == "website_quota_exceeded"
        assert uploader.delete(1001, first.id)
        upload(uploader, small, "a", "a.png")
        assert uploader.sweep(0) == userimage.SweepReport(0, 0, 0)
    with pytest.raises(userimage.ConfigError, match="retention_days"):
        userimage.Uploader(
            {"memory": {"base_url": "u/"}},
            authentication="already_checked",
            policy={"retention_days": 0},
        )


def test_a_large_file_is_uploaded_from_its_path(local: userimage.Uploader, tmp_path: Path) -> None:
    width, height = 3000, 1000
    fields = {
        256: width,
        257: height,
        258: 8,
        259: 1,
        262: 2,
        273: 122,
        277: 3,
        278: height,
        279: 3 * width * height,
    }
    head = b"II*\0" + struct.pack("<IH", 8, len(fields))
    head += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in fields.items())
    path = tmp_path / "scan.tif"
    path.write_bytes(head.ljust(122, b"\0") + bytes(3 * width * height))
    image = local.upload(path, user_id="u", **WHO)
    assert (image.width, image.height, image.image_name) == (width, height, "scan.tif")
    assert local.read(1001, image.id) == path.read_bytes()
    with pytest.raises(OSError, match="none"):
        local.upload(tmp_path / "none.tif", user_id="u", **WHO)


def test_verify_reports_and_goes_on(
    local: userimage.Uploader, small: bytes, tmp_path: Path
) -> None:
    image = upload(local, small, "u", "a.png")
    assert json.loads(local.verify())["problems"] == []
    for path in tmp_path.rglob(image.unique_name):
        path.write_bytes(b"x" * len(small))
    steps = []

    def stop(report: str) -> bool:
        steps.append(report)
        return False

    first = local.verify(progress=stop)
    assert not json.loads(first)["complete"]
    report = json.loads(local.verify(first))
    assert report["complete"]
    assert "wrong_sha256" in [problem["kind"] for problem in report["problems"]]
    assert len(steps) == 1

    def fail(report: str) -> None:
        raise KeyError(report)

    with pytest.raises(KeyError):
        local.verify(progress=fail)
    with pytest.raises(ValueError, match="report"):
        local.verify("no json")


def test_backup_restore_and_copy(local: userimage.Uploader, small: bytes, tmp_path: Path) -> None:
    image = upload(local, small, "u", "a.png")
    assert local.backup(tmp_path / "backup").copied == 1
    assert local.backup(tmp_path / "backup").present == 1
    with userimage.Uploader(
        {"memory": {"base_url": "https://img.example/"}}, authentication="already_checked"
    ) as other:
        assert other.restore(tmp_path / "backup").copied == 1
        found = other.find(1001, image.id)
        assert found is not None
        assert (found.photo_code, found.sha256) == (image.photo_code, image.sha256)
        assert local.copy_to(other).present == 1
        with pytest.raises(userimage.Error, match="no storage"):
            other.restore(tmp_path / "none")


def test_the_command_operates_a_store(small: bytes, tmp_path: Path) -> None:
    store, picture = tmp_path / "store", tmp_path / "a.png"
    picture.write_bytes(small)

    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "userimage", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout.strip()

    where = ("--store", str(store))
    site = ("--website-id", "1001")
    who = (*site, "--user-id", "guest")
    assert run("upload", *where, *who, "--client-key", "k", str(picture))[0] == 0
    assert run("usage", *where, *site)[1].startswith("1 images, ")
    moved = run("reassign", *where, *site, "--from-user", "guest", "--to-user", "member")
    assert moved == (0, "reassigned 1 images")
    status, report = run("verify", *where, "--report", str(tmp_path / "report.json"))
    assert (status, json.loads(report)["complete"]) == (0, True)
    assert json.loads((tmp_path / "report.json").read_text()) == json.loads(report)
    assert run("backup", *where, str(tmp_path / "b")) == (0, "copied 1 images; 0 were there")
    assert run("expire", *where, *site, "--days", "1") == (0, "deleted 0 images")
    delete = ("delete-user", *where, *site, "--user-id", "member")
    assert run(*delete) == (0, "deleted 1 images")
    assert run("restore", *where, str(tmp_path / "b")) == (0, "copied 1 images; 0 were there")
    for path in store.glob("*/*/*/*"):
        path.unlink()
    status, report = run("verify", *where)
    assert (status, len(json.loads(report)["problems"])) == (1, 2)
