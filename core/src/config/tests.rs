//! Tests of the configuration as a whole.

use super::*;

fn document(fields: &str) -> String {
    format!(
        r#"{{"storage": {{"memory": {{"base_url": "u/"}}}}, "authentication": "keys"{fields}}}"#
    )
}

#[test]
fn gaps_are_filled_from_the_default_and_that_from_the_specification() {
    let config = Config::from_json(&document(
        r#", "policy": {"max_bytes": 7, "max_width": 5},
           "websites": [{"id": 1, "policy": {"max_width": 9, "min_dpi": 90, "formats": ["jpeg", "webp"]}}, {"id": 2}]"#,
    ))
    .unwrap();
    let policies = config.policies().unwrap();
    let (own, gaps) =
        (policies.of(WebsiteId::new(1).unwrap()), policies.of(WebsiteId::new(2).unwrap()));
    assert_eq!((own.max_bytes, own.max_width, own.max_height), (7, 9, 30_000));
    assert_eq!(own.min_dpi, Dpi::new(90));
    assert_eq!(own.formats, BTreeSet::from([Format::Jpeg, Format::WebP]));
    assert_eq!((gaps.max_bytes, gaps.max_width, gaps.min_dpi), (7, 5, None));
}

#[test]
fn content_that_acts_is_refused_unless_a_policy_allows_it() {
    let allowed = |fields: &str, website| {
        let config = Config::from_json(&document(fields)).unwrap();
        config.policies().unwrap().of(WebsiteId::new(website).unwrap()).allow_active
    };
    let websites = r#", "policy": {"allow_active": true},
        "websites": [{"id": 1, "policy": {"allow_active": false}}, {"id": 2}]"#;
    assert!(!allowed("", 1) && !allowed(websites, 1) && allowed(websites, 2));
}

