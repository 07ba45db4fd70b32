//! `Content-Disposition: form-data; name="..."; filename="..."`, in the spellings that clients send.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::percent_decode_str;

use super::MultipartError;
use super::charset::decode;
use super::parameter::{Parameters, Value};

/// The name and the file name of a part.
#[derive(Debug, PartialEq)]
pub(crate) struct Disposition<'a> {
    /// The field's name.
    pub(crate) name: Cow<'a, str>,
    /// The client's file name; it may be empty.
    pub(crate) file_name: Option<Cow<'a, str>>,
}

impl<'a> Disposition<'a> {
    /// Parses the header's value. Bytes that are not UTF-8 (old browsers send them) are replaced by
    /// U+FFFD: the file name is for display only.
    pub(crate) fn parse(value: &'a [u8]) -> Result<Self, MultipartError> {
        let (kind, mut parameters) = Parameters::of(value);
        if !kind.eq_ignore_ascii_case(b"form-data") {
            return Err(MultipartError::NoName);
        }
        let (mut name, mut plain, mut extended) = (None, None, None);
        // The value from a quoted file name on.
        let mut last = &b""[..];
        loop {
            let unread = parameters.unread();
            let parameter = match parameters.next() {
                None => break,
                Some(Ok(parameter)) => parameter,
                Some(Err(_)) => {
                    let name = name_with_quotes(last).ok_or(MultipartError::BadDisposition)?;
                    plain = Some(unquoted(name));
                    break;
                }
            };
            let slot = if parameter.name.eq_ignore_ascii_case(b"name") {
                &mut name
            } else if parameter.name.eq_ignore_ascii_case(b"filename") {
                if matches!(parameter.value, Value::Quoted(_)) {
                    last = unread;
                }
                &mut plain
            } else if parameter.name.eq_ignore_ascii_case(b"filename*") {
                &mut extended
            } else {
                continue;
            };
            if slot.replace(text(&parameter.value)).is_some() {
                return Err(MultipartError::BadDisposition);
            }
        }
        let name = name.ok_or(MultipartError::NoName)?;
        // RFC 6266, section 4.3: the extended form is preferred if it can be decoded.
        let is_file = plain.is_some() || extended.is_some();
        let file_name =
            extended.and_then(|text| extended_value(&text)).or(plain.map(encoded_words));
        Ok(Self { name, file_name: file_name.or(is_file.then_some(Cow::Borrowed(""))) })
    }
}

/// The file name of `; filename="Poster 24"x36".jpg"`, where it is the last parameter: up to the last
/// quotation mark. `Alamofire`, `AFNetworking` and old releases of `form-data` do not escape inch marks. `None`
/// when the name could have another parameter in it that a reader looks for.
fn name_with_quotes(parameter: &[u8]) -> Option<&[u8]> {
    let opening = memchr::memchr(b'"', parameter)?;
    let name = parameter.get(opening + 1..)?.trim_ascii_end().strip_suffix(b"\"")?;
    let lower = name.to_ascii_lowercase();
    let is_parameter = |at: usize| {
        // `name=`, `filename=`, `filename*=`, `filename*0=`.
        let rest = lower.get(at + 4..).unwrap_or_default();
        rest.iter().find(|byte| !b" \t*0123456789".contains(byte)) == Some(&b'=')
    };
    let mut names = memchr::memmem::find_iter(&lower, b"name");
    (!names.any(is_parameter)).then_some(name)
}

fn text<'a>(value: &Value<'a>) -> Cow<'a, str> {
    match value {
        Value::Bare(text) => String::from_utf8_lossy(text),
        Value::Quoted(text) => unquoted(text),
    }
}

/// Removes the escapes of a quoted text: `\\` and `\"`, and `%22`, which browsers write for a quotation
/// mark. A backslash before any other character is part of a path.
fn unquoted(text: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(text);
    if !text.contains("\\\\") && !text.contains("\\\"") && !text.contains("%22") {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(&escaped @ ('\\' | '"'))) => {
                characters.next();
                plain.push(escaped);
            }
            _ => plain.push(character),
        }
    }
    Cow::Owned(plain.replace("%22", "\""))
}

/// Decodes an extended value (RFC 5987): `UTF-8'language'percent-encoded`. `None` when it is malformed
/// or in an unsupported character set. Quotation marks around it are removed: callers of .NET's
/// `HttpClient` put them around every name.
fn extended_value(text: &str) -> Option<Cow<'static, str>> {
    let (charset, rest) = text.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    let bytes: Vec<u8> = percent_decode_str(encoded).collect();
    let name = decode(charset, &bytes)?.into_owned();
    let inner = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    Some(Cow::Owned(inner.map(ToOwned::to_owned).unwrap_or(name)))
}

