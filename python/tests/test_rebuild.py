"""Images that a host keeps in a database and rebuilds from it."""

from __future__ import annotations

import contextlib
import copy
import datetime
import json
import pickle
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
from conftest import ROOT, WHO, png

import userimage

URL = "https://img.example/"
DOCUMENTS = ROOT / "core" / "tests" / "it" / "documents"


def test_a_document_is_read_back(uploader: userimage.Uploader, photo: bytes) -> None:
    image = uploader.upload(photo, **WHO, dpi=96, filename='a "ü".jpg')
    document = image.to_json()
    assert userimage.StoredImage.from_json(document) == image
    fields = json.loads(document)
    assert fields["version"] == 1
    # A later version may add keys.
    fields["later"] = fields["record"]["later"] = [1]
    assert userimage.StoredImage.from_json(json.dumps(fields)) == image


def test_documents_of_version_1_are_read() -> None:
    """Kept as files for good: a host has such documents in its database."""
    image = userimage.StoredImage.from_json((DOCUMENTS / "image-1.json").read_text("utf-8"))
    assert (image.id, image.photo_code, image.image_name) == (340927, "340706", "fax (1).tif")
    assert (image.width, image.height, image.dpi, image.dpi_y) == (1145, 1728, 98, 204)
    assert (image.stored_width, image.stored_height) == (1728, 1145)
    assert image.standard_key == "standard/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8.jpg"
    millis = datetime.timedelta(milliseconds=1_767_225_600_123)
    assert image.created == datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + millis
    own = {name: getattr(image, name) for name in ("photo_code", "original_url", "standard_url")}
    for name in ("record-1.json", "record-1-least.json"):
        record = json.loads((DOCUMENTS / name).read_text("utf-8"))
        rebuilt = userimage.StoredImage(id=image.id, **own, **record)
        assert rebuilt.unique_name == record["unique_name"]
        assert (rebuilt == image) == (name == "record-1.json")


def test_a_time_that_no_datetime_can_hold_is_the_nearest_one(
    uploader: userimage.Uploader, photo: bytes
) -> None:
    image = uploader.upload(photo, **WHO)
    document = json.loads(image.to_json())
    utc = datetime.timezone.utc
    last = datetime.datetime.max.replace(microsecond=999_000, tzinfo=utc)
    for millis, created in [
        (-1, datetime.datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=utc)),
        (-(2**63) + 1, datetime.datetime.min.replace(tzinfo=utc)),
        (253_402_300_800_000, last),
        (2**63 - 1, last),
    ]:
        document["record"]["created"] = millis
        read = userimage.StoredImage.from_json(json.dumps(document))
        assert (read.created, read.as_dict()["created"]) == (created, created)
        assert json.loads(read.to_json())["record"]["created"] == millis
        facts = {**image.as_dict(), "created": created}
        assert userimage.StoredImage(**facts).created == created
    with pytest.raises(TypeError, match="naive"):
        userimage.StoredImage(**{**image.as_dict(), "created": datetime.datetime(2026, 1, 1)})


def test_the_record_of_a_stored_image_is_the_document_of_the_new_one(
    uploader: userimage.Uploader, photo: bytes
) -> None:
    image = uploader.upload(photo, **WHO)
    record = json.loads(image.record_json())
    assert record == json.loads(image.to_json())["record"]
    own = {name: getattr(image, name) for name in ("photo_code", "original_url", "standard_url")}
    assert userimage.StoredImage(id=image.id, **own, **record) == image


def test_facts_that_are_missing_have_defaults(uploader: userimage.Uploader, photo: bytes) -> None:
    image = uploader.upload(photo, **WHO)
    document = json.loads(image.to_json())
    del document["record"]["standard_sha256"], document["record"]["dpi_y"]
    old = userimage.StoredImage.from_json(json.dumps(document))
    assert (old.standard_sha256, old.dpi_y) == (None, old.dpi)
    for needed in ("website_id", "user_id", "unique_name", "format", "sha256", "created"):
        record = {**document["record"]}
        del record[needed]
        with pytest.raises(ValueError, match=needed):
            userimage.StoredImage.from_json(json.dumps({**document, "record": record}))


