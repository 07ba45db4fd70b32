"""Another SQLite, Python's own, opens the database in the process that uploads, which then crashes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import png

import userimage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the locks")

PROGRAM = """
import json, os, shutil, sqlite3, sys, threading, time
import userimage

folder, action, photo = sys.argv[1:]
database = f"{folder}/userimage.sqlite3"
uploader = userimage.Uploader(folder, base_url="https://img.example/", keys={1001: "abc123"})
kept, refused = [], []

def upload(user):
    end = time.monotonic() + 1
    while time.monotonic() < end or len(kept) < 8:
        try:
            image = uploader.upload(photo, website_id=1001, client_key="abc123", user_id=user)
            kept.append((image.id, user))
        except userimage.UploadError as error:
            refused.append(error.reason)

def look(sql):
    connection = sqlite3.connect(database)
    try:
        connection.execute(sql).fetchall()
    except sqlite3.OperationalError as error:
        assert "locked" in str(error), error
    finally:
        connection.close()

def copy():
    for suffix in ("", "-wal", "-shm"):
        shutil.copyfile(database + suffix, database + ".copy")

actions = {
    "look": lambda: look("SELECT count(*) FROM images"),
    "passive": lambda: look("PRAGMA wal_checkpoint(PASSIVE)"),
    "truncate": lambda: look("PRAGMA wal_checkpoint(TRUNCATE)"),
    "copy": copy,
}
threads = [threading.Thread(target=upload, args=(str(number),)) for number in range(2)]
for thread in threads:
    thread.start()
done = 0
while any(thread.is_alive() for thread in threads):
    if kept:
        actions[action]()
        done += 1
    time.sleep(0.002)
print(json.dumps({"kept": kept, "refused": refused, "done": done}), flush=True)
os._exit(1)  # a crash
"""


@pytest.mark.parametrize("action", ["look", "passive", "truncate", "copy"])
def test_answered_uploads_are_kept(action: str, tmp_path: Path) -> None:
    photo, store = tmp_path / "photo.png", tmp_path / "store"
    photo.write_bytes(png(20, 20))
    crashed = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(store), action, str(photo)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert crashed.stdout, crashed.stderr
    assert crashed.returncode == 1
    result = json.loads(crashed.stdout)
    assert result["refused"] == []
    assert result["done"] > 0
    ids = [image_id for image_id, _ in result["kept"]]
    assert len(set(ids)) == len(ids) >= 8
    keys = {1001: "abc123"}
    with userimage.Uploader(store, base_url="https://img.example/", keys=keys) as uploader:
        for image_id, user in result["kept"]:
            image = uploader.find(1001, image_id)
            assert image is not None
            assert image.user_id == user
            assert uploader.read(1001, image_id) is not None
