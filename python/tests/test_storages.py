"""The example storages on SQLAlchemy and boto3: they find, page and serve files. S3 is moto's."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, ROOT, WHO, png

import userimage

sqlalchemy = pytest.importorskip("sqlalchemy")
pytest.importorskip("boto3")
moto = pytest.importorskip("moto")

URL = "https://img.example/"
HEADERS = {"websiteId": "1001", "webApiClientKey": "abc123"}


@pytest.fixture
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    monkeypatch.syspath_prepend(ROOT / "python" / "examples")
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/shop.sqlite3")
    if request.param == "database":
        from sqlalchemy_storage import DatabaseStorage

        storage = DatabaseStorage(engine, URL)
        storage.create_tables()
        yield storage
    else:
        import boto3
        from s3_storage import S3Storage

        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        with moto.mock_aws():
            s3 = boto3.client("s3", region_name="us-east-1")
            s3.create_bucket(Bucket="images")
            storage = S3Storage(engine, s3, "images", URL)
            storage.create_tables()
            yield storage
    engine.dispose()
    for module in ("sqlalchemy_storage", "s3_storage"):
        sys.modules.pop(module, None)


both = pytest.mark.parametrize("shop", ["database", "s3"], indirect=True)
# Of boto3 itself, on Pythons that it is about to leave.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Boto3 will no longer")


def opened(shop: Any) -> userimage.Uploader:
    return userimage.Uploader(shop, keys=KEYS, http={"files": True, "list": True})


@both
def test_it_finds_pages_and_serves(shop: Any, photo: bytes, photo_path: Path) -> None:
    with opened(shop) as uploader:
        images = [
            uploader.upload(png(3, number), **WHO, filename="a.png") for number in range(1, 6)
        ]
        image = uploader.upload(photo_path, **WHO, dpi=96)
        again = uploader.upload(photo_path, **WHO)
        assert (again.photo_code, again.id > image.id) == (image.photo_code, True)
        other = uploader.upload(photo_path, website_id=1002, client_key="xyz", user_id="12345")
        assert other.photo_code == str(other.id)

    # After a restart.
    with opened(shop) as uploader:
        assert uploader.find(1001, image.id) == image
        assert uploader.find_key(image.standard_key) == image
        assert uploader.read(1001, image.id) == photo
        standard = uploader.read(1001, image.id, "standard")
        assert standard is not None
        assert hashlib.sha256(standard).hexdigest() == image.standard_sha256

        # Another website's, and none.
        assert uploader.find(1002, image.id) is None
        assert uploader.read(1002, image.id) is None
        assert uploader.delete(1002, image.id) is False
        assert uploader.find(1001, 2**62) is None
        assert (
            uploader.find_key("original/2026_01_00000000-0000-4000-8000-000000000000.jpg") is None
        )

        expected = [again, image, *reversed(images)]
        assert list(uploader.iter_images(1001, "12345", page_size=3)) == expected
        page = uploader.list(1001, "12345", 1, 3)
        assert (page.total, page.images) == (7, expected[3:6])
        assert uploader.list(1001, "12345", 2**64, 2**32).images == []
        assert uploader.list(1001, "nobody").total == 0

        for key, data in ((image.original_key, photo), (image.standard_key, standard)):
            answer = uploader.handle("GET", f"/{key}", {})
            assert (answer.status, answer.body) == (200, data)
        target = "/api/4/UploadImage/GetUserUploadedList?userId=12345&pageIndex=1"
        answer = uploader.handle("GET", target, HEADERS)
        assert answer.status == 200
        assert image.unique_name in answer.body.decode()

        assert uploader.delete(1001, image.id) is True
        assert uploader.delete(1001, image.id) is False
        assert uploader.find(1001, image.id) is None
        assert uploader.handle("GET", f"/{image.original_key}", {}).status == 404
        assert uploader.list(1001, "12345").total == 6


@both
def test_threads_upload_at_once(shop: Any, small: bytes) -> None:
    with opened(shop) as uploader, ThreadPoolExecutor(4) as pool:
        uploads = [pool.submit(uploader.upload, small, **WHO, filename="a.png") for _ in range(20)]
        ids = {upload.result().id for upload in uploads}
        assert len(ids) == 20
        assert {image.photo_code for image in uploader.list(1001, "12345")} == {str(min(ids))}


@pytest.mark.parametrize("shop", ["s3"], indirect=True)
def test_a_sweep_removes_files_without_a_record(shop: Any, small: bytes) -> None:
    with opened(shop) as uploader:
        image = uploader.upload(small, **WHO, filename="a.png")
        lost = {"original/lost.png": b"1", "standard/lost.png": b"2"}
        for key, data in lost.items():
            shop.put(key, data, "image/png")
        assert uploader.sweep(timedelta(hours=1)) == userimage.SweepReport(0, 0)
        assert uploader.sweep(0) == userimage.SweepReport(0, 2)
        assert uploader.sweep(0) == userimage.SweepReport(0, 0)
        assert uploader.read(1001, image.id) == small


@pytest.mark.parametrize("shop", ["s3"], indirect=True)
def test_a_database_that_fails_leaves_no_image(shop: Any, small: bytes) -> None:
    with opened(shop) as uploader:
        from sqlalchemy_storage import Base

        Base.metadata.drop_all(shop.engine)
        with pytest.raises(userimage.ServerError) as caught:
            uploader.upload(small, **WHO, filename="a.png")
        assert isinstance(caught.value.__cause__, sqlalchemy.exc.OperationalError)
        shop.create_tables()
        assert uploader.list(1001, "12345").total == 0
        assert uploader.sweep(0).files == 2
