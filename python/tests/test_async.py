from __future__ import annotations

import asyncio
import io
import threading
from pathlib import Path

import pytest
from conftest import WHO, png

import userimage


def test_it_answers_and_raises_as_upload_does(
    uploader: userimage.Uploader, photo_path: Path
) -> None:
    async def main() -> None:
        image = await uploader.upload_async(photo_path, **WHO, dpi=96, filename="me.jpg")
        assert (image.id, image.dpi, image.image_name) == (1, 96, "me.jpg")
        with pytest.raises(userimage.InvalidClientKey):
            await uploader.upload_async(photo_path, **{**WHO, "client_key": "no"})
        with pytest.raises(TypeError):
            await uploader.upload_async(5, **WHO)  # type: ignore[arg-type]

    asyncio.run(main())


def test_the_loop_goes_on_meanwhile(uploader: userimage.Uploader) -> None:
    async def main() -> None:
        uploads = asyncio.gather(
            *(uploader.upload_async(png(3000, 2000 + number), **WHO) for number in range(3))
        )
        ticks = 0
        while not uploads.done():
            ticks += 1
            await asyncio.sleep(0)
        assert ticks > 3
        assert sorted(image.id for image in await uploads) == [1, 2, 3]

    asyncio.run(main())


class Gate:
    """A storage that waits."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()
        self.stored = 0

    def store(self, image: userimage.NewImage) -> userimage.StoredImage:
        self.entered.set()
        assert self.open.wait(30)
        self.stored += 1
        return image.stored(1, photo_code="1", original_url="o", standard_url="s")


def test_cancelling_leaves_the_upload_whole(small: bytes) -> None:
    gate = Gate()
    uploader = userimage.Uploader(gate, authentication="already_checked")

    async def main() -> None:
        task = asyncio.ensure_future(uploader.upload_async(io.BytesIO(small), **WHO))
        await asyncio.get_running_loop().run_in_executor(None, gate.entered.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gate.stored == 0
        gate.open.set()

    # The event loop waits for its threads when it ends.
    asyncio.run(main())
    assert gate.stored == 1


def test_a_timeout_cancels(small: bytes) -> None:
    gate = Gate()
    uploader = userimage.Uploader(gate, authentication="already_checked")

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(uploader.upload_async(small, **WHO), 0.05)
        gate.open.set()

    asyncio.run(main())
    assert gate.stored == 1


def test_what_has_not_begun_never_begins(uploader: userimage.Uploader, small: bytes) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(uploader.upload_async(small, **WHO))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert list(uploader.iter_images(1001, "12345")) == []


def test_starlette_from_the_request_to_the_answer(photo: bytes) -> None:
    pytest.importorskip("multipart")
    testclient = pytest.importorskip("starlette.testclient")
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    uploader = userimage.Uploader({"memory": {"base_url": "u/"}}, keys={1001: "abc123"})

    async def take(request: Request) -> Response:
        async with request.form() as form:
            answer: userimage.StoredImage | userimage.UploadError
            try:
                answer = await uploader.upload_async(
                    form["postedFile"],  # type: ignore[arg-type]
                    website_id=request.headers.get("websiteId"),
                    client_key=request.headers.get("webApiClientKey"),
                    user_id=request.query_params.get("userId"),
                    dpi=request.query_params.get("DPI"),
                )
            except userimage.UploadError as error:
                answer = error
        return Response(answer.envelope(), answer.http_status, media_type="application/json")

    client = testclient.TestClient(Starlette(routes=[Route("/", take, methods=["POST"])]))
    headers = {"websiteId": "1001", "webApiClientKey": "abc123"}
    files = {"postedFile": ("me.jpg", photo, "image/jpeg")}
    answer = client.post("/?userId=5&DPI=96", headers=headers, files=files)
    assert answer.status_code == 200
    assert answer.json()["Data"]["ImageName"] == "me.jpg"
    refused = client.post("/?DPI=96", headers=headers, files=files)
    assert (refused.status_code, refused.json()["ErrorCode"]) == (400, "261")
