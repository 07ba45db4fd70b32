"""The arguments of ``Uploader`` as the configuration that every language shares."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Optional, cast


def from_arguments(
    storage: Any,
    base_url: Any,
    keys: Any,
    authentication: Any,
    websites: Any,
    policy: Any,
    standard: Any,
    memory: Any,
    http: Any,
) -> tuple[str, Optional[Any], Optional[Any]]:
    """Return the configuration in JSON, and the host's own storage and authenticator."""
    config: dict[str, Any] = {}
    own_storage = own_authenticator = None

    if isinstance(storage, (str, os.PathLike)):
        if base_url is None:
            base_url = Path(cast("os.PathLike[str]", storage)).absolute().as_uri()
        config["storage"] = {"local": {"path": storage, "base_url": base_url}}
    elif base_url is not None:
        raise TypeError("base_url is only for a storage that is a folder's path")
    elif isinstance(storage, Mapping):
        config["storage"] = storage
    elif storage is not None:
        own_storage = storage

    if keys is not None:
        config["authentication"] = "keys"
        websites = _with_keys(list(websites or ()), keys)
    if authentication is not None:
        config["authentication"] = authentication
        if not isinstance(authentication, str):
            own_authenticator = authentication
            # The configuration's word for an authenticator of the host's own.
            config["authentication"] = "host"
    if websites is not None:
        config["websites"] = list(websites)
    parts = {"policy": policy, "standard": standard, "memory": memory, "http": http}
    config.update({name: value for name, value in parts.items() if value is not None})
    return to_json(config), own_storage, own_authenticator


def for_render(policy: Any, standard: Any) -> str:
    """Return the configuration in JSON for a rendition that is not stored."""
    config: dict[str, Any] = {
        "storage": {"memory": {"base_url": "/"}},
        "authentication": "already_checked",
    }
    for name, value in (("policy", policy), ("standard", standard)):
        if value is not None:
            config[name] = value
    return to_json(config)


def _with_keys(websites: list[Any], keys: Any) -> list[Any]:
    """Return `websites` with their keys; websites that only have keys come last."""
    given: dict[Any, list[Any]] = {}
    for website, its in _pairs(keys):
        if not isinstance(its, Iterable):
            # The value is not shown: it may be a key.
            name = type(cast("object", its)).__name__
            raise TypeError(f"keys: a str or a list of them is needed for {website!r}, not {name}")
        its = cast("Iterable[Any]", its)
        given.setdefault(website, []).extend([its] if isinstance(its, str) else its)
    merged = [
        {**website, "keys": [*website.get("keys", ()), *given.pop(website["id"])]}
        if hasattr(website, "get") and website.get("id") in given
        else website
        for website in websites
    ]
    return [*merged, *({"id": website, "keys": its} for website, its in given.items())]


def _pairs(keys: Any) -> list[tuple[Any, Any]]:
    try:
        items: Any = cast("Any", keys).items() if isinstance(keys, Mapping) else keys
        return [(website, its) for website, its in items]
    except (TypeError, ValueError):
        raise TypeError("keys must be a mapping of ids, or pairs of an id and a key") from None


def to_json(config: Any) -> str:
    """Return a configuration in JSON; a `str` is JSON already."""
    return config if isinstance(config, str) else json.dumps(config, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(cast("os.PathLike[str]", value))
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    if isinstance(value, (set, frozenset)):
        return list(cast("frozenset[object]", value))
    # The value is not shown: it may be a key.
    raise TypeError(f"a configuration cannot hold an object of type {type(value).__name__}")
