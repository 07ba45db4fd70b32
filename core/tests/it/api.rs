//! The Rust column of `tests/contract/api.tsv`: every name in it exists, or this does not compile.
#![cfg(all(feature = "http", feature = "local", feature = "metrics"))]

use std::collections::BTreeSet;

use userimage::http::{BodyReceiver, Endpoint, ResponseBody};
use userimage::probe::ExifDetails;
use userimage::rendition::Standard;
use userimage::storage::{
    CopyReport, ImageList, Storage, StoredFile, SweepReport, Usage, VerifyReport,
};
use userimage::{
    Admitted, Authenticator, Cancellation, Config, Envelope, ErrorKind, Format, ImageInfo,
    ImageRecord, Inspector, NewImage, Policy, PostedFile, StandardRecord, StoredImage, UploadError,
    UploadRequest, Uploader,
};

/// Uses every name, and returns the list of them.
macro_rules! names {
    (
        fields { $($type:ident . $field:ident)* }
        items { $($item:path)* }
        methods { $($trait:ident :: $method:ident)* }
        calls { $($name:literal => $call:expr,)* }
    ) => {{
        $(let _ = |value: &$type| { let _ = &value.$field; };)*
        $(let _ = $item;)*
        $(let _ = <dyn $trait>::$method;)*
        $(let _ = $call;)*
        [
            $(concat!(stringify!($type), ".", stringify!($field)).to_owned(),)*
            $(stringify!($item).replace(' ', ""),)*
            $(concat!(stringify!($trait), "::", stringify!($method)).to_owned(),)*
            $($name.to_owned(),)*
        ]
    }};
}

#[test]
fn every_name_of_the_table_exists_and_every_name_is_in_the_table() {
    use userimage::{http, probe, render, storage};

    let names = names! {
        fields {
            CopyReport.copied CopyReport.present
            ExifDetails.has_position ExifDetails.lens ExifDetails.make ExifDetails.model
            ExifDetails.software ExifDetails.time
            ImageInfo.format ImageInfo.frames ImageInfo.has_exif ImageInfo.has_gps
            ImageInfo.has_icc ImageInfo.has_xmp ImageInfo.orientation ImageInfo.stored_dpi
            ImageInfo.stored_size
            ImageList.images ImageList.total
            ImageRecord.created ImageRecord.dpi ImageRecord.dpi_y ImageRecord.format
            ImageRecord.image_name ImageRecord.orientation ImageRecord.original_bytes
            ImageRecord.sha256 ImageRecord.stored_size ImageRecord.unique_name
            ImageRecord.user_id ImageRecord.warnings ImageRecord.website_id
            ImageRecord.difference_hash ImageRecord.renditions ImageRecord.thumb_hash
            Policy.formats
            Standard.bytes Standard.format Standard.size
            Standard.difference_hash Standard.thumb_hash
            StandardRecord.bytes StandardRecord.format StandardRecord.sha256 StandardRecord.size
            StoredImage.id StoredImage.original_url StoredImage.photo_code
            StoredImage.rendition_urls StoredImage.standard_url
            SweepReport.files SweepReport.images SweepReport.records
            Usage.bytes Usage.images Usage.users
            VerifyReport.complete VerifyReport.problems
        }
        items {
            Admitted::finish Admitted::max_bytes Admitted::website_id
            BodyReceiver::feed BodyReceiver::finish BodyReceiver::finish_broken
            BodyReceiver::finish_timed_out BodyReceiver::limit
            Cancellation::cancel Config::open Endpoint::begin Endpoint::context Envelope::as_json Envelope::http_status
            Format::ALL Format::extension Format::mime_type
            ImageInfo::colour_bits ImageInfo::colour_model ImageInfo::dpi ImageInfo::dpi_source
            ImageInfo::has_alpha ImageInfo::largest_print ImageInfo::print_size ImageInfo::size
            ImageInfo::to_json
            ImageRecord::blob_key ImageRecord::from_json ImageRecord::size ImageRecord::to_json
            ResponseBody::read_at StoredFile::mime_type StoredFile::variant
            StoredImage::from_json StoredImage::to_json
            UploadError::code UploadError::http_status UploadError::kind UploadError::message
            UploadError::reason
            Uploader::admit Uploader::max_bytes Uploader::metrics Uploader::sweep Uploader::upload
            Uploader::validate_all
            http::error_response storage::copy
            probe probe::count_frames probe::exif_details render
        }
        methods {
            Authenticator::accepts Authenticator::knows
            Inspector::inspect
            Storage::delete Storage::delete_user Storage::expire Storage::find Storage::find_key
            Storage::find_similar
            Storage::list Storage::list_after Storage::open Storage::open_key Storage::read
            Storage::reassign Storage::search Storage::store Storage::sweep Storage::url
            Storage::usage Storage::verify
        }
        calls {
            "Endpoint::handle" => |e: &Endpoint, r: ::http::Request<Vec<u8>>| e.handle(r),
            "NewImage.renditions" => |new: &NewImage<'_>| new.renditions.len(),
            "PostedFile::from_path" => |path: &str| PostedFile::from_path(path, 1),
            "PostedFile::from_reader" => |r: &[u8]| PostedFile::from_reader(r, 1),
            "StoredImage::new" => |id, record| StoredImage::new(id, "", "", "", record),
            "UploadError::new" => |kind: ErrorKind| UploadError::new(kind, ""),
            "UploadRequest.form" => |r: UploadRequest<'static>| r.form,
            "storage::backup" => |from: &dyn Storage, path: &str| {
                storage::backup(from, path, &mut |_| true)
            },
            "storage::restore" => |path: &str, to: &dyn Storage| {
                storage::restore(path, to, &mut |_| true)
            },
            "probe::probe_reader" => |r: std::io::Cursor<Vec<u8>>| probe::probe_reader(r),
            "probe::probe_path" => |path: &str| probe::probe_path(path),
        }
    };
    let names: BTreeSet<_> = names.into_iter().collect();
    let table = include_str!("../../../tests/contract/api.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    let mut column = BTreeSet::new();
    for row in rows {
        let cells: Vec<_> = row.split('\t').collect();
        assert!(cells.len() == 5 && !cells.contains(&""), "an empty cell: {row}");
        if cells[1] != "-" {
            column.insert(cells[1].to_owned());
        }
    }
    assert_eq!(column, names);
}