@pytest.mark.parametrize("document", ["", "[]", "{", "{}", '{"id": 1}', "5"])
def test_not_a_document(document: str) -> None:
    with pytest.raises(ValueError):
        userimage.StoredImage.from_json(document)


def test_it_is_made_of_its_facts(uploader: userimage.Uploader, photo: bytes) -> None:
    image = uploader.upload(photo, **WHO)
    facts = image.as_dict()
    assert userimage.StoredImage(**facts) == image
    # As the document has it: milliseconds since 1970.
    record = json.loads(image.to_json())["record"]
    millis = image.created.timestamp() * 1000
    assert record["created"] == round(millis)
    own = {name: facts[name] for name in ("id", "photo_code", "original_url", "standard_url")}
    assert userimage.StoredImage(**own, **record) == image
    assert userimage.StoredImage(**{**facts, "id": 7, "photo_code": "x"}).id == 7

    def without(*names: str) -> dict[str, Any]:
        return {name: value for name, value in facts.items() if name not in names}

    # What follows from other facts is not needed.
    derived = ("width", "height", "mime_type", "extension", "original_key", "standard_key")
    assert userimage.StoredImage(**without(*derived, "standard_mime_type")) == image
    for needed in ("sha256", "format", "website_id"):
        with pytest.raises(ValueError, match=needed):
            userimage.StoredImage(**without(needed))
    for needed in ("id", "photo_code", "standard_url"):
        with pytest.raises(TypeError, match=needed):
            userimage.StoredImage(**without(needed))
    with pytest.raises(TypeError, match="widht"):
        userimage.StoredImage(**facts, widht=5)
    for name, wrong in [
        ("website_id", 0),
        ("format", "pdx"),
        ("sha256", "ab"),
        ("orientation", 9),
        ("unique_name", "../a.jpg"),
        ("created", "today"),
        ("original_bytes", -1),
    ]:
        with pytest.raises(ValueError, match=name):
            userimage.StoredImage(**{**facts, name: wrong})
    for number in (0, 2**63):
        with pytest.raises(ValueError, match="id"):
            userimage.StoredImage(**{**facts, "id": number})


def test_values_are_pickled_copied_and_hashed(uploader: userimage.Uploader, photo: bytes) -> None:
    image = uploader.upload(photo, **WHO)
    other = uploader.upload(png(3, 3), **WHO)
    listed = uploader.list(1001, "12345")
    report = userimage.SweepReport(2, 3)
    for value in (image, listed, report):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(value, protocol)) == value
        assert copy.deepcopy(value) == copy.copy(value) == value
    assert hash(image) == hash(userimage.StoredImage.from_json(image.to_json()))
    assert {image, other, uploader.find(1001, image.id)} == {image, other}


