//! `GetImageSettings`: the policy of a website.

use serde::Serialize;

use crate::envelope::Envelope;
use crate::error::UploadError;
use crate::field::Dpi;
use crate::format::Format;
use crate::min_print::MinPrint;
use crate::policy::Policy;
use crate::request::UploadHead;
use crate::uploader::Uploader;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    /// In units of 1,048,576 bytes.
    file_size: serde_json::Number,
    image_extensions: String,
    dimension: Dimension,
    /// 0 if no minimum is configured.
    #[serde(rename = "ImageDPI")]
    image_dpi: u16,
    /// Left out if none is configured: the reference has no such member.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_print: Option<Print>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Print {
    width: f64,
    height: f64,
    /// Of width and height.
    unit: &'static str,
    #[serde(rename = "DPI")]
    dpi: u16,
    action: &'static str,
}

impl From<MinPrint> for Print {
    fn from(print: MinPrint) -> Self {
        Self {
            width: print.width(),
            height: print.height(),
            unit: print.unit().name(),
            dpi: print.dpi().get(),
            action: print.action().name(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Dimension {
    width: u32,
    height: u32,
}

impl From<&Policy> for Data {
    fn from(policy: &Policy) -> Self {
        let extensions: Vec<_> =
            policy.formats.iter().flat_map(|format| extensions(*format)).collect();
        Self {
            file_size: megabytes(policy.max_bytes),
            image_extensions: extensions.join(","),
            dimension: Dimension { width: policy.max_width, height: policy.max_height },
            image_dpi: policy.min_dpi.map_or(0, Dpi::get),
            min_print: policy.min_print.map(Print::from),
        }
    }
}

pub(super) fn answer(uploader: &Uploader, head: &UploadHead<'_>) -> Result<Envelope, UploadError> {
    let website = uploader.authenticate(head)?;
    Ok(Envelope::success(&Data::from(uploader.policy(website))))
}

/// The usual file extensions of a format, in capitals, as the reference server returns them.
fn extensions(format: Format) -> Vec<String> {
    let all = match format {
        Format::Jpeg => vec!["jpeg", "jpg"],
        Format::Tiff => vec!["tif", "tiff"],
        _ => vec![format.extension().trim_start_matches('.')],
    };
    all.into_iter().map(str::to_uppercase).collect()
}

/// Units of 1,048,576 bytes: an integer if exact, else two decimals, rounded down so that a file of
/// that size is accepted.
fn megabytes(bytes: u64) -> serde_json::Number {
    const MEGABYTE: u64 = 1024 * 1024;
    if bytes.is_multiple_of(MEGABYTE) {
        return (bytes / MEGABYTE).into();
    }
    let hundredths = u128::from(bytes) * 100 / u128::from(MEGABYTE);
    serde_json::Number::from_f64(hundredths as f64 / 100.0).unwrap_or_else(|| 0.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn megabytes_are_whole_or_rounded_down() {
        for (bytes, expected) in
            [(0, "0"), (5_242_880, "5"), (5_000_000, "4.76"), (1, "0.0"), (26_214_399, "24.99")]
        {
            assert_eq!(megabytes(bytes).to_string(), expected);
        }
    }
}
