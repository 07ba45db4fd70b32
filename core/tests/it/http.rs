//! The HTTP endpoint: requests and responses.
#![cfg(feature = "http")]

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Method, Request, Response, StatusCode};
use serde_json::Value;
use userimage::http::{Body, Endpoint, HttpOptions, RequestStart, buffered};
use userimage::storage::{Storage, StorageError};
use userimage::{
    ClientKeys, Config, ErrorCode, ImageId, NewImage, StoredImage, Uploader, WebsiteId,
};

const UPLOAD: &str = "/api/4/UploadImage/UploadImage";
const PNG: &str = "png-phys-300dpi.png";

fn endpoint(http: &str) -> Endpoint {
    let config = format!(
        r#"{{"storage": {{"memory": {{"base_url": "/"}}}}, "authentication": "keys",
             "websites": [{{"id": 1001, "keys": ["abc123"], "policy": {{"max_bytes": 100000}}}}, {{"id": 1002, "keys": ["xyz"]}}],
             "http": {http}}}"#
    );
    Endpoint::from_config(&Config::from_json(&config).unwrap()).unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    crate::common::files::fixtures().into_iter().find(|known| known.name == name).unwrap().read()
}

fn request(method: Method, target: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(target)
        .header("websiteId", "1001")
        .header("webApiClientKey", "abc123")
}

fn upload(target: &str) -> http::request::Builder {
    request(Method::POST, target).header("Content-Type", "multipart/form-data; boundary=x")
}

fn form(file: &[u8]) -> Vec<u8> {
    let head =
        b"--x\r\nContent-Disposition: form-data; name=\"postedFile\"; filename=\"a.png\"\r\n\r\n";
    [head, file, b"\r\n--x--\r\n"].concat()
}

/// Answers with the body in memory.
trait Answer {
    fn answer<'b>(&self, request: Request<impl Into<Body<'b>>>) -> Response<Vec<u8>>;
}

impl Answer for Endpoint {
    fn answer<'b>(&self, request: Request<impl Into<Body<'b>>>) -> Response<Vec<u8>> {
        buffered(self.handle(request))
    }
}

fn get(endpoint: &Endpoint, target: &str) -> Response<Vec<u8>> {
    endpoint.answer(request(Method::GET, target).body(()).unwrap())
}

fn json(response: &Response<Vec<u8>>) -> Value {
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["content-length"], response.body().len().to_string().as_str());
    serde_json::from_slice(response.body()).unwrap()
}

fn code(response: &Response<Vec<u8>>) -> String {
    json(response)["ErrorCode"].as_str().unwrap().to_owned()
}

/// A body that must not be read.
struct Untouchable;

impl Read for Untouchable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("the body was read");
    }
}

/// An endless body, which counts the bytes that are read.
struct Endless(Arc<AtomicU64>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b'-');
        self.0.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        Ok(buffer.len())
    }
}

#[test]
fn an_upload_is_stored_and_its_files_are_served() {
    let endpoint = endpoint(r#"{"files": true, "list": true, "settings": true}"#);
    let png = fixture(PNG);
    let target = format!("{UPLOAD}?userId=u%C3%A9+1&DPI=96");
    let response = endpoint.answer(upload(&target).body(form(&png)).unwrap());
    assert_eq!(response.status(), 200);
    let data = json(&response)["Data"].clone();
    assert_eq!((&data["ImageName"], &data["DPI"]), (&"a.png".into(), &96.into()));

    let original = get(&endpoint, data["OriginalURL"].as_str().unwrap());
    assert_eq!((original.status(), original.body()), (StatusCode::OK, &png));
    for (header, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(original.headers()[header], value, "{header}");
    }
    let unique = data["UniqueName"].as_str().unwrap();
    assert_eq!(
        original.headers()["content-disposition"],
        format!("inline; filename=\"{unique}\"").as_str()
    );
    let standard = get(&endpoint, data["StandardURL"].as_str().unwrap());
    assert_eq!(standard.status(), 200);
    assert_ne!(standard.headers()["etag"], original.headers()["etag"]);

    // A list contains only the unique name: `.bmp`, although the rendition is a `.jpg`.
    let bmp = fixture("bmp-24.bmp");
    let stored =
        json(&endpoint.answer(upload(&format!("{UPLOAD}?userId=2")).body(form(&bmp)).unwrap()));
    let by_url = get(&endpoint, stored["Data"]["StandardURL"].as_str().unwrap());
    let by_name =
        get(&endpoint, &format!("/standard/{}", stored["Data"]["UniqueName"].as_str().unwrap()));
    assert_eq!(by_name.headers()["content-type"], "image/jpeg");
    assert_eq!((by_name.headers(), by_name.body()), (by_url.headers(), by_url.body()));

    let list = get(&endpoint, "/api/4/UploadImage/GetUserUploadedList?userId=u%C3%A9%201");
    assert_eq!(
        String::from_utf8(list.body().clone()).unwrap(),
        format!(
            r#"{{"Response":"Success","Message":"","Data":{{"AssetCount":1,"AssetList":[{{"Id":1,"UniqueName":"{unique}","ImageName":"a.png","Width":64,"Height":48}}]}},"ErrorCode":""}}"#
        )
    );
    let settings = get(&endpoint, "/api/4/UploadImage/GetImageSettings");
    assert_eq!(
        String::from_utf8(settings.body().clone()).unwrap(),
        r#"{"Response":"Success","Message":"","Data":{"FileSize":0.09,"ImageExtensions":"JPEG,JPG,PNG,GIF,BMP,TIF,TIFF,WEBP","Dimension":{"Width":30000,"Height":30000},"ImageDPI":0},"ErrorCode":""}"#
    );
}

/// Members that the reference does not have are there only where there is something to state.
#[test]
fn warnings_are_in_the_list_and_the_smallest_print_in_the_settings() {
    let config = r#"{"storage": {"memory": {"base_url": "/"}}, "authentication": "keys",
        "websites": [{"id": 1001, "keys": ["abc123"]}], "http": {"list": true, "settings": true},
        "policy": {"min_print": {"width_inches": 8, "height_inches": 10.5, "dpi": 300, "action": "warn"}}}"#;
    let endpoint = Endpoint::from_config(&Config::from_json(config).unwrap()).unwrap();
    let body = form(&fixture("gif-animated.gif"));
    let stored = endpoint.answer(upload(&format!("{UPLOAD}?userId=1")).body(body).unwrap());
    assert_eq!(stored.status(), 200);
    assert!(!String::from_utf8(stored.body().clone()).unwrap().contains("arnings"));
    let list = json(&get(&endpoint, "/api/4/UploadImage/GetUserUploadedList?userId=1"));
    let image = &list["Data"]["AssetList"][0];
    assert_eq!(image["Warnings"], serde_json::json!(["low_resolution", "animation"]));
    let settings = get(&endpoint, "/api/4/UploadImage/GetImageSettings");
    let settings = String::from_utf8(settings.body().clone()).unwrap();
    assert!(
        settings.contains(
            r#""ImageDPI":0,"MinPrint":{"Width":8.0,"Height":10.5,"Unit":"inch","DPI":300,"Action":"warn"}}"#
        ),
        "{settings}"
    );
}

