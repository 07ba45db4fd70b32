"""The method of ``Uploader`` that an event loop awaits."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from userimage._userimage import StoredImage, Uploader


async def upload_async(
    self: Uploader,
    file: Any,
    *,
    website_id: Any,
    client_key: Any,
    user_id: Any,
    dpi: Any = None,
    filename: Optional[str] = None,
) -> StoredImage:
    """Take an upload without blocking the event loop: ``await uploader.upload_async(...)``.

    The arguments are those of ``upload``. The work is done by ``asyncio.to_thread``, in a thread of the event loop's
    default executor: the library has no threads of its own, and event loops other than asyncio's are not served.
    Cancelling is safe: an upload that has begun runs to its end in that thread and is stored completely or not at
    all, and its answer is lost; one that has not begun never begins. The file must stay open until then.
    """
    import asyncio

    return await asyncio.to_thread(
        self.upload,
        file,
        website_id=website_id,
        client_key=client_key,
        user_id=user_id,
        dpi=dpi,
        filename=filename,
    )
