"""Another SQLite, Python's own, opens the database in the process that uploads, which then crashes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from conftest import png

import userimage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the locks")

# Another process, which opens and closes the store and the database.
OTHER = """
import sqlite3, sys
import userimage

folder, = sys.argv[1:]
for _ in range(20):
    with userimage.Uploader(folder, base_url="https://img.example/", keys={1001: "abc123"}) as other:
        assert other.find(1001, 1) is not None
    database = sqlite3.connect(f"{folder}/userimage.sqlite3", timeout=20)
    database.execute("SELECT count(*) FROM images").fetchone()
    database.close()
"""

PROGRAM = (
    f"OTHER = {OTHER!r}"
    + """
import json, os, shutil, sqlite3, subprocess, sys, threading, time
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

def run(sql):
    global done
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute(sql).fetchall()
        done += 1
    except sqlite3.OperationalError as error:
        assert "locked" in str(error), error
    finally:
        connection.close()

def copy():
    global done
    for suffix in ("", "-wal", "-shm"):
        shutil.copyfile(database + suffix, database + ".copy")
    done += 1

def other_process():
    global done
    subprocess.run([sys.executable, "-c", OTHER, folder], check=True)
    done += 1

def insert():
    global done, notes
    connection = sqlite3.connect(database)
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO notes VALUES (NULL)", [()] * 3)
        connection.commit()
        notes += 3
        done += 1
    except sqlite3.OperationalError as error:
        assert "locked" in str(error), error
    finally:
        connection.close()

done = notes = 0
actions = {
    "look": lambda: run("SELECT count(*) FROM images"),
    "passive": lambda: run("PRAGMA wal_checkpoint(PASSIVE)"),
    "truncate": lambda: run("PRAGMA wal_checkpoint(TRUNCATE)"),
    "copy": copy,
    "other process": other_process,
    "insert": insert,
    "update": lambda: run("UPDATE images SET user_id = user_id"),
    "vacuum": lambda: run("VACUUM"),
}
threads = [threading.Thread(target=upload, args=(str(number),)) for number in range(2)]
for thread in threads:
    thread.start()
while any(thread.is_alive() for thread in threads):
    if kept:
        actions[action]()
    time.sleep(0.002)
print(json.dumps({"kept": kept, "refused": refused, "done": done, "notes": notes}), flush=True)
os._exit(1)  # a crash
"""
)


@pytest.mark.parametrize(
    "action",
    ["look", "passive", "truncate", "copy", "other process", "insert", "update", "vacuum"],
)
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
    # Beside one that writes, uploads may be refused if the system suspends it at a bad moment.
    if action not in ("insert", "update", "vacuum"):
        assert result["refused"] == []
    assert all("another SQLite library" in reason for reason in result["refused"])
    assert len(result["refused"]) < len(result["kept"])
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
    database = sqlite3.connect(store / "userimage.sqlite3")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    if action == "insert":
        assert result["notes"] > 0
        assert database.execute("SELECT count(*) FROM notes").fetchone() == (result["notes"],)
    database.close()


def test_uploads_wait_for_a_connection_and_go_on_when_it_is_closed(tmp_path: Path) -> None:
    store, photo = tmp_path / "store", png(4, 3)
    who = {"website_id": 1001, "client_key": "abc123", "user_id": "12345"}
    with userimage.Uploader(
        store, base_url="https://img.example/", keys={1001: "abc123"}
    ) as uploader:
        first = uploader.upload(photo, **who)
        with closing(sqlite3.connect(store / "userimage.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(userimage.ServerError) as refused:
                uploader.upload(photo, **who)
            assert refused.value.kind == "storage_failed"
            assert "another SQLite library" in refused.value.reason
            # An open connection without a transaction is enough.
            other.execute("ROLLBACK")
            with pytest.raises(userimage.StorageError, match="another SQLite library"):
                uploader.delete(1001, first.id)
            found = uploader.find(1001, first.id)
            assert found is not None
        assert uploader.upload(photo, **who).id > first.id
        with closing(sqlite3.connect(store / "userimage.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with ThreadPoolExecutor() as pool:
                waiting = pool.submit(uploader.upload, photo, **who)
                time.sleep(1)
                assert not waiting.done()
                other.close()
                assert waiting.result().id > first.id
