"""Gives any host one uploader per vector. Python imports this module at its start if its folder is on the path.

The request's header ``X-Case`` selects the uploader that answers.
"""

from __future__ import annotations

from typing import Any

import userimage
from cases import vectors


class Cases:
    """Replaces an uploader."""

    closed = False

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        make = _Uploader.from_config
        self._uploaders = [make(config) for _name, config, _files, _steps in vectors()]

    def __enter__(self) -> Cases:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    @classmethod
    def _for_server(cls, *_arguments: Any) -> Cases:
        return cls()

    def begin(self, method: str, target: str, headers: Any, peer: Any = None) -> Any:
        headers = list(headers.items() if hasattr(headers, "items") else headers)
        return self._of(headers).begin(method, target, headers, peer=peer)

    def handle(
        self, method: str, target: str, headers: Any, body: Any = None, peer: Any = None
    ) -> Any:
        headers = list(headers.items() if hasattr(headers, "items") else headers)
        return self._of(headers).handle(method, target, headers, body, peer=peer)

    def _of(self, headers: Any) -> userimage.Uploader:
        for name, value in headers:
            if name.lower() in ("x-case", b"x-case"):
                return self._uploaders[int(value)]
        raise LookupError("the request names no case")


_Uploader = userimage.Uploader
userimage.Uploader = Cases  # type: ignore[misc, assignment]