#[test]
fn unknown_paths_are_404_and_other_methods_405_with_an_envelope() {
    let endpoint = endpoint("{}");
    for path in
        ["/", "/api/4/UploadImage", "/original/x.png", "/api/4/UploadImage/GetImageSettings"]
    {
        let response = get(&endpoint, path);
        assert_eq!((response.status().as_u16(), code(&response)), (404, "404".into()), "{path}");
        assert_eq!(
            response.body(),
            br#"{"Response":"Error","Message":"Not found","Data":null,"ErrorCode":"404"}"#
        );
    }
    for method in [Method::GET, Method::PUT, Method::OPTIONS] {
        let response = endpoint.answer(request(method, UPLOAD).body(()).unwrap());
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()["allow"], "POST");
        assert_eq!(code(&response), "405");
    }
}

#[test]
fn responses_to_head_have_no_body() {
    let endpoint = endpoint(r#"{"list": true, "page": true}"#);
    let list = "/api/4/UploadImage/GetUserUploadedList";
    for (target, status) in [
        (UPLOAD, 405),
        ("/nowhere", 404),
        ("/", 200),
        (list, 400),
        ("/api/4/UploadImage/GetUserUploadedList?userId=1", 200),
    ] {
        let head = endpoint.answer(request(Method::HEAD, target).body(()).unwrap());
        assert_eq!((head.status().as_u16(), head.body().len()), (status, 0), "{target}");
        assert_ne!(head.headers()["content-length"], "0", "{target}");
    }
}

#[test]
fn an_invalid_head_is_refused_before_the_body_is_read() {
    let endpoint = endpoint("{}");
    let cases = [
        ("no website", Request::post(UPLOAD).header("webApiClientKey", "abc123"), 400, "372"),
        ("no number", upload(UPLOAD).header("websiteId", "x"), 400, "221"),
        ("two websites", upload(UPLOAD).header("websiteId", "1002"), 400, "221"),
        (
            "another's key",
            Request::post(UPLOAD).header("websiteId", "1002").header("webApiClientKey", "abc123"),
            401,
            "226",
        ),
        ("no key", Request::post(UPLOAD).header("websiteId", "1001"), 400, "226"),
        (
            "a key that is not UTF-8",
            Request::post(UPLOAD)
                .header("websiteId", "1001")
                .header("webApiClientKey", &b"\xFF"[..]),
            400,
            "226",
        ),
        ("blank user", upload("/api/4/UploadImage/UploadImage?userId="), 400, "261"),
        (
            "a user that is not UTF-8",
            upload("/api/4/UploadImage/UploadImage?userId=%ff"),
            400,
            "261",
        ),
        ("two users", upload("/api/4/UploadImage/UploadImage?userId=1&USERID=2"), 400, "261"),
        ("bad DPI", upload("/api/4/UploadImage/UploadImage?userId=1&DPI=x"), 400, "265"),
        ("no form, no user", request(Method::POST, UPLOAD), 400, "261"),
        ("no form", request(Method::POST, "/api/4/UploadImage/UploadImage?userId=1"), 400, "262"),
        (
            "no form, two types",
            upload("/api/4/UploadImage/UploadImage?userId=1").header("Content-Type", "text/plain"),
            400,
            "262",
        ),
        (
            "too long",
            upload("/api/4/UploadImage/UploadImage?userId=1").header("Content-Length", "1148577"),
            413,
            "262",
        ),
    ];
    for (what, request, status, expected) in cases {
        let response = endpoint.answer(request.body(Body::reader(Untouchable)).unwrap());
        assert_eq!(
            (response.status().as_u16(), code(&response)),
            (status, expected.into()),
            "{what}"
        );
        let challenge = response.headers().get("www-authenticate");
        assert_eq!(challenge.is_some(), status == 401, "{what}");
    }
    // A bad DPI is not the first failure, as the userId may be in the form.
    let (head, ()) = upload("/api/4/UploadImage/UploadImage?DPI=x").body(()).unwrap().into_parts();
    assert!(matches!(endpoint.begin(&head), RequestStart::NeedsBody(_)));
}

#[test]
fn a_body_is_not_read_past_the_limit() {
    let endpoint = endpoint("{}");
    let read = Arc::new(AtomicU64::new(0));
    let request = upload("/api/4/UploadImage/UploadImage?userId=1")
        .body(Body::reader(Endless(read.clone())))
        .unwrap();
    let response = endpoint.answer(request);
    assert_eq!((response.status().as_u16(), code(&response)), (413, "262".into()));
    let limit = 100_000 + 1024 * 1024;
    assert!(read.load(Ordering::Relaxed) <= limit + 64 * 1024, "{read:?}");

    let (head, ()) =
        upload("/api/4/UploadImage/UploadImage?userId=1").body(()).unwrap().into_parts();
    let RequestStart::NeedsBody(mut receiver) = endpoint.begin(&head) else {
        panic!("the response did not wait for the body")
    };
    assert_eq!(receiver.limit(), limit);
    assert!(receiver.feed(&vec![0; usize::try_from(limit).unwrap()]));
    assert!(!receiver.feed(b"x"));
    assert!(!receiver.feed(b"x"));
    let response = buffered(receiver.finish());
    assert_eq!((response.status().as_u16(), code(&response)), (413, "262".into()));
}

#[test]
fn a_file_over_max_bytes_is_413() {
    let endpoint = endpoint("{}");
    let request =
        upload("/api/4/UploadImage/UploadImage?userId=1").body(form(&[0; 100_001])).unwrap();
    let response = endpoint.answer(request);
    assert_eq!((response.status().as_u16(), code(&response)), (413, "262".into()));
}

#[test]
fn an_incomplete_body_is_refused() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let endpoint = endpoint("{}");
    let whole = form(&fixture(PNG));
    let cut = whole[..whole.len() - 4].to_vec();
    for body in [Body::from(cut), Body::reader(Broken), Body::from(Vec::new())] {
        let response =
            endpoint.answer(upload("/api/4/UploadImage/UploadImage?userId=1").body(body).unwrap());
        assert_eq!((response.status().as_u16(), code(&response)), (400, "262".into()));
    }
}

