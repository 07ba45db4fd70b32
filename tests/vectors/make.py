#!/usr/bin/env python3
"""Writes the test vectors: requests and the answers that follow from the protocol's rules.

Needs Pillow for the pictures. Run it anywhere: `python3 tests/vectors/make.py`.
"""

import base64
import io
import json
import struct
import zlib
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures/files"
BASE_URL = "https://img.example/"
TEXTS = {
    "372": "Missing websiteId",
    "221": "Invalid websiteId",
    "226": "Invalid webApiClientKey",
    "226 empty": "Empty webApiClientKey",
    "261": "Invalid userId",
    "262": "Invalid or missing file",
    "265": "Invalid DPI value",
    "500": "Server error",
}


# --- pictures -------------------------------------------------------------------------------------


def gradient(mode, width, height):
    picture = Image.new("RGB", (width, height))
    picture.putdata(
        [(x * 255 // width, y * 255 // height, 128) for y in range(height) for x in range(width)]
    )
    return picture.convert(mode)


def saved(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def exif(orientation=None, dpi=None, unit=2):
    tags = Image.Exif()
    if orientation is not None:
        tags[0x0112] = orientation
    if dpi is not None:
        tags[0x011A] = tags[0x011B] = dpi
        tags[0x0128] = unit
    return tags


def animation(frames):
    pictures = [gradient("P", 12, 8).rotate(90 * i) for i in range(frames)]
    return saved(pictures[0], "GIF", save_all=True, append_images=pictures[1:], duration=100)


def png_claiming(width, height):
    """A PNG of one pixel whose header claims another size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))
        + chunk(b"IEND", b"")
    )


PNG = saved(gradient("RGB", 8, 6), "PNG")
JPEG = saved(gradient("RGB", 16, 9), "JPEG")
FILES = {
    "png": PNG,
    "png-300dpi": saved(gradient("RGB", 8, 6), "PNG", dpi=(300, 300)),
    "png-89dpi": saved(gradient("RGB", 8, 6), "PNG", dpi=(89, 89)),
    "png-90dpi": saved(gradient("RGB", 8, 6), "PNG", dpi=(90, 90)),
    "png-transparent": saved(Image.new("RGBA", (8, 6), (10, 20, 30, 128)), "PNG"),
    "png-opaque-rgba": saved(Image.new("RGBA", (8, 6), (10, 20, 30, 255)), "PNG"),
    "png-20x10": saved(gradient("RGB", 20, 10), "PNG"),
    "png-21x10": saved(gradient("RGB", 21, 10), "PNG"),
    "png-20x11": saved(gradient("RGB", 20, 11), "PNG"),
    "png-2000x10": saved(gradient("L", 2000, 10), "PNG"),
    "png-bomb": png_claiming(40000, 20),
    "png-many-pixels": png_claiming(29000, 29000),
    "png-empty-claim": png_claiming(0, 1),
    "png-cut": PNG[: len(PNG) - 30],
    "png-cut-header": PNG[:20],
    "jpeg": JPEG,
    "jpeg-cut": JPEG[: len(JPEG) - 40],
    "jpeg-no-end": JPEG[:-2],
    "jpeg-turned": saved(gradient("RGB", 16, 9), "JPEG", exif=exif(orientation=6)),
    "jpeg-300dpi": saved(gradient("RGB", 16, 9), "JPEG", dpi=(300, 300)),
    "jpeg-exif-240dpi": saved(gradient("RGB", 16, 9), "JPEG", exif=exif(dpi=240.0)),
    "jpeg-exif-100-per-cm": saved(gradient("RGB", 16, 9), "JPEG", exif=exif(dpi=100.0, unit=3)),
    "jpeg-cmyk": saved(gradient("RGB", 16, 9).convert("CMYK"), "JPEG"),
    "gif": saved(gradient("P", 12, 8), "GIF"),
    "gif-3-frames": animation(3),
    "gif-4-frames": animation(4),
    "bmp": saved(gradient("RGB", 10, 7), "BMP"),
    "tiff": saved(gradient("RGB", 11, 5), "TIFF"),
    "tiff-150dpi": saved(gradient("RGB", 11, 5), "TIFF", dpi=(150, 150)),
    "webp": saved(gradient("RGB", 9, 4), "WEBP", lossless=True),
    "avif": saved(gradient("RGB", 16, 16), "AVIF"),
    "psd-header": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 4, 4, 8, 3) + bytes(14),
    "pdf": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "svg-script": (FIXTURES / "svg-draw-script.svg").read_bytes(),
    "svg-event": (FIXTURES / "svg-draw-event.svg").read_bytes(),
    "svg-opaque": (FIXTURES / "svg-draw-opaque.svg").read_bytes(),
    "svg-outside": (FIXTURES / "svg-draw-outside.svg").read_bytes(),
    "svg-bomb": (FIXTURES / "svg-draw-use-bomb.svg").read_bytes(),
    "svg-cut": (FIXTURES / "svg-draw-not-closed.svg").read_bytes(),
    "pdf-page": (FIXTURES / "pdf-draw.pdf").read_bytes(),
    "pdf-turned": (FIXTURES / "pdf-draw-rotated90.pdf").read_bytes(),
    "pdf-script": (FIXTURES / "pdf-acting-open.pdf").read_bytes(),
    "pdf-attachment": (FIXTURES / "pdf-acting-attachment.pdf").read_bytes(),
    "pdf-locked": (FIXTURES / "pdf-locked.pdf").read_bytes(),
    "ai": (FIXTURES / "pdf-draw-illustrator.ai").read_bytes(),
    "eps-preview": (FIXTURES / "eps-draw-small-preview.eps").read_bytes(),
    "eps-plain": (FIXTURES / "eps-plain.eps").read_bytes(),
    "psd-rgba": (FIXTURES / "psd-rgba.psd").read_bytes(),
    "jxl": (FIXTURES / "jxl-grey.jxl").read_bytes(),
    "jp2": (FIXTURES / "jp2-show-lossless-palette.jp2").read_bytes(),
    "j2k": (FIXTURES / "jp2-show-lossless-bare.j2k").read_bytes(),
    "heic": (FIXTURES / "heic-coded-odd.heic").read_bytes(),
    "html": b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>",
    "text": b"this is no image",
    "one-byte": b"\xff",
    "zeros": bytes(4096),
    "png-signature": b"\x89PNG\r\n\x1a\n",
    "exe": b"MZ\x90\0" + bytes(200),
    "empty": b"",
}


# --- requests and answers -------------------------------------------------------------------------

WEBSITES = [{"id": 1001, "keys": ["abc123", "next-key"]}, {"id": 1002, "keys": ["xyz"]}]


def config(policy=None, websites=WEBSITES, authentication="keys", **more):
    return {
        "storage": {"memory": {"base_url": BASE_URL}},
        "authentication": authentication,
        "websites": websites,
        "policy": policy or {},
        **more,
    }


def posted(file="png", file_name="ArtifiLogo.png", name="postedFile", **more):
    part = {"name": name, "file": file, **more}
    if file_name is not None:
        part["file_name"] = file_name
    return part


def field(name, text):
    return {"name": name, "text": text}


GOOD_HEADERS = [["websiteId", "1001"], ["webApiClientKey", "abc123"]]
GOOD_QUERY = [["userId", "12345"], ["DPI", "96"]]


def request(headers=None, query=None, form=None):
    return {
        "headers": GOOD_HEADERS if headers is None else headers,
        "query": GOOD_QUERY if query is None else query,
        "form": [posted()] if form is None else form,
    }


def success(name="ArtifiLogo.png", size=(8, 6), dpi=96, kind="png", standard="jpg", id=1, code=None):
    extension, mime = {
        "png": (".png", "image/png"),
        "jpeg": (".jpg", "image/jpeg"),
        "gif": (".gif", "image/gif"),
        "bmp": (".bmp", "image/bmp"),
        "tiff": (".tif", "image/tiff"),
        "webp": (".webp", "image/webp"),
        "svg": (".svg", "image/svg+xml"),
        "pdf": (".pdf", "application/pdf"),
        "eps": (".eps", "application/postscript"),
        "psd": (".psd", "image/vnd.adobe.photoshop"),
        "jxl": (".jxl", "image/jxl"),
        "jp2": (".jp2", "image/jp2"),
        "j2k": (".j2k", "image/x-jp2-codestream"),
        "heic": (".heic", "image/heic"),
    }[kind]
    data = {
        "Id": id,
        "ImageName": "{unique}" + extension if name is None else name,
        "UniqueName": "{unique}" + extension,
        "Width": size[0],
        "Height": size[1],
        "DPI": dpi,
        "Extension": extension,
        "MimeType": mime,
        "PhotoCode": str(code or id),
        "OriginalURL": BASE_URL + "original/{unique}" + extension,
        "StandardURL": BASE_URL + "standard/{unique}." + standard,
    }
    envelope = {"Response": "Success", "Message": "", "Data": data, "ErrorCode": ""}
    return {"status": 200, "answer": compact(envelope)}


# The kind of an error whose case does not name one. A file's error always does.
KINDS = {
    ("372", 400): "missing_website_id",
    ("221", 400): "malformed_website_id",
    ("221", 401): "unknown_website",
    ("226 empty", 400): "missing_client_key",
    ("226", 400): "malformed_client_key",
    ("226", 401): "refused_client_key",
    ("261", 400): "malformed_user_id",
    ("265", 400): "malformed_dpi",
    ("500", 500): "inspector_failed",
}


def error(code, status=400, kind=None):
    envelope = {
        "Response": "Error",
        "Message": TEXTS[code],
        "Data": None,
        "ErrorCode": code.split()[0],
    }
    return {"status": status, "answer": compact(envelope), "kind": kind or KINDS[code, status]}


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def step(req, outcome, all_codes=None):
    """`all_codes`: the codes of all failures of the fields; by default the outcome's code."""
    code = json.loads(outcome["answer"])["ErrorCode"]
    return {"request": req, **outcome, "all": code if all_codes is None else all_codes}


def case(name, *steps, config=None, needs=None):
    made = {"name": name, "steps": list(steps)}
    if needs is not None:
        made["needs"] = needs
    if config is not None:
        made["config"] = config
    return made


def headers(website_id="1001", key="abc123"):
    pairs = [["websiteId", website_id], ["webApiClientKey", key]]
    return [pair for pair in pairs if pair[1] is not None]


# --- the cases ------------------------------------------------------------------------------------


def website_cases():
    def website(name, value, outcome, all_codes=None):
        return case("websiteId " + name, step(request(headers(value)), outcome, all_codes))

    open_house = config(authentication="already_checked", websites=[])
    yield website("missing", None, error("372"))
    yield website("empty", "", error("372"))
    yield website("of blanks", "  \t ", error("372"))
    yield website("with blanks around", "  1001\t", success())
    yield website("with leading zeros", "0001001", success())
    yield website("zero", "0", error("221"))
    yield website("negative", "-1001", error("221"))
    yield website("with a plus", "+1001", error("221"))
    yield website("with a fraction", "1001.0", error("221"))
    yield website("hexadecimal", "0x3E9", error("221"))
    yield website("with a word", "shop", error("221"))
    yield website("with a blank inside", "10 01", error("221"))
    yield website("with a comma", "1,001", error("221"))
    yield website("in full-width digits", "１００１", error("221"))
    yield website("in Arabic digits", "١٠٠١", error("221"))
    yield website("over the range", "2147483648", error("221"))
    yield website("far over the range", "4294968297", error("221"))
    yield website("of 40 digits", "1" * 40, error("221"))
    yield website("not known", "1003", error("221", 401))
    yield website("known, with another's key", "1002", error("226", 401))
    for value in ("1", "2147483647"):
        yield case(f"websiteId {value} is in range", step(request(headers(value)), success()), config=open_house)
    yield case("websiteId in lower case", step(request([["websiteid", "1001"], ["webapiclientkey", "abc123"]]), success()))
    yield case("websiteId in upper case", step(request([["WEBSITEID", "1001"], ["WEBAPICLIENTKEY", "abc123"]]), success()))
    yield case("websiteId twice alike", step(request([["websiteId", "1001"], *GOOD_HEADERS]), success()))
    yield case("websiteId twice, same number", step(request([["WebsiteId", " 01001"], *GOOD_HEADERS]), success()))
    yield case("websiteId twice, different", step(request([["websiteId", "1002"], *GOOD_HEADERS]), error("221", kind="conflicting_website_id")))
    yield case("websiteId once blank, once given", step(request([["websiteId", ""], *GOOD_HEADERS]), error("221")))
    yield case("websiteId in the query does not count", step(request(headers(None), [["websiteId", "1001"], *GOOD_QUERY]), error("372")))
    yield case("websiteId in the form does not count", step(request(headers(None), None, [field("websiteId", "1001"), posted()]), error("372")))


def key_cases():
    def key(name, value, outcome, **more):
        return case("webApiClientKey " + name, step(request(headers(key=value)), outcome), **more)

    longest = "k" * 256
    visible = "".join(map(chr, range(0x21, 0x7F)))
    keys = config(websites=[{"id": 1001, "keys": [longest, visible, "abc123"]}])
    yield key("missing", None, error("226 empty"))
    yield key("empty", "", error("226 empty"))
    yield key("of blanks", " \t ", error("226 empty"))
    yield key("wrong", "abc124", error("226", 401))
    yield key("a beginning of the right one", "abc12", error("226", 401))
    yield key("longer than the right one", "abc1234", error("226", 401))
    yield key("in another case", "ABC123", error("226", 401))
    yield key("of another website", "xyz", error("226", 401))
    yield key("second of the website", "next-key", success())
    yield key("with blanks around, which are no part of a header's value", " abc123\t", success())
    yield key("with a blank inside", "abc 123", error("226"))
    yield key("with a control character", "abc\x01123", error("226"))
    yield key("with DEL", "abc\x7f123", error("226"))
    yield key("with an umlaut", "äbc123", error("226"))
    yield key("with a non-breaking space at its end", "abc123\u00a0", error("226"))
    yield key("of 256 characters", longest, success(), config=keys)
    yield key("of 256 characters, wrong", "k" * 255 + "x", error("226", 401), config=keys)
    yield key("of 257 characters", longest + "k", error("226"), config=keys)
    yield key("of all visible ASCII", visible, success(), config=keys)
    yield case("webApiClientKey twice alike", step(request([*GOOD_HEADERS, ["webApiClientKey", "abc123"]]), success()))
    yield case("webApiClientKey twice, different, both right", step(request([*GOOD_HEADERS, ["webApiClientKey", "next-key"]]), error("226", kind="conflicting_client_key")))
    yield case("webApiClientKey in the query does not count", step(request(headers(key=None), [["webApiClientKey", "abc123"], *GOOD_QUERY]), error("226 empty")))
    host = config(authentication="already_checked", websites=[])
    yield key("of any kind with already_checked", "whatever", success(), config=host)
    yield key("missing with already_checked", None, error("226 empty"), config=host)


def user_cases():
    def user(name, value, outcome):
        query = [["DPI", "96"]] if value is None else [["userId", value], ["DPI", "96"]]
        return case("userId " + name, step(request(query=query), outcome))

    yield user("missing", None, error("261", kind="missing_user_id"))
    yield user("empty", "", error("261", kind="missing_user_id"))
    yield user("of blanks", "   ", error("261", kind="missing_user_id"))
    yield user("of ideographic blanks", "\u3000\u2003", error("261", kind="missing_user_id"))
    yield user("a GUID", "6F9619FF-8B86-D011-B42D-00CF4FC964FF", success())
    yield user("an e-mail", "ann.o'neil+shop@example.com", success())
    yield user("in Japanese", "山田太郎", success())
    yield user("in Arabic", "مستخدم", success())
    yield user("with an emoji", "👩‍👩‍👧", success())
    yield user("with SQL", "1'; DROP TABLE images;--", success())
    yield user("like a path", "../../etc/passwd", success())
    yield user("with blanks around", " 12345 ", success())
    yield user("of one character", "x", success())
    yield user("of 256 characters", "u" * 256, success())
    yield user("of 257 characters", "u" * 257, error("261"))
    yield user("of 256 emoji", "🙂" * 256, success())
    yield user("of 257 emoji", "🙂" * 257, error("261"))
    yield user("with a line break", "12\n345", error("261"))
    yield user("with a tab", "12\t345", error("261"))
    yield user("with NUL", "12\x00345", error("261"))
    yield user("with DEL", "12\x7f345", error("261"))
    yield user("with a C1 control character", "12\u0085345", error("261"))

    def merged(name, query, form, outcome):
        return case("userId " + name, step(request(query=query, form=[*form, posted()]), outcome))

    yield merged("in the form alone", [], [field("userId", "12345")], success(dpi=72))
    yield merged("in the form in another case", [], [field("USERID", "12345")], success(dpi=72))
    yield merged("in the query in another case", [["USERID", "12345"]], [], success(dpi=72))
    yield merged("in both alike", [["userId", "12345"]], [field("userid", "12345")], success(dpi=72))
    yield merged("in both, different", [["userId", "12345"]], [field("userId", "12346")], error("261", kind="conflicting_user_id"))
    yield merged("in both, one blank", [["userId", "12345"]], [field("userId", "")], error("261"))
    yield merged("twice in the query alike", [["userId", "1"], ["userid", "1"]], [], success(dpi=72))
    yield merged("twice in the query, different", [["userId", "1"], ["userId", "2"]], [], error("261", kind="conflicting_user_id"))
    yield merged("twice in the form, different", [], [field("userId", "1"), field("userId", "2")], error("261", kind="conflicting_user_id"))
    yield merged("in both, different in case", [["userId", "Ann"]], [field("userId", "ann")], error("261", kind="conflicting_user_id"))
    yield merged("in the form, with a content type", [], [{"name": "userId", "text": "ü5", "content_type": "text/plain; charset=utf-8"}], success(dpi=72))
    yield merged("in the form, not UTF-8", [], [{"name": "userId", "base64": "/w=="}], error("261"))
    yield merged("as a file is no field", [], [{"name": "userId", "text": "5", "file_name": "5.txt"}], error("261", kind="missing_user_id"))


def dpi_cases():
    def dpi(name, value, outcome, file="png"):
        query = [["userId", "12345"]] + ([] if value is None else [["DPI", value]])
        return case("DPI " + name, step(request(query=query, form=[posted(file)]), outcome))

    yield dpi("missing, and the file has none", None, success(dpi=72))
    yield dpi("empty, and the file has none", "", success(dpi=72))
    yield dpi("missing, and the file has one", None, success(dpi=300), "png-300dpi")
    yield dpi("empty, and the file has one", "", success(dpi=300), "png-300dpi")
    yield dpi("given, and the file has another", "96", success(dpi=96), "png-300dpi")
    yield dpi("1", "1", success(dpi=1))
    yield dpi("65535", "65535", success(dpi=65535))
    yield dpi("with leading zeros", "0096", success(dpi=96))
    for name, value in [
        ("zero", "0"), ("65536", "65536"), ("of 30 digits", "9" * 30), ("negative", "-96"), ("with a plus", "+96"),
        ("with a fraction", "96.0"), ("with a unit", "96dpi"), ("a word", "high"), ("of blanks", " "),
        ("with blanks around", " 96 "), ("in full-width digits", "９６"), ("with an exponent", "1e2"),
        ("hexadecimal", "0x60"),
    ]:
        yield dpi(name, value, error("265"))

    def merged(name, query, form, outcome):
        req = request(query=[["userId", "12345"], *query], form=[*form, posted()])
        return case("DPI " + name, step(req, outcome))

    yield merged("in the form alone", [], [field("dpi", "150")], success(dpi=150))
    yield merged("in the query in lower case", [["dpi", "150"]], [], success(dpi=150))
    yield merged("in both alike", [["DPI", "150"]], [field("dpi", "150")], success(dpi=150))
    yield merged("in both, same number", [["DPI", "150"]], [field("dpi", "0150")], success(dpi=150))
    yield merged("in both, different", [["DPI", "150"]], [field("dpi", "151")], error("265", kind="conflicting_dpi"))
    yield merged("in both, one empty", [["DPI", ""]], [field("dpi", "150")], success(dpi=150))
    yield merged("in both, one wrong", [["DPI", "150"]], [field("dpi", "x")], error("265"))
    yield merged("twice in the query, different", [["DPI", "150"], ["dpi", "72"]], [], error("265", kind="conflicting_dpi"))
    yield merged("twice in the form, different", [], [field("dpi", "150"), field("DPI", "72")], error("265", kind="conflicting_dpi"))


def order_cases():
    nothing = request([], [], [])
    yield case("nothing at all", step(nothing, error("372"), "372,226,261,262"))
    yield case("website and key wrong", step(request(headers("0", "")), error("221"), "221,226"))
    yield case("website not known, key not checked", step(request(headers("1003", "nobody's")), error("221", 401)))
    yield case("website not known, key malformed", step(request(headers("1003", "a b")), error("221", 401), "221,226"))
    yield case("key before user", step(request(headers(key="no"), [["userId", ""]]), error("226", 401), "226,261"))
    yield case("user before DPI", step(request(query=[["DPI", "0"]]), error("261", kind="missing_user_id"), "261,265"))
    yield case("DPI before file", step(request(query=[["userId", "1"], ["DPI", "0"]], form=[]), error("265"), "265,262"))
    yield case("everything wrong", step(request(headers("x", "a b"), [["userId", " "], ["DPI", "x"]], [posted("empty")]), error("221"), "221,226,261,265,262"))
    yield case("fields before file content", step(request(query=[["userId", "1"], ["DPI", "0"]], form=[posted("text")]), error("265")))


def file_cases():
    def form(name, parts, outcome, all_codes=None, **more):
        return case("postedFile " + name, step(request(form=parts), outcome, all_codes), **more)

    yield form("missing", [], error("262", kind="missing_file"))
    yield form("under another name", [posted(name="file")], error("262", kind="missing_file"))
    yield form("in lower case", [posted(name="postedfile")], success())
    yield form("in upper case", [posted(name="POSTEDFILE")], success())
    yield form("empty", [posted("empty")], error("262", kind="empty_file"))
    yield form("not chosen", [posted("empty", "")], error("262", kind="empty_file"))
    yield form("twice", [posted(), posted()], error("262", kind="repeated_file"))
    yield form("twice, in different cases", [posted(), posted("jpeg", name="postedfile")], error("262", kind="repeated_file"))
    yield form("once a file, once a field", [posted(), field("postedFile", "x")], error("262", kind="repeated_file"))
    yield form("and an empty one", [posted(), posted("empty", file_name="")], success("ArtifiLogo.png"))
    yield form("behind an empty one", [posted("empty", file_name=""), posted()], success("ArtifiLogo.png"))
    yield form("empty twice", [posted("empty"), posted("empty", file_name="")], error("262", kind="empty_file"))
    yield form("as a field", [posted(file_name=None)], error("262", kind="unnamed_file"))
    yield form("with a content type but no name", [posted(file_name=None, content_type="image/png")], success(None))
    yield form("with an untrue content type", [posted(content_type="text/html")], success())
    yield form("beside another file", [posted(), posted("text", "notes.txt", "other")], success())

    for name in ("text", "html", "one-byte", "zeros", "png-signature", "png-cut-header", "exe", "png-empty-claim"):
        # A PNG's signature makes it a PNG, whatever follows.
        kind = "damaged" if name.startswith("png-") else "not_an_image"
        yield form("is not an image: " + name, [posted(name, "logo.png")], error("262", kind=kind), "")
    for name in ("png-cut", "jpeg-cut"):
        yield form("is truncated: " + name, [posted(name)], error("262", kind="damaged"), "")
    for name in ("avif", "psd-header", "pdf", "svg"):
        yield form("is of a format that is not allowed: " + name, [posted(name)], error("262", kind="format_not_allowed"), "")
    yield form("of over the allowed width", [posted("png-bomb")], error("262", kind="too_wide"), "")
    yield form("of over the allowed pixels", [posted("png-many-pixels")], error("262", kind="too_many_pixels"), "")

    kinds = {"png": (8, 6), "jpeg": (16, 9), "gif": (12, 8), "bmp": (10, 7), "tiff": (11, 5), "webp": (9, 4)}
    for kind, size in kinds.items():
        yield form(f"is a {kind}", [posted(kind, "a." + kind)], success("a." + kind, size, kind=kind))
    yield form("is a JPEG named .png", [posted("jpeg", "logo.png")], success("logo.png", (16, 9), kind="jpeg"))
    yield form("is a PNG named .exe", [posted("png", "logo.exe")], success("logo.exe"))
    yield form("is a PNG without an extension", [posted("png", "logo")], success("logo"))
    yield form("is turned", [posted("jpeg-turned", "t.jpg")], success("t.jpg", (9, 16), kind="jpeg"))
    yield form("lacks its end marker alone", [posted("jpeg-no-end", "t.jpg")], success("t.jpg", (16, 9), kind="jpeg"))
    yield form("is a CMYK JPEG", [posted("jpeg-cmyk", "t.jpg")], success("t.jpg", (16, 9), kind="jpeg"))
    yield form("is transparent", [posted("png-transparent")], success(standard="png"))
    yield form("has an opaque alpha channel", [posted("png-opaque-rgba")], success())
    yield form("is an animation", [posted("gif-3-frames", "a.gif")], success("a.gif", (12, 8), kind="gif"))
    yield form("is wider than the standard rendition", [posted("png-2000x10")], success(size=(2000, 10)))

    no_dpi = [["userId", "12345"]]
    for name, kind, size, dpi in [
        ("jpeg-300dpi", "jpeg", (16, 9), 300),
        ("jpeg-exif-240dpi", "jpeg", (16, 9), 240),
        ("jpeg-exif-100-per-cm", "jpeg", (16, 9), 254),
        ("tiff-150dpi", "tiff", (11, 5), 150),
        ("gif", "gif", (12, 8), 72),
    ]:
        req = request(query=no_dpi, form=[posted(name, "a")])
        yield case("DPI of the file itself: " + name, step(req, success("a", size, dpi, kind)))


def policy_cases():
    def limited(name, policy, file, outcome, kind=None, query=None):
        req = request(query=query, form=[posted(file, "a")])
        all_codes = "" if outcome["status"] != 200 else None
        return case("policy: " + name, step(req, outcome, all_codes), config=config(policy))

    size = len(FILES["png-20x10"])
    fits = success("a", (20, 10))
    yield limited("bytes at the limit", {"max_bytes": size}, "png-20x10", fits)
    yield limited("bytes over the limit", {"max_bytes": size - 1}, "png-20x10", error("262", 413, kind="too_large"))
    yield limited("width at the limit", {"max_width": 20}, "png-20x10", fits)
    yield limited("width over the limit", {"max_width": 20}, "png-21x10", error("262", kind="too_wide"))
    yield limited("height at the limit", {"max_height": 10}, "png-20x10", fits)
    yield limited("height over the limit", {"max_height": 10}, "png-20x11", error("262", kind="too_tall"))
    yield limited("pixels at the limit", {"max_pixels": 200}, "png-20x10", fits)
    yield limited("pixels over the limit", {"max_pixels": 200}, "png-20x11", error("262", kind="too_many_pixels"))
    yield limited("a rotated picture's width is as displayed", {"max_width": 9}, "jpeg-turned", success("a", (9, 16), kind="jpeg"))
    yield limited("a rotated picture's height is as displayed", {"max_height": 9}, "jpeg-turned", error("262", kind="too_tall"))
    yield limited("memory over the limit", {"max_memory": 1}, "png", error("262", kind="too_much_memory"))
    yield limited("format allowed", {"formats": ["jpeg"]}, "jpeg", success("a", (16, 9), kind="jpeg"))
    yield limited("format not allowed", {"formats": ["jpeg"]}, "png", error("262", kind="format_not_allowed"))
    yield limited("no format allowed", {"formats": []}, "png", error("262", kind="format_not_allowed"))
    yield limited("frames at the limit", {"max_frames": 3}, "gif-3-frames", success("a", (12, 8), kind="gif"))
    yield limited("frames over the limit", {"max_frames": 3}, "gif-4-frames", error("262", kind="too_many_frames"))
    yield limited("frames of a still picture", {"max_frames": 1}, "png", success("a"))
    own = [["userId", "1"]]
    low = error("265", kind="dpi_under_minimum")
    yield limited("the file's DPI at the minimum", {"min_dpi": 90}, "png-90dpi", success("a", dpi=90), query=own)
    yield limited("the file's DPI under the minimum", {"min_dpi": 90}, "png-89dpi", low, query=own)
    yield limited("the default DPI under the minimum", {"min_dpi": 90}, "png", low, query=own)
    yield limited("the request's DPI at the minimum", {"min_dpi": 90}, "png-89dpi", success("a", dpi=90), query=[*own, ["DPI", "90"]])
    yield limited("the request's DPI under the minimum", {"min_dpi": 90}, "png-300dpi", low, query=[*own, ["DPI", "89"]])
    yield limited("a damaged file under the minimum DPI", {"min_dpi": 90}, "png-cut", error("265", kind="dpi_under_minimum"), query=own)

    def uploads(name, policy, *steps):
        made = [step(request(query=[["userId", user], ["DPI", "96"]], form=[posted(file, "a")]), outcome, None if outcome["status"] == 200 else "") for user, file, outcome in steps]
        return case("policy: " + name, *made, config=config(policy))

    website_full, user_full = (error("262", kind=scope + "_quota_exceeded") for scope in ("website", "user"))
    yield uploads("images of a user, at the quota and over it", {"user_quota": {"images": 2}},
                  ("ann", "png", success("a", id=1)), ("ann", "png", success("a", id=2, code=1)), ("ann", "png-20x10", user_full),
                  ("bob", "png", success("a", id=3)))
    yield uploads("images of a website over the quota", {"website_quota": {"images": 1}},
                  ("ann", "png", success("a", id=1)), ("bob", "png", website_full))
    yield uploads("bytes of a user over the quota", {"user_quota": {"bytes": size}}, ("ann", "png-20x10", user_full))
    yield uploads("bytes of a website over the quota", {"website_quota": {"bytes": 1}}, ("ann", "png", website_full))
    yield uploads("bytes within both quotas", {"website_quota": {"bytes": 10**6}, "user_quota": {"bytes": 10**6, "images": 1}},
                  ("ann", "png-20x10", success("a", (20, 10))))
    yield uploads("no image at all, before pixels are decoded", {"user_quota": {"images": 0}}, ("ann", "png-cut", user_full))

    def inches(width, height, dpi=100, **more):
        return {"min_print": {"width_inches": width, "height_inches": height, "dpi": dpi, **more}}

    small = error("262", kind="print_too_small")
    yield limited("pixels for the smallest print", inches(0.2, 0.1), "png-20x10", fits)
    yield limited("a print in centimetres", {"min_print": {"width_cm": 0.508, "height_cm": 0.254, "dpi": 100}}, "png-20x10", fits)
    yield limited("too few pixels for a print in centimetres", {"min_print": {"width_cm": 0.534, "height_cm": 0.254, "dpi": 100}}, "png-20x10", small)
    yield limited("a print may be turned", inches(0.1, 0.2), "png-20x10", fits)
    yield limited("too narrow for the smallest print", inches(0.21, 0.1), "png-20x10", small)
    yield limited("too low for the smallest print", inches(0.2, 0.11), "png-20x10", small)
    yield limited("too few for its DPI", inches(0.2, 0.1, 105), "png-20x10", small)
    yield limited("pixels of a print are rounded down", inches(0.204, 0.1), "png-20x10", fits)
    yield limited("pixels of a print are rounded up", inches(0.206, 0.1), "png-20x10", small)
    yield limited("a print that warns", inches(0.21, 0.1, action="warn"), "png-20x10", fits)
    yield limited("the request's DPI is not that of the print", inches(0.2, 0.1), "png-20x10", success("a", (20, 10), dpi=1), query=[*own, ["DPI", "1"]])
    yield limited("a damaged file too small for the print", inches(1, 1), "png-cut", small)
    yield limited("the minimum DPI before the print", {"min_dpi": 90, **inches(1, 1)}, "png-89dpi", low, query=own)

    shops = [
        {"id": 1001, "keys": ["abc123"], "policy": {"max_width": 30, "formats": ["png"]}},
        {"id": 1002, "keys": ["xyz"]},
        {"id": 1003, "keys": ["k"], "policy": {"min_dpi": 100}},
    ]
    own_policies = config({"max_width": 20}, shops)

    def shop(name, pair, file, outcome):
        req = request(headers(*pair), form=[posted(file, "a")])
        all_codes = "" if outcome["status"] != 200 else None
        return case("a website's policy: " + name, step(req, outcome, all_codes), config=own_policies)

    yield shop("its own limit", ("1001", "abc123"), "png-21x10", success("a", (21, 10)))
    yield shop("its own formats", ("1001", "abc123"), "jpeg", error("262", kind="format_not_allowed"))
    yield shop("the limit for all", ("1002", "xyz"), "png-21x10", error("262", kind="too_wide"))
    yield shop("a gap is filled from the one for all", ("1003", "k"), "png-21x10", error("262", kind="too_wide"))
    yield shop("its own minimum DPI", ("1003", "k"), "png-20x10", error("265", kind="dpi_under_minimum"))
    yield case(
        "a website's policy: its own smallest print",
        step(request(form=[posted("png-20x10", "a")]), fits),
        step(request(headers("1002", "xyz"), form=[posted("png-20x10", "a")]), small, ""),
        config=config(inches(1, 1), [{"id": 1001, "keys": ["abc123"], "policy": inches(0.2, 0.1)}, {"id": 1002, "keys": ["xyz"]}]),
    )


def format_cases():
    """The formats that a policy must name. Facts of the files are those of tests/fixtures/truth.json."""
    truth = {one["file"]: one["probe"] for one in json.loads((FIXTURES.parent / "truth.json").read_text("utf-8"))["files"]}

    def named(kind, name, file, outcome, **policy):
        policy = {"formats": ["png", kind], **policy}
        all_codes = None if outcome["status"] == 200 else ""
        return case(f"{kind}: {name}", step(request(form=[posted(file, "a")]), outcome, all_codes), config=config(policy), needs=kind)

    def drawn(kind, size=(64, 48), standard="jpg"):
        return success("a", size, kind=kind, standard=standard)

    def size(file):
        return truth[file]["width"], truth[file]["height"]

    acts, damaged, coding = (error("262", kind=kind) for kind in ("active_content", "damaged", "unsupported_coding"))
    yield named("svg", "a drawing on nothing", "svg", drawn("svg", (9, 9), "png"))
    yield named("svg", "an opaque drawing", "svg-opaque", drawn("svg"))
    yield named("svg", "links to files and other machines are left out", "svg-outside", drawn("svg", standard="png"))
    for what in ("script", "event"):
        yield named("svg", what, "svg-" + what, acts)
        yield named("svg", what + ", allowed", "svg-" + what, drawn("svg", standard="png"), allow_active=True)
    yield named("svg", "elements without end", "svg-bomb", coding)
    yield named("svg", "an element that is not closed", "svg-cut", damaged)
    yield named("svg", "sharp in every print", "svg-opaque", drawn("svg"), min_print={"width_cm": 100, "height_cm": 100, "dpi": 300})
    yield named("svg", "not a format that the policy lacks", "pdf-page", error("262", kind="format_not_allowed"))
    yield named("pdf", "a page", "pdf-page", drawn("pdf"))
    yield named("pdf", "a page that is turned", "pdf-turned", drawn("pdf", (48, 64)))
    yield named("pdf", "Illustrator's", "ai", drawn("pdf"))
    for what in ("script", "attachment"):
        yield named("pdf", what, "pdf-" + what, acts)
        yield named("pdf", what + ", allowed", "pdf-" + what, drawn("pdf"), allow_active=True)
    yield named("pdf", "encrypted", "pdf-locked", coding)
    yield named("pdf", "no page, so no size", "pdf", error("262", kind="no_pixel_size"))
    yield named("eps", "a preview", "eps-preview", drawn("eps", size("eps-draw-small-preview.eps")))
    yield named("eps", "no preview", "eps-plain", coding)
    yield named("psd", "a merged picture with alpha", "psd-rgba", drawn("psd", standard="png"))
    yield named("psd", "no merged picture", "psd-header", damaged)
    yield named("jxl", "grey", "jxl", drawn("jxl", size("jxl-grey.jxl")))
    yield named("jp2", "a palette", "jp2", drawn("jp2", size("jp2-show-lossless-palette.jp2")))
    yield named("j2k", "a bare code stream", "j2k", drawn("j2k", size("jp2-show-lossless-bare.j2k")))
    yield named("heic", "a picture with odd sides", "heic", drawn("heic", size("heic-coded-odd.heic")))


def inspector_cases():
    # Nothing listens at this port.
    nowhere = {"address": "tcp://127.0.0.1:1"}
    short = {**nowhere, "max_bytes": 1}

    def inspected(name, inspectors, outcome, file="png"):
        all_codes = "" if outcome["status"] != 200 else None
        return case("inspectors: " + name, step(request(form=[posted(file)]), outcome, all_codes), config=config(inspectors=inspectors))

    def allowed(clamd):
        return {"clamd": {**clamd, "on_failure": "allow"}}

    failed = error("500", 500)
    yield inspected("none", [], success())
    yield inspected("one that cannot be reached", [{"clamd": nowhere}], failed)
    yield inspected("one that cannot be reached and may fail", [allowed(nowhere)], success())
    yield inspected("a file over its limit", [{"clamd": short}], failed)
    yield inspected("a file over its limit, and it may fail", [allowed(short)], success())
    yield inspected("one that may fail before one that may not", [allowed(nowhere), {"clamd": nowhere}], failed)
    yield inspected("a damaged file is refused before", [{"clamd": nowhere}], error("262", kind="damaged"), "png-cut")


def name_cases():
    def named(what, file_name, shown):
        return case("ImageName: " + what, step(request(form=[posted(file_name=file_name)]), success(shown)))

    yield named("plain", "logo.png", "logo.png")
    yield named("with blanks", "my logo (1).png", "my logo (1).png")
    yield named("in Japanese", "写真.png", "写真.png")
    yield named("decomposed accents stay", "e\u0301te\u0301.png", "e\u0301te\u0301.png")
    yield named("with an emoji", "🎉.png", "🎉.png")
    yield named("with quotes", 'a"b.png', 'a"b.png')
    yield named("with markup", "<script>alert(1)<script>.png", "<script>alert(1)<script>.png")
    yield named("a Windows path", "C:\\Users\\Ann\\logo.png", "logo.png")
    yield named("a Unix path", "/home/ann/logo.png", "logo.png")
    yield named("traversal", "../../../etc/passwd", "passwd")
    yield named("Windows traversal", "..\\..\\boot.ini", "boot.ini")
    yield named("mixed separators", "a/b\\c/d.png", "d.png")
    yield named("a folder", "photos/", None)
    yield named("separators alone", "\\/\\", None)
    yield named("empty", "", None)
    yield named("of blanks", "   ", None)
    yield named("control characters", "a\x00b\r\nc\x7f\u0085.png", "abc.png")
    yield named("a right-to-left override", "a\u202egpj.exe", "agpj.exe")
    yield named("isolates and marks", "\u2066a\u2069\u200f\u061c.png", "a.png")
    yield named("direction characters alone", "\u202e\u202c", None)
    yield named("a joiner stays", "👩\u200d🎨.png", "👩\u200d🎨.png")
    yield named("control characters alone", "\x01\x02\x1f", None)
    yield named("a control character hides a separator", "a\x00/\x00b", "b")
    yield named("of 255 characters", "n" * 251 + ".png", "n" * 251 + ".png")
    yield named("of 256 characters", "n" * 252 + ".png", "n" * 252 + ".pn")
    yield named("of 300 emoji", "🙂" * 300, "🙂" * 255)
    yield named("hidden file", ".htaccess", ".htaccess")
    yield named("a line separator is no control character", "a\u2028b.png", "a\u2028b.png")


def store_cases():
    def upload(outcome, pair=("1001", "abc123"), user="1", file="png"):
        return step(request(headers(*pair), [["userId", user]], [posted(file, "a")]), outcome)

    first, other = success("a", dpi=72), success("a", (16, 9), 72, "jpeg", id=2)
    yield case(
        "PhotoCode of a repeat is the first upload's",
        upload(first), upload(other, file="jpeg"), upload(success("a", dpi=72, id=3, code=1)),
        upload(success("a", dpi=72, id=4, code=1)), upload(success("a", (16, 9), 72, "jpeg", id=5, code=2), file="jpeg"),
    )
    yield case("PhotoCode of another user is not used", upload(first), upload(success("a", dpi=72, id=2), user="2"), upload(success("a", dpi=72, id=3), user=" 1"))
    yield case("PhotoCode of another website is not used", upload(first), upload(success("a", dpi=72, id=2), ("1002", "xyz")))
    yield case(
        "a refused upload uses no Id and stores nothing",
        upload(first), step(request(form=[posted("png-cut")]), error("262", kind="damaged"), ""), upload(success("a", dpi=72, id=2, code=1)),
    )


def write(name, about, *groups):
    cases = [one for group in groups for one in group]
    names = [one["name"] for one in cases]
    assert len(set(names)) == len(names), "a name is used twice"
    used = {
        part["file"]
        for one in cases
        for one_step in one["steps"]
        for part in one_step["request"]["form"]
        if "file" in part
    }
    document = {
        "about": about,
        "config": config(),
        "files": {key: base64.b64encode(FILES[key]).decode() for key in sorted(used)},
        "cases": cases,
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (HERE / name).write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {len(cases)} cases")


write("fields.json", "every field of the request, and their order", website_cases(), key_cases(), user_cases(), dpi_cases(), order_cases())
write("files.json", "the posted file, a website's policy and inspectors", file_cases(), policy_cases(), inspector_cases())
write("answers.json", "the data of the answer", name_cases(), store_cases())
write("formats.json", "the formats that a policy must name, and content that acts", format_cases())