#[cfg(feature = "svg")]
#[test]
fn fonts_are_those_of_a_folder() {
    let opened = |path: &str| {
        let fields = format!(r#", "websites": [{{"id": 1, "keys": ["k"]}}], "fonts": "{path}""#);
        Config::from_json(&document(&fields)).unwrap().open()
    };
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");
    assert!(opened(&format!("{fixtures}/fonts")).is_ok());
    let error = opened("/nowhere").unwrap_err().to_string();
    assert!(error.starts_with("fonts: the fonts in /nowhere cannot be used"), "{error}");
}

#[test]
fn the_smallest_print_is_read_in_either_unit() {
    use crate::min_print::{LengthUnit, MinPrintAction};

    let read = |print: &str| {
        Config::from_json(&document(&format!(r#", "policy": {{"min_print": {print}}}"#)))
            .map(|config| config.policies().unwrap().default.min_print)
            .map_err(|error| error.to_string())
    };
    let print = |width, height, unit, dpi| {
        MinPrint::new(width, height, unit, Dpi::new(dpi).unwrap()).unwrap()
    };
    let poster = print(20.0, 30.0, LengthUnit::Cm, 150);
    assert_eq!(read("null"), Ok(None));
    assert_eq!(read(r#"{"width_cm": 20, "height_cm": 30, "dpi": 150}"#), Ok(Some(poster)));
    assert_eq!(
        read(r#"{"width_cm": 20, "height_cm": 30, "dpi": 150, "action": "warn"}"#),
        Ok(Some(poster.with_action(MinPrintAction::Warn)))
    );
    assert_eq!(
        read(r#"{"width_inches": 8.5, "height_inches": 11, "dpi": 300}"#),
        Ok(Some(print(8.5, 11.0, LengthUnit::Inch, 300)))
    );
    for (wrong, expected) in [
        ("5", ": an object is expected, not 5"),
        (r#"{"width_cm": 20, "height_cm": 30}"#, ".dpi is missing"),
        (r#"{"width_cm": 20, "dpi": 150}"#, ".height_cm is missing"),
        (r#"{"width_inches": 20, "dpi": 150}"#, ".height_inches is missing"),
        (
            r#"{"width_cm": 20, "height_inches": 9, "dpi": 150}"#,
            ": width and height in one unit are expected",
        ),
        (
            r#"{"width_cm": 0, "height_cm": 30, "dpi": 150}"#,
            ".width_cm: a number of 0.01 to 10000 is expected, not 0",
        ),
        (
            r#"{"width_inches": 4000, "height_inches": 1, "dpi": 150}"#,
            ".width_inches: a number of 0.01 to 3937 is expected, not 4000",
        ),
        (
            r#"{"width_cm": "20", "height_cm": 30, "dpi": 150}"#,
            r#".width_cm: a number is expected, not "20""#,
        ),
        (
            r#"{"width_cm": 20, "height_cm": 30, "dpi": 0}"#,
            ".dpi: a whole number of 1 to 65535 is expected, not 0",
        ),
        (
            r#"{"width_cm": 20, "height_cm": 30, "dpi": 9, "action": "no"}"#,
            r#".action: one of refuse, warn is expected, not "no""#,
        ),
    ] {
        assert_eq!(read(wrong), Err(format!("policy.min_print{expected}")));
    }
    let websites = r#", "policy": {"min_print": {"width_cm": 20, "height_cm": 30, "dpi": 150}},
        "websites": [{"id": 1, "policy": {"min_print": {"width_cm": 1, "height_cm": 1, "dpi": 9}}}, {"id": 2}]"#;
    let policies = Config::from_json(&document(websites)).unwrap().policies().unwrap();
    let of = |id| policies.of(WebsiteId::new(id).unwrap()).min_print;
    assert_eq!(of(1), Some(print(1.0, 1.0, LengthUnit::Cm, 9)));
    assert_eq!(of(2), Some(poster));
    // In a document of texts.
    let texts = r#"{"authentication": "keys", "policy": {"min_print":
        {"width_inches": "8.5", "height_inches": "11", "dpi": "300"}}}"#;
    let config = Config::from_texts(texts).unwrap();
    assert_eq!(config.policy.min_print, Some(print(8.5, 11.0, LengthUnit::Inch, 300)));
}

#[test]
fn empty_lists_and_objects_are_read_from_texts() {
    // As .NET's `IConfiguration` has `[]` and `{}`.
    let empty = r#"{"authentication": "already_checked", "websites": "", "policy": null, "inspectors": [{"host": null}]}"#;
    let config = Config::from_texts(empty).unwrap();
    assert!(config.websites.is_empty());
    assert!(matches!(config.inspectors.as_slice(), [InspectorConfig::Host { .. }]));
    let keys = r#"{"authentication": "keys", "websites": [{"id": 1, "keys": ""}]}"#;
    assert!(Config::from_texts(keys).unwrap().websites[0].keys.is_empty());

    let error = |json: &str, texts: bool| {
        let config = if texts { Config::from_texts(json) } else { Config::from_json(json) };
        config.unwrap_err().to_string()
    };
    assert_eq!(error(empty, false), r#"websites: a list is expected, not """#);
    assert_eq!(error(keys, false), "websites[0].keys: a list of texts is expected");
    let blank = r#"{"authentication": "keys", "websites": " "}"#;
    assert_eq!(error(blank, true), r#"websites: a list is expected, not " ""#);
    let host = r#"{"authentication": "keys", "inspectors": [{"host": null}]}"#;
    assert_eq!(error(host, false), "inspectors[0]: exactly one inspector is expected");
}

#[test]
fn gaps_of_a_quota_are_filled_one_by_one() {
    let config = Config::from_json(&document(
        r#", "policy": {"user_quota": {"images": 9, "bytes": 1000}, "retention_days": 30},
           "websites": [{"id": 1, "policy": {"user_quota": {"images": 99}, "website_quota": {"bytes": 7}}}]"#,
    ))
    .unwrap();
    let policies = config.policies().unwrap();
    let (own, gaps) =
        (policies.of(WebsiteId::new(1).unwrap()), policies.of(WebsiteId::new(2).unwrap()));
    let quota = Quota::unlimited;
    assert_eq!(own.user_quota, quota().with_images(Some(99)).with_bytes(Some(1000)));
    assert_eq!(own.website_quota, quota().with_bytes(Some(7)));
    assert_eq!(gaps.user_quota, quota().with_images(Some(9)).with_bytes(Some(1000)));
    assert!(gaps.website_quota.is_unlimited());
    let month = Duration::from_secs(30 * 86_400);
    assert_eq!((own.retention, gaps.retention), (Some(month), Some(month)));
}

#[test]
fn shared_memory_has_defaults() {
    let shared = |fields: &str| Config::from_json(&document(fields)).unwrap().memory;
    let default = SharedMemory::default();
    assert_eq!(default.max_bytes, 2_147_483_648);
    assert_eq!(default.max_wait.as_secs(), 30);
    assert_eq!(shared(""), default);
    assert_eq!(shared(r#", "memory": {"max_bytes": 7}"#), default.with_max_bytes(7));
    let longest = std::time::Duration::from_secs(86_400);
    assert_eq!(
        shared(r#", "memory": {"max_wait_seconds": 86400}"#),
        default.with_max_wait(longest)
    );
}

#[test]
fn renditions_have_the_options_of_the_standard_one() {
    let config = Config::from_json(&document(
        r#", "renditions": {
            "thumbnail": {"max_width": 200, "max_height": 100, "jpeg_quality": 70},
            "print": {"format": "webp"},
            "off": null
        }"#,
    ))
    .unwrap();
    let default = StandardOptions::default();
    let thumbnail = default
        .with_max_size(crate::geometry::Size::new(200, 100))
        .and_then(|options| options.with_jpeg_quality(70))
        .unwrap();
    let name = |name| RenditionName::parse(name).unwrap();
    let expected = [
        (name("print"), default.with_format(crate::rendition::OutputFormat::WebP)),
        (name("thumbnail"), thumbnail),
    ];
    assert_eq!(config.renditions, BTreeMap::from(expected));
    assert!(Config::from_json(&document("")).unwrap().renditions.is_empty());
    let many: Vec<String> = (0..17).map(|n| format!(r#""r{n}": {{}}"#)).collect();
    let error = Config::from_json(&document(&format!(r#", "renditions": {{{}}}"#, many.join(","))));
    assert_eq!(error.unwrap_err().to_string(), "renditions: at most 16 are expected, not 17");
}

#[test]
fn an_error_names_the_key_s_path() {
    for (fields, expected) in [
        (r#", "polices": {}"#, "polices: the key is not known"),
        (r#", "policy": {"max_byte": 1}"#, "policy.max_byte: the key is not known"),
        (
            r#", "websites": [{"id": 1}, {"id": 2, "key": "k"}]"#,
            "websites[1].key: the key is not known",
        ),
        (
            r#", "websites": [{"id": "1001"}]"#,
            r#"websites[0].id: a number is expected, not "1001""#,
        ),
        (
            r#", "websites": [{"id": 0}]"#,
            "websites[0].id: a whole number of 1 to 2147483647 is expected, not 0",
        ),
        (r#", "websites": [{}]"#, "websites[0].id is missing"),
        (r#", "websites": {"id": 1}"#, "websites: a list is expected, not an object"),
        (
            r#", "websites": [{"id": 1, "policy": {"min_dpi": 65536}}]"#,
            "websites[0].policy.min_dpi: a whole number of 1 to 65535 is expected, not 65536",
        ),
        (
            r#", "memory": {"max_byte": 1}"#,
            "memory.max_byte: the key is not known; known are max_bytes, max_wait_seconds",
        ),
        (
            r#", "memory": {"max_bytes": "1 GiB"}"#,
            r#"memory.max_bytes: a number is expected, not "1 GiB""#,
        ),
        (
            r#", "memory": {"max_wait_seconds": 86401}"#,
            "memory.max_wait_seconds: a whole number of 0 to 86400 is expected, not 86401",
        ),
        (r#", "memory": 5"#, "memory: an object is expected, not 5"),
        (
            r#", "policy": {"user_quota": {"image": 1}}"#,
            "policy.user_quota.image: the key is not known; known are images, bytes",
        ),
        (
            r#", "policy": {"retention_days": 0}"#,
            "policy.retention_days: a whole number of 1 to 36500 is expected, not 0",
        ),
        (r#", "standard": {"quality": 1}"#, "standard.quality: the key is not known"),
        (
            r#", "standard": {"jpeg_quality": 101}"#,
            "standard.jpeg_quality: a whole number of 1 to 100 is expected, not 101",
        ),
        (
            r#", "standard": {"format": "gif"}"#,
            r#"standard.format: one of auto, webp is expected, not "gif""#,
        ),
        (r#", "renditions": []"#, "renditions: an object is expected, not a list"),
        (
            r#", "renditions": {"Card": {}}"#,
            "renditions.Card: a name has 1 to 32 lowercase letters, digits and hyphens",
        ),
        (
            r#", "renditions": {"standard": {}}"#,
            "renditions.standard: this name has another meaning in paths",
        ),
        (
            r#", "renditions": {"card": {"max_width": 0}}"#,
            "renditions.card.max_width: a whole number of 1 to 65535 is expected, not 0",
        ),
        (
            r#", "renditions": {"card": {"width": 7}}"#,
            "renditions.card.width: the key is not known",
        ),
        (r#", "policy": {"formats": ["bitmap"]}"#, "policy.formats[0]: one of jpeg, png,"),
        // It is known, but has no rendition.
        (
            r#", "websites": [{"id": 1, "policy": {"formats": ["png", "ico"]}}]"#,
            "websites[0].policy.formats[1]: one of jpeg, png, gif, bmp, tiff, webp, heif, heic, psd, jp2, j2k, jxl, svg, eps, pdf is expected, not \"ico\"",
        ),
        (
            r#", "policy": {"max_bytes": -1}"#,
            "policy.max_bytes: a whole number of at least 0 is expected, not -1",
        ),
        (
            r#", "policy": {"max_bytes": 1.5}"#,
            "policy.max_bytes: a whole number of at least 0 is expected, not 1.5",
        ),
        (r#", "authentication": "keys""#, r#"the key "authentication" is given twice"#),
    ] {
        let error = Config::from_json(&document(fields)).unwrap_err().to_string();
        assert!(error.contains(expected), "{fields}: {error}");
        for word in ["u32", "u64", "NonZero", "expected struct", "invalid type"] {
            assert!(!error.contains(word), "{fields}: {error}");
        }
    }
    for (json, expected) in [
        ("", "not a JSON document"),
        ("{}", "authentication is missing"),
        ("[]", "an object is expected, not a list"),
        (
            r#"{"authentication": "none"}"#,
            r#"authentication: one of keys, host, already_checked is expected, not "none""#,
        ),
        (
            r#"{"authentication": "keys", "storage": {"tape": {}}}"#,
            "storage.tape: the key is not known",
        ),
        (
            r#"{"authentication": "keys", "storage": {}}"#,
            "storage: exactly one storage is expected",
        ),
        (
            r#"{"authentication": "keys", "storage": {"memory": {}}}"#,
            "storage.memory.base_url is missing",
        ),
        (
            r#"{"authentication": "keys", "storage": {"memory": {"base_url": ""}}}"#,
            r#"storage.memory.base_url: a URL, or the start of one, is expected, not """#,
        ),
        #[cfg(feature = "local")]
        (
            r#"{"authentication": "keys", "storage": {"local": {"path": "data", "base_url": "u/\r\n"}}}"#,
            r#"storage.local.base_url: a URL, or the start of one, is expected, not "u/\r\n""#,
        ),
    ] {
        let error = Config::from_json(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
}

#[cfg(not(feature = "cloud"))]
#[test]
fn a_storage_that_needs_a_feature() {
    let json =
        r#"{"authentication": "already_checked", "storage": {"cloud": {"blobs": "s3://b"}}}"#;
    let error = Config::from_json(json).unwrap_err().to_string();
    assert!(error.starts_with("storage.cloud: ") && error.contains(r#""cloud""#), "{error}");
}

#[cfg(not(feature = "psd"))]
#[test]
fn a_format_that_needs_a_feature() {
    let json = r#"{"authentication": "already_checked", "policy": {"formats": ["psd"]}}"#;
    let error = Config::from_json(json).unwrap_err().to_string();
    assert!(error.starts_with(r#"policy.formats[0]: psd needs the feature "psd""#), "{error}");
}

#[cfg(feature = "http")]
#[test]
fn a_prefix_that_is_not_a_path_is_an_error() {
    let error = Config::from_json(&document(r#", "http": {"prefix": "shop"}"#)).unwrap_err();
    assert_eq!(error.to_string(), r#"http.prefix: "shop" is not a path like "/shop""#);
    let config = Config::from_json(&document(r#", "http": {"prefix": "/shop/"}"#)).unwrap();
    assert_eq!(config.http.prefix.as_str(), "/shop");
}

#[cfg(feature = "http")]
#[test]
fn the_http_options_are_read_and_closed_by_default() {
    let http = |http: &str| {
        Config::from_json(&document(&format!(r#", "http": {http}"#)))
            .map(|config| config.http)
            .map_err(|error| error.to_string())
    };
    assert_eq!(http("{}"), Ok(HttpOptions::default()));
    assert_eq!(http("{}").unwrap().max_parts, 1000);
    assert_eq!(
        http(r#"{"explain": true, "origins": ["https://shop.example", "*"], "max_parts": 32}"#),
        Ok(HttpOptions::default()
            .with_explain(true)
            .with_origins(["https://shop.example", "*"].map(|origin| origin.parse().unwrap()))
            .with_max_parts(32))
    );
    for (wrong, expected) in [
        (r#"{"explain": 1}"#, "http.explain: true or false is expected, not 1"),
        (r#"{"origins": "*"}"#, r#"http.origins: a list is expected, not "*""#),
        (
            r#"{"origins": ["https://a.example", "https://b.example/"]}"#,
            r#"http.origins[1]: "https://b.example/" is not an origin like "https://shop.example", or "*""#,
        ),
        (
            r#"{"cache_control": "a\nb"}"#,
            r#"http.cache_control: "a\nb" is not a value like "public, max-age=31536000, immutable""#,
        ),
        (
            r#"{"trusted_proxies": ["10.0.0.0/33"]}"#,
            r#"http.trusted_proxies[0]: "10.0.0.0/33" is not an address or a network like "127.0.0.1" or "10.0.0.0/8""#,
        ),
        (r#"{"max_parts": 0}"#, "http.max_parts: a whole number of 1 to 65535 is expected, not 0"),
    ] {
        assert_eq!(http(wrong).unwrap_err(), expected);
    }
}

#[cfg(feature = "http")]
#[test]
fn a_server_has_defaults_of_its_own() {
    let defaults = HttpOptions::default().with_health(true).with_files(true);
    let read = |http: &str| {
        Config::from_json_with(&document(http), defaults.clone()).map(|config| config.http)
    };
    assert_eq!(read("").unwrap(), defaults);
    let other = defaults.clone().with_health(false).with_list(true);
    assert_eq!(read(r#", "http": {"health": false, "list": true}"#).unwrap(), other);
}

#[test]
fn texts_are_read_from_the_environment() {
    // Cargo sets the variable to the name of this package.
    let key = r#"{"env": "CARGO_PKG_NAME"}"#;
    for (keys, expected) in
        [(key.to_owned(), vec!["userimage"]), (format!(r#"["k", {key}]"#), vec!["k", "userimage"])]
    {
        let json = document(&format!(r#", "websites": [{{"id": 1, "keys": {keys}}}]"#));
        let config = Config::from_json(&json).unwrap();
        assert_eq!(config.websites[0].keys, expected);
        config.open().unwrap();
    }
    let config = Config::from_json(
        r#"{"storage": {"memory": {"base_url": {"env": "CARGO_PKG_NAME"}}}, "authentication": "already_checked"}"#,
    );
    let Some(StorageConfig::Memory { base_url }) = config.unwrap().storage else { panic!() };
    assert_eq!(base_url, "userimage");
    // Several keys, between spaces: the description of this package, whose words are keys.
    let json = document(r#", "websites": [{"id": 1, "keys": {"env": "CARGO_PKG_DESCRIPTION"}}]"#);
    let keys = &Config::from_json(&json).unwrap().websites[0].keys;
    let words: Vec<_> = env!("CARGO_PKG_DESCRIPTION").split(' ').collect();
    assert_eq!(*keys, words);
}

#[test]
fn a_variable_that_cannot_be_read_is_an_error_without_its_value() {
    let error = |keys: &str| {
        let json = document(&format!(r#", "websites": [{{"id": 1, "keys": {keys}}}]"#));
        Config::from_json(&json).unwrap_err().to_string()
    };
    for name in ["USERIMAGE_IS_NOT_SET", "", "A=B", "A\\u0000B"] {
        let error = error(&format!(r#"{{"env": "{name}"}}"#));
        assert!(error.starts_with("websites[0].keys: the environment variable"), "{error}");
        assert!(error.ends_with("is not set"), "{error}");
    }
    assert!(error(r#"["a", {"env": "NOT_SET"}]"#).starts_with("websites[0].keys[1]: "));
    assert!(error(r#"{"env": "A", "b": 1}"#).contains("a list of texts is expected"));
    let json = r#"{"authentication": {"env": "CARGO_PKG_NAME"}}"#;
    let error = Config::from_json(json).unwrap_err().to_string();
    assert!(!error.contains("userimage") && error.contains("an environment variable"), "{error}");
    let json =
        document(r#", "http": {"prefix": {"env": "CARGO_MANIFEST_DIR"}, "x": {"env": "PATH"}}"#);
    assert!(Config::from_json(&json).unwrap_err().to_string().starts_with("http.x: "));
}

#[test]
fn an_error_never_shows_a_key() {
    for fields in [
        r#", "websites": [{"id": 1, "keys": "s3cret"}]"#,
        r#", "websites": [{"id": 1, "keys": [["s3cret"]]}]"#,
        r#", "websites": [{"id": 1, "keys": {"s3cret": 1}}]"#,
    ] {
        let error = Config::from_json(&document(fields)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }
    let config =
        Config::from_json(&document(r#", "websites": [{"id": 1, "keys": ["k", "s3cret ü"]}]"#))
            .unwrap();
    let error = config.open().unwrap_err();
    assert!(!format!("{config:?} {error} {error:?}").contains("s3cret"));
    assert!(error.to_string().starts_with("websites[0].keys[1]: "), "{error}");
}

/// A host whose authenticator refuses every key.
struct Closed;

impl Authenticator for Closed {
    fn knows(&self, _: WebsiteId) -> Result<bool, crate::AuthError> {
        Ok(false)
    }

    fn accepts(&self, _: WebsiteId, _: &ClientKey) -> Result<bool, crate::AuthError> {
        Ok(false)
    }
}

fn open(authentication: &str, host: Host) -> Result<Uploader, String> {
    let json = format!(
        r#"{{"storage": {{"memory": {{"base_url": "u/"}}}}, "authentication": "{authentication}"}}"#
    );
    Config::from_json(&json).unwrap().open_with(host).map_err(|error| error.to_string())
}

#[test]
fn no_door_is_open_by_accident() {
    // A forgotten authenticator is an error, not an open door.
    let error = open("host", Host::new()).unwrap_err();
    assert!(error.starts_with("authentication: "), "{error}");
    assert!(open("host", Host::new().with_authenticator(Closed)).is_ok());
    assert!(open("already_checked", Host::new()).is_ok());
    for authentication in ["keys", "already_checked"] {
        let host = Host::new().with_authenticator(Closed);
        assert!(open(authentication, host).is_err(), "{authentication}");
    }
    let keys_for_nothing =
        r#"{"authentication": "already_checked", "websites": [{"id": 1, "keys": ["k"]}]}"#;
    let error = Config::from_json(keys_for_nothing).unwrap().open().unwrap_err();
    assert!(error.to_string().starts_with("websites[0].keys: "), "{error}");
}

#[cfg(feature = "local")]
#[test]
fn a_storage_that_cannot_be_opened_is_an_error_that_names_its_key() {
    // A file, not a folder.
    let json = r#"{"storage": {"local": {"path": "Cargo.toml", "base_url": "u/"}},
                   "authentication": "already_checked"}"#;
    let error = Config::from_json(json).unwrap().open().unwrap_err().to_string();
    assert!(error.starts_with("storage.local: the storage cannot be opened: "), "{error}");
}

#[test]
fn contradictions_are_refused() {
    for (json, expected) in [
        (
            document(r#", "websites": [{"id": 1, "keys": ["k"]}, {"id": 1, "keys": ["k"]}]"#),
            "websites[1].id: ",
        ),
        (document(r#", "websites": [{"id": 1}]"#), "websites[0].keys: "),
        (r#"{"authentication": "already_checked"}"#.to_owned(), "storage is missing"),
    ] {
        let error = Config::from_json(&json).unwrap().open().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{json}: {error}");
    }
    let host = Host::new().with_storage(MemoryStorage::new("u/"));
    let error = Config::from_json(&document("")).unwrap().open_with(host).unwrap_err();
    assert!(error.to_string().starts_with("storage: "), "{error}");
}
