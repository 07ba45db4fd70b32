# Written by hand; tests/python checks it against the module with stubtest.
import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Final, Literal, Protocol, TypedDict, Union, final

from typing_extensions import Self, TypeAlias

from userimage._protocols import Authenticator, FormPart, Storage
from userimage.errors import Failures

__all__ = [
    "HttpResponse",
    "ImageInfo",
    "ImageIterator",
    "ImagePage",
    "NewImage",
    "Receiving",
    "StoredImage",
    "Swept",
    "Uploader",
    "__version__",
    "probe",
]

__version__: Final[str]

_FormatName: TypeAlias = str
_Field: TypeAlias = Union[str, int, None]
_Id: TypeAlias = Union[str, int]
_Pairs: TypeAlias = Union[Mapping[str, _Id], Iterable[tuple[str, _Id]]]
_Headers: TypeAlias = Union[
    Mapping[str, str],
    Mapping[bytes, bytes],
    Iterable[tuple[str, str]],
    Iterable[tuple[bytes, bytes]],
]
# `list` in the class Uploader is its method.
_Keys: TypeAlias = Union[Mapping[int, Union[str, list[str]]], Iterable[tuple[int, str]]]
_Variant: TypeAlias = Literal["original", "standard"]

class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

class _AsyncUpload(Protocol):
    """An upload object whose `read` is a coroutine, with an ordinary file behind it."""

    @property
    def file(self) -> _Readable: ...
    async def read(self, size: int = -1, /) -> bytes: ...

class _Seekable(_Readable, Protocol):
    def seek(self, offset: int, whence: int = 0, /) -> object: ...
    def tell(self) -> int: ...

_Path: TypeAlias = Union[str, os.PathLike[str]]
_Buffer: TypeAlias = Union[bytes, bytearray, memoryview]
_File: TypeAlias = Union[_Path, _Buffer, _Readable, _AsyncUpload]

class _PolicyConfig(TypedDict, total=False):
    formats: Iterable[_FormatName]
    max_bytes: int
    max_width: int
    max_height: int
    max_pixels: int
    max_frames: int
    min_dpi: int
    max_memory: int

class _WebsiteConfigId(TypedDict):
    id: int

class _WebsiteConfig(_WebsiteConfigId, total=False):
    keys: list[str]
    policy: _PolicyConfig

class _StandardConfig(TypedDict, total=False):
    max_width: int
    max_height: int
    jpeg_quality: int

class _HttpConfig(TypedDict, total=False):
    prefix: str
    always_200: bool
    files: bool
    list: bool
    settings: bool
    page: bool

def probe(source: Union[_Path, _Buffer, _Seekable], /) -> ImageInfo: ...

@final
class ImageInfo:
    @property
    def format(self) -> _FormatName: ...
    @property
    def mime_type(self) -> str: ...
    @property
    def extension(self) -> str: ...
    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...
    @property
    def displayed_width(self) -> int | None: ...
    @property
    def displayed_height(self) -> int | None: ...
    @property
    def orientation(self) -> int: ...
    @property
    def dpi(self) -> tuple[float, float] | None: ...
    @property
    def dpi_source(self) -> str | None: ...
    @property
    def displayed_dpi(self) -> tuple[float, float] | None: ...
    @property
    def colour(self) -> str | None: ...
    @property
    def bits(self) -> int | None: ...
    @property
    def alpha(self) -> bool | None: ...
    @property
    def frames(self) -> int | None: ...
    @property
    def has_icc(self) -> bool: ...
    @property
    def has_exif(self) -> bool: ...
    @property
    def has_xmp(self) -> bool: ...
    @property
    def has_gps(self) -> bool: ...
    def print_size(self, dpi: float | None = None) -> tuple[float, float] | None: ...
    def as_dict(self) -> dict[str, Any]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