/// Decodes a text of encoded words (RFC 2047), as old .NET and Java send names. Returns any other text
/// unchanged.
fn encoded_words(text: Cow<'_, str>) -> Cow<'_, str> {
    let words: Option<String> = text.split_ascii_whitespace().map(encoded_word).collect();
    match words {
        Some(words) if !words.is_empty() => Cow::Owned(words),
        _ => text,
    }
}

fn encoded_word(word: &str) -> Option<String> {
    let mut fields = word.strip_prefix("=?")?.strip_suffix("?=")?.split('?');
    let (charset, encoding, text) = (fields.next()?, fields.next()?, fields.next()?);
    let bytes: Vec<u8> = match (encoding, fields.next()) {
        ("B" | "b", None) => BASE64.decode(text).ok()?,
        // The "Q" encoding is percent-encoding with `=` for `%` and `_` for a space.
        ("Q" | "q", None) => {
            let is_escape = |rest: &str| {
                rest.get(..2).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            };
            if !text.split('=').skip(1).all(is_escape) {
                return None;
            }
            let percent = text.replace('%', "%25").replace('=', "%").replace('_', " ");
            percent_decode_str(&percent).collect()
        }
        _ => return None,
    };
    decode(charset, &bytes).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_name(parameters: &str) -> Option<String> {
        let value = format!("form-data; name=\"postedFile\"{parameters}");
        let disposition = Disposition::parse(value.as_bytes()).unwrap();
        assert_eq!(disposition.name, "postedFile");
        disposition.file_name.map(Cow::into_owned)
    }

    #[test]
    fn file_names_of_clients_are_decoded() {
        for (parameters, expected) in [
            ("", None),
            ("; filename=\"\"", Some("")),
            ("; filename=\"a b;c.png\"", Some("a b;c.png")),
            ("; filename=a.png", Some("a.png")),
            ("; filename = \"a.png\" ", Some("a.png")),
            (";filename=my photo.png ; x=y", Some("my photo.png")),
            (r#"; filename="a\"b.png""#, Some("a\"b.png")),
            (r#"; filename="a\\b.png""#, Some("a\\b.png")),
            (r#"; filename="C:\new\photo.png""#, Some("C:\\new\\photo.png")),
            (r#"; filename="C:\photos\""#, Some("C:\\photos\\")),
            ("; filename=\"a%22b.png\"", Some("a\"b.png")),
            ("; filename=\"100%.png\"", Some("100%.png")),
            ("; filename=\"日本.png\"", Some("日本.png")),
            ("; filename=x.png; filename*=utf-8''%E2%82%AC.png", Some("€.png")),
            ("; filename*=UTF-8'en'%e2%82%ac.png; filename=\"x.png\"", Some("€.png")),
            ("; filename=x.png; filename*=utf-8''%ff", Some("x.png")),
            ("; filename=x.png; filename*=koi8-r''%c1", Some("x.png")),
            ("; filename*=iso-8859-1''%e9.png", Some("é.png")),
            ("; filename*=windows-1252''%80%e9.png", Some("€é.png")),
            ("; filename*=nonsense", Some("")),
            ("; filename=\"a.png\"; filename*=utf-8''%22a.png%22", Some("a.png")),
            ("; filename=\"=?utf-8?B?w6kucG5n?=\"", Some("é.png")),
            ("; filename=\"=?UTF-8?Q?a_=C3=A9=2Epng?=\"", Some("a é.png")),
            ("; filename=\"=?utf-8?B?w6k=?= =?utf-8?Q?.png?=\"", Some("é.png")),
            ("; filename=\"=?utf-8?B?***?=\"", Some("=?utf-8?B?***?=")),
            ("; filename=\"=?x\"", Some("=?x")),
            ("; FILENAME=\"a.png\"", Some("a.png")),
            ("; filename=\"a.png\";", Some("a.png")),
            ("; filename=\"Poster 24\"x36\".jpg\"", Some("Poster 24\"x36\".jpg")),
            ("; filename=\"24\"; 36\".jpg\" ", Some("24\"; 36\".jpg")),
            ("; filename=\"24\"\"", Some("24\"")),
        ] {
            assert_eq!(file_name(parameters).as_deref(), expected, "{parameters}");
        }
    }

    #[test]
    fn ambiguous_dispositions_are_refused() {
        for (value, expected) in [
            ("", MultipartError::NoName),
            ("form-data", MultipartError::NoName),
            ("attachment; name=\"a\"", MultipartError::NoName),
            ("form-data; filename=\"a\"", MultipartError::NoName),
            ("form-data; name=\"a", MultipartError::BadDisposition),
            ("form-data; name=\"a\"b", MultipartError::BadDisposition),
            ("form-data; name=\"a\"; name=\"b\"", MultipartError::BadDisposition),
            ("form-data; name=\"a\"; filename=b; filename=c", MultipartError::BadDisposition),
            ("form-data; name", MultipartError::BadDisposition),
            ("form-data; name=a; x; filename=b", MultipartError::BadDisposition),
            ("form-data; name=a\"; filename=\"b\"", MultipartError::BadDisposition),
            ("form-data; name=a; filename=\"b\"c", MultipartError::BadDisposition),
            ("form-data; name=a; filename=b; x=\"c\"d\"", MultipartError::BadDisposition),
            ("form-data; name=a; filename=\"b\"c\"; x=y", MultipartError::BadDisposition),
            ("form-data; name=a; filename=\"b\"; name=c\"", MultipartError::BadDisposition),
            (
                "form-data; name=a; filename=\"b\"c; FileName*0 = d\"",
                MultipartError::BadDisposition,
            ),
            ("form-data; filename=\"b\"c\"; name=a", MultipartError::BadDisposition),
        ] {
            assert_eq!(Disposition::parse(value.as_bytes()), Err(expected), "{value}");
        }
    }
}