class Database:
    """A storage in SQLite, as a host may write one: rows of facts, or documents."""

    def __init__(self, path: Path, to_row: Callable[[Any], str], to_image: Any) -> None:
        self.lock = threading.Lock()
        self.rows = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.to_row, self.to_image = to_row, to_image
        self.rows.execute(
            "create table if not exists images (id integer primary key autoincrement, website, user, "
            "original_key, standard_key, facts, original, standard)"
        )

    def store(self, image: userimage.NewImage) -> userimage.StoredImage:
        with self.lock:
            cursor = self.rows.execute(
                "insert into images values (null, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(image.website_id, image.user_id, image.original_key, image.standard_key),
                    *(self.to_row(image), image.original, image.standard),
                ),
            )
        assert cursor.lastrowid is not None
        return image.stored(cursor.lastrowid, **self.urls(cursor.lastrowid, image))

    def urls(self, number: int, image: Any) -> dict[str, str]:
        return {
            "photo_code": str(number),
            "original_url": URL + image.original_key,
            "standard_url": URL + image.standard_key,
        }

    def select(self, where: str, *values: object) -> list[userimage.StoredImage]:
        with self.lock:
            rows = self.rows.execute(
                f"select id, original_key, standard_key, facts from images where {where}", values
            ).fetchall()
        return [
            self.to_image(facts, number, str(number), URL + original, URL + standard)
            for number, original, standard, facts in rows
        ]

    def find(self, website_id: int, number: int) -> Optional[userimage.StoredImage]:
        return next(iter(self.select("website = ? and id = ?", website_id, number)), None)

    def find_key(self, key: str) -> Optional[userimage.StoredImage]:
        return next(iter(self.select("? in (original_key, standard_key)", key)), None)

    def list(
        self, website_id: int, user_id: str, page_index: int, page_size: int
    ) -> userimage.ImageList:
        found = self.select("website = ? and user = ? order by id desc", website_id, user_id)
        first = page_index * page_size
        return userimage.ImageList(len(found), found[first : first + page_size])

    def read(self, website_id: int, number: int, variant: str) -> Optional[bytes]:
        with self.lock:
            row = self.rows.execute(
                f"select {variant} from images where website = ? and id = ?", (website_id, number)
            ).fetchone()
        return row and row[0]


def facts_to_row(image: userimage.NewImage) -> str:
    return json.dumps({**image.as_dict(), "created": image.created.isoformat()})


def row_to_image(
    row: str, number: int, photo_code: str, original_url: str, standard_url: str
) -> userimage.StoredImage:
    facts = json.loads(row)
    facts["created"] = datetime.datetime.fromisoformat(facts["created"])
    return userimage.StoredImage(
        id=number,
        photo_code=photo_code,
        original_url=original_url,
        standard_url=standard_url,
        **facts,
    )


def document_to_image(
    row: str, number: int, photo_code: str, original_url: str, standard_url: str
) -> userimage.StoredImage:
    return userimage.StoredImage(
        id=number,
        photo_code=photo_code,
        original_url=original_url,
        standard_url=standard_url,
        **json.loads(row),
    )


@pytest.mark.parametrize(
    ("to_row", "to_image"),
    [(facts_to_row, row_to_image), (userimage.NewImage.record_json, document_to_image)],
    ids=["facts", "document"],
)
def test_a_host_s_database_is_read_after_a_restart(
    tmp_path: Path, photo: bytes, to_row: Any, to_image: Any
) -> None:
    @contextlib.contextmanager
    def opened() -> Iterator[userimage.Uploader]:
        database = Database(tmp_path / "db", to_row, to_image)
        http: Any = {"files": True, "list": True}
        with contextlib.closing(database.rows):
            with userimage.Uploader(database, authentication="already_checked", http=http) as made:
                yield made

    with opened() as uploader:
        images = [uploader.upload(photo, **WHO), uploader.upload(png(4, 3), **WHO)]

    with opened() as uploader:
        assert uploader.find(1001, 1) == images[0]
        assert uploader.find(1002, 1) is None
        assert list(uploader.iter_images(1001, "12345", page_size=1)) == images[::-1]
        assert uploader.read(1001, 1) == photo
        for image in images:
            assert uploader.find_key(image.original_key) == image
            for key, mime_type in [
                (image.original_key, image.mime_type),
                (image.standard_key, image.standard_mime_type),
            ]:
                served = uploader.handle("GET", f"/{key}", {})
                assert served.status == 200
                assert dict(served.headers)["content-type"] == mime_type
        headers = {"websiteId": "1001", "webApiClientKey": "any"}
        listed = uploader.handle(
            "GET", "/api/4/UploadImage/GetUserUploadedList?userId=12345", headers
        )
        assert json.loads(listed.body)["Data"]["AssetCount"] == 2