class _Described:
    @property
    def website_id(self) -> int: ...
    @property
    def user_id(self) -> str: ...
    @property
    def image_name(self) -> str: ...
    @property
    def unique_name(self) -> str: ...
    @property
    def format(self) -> _FormatName: ...
    @property
    def extension(self) -> str: ...
    @property
    def mime_type(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def stored_width(self) -> int: ...
    @property
    def stored_height(self) -> int: ...
    @property
    def orientation(self) -> int: ...
    @property
    def dpi(self) -> int: ...
    @property
    def original_bytes(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def standard_format(self) -> _FormatName: ...
    @property
    def standard_width(self) -> int: ...
    @property
    def standard_height(self) -> int: ...
    @property
    def standard_bytes(self) -> int: ...
    @property
    def created(self) -> datetime: ...

@final
class StoredImage(_Described):
    @property
    def id(self) -> int: ...
    @property
    def photo_code(self) -> str: ...
    @property
    def original_url(self) -> str: ...
    @property
    def standard_url(self) -> str: ...
    @property
    def http_status(self) -> int: ...
    def envelope(self) -> str: ...
    def as_dict(self) -> dict[str, Any]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class NewImage(_Described):
    @property
    def original(self) -> bytes: ...
    @property
    def standard(self) -> bytes: ...
    def stored(
        self, id: int, *, photo_code: str, original_url: str, standard_url: str
    ) -> StoredImage: ...
    def as_dict(self) -> dict[str, Any]: ...

@final
class ImagePage:
    def __new__(cls, total: int, images: list[StoredImage]) -> Self: ...
    @property
    def total(self) -> int: ...
    @property
    def images(self) -> list[StoredImage]: ...

@final
class ImageIterator:
    def __iter__(self) -> Self: ...
    def __next__(self) -> StoredImage: ...

@final
class HttpResponse:
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> list[tuple[str, str]]: ...
    @property
    def body(self) -> bytes: ...

@final
class Receiving:
    @property
    def limit(self) -> int: ...
    def feed(self, data: _Buffer, /) -> bool: ...
    def finish(self) -> HttpResponse: ...

@final
class Swept:
    def __new__(cls, records: int, files: int) -> Self: ...
    @property
    def records(self) -> int: ...
    @property
    def files(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Uploader:
    def __new__(
        cls,
        storage: Union[_Path, Mapping[str, Any], Storage],
        *,
        base_url: str | None = None,
        keys: _Keys | None = None,
        authentication: Union[Literal["keys", "host"], Authenticator, None] = None,
        websites: Iterable[_WebsiteConfig] | None = None,
        policy: _PolicyConfig | None = None,
        standard: _StandardConfig | None = None,
        http: _HttpConfig | None = None,
    ) -> Self: ...
    @staticmethod
    def from_config(
        config: Union[str, Mapping[str, Any]],
        *,
        storage: Storage | None = None,
        authenticator: Authenticator | None = None,
    ) -> Uploader: ...
    def upload(
        self,
        file: _File,
        *,
        website_id: _Field,
        client_key: _Field,
        user_id: _Field,
        dpi: _Field = None,
        filename: str | None = None,
    ) -> StoredImage: ...
    async def upload_async(
        self,
        file: _File,
        *,
        website_id: _Field,
        client_key: _Field,
        user_id: _Field,
        dpi: _Field = None,
        filename: str | None = None,
    ) -> StoredImage: ...
    def upload_request(
        self, *, headers: _Pairs, query: _Pairs, form: Iterable[FormPart]
    ) -> StoredImage: ...
    def validate_all(
        self,
        file: _File,
        *,
        website_id: _Field,
        client_key: _Field,
        user_id: _Field,
        dpi: _Field = None,
        filename: str | None = None,
    ) -> Failures: ...
    def validate_request(
        self, *, headers: _Pairs, query: _Pairs, form: Iterable[FormPart]
    ) -> Failures: ...
    def handle(
        self,
        method: str,
        target: str,
        headers: _Headers,
        body: Union[_Buffer, _Readable, None] = None,
    ) -> HttpResponse: ...
    def begin(
        self, method: str, target: str, headers: _Headers
    ) -> Union[HttpResponse, Receiving]: ...
    def find(self, website_id: _Id, id: int) -> StoredImage | None: ...
    def read(self, website_id: _Id, id: int, variant: _Variant = "original") -> bytes | None: ...
    def list(self, website_id: _Id, user_id: _Id, *, page_size: int = 100) -> ImageIterator: ...
    def page(self, website_id: _Id, user_id: _Id, index: int, size: int) -> ImagePage: ...
    def delete(self, website_id: _Id, id: int) -> bool: ...
    def sweep(self, min_age: Union[float, timedelta]) -> Swept: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        _exc_type: type[BaseException] | None,
        _exc: BaseException | None,
        _tb: TracebackType | None,
        /,
    ) -> None: ...
