"""The arguments of ``Uploader`` as the configuration that every language shares."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Optional, cast


def from_arguments(
    storage: Any,
    base_url: Any,
    keys: Any,
    authentication: Any,
    websites: Any,
    policy: Any,
    standard: Any,
) -> tuple[str, Optional[Any], Optional[Any]]:
    """Return the configuration in JSON, and the host's own storage and authenticator."""
    config: dict[str, Any] = {}
    own_storage = own_authenticator = None

    if isinstance(storage, (str, os.PathLike)):
        local: dict[str, Any] = {"path": storage}
        if base_url is not None:
            local["base_url"] = base_url
        config["storage"] = {"local": local}
    elif base_url is not None:
        raise TypeError("base_url belongs to a folder's path")
    elif isinstance(storage, Mapping):
        config["storage"] = storage
    elif storage is not None:
        own_storage = storage

    if keys is not None:
        config["authentication"] = "keys"
        config["websites"] = [
            {"id": website, "keys": [given] if isinstance(given, str) else given}
            for website, given in keys.items()
        ]
    if authentication is not None:
        config["authentication"] = authentication
        if not isinstance(authentication, str):
            own_authenticator = authentication
            # The core's word for "not by the configuration's keys".
            config["authentication"] = "host"
    if websites is not None:
        config["websites"] = [*config.get("websites", ()), *websites]
    if policy is not None:
        config["policy"] = policy
    if standard is not None:
        config["standard"] = standard
    return to_json(config), own_storage, own_authenticator


def to_json(config: Any) -> str:
    """Return a configuration in JSON; a text is taken to be that already."""
    return config if isinstance(config, str) else json.dumps(config, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(cast("os.PathLike[str]", value))
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    if isinstance(value, (set, frozenset)):
        return list(cast("frozenset[object]", value))
    # The value itself is not shown: it may be a key.
    raise TypeError(f"a configuration cannot hold an object of type {type(value).__name__}")
