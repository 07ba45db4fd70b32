"""The command ``userimage``: ``python -m userimage --help``."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Optional, cast

import userimage
from userimage import _config_file

_EPILOG = """\
The exit status is 0 when all went well, 1 when a file was refused or something failed, and 2 for
wrong arguments. Reasons go to standard error.
"""


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command and return its exit status."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        _complain("standard output is closed")
        return 1
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the output has closed it, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (userimage.Error, OSError, ValueError) as error:
        _complain(_text(error))
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="userimage",
        description="Validate, identify and store images that users upload.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=userimage.__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    probe = commands.add_parser("probe", help="identify image files by their headers")
    probe.add_argument("files", nargs="+", metavar="FILE", help="- for standard input")
    probe.add_argument("--json", action="store_true", help="one line of JSON for each file")
    probe.set_defaults(run=_probe)

    upload = commands.add_parser("upload", help="upload files; print each answer on a line")
    _add_store(upload)
    upload.add_argument("--website-id", help="the website's id")
    upload.add_argument("--client-key", help="the website's key")
    upload.add_argument("--user-id", help="the user's id")
    upload.add_argument("--dpi", help="dots per inch, if not the file's own")
    upload.add_argument(
        "--filename", default="stdin", help="the name of standard input (%(default)s)"
    )
    upload.add_argument("files", nargs="+", metavar="FILE", help="- for standard input")
    upload.set_defaults(run=_upload)

    images = commands.add_parser("list", help="list a user's images, newest first")
    _add_store(images)
    images.add_argument("--website-id", required=True, help="the website's id")
    images.add_argument("--user-id", required=True, help="the user's id")
    images.add_argument("--json", action="store_true", help="one line of JSON for each image")
    images.set_defaults(run=_list)

    get = commands.add_parser("get", help="write a file of an image to standard output")
    _add_store(get)
    get.add_argument("--website-id", required=True, help="the website's id")
    which = get.add_mutually_exclusive_group()
    which.add_argument(
        "--standard", action="store_true", help="the web-size copy, not the original"
    )
    which.add_argument("--rendition", metavar="NAME", help="this rendition, not the original")
    get.add_argument("--output", metavar="FILE", help="write to this file, which must not exist")
    get.add_argument("id", type=int, metavar="ID")
    get.set_defaults(run=_get)

    delete = commands.add_parser("delete", help="delete images and their files")
    _add_store(delete)
    delete.add_argument("--website-id", required=True, help="the website's id")
    delete.add_argument("ids", nargs="+", type=int, metavar="ID")
    delete.set_defaults(run=_delete)

    serve = commands.add_parser(
        "serve",
        help="serve the endpoint and a page to try it with",
        description="Serve uploads and what the configuration turns on, and /health, /ready and /metrics "
        "unless it turns them off. Without a configuration: a demonstration for website 1001 and key abc123, "
        "with files, lists, settings and at / a page for trial uploads. SIGTERM and SIGINT end it: it accepts "
        "no more connections, and ends when the requests that have begun are answered, or after 25 seconds.",
    )
    serve.add_argument(
        "--listen",
        default="127.0.0.1:8080",
        type=_address,
        metavar="ADDR",
        help="address and port (%(default)s); port 0 is any free port. A socket that systemd passes is used instead",
    )
    serve.add_argument(
        "--log",
        default="info",
        choices=("error", "warning", "info", "debug"),
        help="what is logged to standard error (%(default)s)",
    )
    _add_store(serve, required=False)
    serve.set_defaults(run=_serve)

    sweep = commands.add_parser(
        "sweep",
        help="remove what unfinished uploads have left behind, and old images",
        description="Remove what unfinished uploads have left behind, and the images that are older than the "
        "retention_days of their website's policy in the configuration.",
    )
    _add_store(sweep)
    sweep.add_argument(
        "--min-age",
        required=True,
        type=_age,
        metavar="AGE",
        help="keep what is younger; longer than any upload takes: seconds, or 30m, 12h, 7d",
    )
    sweep.set_defaults(run=_sweep)
    _add_operations(commands.add_parser)
    return parser


def _add_operations(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    usage = add_parser("usage", help="count the images and bytes of a website or a user")
    _add_store(usage)
    usage.add_argument("--website-id", required=True, help="the website's id")
    usage.add_argument("--user-id", help="only this user")
    usage.set_defaults(run=_usage)

    delete = add_parser("delete-user", help="delete all images of a user")
    _add_store(delete)
    delete.add_argument("--website-id", required=True, help="the website's id")
    delete.add_argument("--user-id", required=True, help="the user's id")
    delete.set_defaults(run=_delete_user)

    similar = add_parser(
        "similar",
        help="list a website's images that look like a file",
        description="List the stored images that look like FILE, the most similar first, with the number of bits, "
        "of 64, in which their difference hashes differ.",
    )
    _add_store(similar)
    similar.add_argument("--website-id", required=True, help="the website's id")
    similar.add_argument("--user-id", help="only this user's images")
    similar.add_argument(
        "--distance", type=int, default=10, help="the most bits that differ (%(default)s)"
    )
    similar.add_argument(
        "--limit", type=int, default=100, help="list at most this many (%(default)s)"
    )
    similar.add_argument("file", metavar="FILE", help="- for standard input")
    similar.set_defaults(run=_similar)

    reassign = add_parser("reassign", help="make a user's images those of another user")
    _add_store(reassign)
    reassign.add_argument("--website-id", required=True, help="the website's id")
    reassign.add_argument("--from-user", required=True, help="who has the images")
    reassign.add_argument("--to-user", required=True, help="who gets them")
    reassign.set_defaults(run=_reassign)

    expire = add_parser("expire", help="delete a website's old images")
    _add_store(expire)
    expire.add_argument("--website-id", required=True, help="the website's id")
    expire.add_argument("--days", required=True, type=float, help="keep what is younger")
    expire.set_defaults(run=_expire)

    verify = add_parser(
        "verify",
        help="compare every file with its record; print a report in JSON",
        description="Compare every file with the length and SHA-256 of its record, and look for files "
        "without records. Exits with 1 if there are problems.",
    )
    _add_store(verify)
    verify.add_argument(
        "--report", metavar="FILE", help="write the report here after each step, and go on from it"
    )
    verify.set_defaults(run=_verify)

    backup = add_parser("backup", help="copy all images to a folder, during uploads too")
    _add_store(backup)
    backup.add_argument("folder", metavar="FOLDER", help="an older backup is brought up to date")
    backup.set_defaults(run=_backup)

    restore = add_parser("restore", help="copy the images of a backup to a store")
    _add_store(restore)
    restore.add_argument("folder", metavar="FOLDER", help="the folder of the backup")
    restore.set_defaults(run=_restore)

    copy = add_parser("copy", help="copy all images to another store, with their ids")
    _add_store(copy)
    copy.add_argument(
        "--to-config", required=True, metavar="FILE", help="the target's configuration"
    )
    copy.set_defaults(run=_copy)


def _add_store(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    where = parser.add_mutually_exclusive_group(required=required)
    where.add_argument("--config", metavar="FILE", help="the library's configuration, in JSON")
    if required:
        store = "a folder of images; whoever can write there may upload, with any key"
        base_url = "the start of URLs; for --store, its file:// URL"
    else:
        store = "a folder of images, instead of a new one that is removed at the end"
        base_url = "the start of URLs, instead of the configuration's or the server's own"
    where.add_argument("--store", metavar="DIR", help=store)
    parser.add_argument("--base-url", metavar="URL", help=base_url)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = re.sub(r"^\[(.*)\]$", r"\1", host)
    if not host or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not ADDRESS:PORT")
    return host, int(port)


def _age(text: str) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is not an age such as 3600, 30m, 12h or 7d")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]


def _open_or_make(options: argparse.Namespace) -> userimage.Uploader:
    if options.config is not None:
        return _configured(options)
    return userimage.Uploader(
        options.store, base_url=options.base_url, authentication="already_checked"
    )


def _open(options: argparse.Namespace) -> userimage.Uploader:
    """Open a store that exists: a mistyped name must not make a new one."""
    folder = options.store
    if folder is None:
        folder = _config_file.local_path(Path(options.config))
    if folder is not None and not Path(folder, "userimage.sqlite3").is_file():
        raise ValueError(f"there is no store in {folder}")
    return _open_or_make(options)


def _configured(options: argparse.Namespace) -> userimage.Uploader:
    if options.base_url is not None:
        raise ValueError("--base-url belongs to --store; a configuration has its own")
    return _config_file.opened(Path(options.config), userimage.Uploader.from_config)


def _probe(options: argparse.Namespace) -> int:
    status = 0
    rows: list[list[str]] = []
    for path in _with_progress(options.files):
        try:
            info = userimage.probe(_standard_input() if path == "-" else path)
        except (userimage.ProbeError, OSError, ValueError) as error:
            status = 1
            reason = error.strerror if isinstance(error, OSError) else None
            reason = reason or str(error)
            if options.json:
                _print(json.dumps({"path": path, "ok": False, "error": reason}))
            else:
                _complain(f"{path}: {reason}")
            continue
        if options.json:
            _print(json.dumps({"path": path, "ok": True, **info.as_dict()}))
        else:
            rows.append([path, *_columns(info)])
    if rows:
        _table(["FILE", "TYPE", "PIXELS", "DPI", "ORIENTATION", "COLOUR", "FRAMES"], rows)
    return status


def _columns(info: userimage.ImageInfo) -> list[str]:
    size = "-" if info.width is None else f"{info.width}x{info.height}"
    dpi = "-"
    if info.dpi is not None:
        across, down = (f"{value:.4g}" for value in info.dpi)
        dpi = across if across == down else f"{across}x{down}"
    colour = "-"
    if info.colour_model is not None:
        alpha = " alpha" if info.has_alpha else ""
        colour = f"{info.colour_model} {info.colour_bits}{alpha}"
    orientation = "-" if info.orientation == 1 else str(info.orientation)
    frames = "-" if info.frames is None else str(info.frames)
    return [info.mime_type, size, dpi, orientation, colour, frames]


def _upload(options: argparse.Namespace) -> int:
    status = 0
    with _open_or_make(options) as uploader:
        for path in _with_progress(options.files):
            try:
                answer = uploader.upload(
                    _input() if path == "-" else path,
                    website_id=options.website_id,
                    client_key=options.client_key,
                    user_id=options.user_id,
                    dpi=options.dpi,
                    filename=options.filename if path == "-" else None,
                ).envelope()
            except userimage.UploadError as error:
                answer = error.envelope()
                _complain(f"{path}: {error.reason}")
                status = 1
            except OSError as error:
                _complain(f"{path}: {error.strerror or error}")
                status = 1
                continue
            _print(answer)
    return status


def _input() -> BinaryIO:
    if sys.stdin is None:
        raise ValueError("standard input is closed")
    return sys.stdin.buffer


# The most that is read of standard input, which may have no end.
_MOST = 1 << 30


def _standard_input() -> BinaryIO:
    """Return standard input as a file that can seek. What is no image is refused by its first bytes."""
    source, limit = _input(), _MOST
    file = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115
    piece = source.read(1 << 16)
    try:
        userimage.probe(piece)
    except userimage.ProbeError as error:
        if error.kind == "not_an_image":
            raise
    while piece:
        limit -= len(piece)
        if limit < 0:
            raise ValueError(f"standard input has more than {_MOST} bytes")
        file.write(piece)
        piece = source.read(1 << 20)
    file.seek(0)
    return cast("BinaryIO", file)


def _get(options: argparse.Namespace) -> int:
    variant = options.rendition or ("standard" if options.standard else "original")
    with _open(options) as uploader:
        data = uploader.read(options.website_id, options.id, variant)
        exists = data is not None or uploader.find(options.website_id, options.id) is not None
    if data is None:
        missing = f"image {options.id} has no rendition {variant}"
        _complain(missing if exists else _no_image(options, options.id))
        return 1
    if options.output is not None:
        with open(options.output, "xb") as file:
            file.write(data)
        return 0
    if sys.stdout.isatty():
        raise ValueError("an image is not written to a terminal; name a file by --output")
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    return 0


def _delete(options: argparse.Namespace) -> int:
    status = 0
    with _open(options) as uploader:
        for number in options.ids:
            if uploader.delete(options.website_id, number):
                _print(f"deleted {number}")
            else:
                _complain(_no_image(options, number))
                status = 1
    return status


def _no_image(options: argparse.Namespace, number: int) -> str:
    return f"website {options.website_id} has no image {number}"


def _list(options: argparse.Namespace) -> int:
    with _open(options) as uploader:
        images = uploader.iter_images(options.website_id, options.user_id)
        if options.json:
            for image in images:
                _print(json.dumps(image.as_dict(), default=str))
            return 0
        rows = [
            [
                str(image.id),
                f"{image.created:%Y-%m-%d %H:%M}",
                image.mime_type,
                f"{image.width}x{image.height}",
                str(image.dpi),
                image.image_name,
            ]
            for image in images
        ]
    if rows:
        _table(["ID", "UPLOADED (UTC)", "TYPE", "PIXELS", "DPI", "NAME"], rows)
    return 0


def _serve(options: argparse.Namespace) -> int:
    from userimage import _serve

    with contextlib.ExitStack() as stack:
        server = stack.enter_context(_serve.Server(*options.listen))
        url = _serve.url(server)
        if options.config is not None:

            def open_text(text: str) -> userimage.Uploader:
                return userimage.Uploader._for_server(text, options.base_url)

            uploader = _config_file.opened(Path(options.config), open_text)
        else:
            folder = options.store
            if folder is None:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="userimage-"))
            demonstration = {
                "storage": {"local": {"path": folder, "base_url": options.base_url or url}},
                "authentication": "keys",
                "websites": [{"id": 1001, "keys": ["abc123"]}],
                "http": {"files": True, "list": True, "settings": True, "page": True},
            }
            uploader = userimage.Uploader._for_server(json.dumps(demonstration), None)
        server.uploader = stack.enter_context(uploader)
        _serve.prepare(server, options.log)
        _print(f"serving at {url}")
        sys.stdout.flush()
        server.run()
    return 0


def _sweep(options: argparse.Namespace) -> int:
    with _open(options) as uploader:
        report = uploader.sweep(options.min_age)
    _print(f"removed {report.records} records and {report.files} files")
    if report.images:
        _print(f"deleted {report.images} old images")
    return 0


def _usage(options: argparse.Namespace) -> int:
    with _open(options) as uploader:
        usage = uploader.usage(options.website_id, options.user_id)
    _print(f"{usage.images} images, {usage.bytes} bytes, {usage.users} users")
    return 0


def _delete_user(options: argparse.Namespace) -> int:
    with _open(options) as uploader:
        count = uploader.delete_user(options.website_id, options.user_id)
    _print(f"deleted {count} images")
    return 0


def _similar(options: argparse.Namespace) -> int:
    picture = userimage.render(_standard_input() if options.file == "-" else options.file)
    with _open(options) as uploader:
        found = uploader.find_similar(
            options.website_id,
            options.user_id,
            picture.difference_hash,
            options.distance,
            limit=options.limit,
        )
    rows = [
        [
            str(distance),
            str(image.id),
            f"{image.width}x{image.height}",
            image.user_id,
            image.image_name,
        ]
        for image, distance in found
    ]
    if rows:
        _table(["BITS", "ID", "PIXELS", "USER", "NAME"], rows)
    return 0


def _reassign(options: argparse.Namespace) -> int:
    with _open(options) as uploader:
        count = uploader.reassign(options.website_id, options.from_user, options.to_user)
    _print(f"reassigned {count} images")
    return 0


def _expire(options: argparse.Namespace) -> int:
    with _open(options) as uploader:
        count = uploader.expire(options.website_id, options.days * 86400)
    _print(f"deleted {count} images")
    return 0


def _verify(options: argparse.Namespace) -> int:
    path = None if options.report is None else Path(options.report)
    start = path.read_text("utf-8") if path is not None and path.exists() else None

    def save(report: str) -> None:
        if path is not None:
            new = path.with_name(path.name + ".new")
            new.write_text(report, "utf-8")
            new.replace(path)

    with _open(options) as uploader:
        report = uploader.verify(start, progress=save)
    save(report)
    _print(report)
    return 1 if json.loads(report)["problems"] else 0


def _backup(options: argparse.Namespace) -> int:
    with _open(options) as uploader:
        report = uploader.backup(options.folder)
    return _copied(report)


def _restore(options: argparse.Namespace) -> int:
    with _open_or_make(options) as uploader:
        report = uploader.restore(options.folder)
    return _copied(report)


def _copy(options: argparse.Namespace) -> int:
    config = Path(options.to_config).read_text("utf-8")
    with _open(options) as uploader, userimage.Uploader.from_config(config) as target:
        report = uploader.copy_to(target)
    return _copied(report)


def _copied(report: userimage.CopyReport) -> int:
    _print(f"copied {report.copied} images; {report.present} were there")
    return 0


def _with_progress(files: Sequence[str]) -> Iterator[str]:
    """Show a progress bar on a terminal, if there are many files."""
    shown = len(files) >= 20 and sys.stderr.isatty()
    for done, path in enumerate(files):
        if shown:
            width = 30
            bar = "#" * (done * width // len(files))
            sys.stderr.write(f"\r[{bar:<{width}}] {done}/{len(files)}")
            sys.stderr.flush()
        yield path
    if shown:
        _clear()


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")


def _table(head: list[str], rows: list[list[str]]) -> None:
    rows = [head, *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        _print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip())


def _print(line: str) -> None:
    # A name that the terminal's encoding cannot show is escaped.
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding))


def _text(error: BaseException) -> str:
    """Return the text of an error and of its causes."""
    cause = error.__cause__
    return str(error) if cause is None else f"{error}: {_text(cause)}"


def _complain(text: str) -> None:
    _clear()
    print(f"userimage: {text}".encode("utf-8", "backslashreplace").decode(), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
