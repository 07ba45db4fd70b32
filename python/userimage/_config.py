"""The arguments of ``Uploader`` as the configuration that every language shares."""

from __future__ import annotations

import json
import operator
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Optional, cast

from userimage.errors import ConfigError


class Arguments(NamedTuple):
    """The arguments of ``Uploader`` as the library's core takes them."""

    json: str
    storage: Optional[Any]
    """The host's own."""
    authenticator: Optional[Any]
    """The host's own."""
    inspectors: list[Any]
    """The host's own."""
    folder: Optional[str]
    """The path of a local storage: JSON holds no path that is not UTF-8."""
    keyed: list[Any]
    """The ids of the websites that only `keys` names; they come last."""


def from_arguments(
    storage: Any,
    base_url: Any,
    keys: Any,
    authentication: Any,
    websites: Any,
    policy: Any,
    standard: Any,
    renditions: Any,
    memory: Any,
    fonts: Any,
    inspectors: Any,
    http: Any,
) -> Arguments:
    """Return the configuration in JSON, and what JSON cannot hold."""
    config: dict[str, Any] = {}
    own_storage = own_authenticator = folder = None
    keyed: list[Any] = []
    own_inspectors: list[Any] = []

    if isinstance(storage, (str, os.PathLike)):
        folder = os.fsdecode(cast("os.PathLike[str]", storage))
        if base_url is None:
            base_url = Path(folder).absolute().as_uri()
        config["storage"] = {"local": {"path": _readable(folder), "base_url": base_url}}
    elif base_url is not None:
        raise TypeError("base_url is only for a storage that is a folder's path")
    elif isinstance(storage, Mapping):
        config["storage"], folder = _without_path(cast("Mapping[str, Any]", storage))
    elif storage is not None:
        own_storage = storage

    if keys is not None:
        config["authentication"] = "keys"
        websites, keyed = _with_keys(list(websites or ()), keys)
    if authentication is not None:
        config["authentication"] = authentication
        if not isinstance(authentication, str):
            own_authenticator = authentication
            # The configuration's word for an authenticator of the host's own.
            config["authentication"] = "host"
    if "authentication" not in config:
        raise ConfigError(
            "authentication is missing: pass keys={website_id: key}, an authenticator of your own, "
            'or authentication="already_checked"'
        )
    if websites is not None:
        config["websites"] = list(websites)
    if inspectors is not None:
        named: list[Any] = list(inspectors)
        own_inspectors = [own for own in named if not isinstance(own, Mapping)]
        # The configuration's word for the next inspector of the host's own.
        own: Any = {"host": {}}
        config["inspectors"] = [
            cast("Any", one) if isinstance(one, Mapping) else own for one in named
        ]
    parts = {
        "policy": policy,
        "standard": standard,
        "renditions": renditions,
        "memory": memory,
        "http": http,
    }
    config.update({name: value for name, value in parts.items() if value is not None})
    if fonts is not None:
        config["fonts"] = os.fsdecode(cast("os.PathLike[str]", fonts))
    return Arguments(_json(config), own_storage, own_authenticator, own_inspectors, folder, keyed)


def in_arguments(error: ConfigError, arguments: Arguments) -> ConfigError:
    """Return the error in the words of the arguments, where it has those of the configuration."""
    text = str(error)
    found = re.match(r"websites\[([0-9]+)\](?:\.id|\.keys(?:\[[0-9]+\])?): ", text)
    if found and arguments.keyed:
        first = len(json.loads(arguments.json)["websites"]) - len(arguments.keyed)
        number = int(found[1])
        if number >= first:
            text = f"keys: website {arguments.keyed[number - first]!r}: {text[found.end() :]}"
    elif arguments.folder is not None:
        text = re.sub(r"^storage\.local\.base_url: ", "base_url: ", text)
        text = re.sub(r"^storage\.local(\.path)?: ", "storage: ", text)
    error.args = (text,)
    return error


def from_config(config: Any) -> tuple[str, Optional[str]]:
    """Return a configuration in JSON, and the path of its local storage if JSON cannot hold it."""
    if isinstance(config, os.PathLike):
        return Path(cast("os.PathLike[str]", config)).read_text("utf-8-sig"), None
    if isinstance(config, str):
        if not config.lstrip().startswith("{"):
            raise ConfigError(
                "not a JSON document: from_config takes a dict, the text of a JSON object, "
                "or a pathlib.Path"
            )
        return config, None
    folder = None
    if isinstance(config, Mapping):
        config = dict(cast("Mapping[str, Any]", config))
        storage = config.get("storage")
        if isinstance(storage, Mapping):
            config["storage"], folder = _without_path(cast("Mapping[str, Any]", storage))
    return _json(config), folder


def _without_path(storage: Mapping[str, Any]) -> tuple[Mapping[str, Any], Optional[str]]:
    """Take the path out of a local storage's configuration if JSON cannot hold it."""
    local: Any = storage.get("local")
    path: Any = cast("Any", local).get("path") if isinstance(local, Mapping) else None
    if not isinstance(path, (str, os.PathLike)):
        return storage, None
    path = os.fsdecode(cast("os.PathLike[str]", path))
    if _readable(path) == path:
        return storage, None
    return {**storage, "local": {**local, "path": _readable(path)}}, path


def _readable(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "replace")


def for_render(policy: Any, standard: Any) -> str:
    """Return the configuration in JSON for a rendition that is not stored."""
    config: dict[str, Any] = {
        "storage": {"memory": {"base_url": "/"}},
        "authentication": "already_checked",
    }
    for name, value in (("policy", policy), ("standard", standard)):
        if value is not None:
            config[name] = value
    return _json(config)


def _with_keys(websites: list[Any], keys: Any) -> tuple[list[Any], list[Any]]:
    """Return `websites` with their keys, and the ids of those that only have keys, which come last."""
    given: dict[Any, list[Any]] = {}
    for website, its in _pairs(keys):
        if isinstance(website, bool) or not hasattr(cast("object", website), "__index__"):
            raise ConfigError(f"keys: website ids are integers, not {website!r}")
        if not isinstance(its, Iterable):
            # The value is not shown: it may be a key.
            name = type(cast("object", its)).__name__
            raise TypeError(f"keys: a str or a list of them is needed for {website!r}, not {name}")
        its = [its] if isinstance(its, str) else list(cast("Iterable[Any]", its))
        wrong = [type(key).__name__ for key in its if not isinstance(key, str)]
        if wrong:
            raise ConfigError(f"keys: a key is a str, and one of website {website!r} is {wrong[0]}")
        given.setdefault(operator.index(website), []).extend(its)
    merged = [
        {**website, "keys": [*website.get("keys", ()), *given.pop(website["id"])]}
        if hasattr(website, "get") and website.get("id") in given
        else website
        for website in websites
    ]
    return [*merged, *({"id": website, "keys": its} for website, its in given.items())], [*given]


def _pairs(keys: Any) -> list[tuple[Any, Any]]:
    try:
        items: Any = cast("Any", keys).items() if isinstance(keys, Mapping) else keys
        return [(website, its) for website, its in items]
    except (TypeError, ValueError):
        raise TypeError("keys must be a mapping of ids, or pairs of an id and a key") from None


def _json(config: Any) -> str:
    return json.dumps(config, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(cast("os.PathLike[str]", value))
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    if isinstance(value, (set, frozenset)):
        return list(cast("frozenset[object]", value))
    # The value is not shown: it may be a key.
    raise TypeError(f"a configuration cannot hold an object of type {type(value).__name__}")