#[test]
fn always_200_applies_to_envelopes_of_uploads() {
    let endpoint = endpoint(r#"{"always_200": true}"#);
    let response = endpoint.answer(Request::post(UPLOAD).body(()).unwrap());
    assert_eq!((response.status().as_u16(), code(&response)), (200, "372".into()));
    assert_eq!(get(&endpoint, "/nowhere").status(), 404);
}

#[test]
fn preconditions_and_ranges_are_supported() {
    let endpoint = endpoint(r#"{"files": true}"#);
    let png = fixture(PNG);
    let target = format!("{UPLOAD}?userId=1");
    let response = endpoint.answer(upload(&target).body(form(&png)).unwrap());
    let url = json(&response)["Data"]["OriginalURL"].as_str().unwrap().to_owned();
    let fetch = |headers: &[(&str, &str)]| {
        let request = headers
            .iter()
            .fold(Request::get(&url), |request, (name, value)| request.header(*name, *value));
        endpoint.answer(request.body(()).unwrap())
    };
    let etag = fetch(&[]).headers()["etag"].to_str().unwrap().to_owned();
    let len = png.len();

    let unchanged = fetch(&[("if-none-match", &etag)]);
    assert_eq!((unchanged.status(), unchanged.body().len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(unchanged.headers()["etag"], etag.as_str());
    assert_eq!(fetch(&[("if-match", "\"other\"")]).status(), 412);

    let part = fetch(&[("range", "bytes=1-3")]);
    assert_eq!((part.status(), &part.body()[..]), (StatusCode::PARTIAL_CONTENT, &b"PNG"[..]));
    assert_eq!(part.headers()["content-range"], format!("bytes 1-3/{len}").as_str());
    assert_eq!(part.headers()["content-length"], "3");
    let beyond = fetch(&[("range", "bytes=99999999-")]);
    assert_eq!(beyond.status(), 416);
    assert_eq!(beyond.headers()["content-range"], format!("bytes */{len}").as_str());
    assert_eq!(fetch(&[("range", "bytes=1-3"), ("if-range", "\"other\"")]).status(), 200);
    assert_eq!(fetch(&[("range", "bytes=1-3"), ("if-range", &etag)]).status(), 206);

    let head = endpoint.answer(Request::head(&url).body(()).unwrap());
    assert_eq!((head.status(), head.body().len()), (StatusCode::OK, 0));
    assert_eq!(head.headers()["content-length"], len.to_string().as_str());

    let head = endpoint.answer(Request::head(&url).header("range", "bytes=1-3").body(()).unwrap());
    assert_eq!((head.status(), head.body().len()), (StatusCode::OK, 0), "ranges apply to GET only");
    assert_eq!(head.headers()["content-length"], len.to_string().as_str());

    let unchanged = Request::head(&url).header("if-none-match", &etag).body(()).unwrap();
    let unchanged = endpoint.answer(unchanged);
    assert_eq!(unchanged.status(), 304);
    assert_eq!(unchanged.headers()["content-length"], len.to_string().as_str());

    let other = url.replace(".png", ".jpg");
    assert_eq!(endpoint.answer(Request::get(other).body(()).unwrap()).status(), 404);
    let website = userimage::WebsiteId::new(1001).unwrap();
    let id = userimage::ImageId::new(1).unwrap();
    endpoint.uploader().storage().delete(website, id).unwrap();
    assert_eq!(fetch(&[("if-none-match", &etag)]).status(), 404, "a deleted file is not found");
}

#[test]
fn lists_are_paged_searched_and_per_user() {
    let endpoint = endpoint(r#"{"list": true}"#);
    let png = fixture(PNG);
    for name in ["Ärger.png", "logo.png", "LOGO2.png"] {
        let body = String::from_utf8_lossy(&form(b"@")).replace("a.png", name);
        let (before, after) = body.split_once('@').unwrap();
        let body = [before.as_bytes(), &png, after.as_bytes()].concat();
        let target = format!("{UPLOAD}?userId=1");
        assert_eq!(endpoint.answer(upload(&target).body(body).unwrap()).status(), 200);
    }
    let list = |query: &str| {
        let response = get(&endpoint, &format!("/api/4/uploadimage/getuseruploadedlist?{query}"));
        let answer = json(&response);
        let names: Vec<_> = answer["Data"]["AssetList"]
            .as_array()
            .map(|list| {
                list.iter().map(|asset| asset["ImageName"].as_str().unwrap().to_owned()).collect()
            })
            .unwrap_or_default();
        let count = answer["Data"]["AssetCount"].as_u64();
        (response.status().as_u16(), answer["ErrorCode"].as_str().unwrap().to_owned(), count, names)
    };
    let found = |total, names: &[&str]| {
        (200, String::new(), Some(total), names.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(list("userId=1"), found(3, &["LOGO2.png", "logo.png", "Ärger.png"]));
    assert_eq!(list("userId=1&pageIndex=2&pageSize=2"), found(3, &["Ärger.png"]));
    assert_eq!(list("userId=1&pageIndex=9"), found(3, &[]));
    assert_eq!(list("userid=1&searchkey=LoGo"), found(2, &["LOGO2.png", "logo.png"]));
    assert_eq!(list("userId=1&searchKey=LoGo&pageIndex=2&pageSize=1"), found(2, &["logo.png"]));
    assert_eq!(list("userId=1&searchKey=%C3%A4RGER"), found(1, &["Ärger.png"]));
    assert_eq!(list("userId=2"), found(0, &[]));
    for wrong in [
        "pageIndex=0",
        "pageIndex=x",
        "pageSize=0",
        "pageSize=1001",
        "pageSize=-1",
        "searchKey=%ff",
    ] {
        let (status, code, count, _) = list(&format!("userId=1&{wrong}"));
        assert_eq!((status, &*code, count), (400, "400", None), "{wrong}");
    }
    assert_eq!(list("").1, ErrorCode::InvalidUserId.to_string());
    let other = Request::get("/api/4/UploadImage/GetUserUploadedList?userId=1")
        .header("websiteId", "1002")
        .header("webApiClientKey", "xyz");
    assert_eq!(json(&endpoint.answer(other.body(()).unwrap()))["Data"]["AssetCount"], 0);
}

#[test]
fn the_page_is_complete_and_allows_no_other_scripts() {
    let endpoint = endpoint(r#"{"page": true, "prefix": "/shop"}"#);
    let page = get(&endpoint, "/shop/");
    let html = String::from_utf8(page.body().clone()).unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(!html.contains("{style}") && !html.contains("{script}"));
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let probe = endpoint.answer(Request::post("/shop/probe").body(fixture(PNG)).unwrap());
    assert_eq!(
        probe.body(),
        format!("{{\"ok\":true,{}", &userimage::probe(&fixture(PNG)).unwrap().to_json()[1..])
            .as_bytes()
    );
    assert_eq!(get(&endpoint, "/").status(), 404);
}

#[test]
fn a_prefix_is_a_path() {
    let folder = std::env::temp_dir().join(format!("userimage-prefix-{}", std::process::id()));
    for prefix in ["shop", "/sh op", "/shop?x", "/é"] {
        let config = serde_json::json!({
            "storage": {"local": {"path": folder, "base_url": "/"}},
            "authentication": "already_checked",
            "http": {"prefix": prefix},
        });
        let error = Config::from_json(&config.to_string()).unwrap_err().to_string();
        assert!(error.starts_with("http.prefix: "), "{prefix}: {error}");
        assert!(!folder.exists(), "an invalid configuration creates no folder");
    }
    assert_eq!(
        get(
            &endpoint(r#"{"prefix": "/shop/", "settings": true}"#),
            "/Shop/api/4/UploadImage/GetImageSettings"
        )
        .status(),
        200
    );
}

#[test]
fn an_encoded_body_is_415_and_not_read() {
    let endpoint = endpoint(r#"{"page": true}"#);
    for coding in ["gzip", "br", "identity, gzip", "x", "\u{e9}"] {
        for request in [upload("/api/4/UploadImage/UploadImage?userId=1"), Request::post("/probe")]
        {
            let request = request.header("Content-Encoding", coding.as_bytes());
            let response = endpoint.answer(request.body(Body::reader(Untouchable)).unwrap());
            assert_eq!((response.status().as_u16(), code(&response)), (415, "415".into()));
            assert_eq!(response.headers()["accept-encoding"], "identity");
        }
    }
    let png = fixture(PNG);
    for coding in ["identity", "Identity", "", "identity,"] {
        let request = upload("/api/4/UploadImage/UploadImage?userId=1");
        let request = request.header("Content-Encoding", coding).body(form(&png)).unwrap();
        assert_eq!(endpoint.answer(request).status(), 200, "{coding}");
    }
    // Who may not upload learns nothing else.
    let request = Request::post(UPLOAD).header("Content-Encoding", "gzip").body(()).unwrap();
    assert_eq!(code(&endpoint.answer(request)), "372");
}

/// A form with these parts: their headers after `Content-Disposition: form-data; `, and their contents.
fn form_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (headers, data) in parts {
        let head = format!("--x\r\nContent-Disposition: form-data; {headers}\r\n\r\n");
        body.extend([head.as_bytes(), data, b"\r\n"].concat());
    }
    body.extend(b"--x--\r\n");
    body
}

#[test]
fn empty_file_inputs_beside_the_file_are_ignored() {
    let endpoint = endpoint(r#"{"explain": true}"#);
    let png = fixture(PNG);
    let empty =
        ("name=postedFile; filename=\"\"\r\nContent-Type: application/octet-stream", &b""[..]);
    let file = ("name=postedFile; filename=a.png", &png[..]);
    let send = |parts: &[(&str, &[u8])]| {
        let request = upload("/api/4/UploadImage/UploadImage?userId=1");
        let response = endpoint.answer(request.body(form_of(parts)).unwrap());
        let kind = response.headers().get("x-upload-error");
        (response.status().as_u16(), kind.map(|kind| kind.to_str().unwrap().to_owned()))
    };
    let refused = |kind: &str| (400, Some(kind.to_owned()));
    assert_eq!(send(&[file, empty]), (200, None));
    assert_eq!(send(&[empty, file, empty]), (200, None));
    assert_eq!(send(&[empty, empty]), refused("empty_file"));
    assert_eq!(send(&[file, empty, file]), refused("repeated_file"));
    assert_eq!(send(&[file, ("name=postedFile", b"x")]), refused("repeated_file"));
}

#[test]
fn the_number_of_parts_is_limited_by_the_configuration() {
    let png = fixture(PNG);
    for (http, most) in [(r#"{"max_parts": 3}"#, 3), ("{}", 1000), (r#"{"max_parts": 2000}"#, 2000)]
    {
        let endpoint = endpoint(http);
        for (count, status) in [(most, 200), (most + 1, 400)] {
            let mut parts = vec![("name=field", &b"1"[..]); count - 1];
            parts.push(("name=postedFile; filename=a.png", &png));
            let request = upload("/api/4/UploadImage/UploadImage?userId=1");
            let response = endpoint.answer(request.body(form_of(&parts)).unwrap());
            assert_eq!(response.status().as_u16(), status, "{http}, {count} parts");
        }
    }
}

#[test]
fn a_field_is_decoded_by_its_character_set() {
    let endpoint = endpoint(r#"{"list": true}"#);
    let png = fixture(PNG);
    let file = ("name=postedFile; filename=\"a\u{202e}gpj.png\"", &png[..]);
    let latin = ("name=userId\r\nContent-Type: text/plain; charset=ISO-8859-1", &b"J\xF6rg"[..]);
    let response = endpoint.answer(upload(UPLOAD).body(form_of(&[latin, file])).unwrap());
    assert_eq!(json(&response)["Data"]["ImageName"], "agpj.png");
    let list = get(&endpoint, "/api/4/UploadImage/GetUserUploadedList?userId=J%C3%B6rg");
    assert_eq!(json(&list)["Data"]["AssetCount"], 1);
    // Without a character set it is UTF-8.
    let undeclared = ("name=userId\r\nContent-Type: text/plain", &b"J\xF6rg"[..]);
    let response = endpoint.answer(upload(UPLOAD).body(form_of(&[undeclared, file])).unwrap());
    assert_eq!(code(&response), "261");
    // A file's bytes stay, whatever its type declares.
    let bytes = ("name=postedFile\r\nContent-Type: image/png; charset=ISO-8859-1", &png[..]);
    let request =
        upload("/api/4/UploadImage/UploadImage?userId=1").body(form_of(&[bytes])).unwrap();
    assert_eq!(endpoint.answer(request).status(), 200);
}

#[test]
fn refusals_are_explained_only_if_configured() {
    let nameless = b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--".to_vec();
    let send = |http: &str, target: &str, body: Vec<u8>| {
        let response = endpoint(http).answer(upload(target).body(body).unwrap());
        let header =
            |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), header("x-upload-error"), header("x-upload-reason"))
    };
    let user = "/api/4/UploadImage/UploadImage?userId=1";
    let explained =
        |status, kind: &str, reason: &str| (status, Some(kind.into()), Some(reason.into()));
    let on = r#"{"explain": true}"#;
    assert_eq!(
        send(on, user, nameless.clone()),
        explained(
            400,
            "malformed_form",
            "a part has no Content-Disposition of form-data with a name"
        )
    );
    assert_eq!(
        send(on, "/api/4/UploadImage/UploadImage?userId=", Vec::new()),
        explained(400, "missing_user_id", "userId is missing or blank")
    );
    assert_eq!(
        send(r#"{"explain": true, "always_200": true}"#, user, form(&[0; 100_001])).1.as_deref(),
        Some("too_large")
    );
    assert_eq!(send("{}", user, nameless), (400, None, None));
    assert_eq!(send(on, user, form(&fixture(PNG))), (200, None, None));

    let list = endpoint(r#"{"explain": true, "list": true, "settings": true}"#);
    let target = "/api/4/UploadImage/GetUserUploadedList";
    assert_eq!(get(&list, target).headers()["x-upload-error"], "missing_user_id");
    let settings = Request::get("/api/4/UploadImage/GetImageSettings").body(()).unwrap();
    assert_eq!(list.answer(settings).headers()["x-upload-error"], "missing_website_id");
}

/// An authenticator whose server does not answer.
struct Down;

impl userimage::Authenticator for Down {
    fn knows(&self, _: userimage::WebsiteId) -> Result<bool, userimage::AuthError> {
        Err(userimage::AuthError::new("the directory at 10.0.0.7 does not answer"))
    }

    fn accepts(
        &self,
        _: userimage::WebsiteId,
        _: &userimage::ClientKey,
    ) -> Result<bool, userimage::AuthError> {
        Ok(true)
    }
}

#[test]
fn a_server_error_is_never_explained() {
    let config = r#"{"storage": {"memory": {"base_url": "/"}}, "authentication": "host",
        "http": {"explain": true, "settings": true}}"#;
    let config = Config::from_json(config).unwrap();
    let uploader = config.open_with(userimage::Host::new().with_authenticator(Down)).unwrap();
    let endpoint = Endpoint::new(uploader, config.http);
    for request in [upload(UPLOAD), request(Method::GET, "/api/4/UploadImage/GetImageSettings")] {
        let response = endpoint.answer(request.body(()).unwrap());
        assert_eq!((response.status().as_u16(), code(&response)), (500, "500".into()));
        assert!(!response.headers().keys().any(|name| name.as_str().starts_with("x-upload")));
    }
}

const SHOP: &str = "https://shop.example";
const LIST: &str = "/api/4/UploadImage/GetUserUploadedList";
const SETTINGS: &str = "/api/4/UploadImage/GetImageSettings";
const FILE: &str = "/original/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8.png";
const ALL: &str = r#""files": true, "list": true, "settings": true, "page": true"#;

fn cors_of(response: &Response<Vec<u8>>) -> (Option<&str>, Option<&str>, Vec<&str>) {
    let headers = response.headers();
    let one = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    let vary = headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    (one("access-control-allow-origin"), one("access-control-allow-credentials"), vary)
}

#[test]
fn no_origin_is_allowed_by_default() {
    let endpoint = endpoint(&format!("{{{ALL}}}"));
    for (method, target, status) in [
        (Method::OPTIONS, UPLOAD, 405),
        (Method::OPTIONS, FILE, 405),
        (Method::POST, UPLOAD, 400),
        (Method::GET, SETTINGS, 200),
        (Method::GET, FILE, 404),
    ] {
        let request = request(method, target)
            .header("Origin", SHOP)
            .header("Access-Control-Request-Method", "POST");
        let response = endpoint.answer(request.body(()).unwrap());
        assert_eq!(response.status().as_u16(), status, "{target}");
        assert_eq!(cors_of(&response), (None, None, vec![]), "{target}");
    }
}

#[test]
fn a_preflight_allows_the_configured_origins() {
    let endpoint = endpoint(&format!(
        r#"{{{ALL}, "origins": ["https://shop.example", "http://localhost:3000"]}}"#
    ));
    for (target, methods) in [
        (UPLOAD, "POST, OPTIONS"),
        (LIST, "GET, HEAD, OPTIONS"),
        (SETTINGS, "GET, HEAD, OPTIONS"),
        (FILE, "GET, HEAD, OPTIONS"),
    ] {
        let preflight = |origin: &str| {
            let request = Request::options(target)
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST")
                .header(
                    "Access-Control-Request-Headers",
                    "webapiclientkey,websiteid,x-requested-with",
                );
            endpoint.answer(request.body(Body::reader(Untouchable)).unwrap())
        };
        let allowed = preflight(SHOP);
        assert_eq!((allowed.status().as_u16(), allowed.body().len()), (204, 0), "{target}");
        let vary = vec!["Origin, Access-Control-Request-Headers"];
        assert_eq!(cors_of(&allowed), (Some(SHOP), None, vary));
        for (name, value) in [
            ("allow", methods),
            ("access-control-allow-methods", methods),
            ("access-control-allow-headers", "webapiclientkey,websiteid,x-requested-with"),
            ("access-control-max-age", "7200"),
        ] {
            assert_eq!(allowed.headers()[name], value, "{target}");
        }
        for other in [
            "https://evil.example",
            "null",
            "https://shop.example.evil.example",
            "http://shop.example",
            "https://SHOP.example",
            "https://shop.example:8443",
            "*",
        ] {
            let response = preflight(other);
            assert_eq!(response.status(), 204, "{other}");
            assert_eq!(cors_of(&response), (None, None, vec!["Origin"]), "{other}");
            for name in response.headers().keys() {
                assert!(!name.as_str().starts_with("access-control"), "{other}: {name}");
            }
        }
    }
    // Not a preflight: only the methods.
    let response = endpoint.answer(Request::options(UPLOAD).body(()).unwrap());
    assert_eq!(
        (response.status().as_u16(), &response.headers()["allow"]),
        (204, &"POST, OPTIONS".parse().unwrap())
    );
    assert!(!response.headers().contains_key("access-control-allow-methods"));
    for (target, status) in [("/", 405), ("/probe", 405), ("/nowhere", 404)] {
        let request = Request::options(target).header("Origin", SHOP);
        let response = endpoint.answer(request.body(()).unwrap());
        assert_eq!((response.status().as_u16(), cors_of(&response).0), (status, None), "{target}");
    }
}

#[test]
fn every_response_for_an_allowed_origin_can_be_read_by_its_pages() {
    let endpoint = endpoint(&format!(r#"{{{ALL}, "origins": ["{SHOP}"]}}"#));
    let png = fixture(PNG);
    let user = "/api/4/UploadImage/UploadImage?userId=1";
    let stored = endpoint.answer(upload(user).header("Origin", SHOP).body(form(&png)).unwrap());
    assert_eq!(stored.status(), 200);
    assert_eq!(cors_of(&stored), (Some(SHOP), None, vec!["Origin"]));
    let file = json(&stored)["Data"]["OriginalURL"].as_str().unwrap().to_owned();
    let send = |request: http::request::Builder, origin: &str| {
        endpoint.answer(request.header("Origin", origin).body(b"--x--".to_vec()).unwrap())
    };
    type Make<'a> = &'a dyn Fn() -> http::request::Builder;
    let requests: [(Make<'_>, u16); 12] = [
        (&|| upload(user), 400),
        (&|| Request::post(UPLOAD), 400),
        (&|| request(Method::POST, user), 400),
        (&|| upload(user).header("Content-Length", "9999999"), 413),
        (&|| upload(user).header("Content-Encoding", "gzip"), 415),
        (&|| request(Method::PUT, UPLOAD), 405),
        (&|| request(Method::GET, LIST), 400),
        (&|| request(Method::GET, SETTINGS), 200),
        (&|| Request::get(&file), 200),
        (&|| Request::get(&file).header("range", "bytes=1-3"), 206),
        (&|| Request::get(&file).header("if-none-match", "*"), 304),
        (&|| Request::get(FILE), 404),
    ];
    for (make, status) in requests {
        let response = send(make(), SHOP);
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(cors_of(&response), (Some(SHOP), None, vec!["Origin"]), "{status}");
        let exposed = response.headers()["access-control-expose-headers"].to_str().unwrap();
        assert!(
            exposed.contains("X-Upload-Error") && exposed.contains("Content-Range"),
            "{exposed}"
        );
        // Caches keep the two apart.
        for response in [
            send(make(), "https://evil.example"),
            endpoint.answer(make().body(b"--x--".to_vec()).unwrap()),
        ] {
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(cors_of(&response), (None, None, vec!["Origin"]), "{status}");
            assert!(!response.headers().contains_key("access-control-expose-headers"));
        }
    }
    let response = send(upload(user).header("Origin", "https://evil.example"), SHOP);
    assert_eq!(cors_of(&response).0, None, "a request with two origins has no allowed one");
    assert_eq!(cors_of(&send(Request::get("/"), SHOP)), (None, None, vec![]));
    assert_eq!(cors_of(&send(Request::post("/probe"), SHOP)), (None, None, vec![]));
}

#[test]
fn any_origin_is_allowed_without_credentials() {
    let any = endpoint(&format!(r#"{{{ALL}, "origins": ["*"], "credentials": true}}"#));
    for request in [
        Request::get(FILE),
        request(Method::GET, SETTINGS).header("Origin", "https://a.example"),
        Request::options(UPLOAD).header("Origin", "null"),
    ] {
        let response = any.answer(request.body(()).unwrap());
        assert_eq!(cors_of(&response), (Some("*"), None, vec![]));
    }
    let both = endpoint(&format!(r#"{{{ALL}, "origins": ["*", "{SHOP}"], "credentials": true}}"#));
    for (origin, expected) in
        [(SHOP, (Some(SHOP), Some("true"))), ("https://a.example", (Some("*"), None))]
    {
        let response =
            both.answer(request(Method::GET, SETTINGS).header("Origin", origin).body(()).unwrap());
        let (allowed, credentials, vary) = cors_of(&response);
        assert_eq!((allowed, credentials), expected);
        assert_eq!(vary, ["Origin"]);
    }
}

#[test]
fn health_and_metrics_are_off_the_prefix_and_off_by_default() {
    let closed = endpoint("{}");
    for path in ["/health", "/ready", "/metrics"] {
        assert_eq!(get(&closed, path).status(), 404, "{path}");
    }
    let open =
        endpoint(r#"{"prefix": "/shop", "health": true, "metrics": true, "origins": ["*"]}"#);
    for path in ["/health", "/ready"] {
        let response = get(&open, path);
        assert_eq!(
            (response.status().as_u16(), &response.body()[..]),
            (200, &b"ok\n"[..]),
            "{path}"
        );
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(cors_of(&response), (None, None, vec![]));
        let head = open.answer(Request::head(path).body(()).unwrap());
        assert_eq!((head.status().as_u16(), head.body().len()), (200, 0));
        assert_eq!(open.answer(Request::post(path).body(()).unwrap()).status(), 405, "{path}");
        assert_eq!(get(&open, &format!("/shop{path}")).status(), 404, "{path}");
    }
    let wrong = request(Method::POST, "/shop/api/4/UploadImage/UploadImage?userId=1")
        .header("Content-Type", "multipart/form-data; boundary=x");
    assert_eq!(open.answer(wrong.body(form(b"")).unwrap()).status(), 400);
    let metrics = get(&open, "/metrics");
    assert_eq!(metrics.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(metrics.body().clone()).unwrap();
    let line = "userimage_uploads_total{result=\"refused\",kind=\"empty_file\"} 1\n";
    assert!(text.contains(line), "{text}");
}

/// A storage whose database is gone.
struct Gone;

impl Storage for Gone {
    fn store(&self, _: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        Err(StorageError::new("gone"))
    }

    fn find(&self, _: WebsiteId, _: ImageId) -> Result<Option<StoredImage>, StorageError> {
        Err(StorageError::new("gone"))
    }
}

/// A storage that can only store.
struct StoresOnly;

impl Storage for StoresOnly {
    fn store(&self, _: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        Err(StorageError::new("full"))
    }
}

fn over(storage: impl Storage + 'static) -> Endpoint {
    let keys = ClientKeys::new([(1001, "abc123")]).unwrap();
    let uploader = Uploader::builder(storage).authenticator(keys).build().unwrap();
    let options = HttpOptions::default().with_health(true).with_metrics(true).with_files(true);
    Endpoint::new(uploader, options)
}

#[test]
fn a_server_is_ready_while_its_storage_answers() {
    for (endpoint, status) in [(over(Gone), 503), (over(StoresOnly), 200)] {
        assert_eq!(get(&endpoint, "/ready").status(), status);
        assert_eq!(get(&endpoint, "/health").status(), 200);
    }
}

#[test]
fn errors_of_the_storage_are_counted_by_operation() {
    let endpoint = over(Gone);
    let png = fixture(PNG);
    let target = format!("{UPLOAD}?userId=1");
    assert_eq!(endpoint.answer(upload(&target).body(form(&png)).unwrap()).status(), 500);
    get(&endpoint, "/ready");
    // What a storage cannot do is not a fault of it.
    get(&endpoint, FILE);
    let text = String::from_utf8(get(&endpoint, "/metrics").body().clone()).unwrap();
    let counted = text.lines().filter(|line| line.starts_with("userimage_storage_errors_total"));
    let mut counted: Vec<_> = counted.collect();
    counted.sort_unstable();
    assert_eq!(
        counted,
        [
            "userimage_storage_errors_total{operation=\"find\"} 1",
            "userimage_storage_errors_total{operation=\"store\"} 1",
        ]
    );
    let failed = "userimage_uploads_total{result=\"failed\",kind=\"storage_failed\"} 1\n";
    assert!(text.contains(failed), "{text}");
}

#[test]
fn uploads_are_in_flight_until_they_end() {
    let endpoint = endpoint(r#"{"metrics": true}"#);
    let begin = || {
        let (head, ()) = upload(&format!("{UPLOAD}?userId=1")).body(()).unwrap().into_parts();
        let RequestStart::NeedsBody(receiver) = endpoint.begin(&head) else { panic!() };
        receiver
    };
    let has = |line: &str| {
        let text = String::from_utf8(get(&endpoint, "/metrics").body().clone()).unwrap();
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    };
    let (gone, late, broken, mut good) = (begin(), begin(), begin(), begin());
    has("userimage_uploads_in_flight 4");
    drop(gone);
    has("userimage_uploads_total{result=\"abandoned\",kind=\"\"} 1");
    let late = buffered(late.finish_timed_out());
    assert_eq!((late.status().as_u16(), code(&late)), (408, "408".into()));
    has("userimage_uploads_total{result=\"timed_out\",kind=\"\"} 1");
    let broken = buffered(broken.finish_broken("a chunk has no length"));
    assert_eq!((broken.status().as_u16(), code(&broken)), (400, "262".into()));
    has("userimage_uploads_total{result=\"refused\",kind=\"incomplete_body\"} 1");
    has("userimage_uploads_in_flight 1");
    let png = fixture(PNG);
    good.feed(&form(&png));
    assert_eq!(good.finish().status(), 200);
    has("userimage_uploads_total{result=\"stored\",kind=\"\"} 1");
    has(&format!("userimage_upload_bytes_total{{result=\"stored\"}} {}", png.len()));
    has("userimage_upload_step_seconds_count{step=\"storage\"} 1");
    has("userimage_uploads_in_flight 0");
}

#[test]
fn a_file_has_the_configured_cache_control() {
    let endpoint =
        endpoint(r#"{"files": true, "cache_control": "public, max-age=31536000, immutable"}"#);
    let stored =
        endpoint.answer(upload(&format!("{UPLOAD}?userId=1")).body(form(&fixture(PNG))).unwrap());
    let url = json(&stored)["Data"]["OriginalURL"].as_str().unwrap().to_owned();
    let caching = |response: &Response<Vec<u8>>| {
        response.headers()["cache-control"].to_str().unwrap().to_owned()
    };
    let public = "public, max-age=31536000, immutable";
    assert_eq!(caching(&get(&endpoint, &url)), public);
    let part = request(Method::GET, &url).header("range", "bytes=0-1");
    assert_eq!(caching(&endpoint.answer(part.body(()).unwrap())), public);
    let same = request(Method::GET, &url).header("if-none-match", "*");
    assert_eq!(caching(&endpoint.answer(same.body(()).unwrap())), public);
    assert_eq!(caching(&get(&endpoint, FILE)), "no-store");
}

#[test]
fn only_a_configured_endpoint_allows_credentials_to_named_origins() {
    for (credentials, expected) in [("", None), (r#", "credentials": true"#, Some("true"))] {
        let endpoint = endpoint(&format!(r#"{{{ALL}, "origins": ["{SHOP}"]{credentials}}}"#));
        let response = endpoint
            .answer(request(Method::GET, SETTINGS).header("Origin", SHOP).body(()).unwrap());
        assert_eq!(cors_of(&response), (Some(SHOP), expected, vec!["Origin"]));
    }
}
