//! The committed header, and the structs in it as a C compiler lays them out.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use userimage_core::probe::probe;
use userimage_core::{ErrorKind, ImageRecord};

use crate::admitted::AdmittedView;
use crate::authenticator::AuthenticatorTable;
use crate::body_receiver::BodyReceiverView;
use crate::error::ErrorView;
use crate::exif::ExifView;
use crate::fields::Fields;
use crate::format::FormatView;
use crate::http_request::{HttpHeader, HttpRequest};
use crate::http_response::HttpResponseView;
use crate::image::ImageView;
use crate::info::InfoView;
use crate::inspector::InspectorTable;
use crate::list::ListView;
use crate::log::LogTable;
use crate::operations::{CopyView, UsageView};
use crate::reader::Reader;
use crate::record::{RecordRenditionView, RecordView};
use crate::rendition::{RenderOptions, RenditionView};
use crate::request::FormPartInput;
use crate::storage::StorageTable;
use crate::stored::{RenditionUrl, Stored};
use crate::stored_file::StoredFileView;
use crate::sweep_report::SweepReport;
use crate::uploader::Host;
use crate::verify_report::{Problem, VerifyReportView};
use crate::versioned_struct::VersionedStruct;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Compares a committed file with what it is generated from, or writes it.
fn check_committed(path: &str, generated: &str) {
    let path = root().join(path);
    if std::env::var_os("USERIMAGE_WRITE_HEADER").is_some() {
        std::fs::write(&path, generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    assert!(
        committed == generated,
        "{} is out of date; write it again: \
         USERIMAGE_WRITE_HEADER=1 cargo test -p userimage-ffi committed",
        path.display()
    );
}

const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/userimage.h"));

#[test]
fn the_committed_header_is_the_generated_one() {
    check_committed("include/userimage.h", GENERATED);
}

/// The structs of the header, each with the names of its fields.
fn structs() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut structs = Vec::new();
    for part in GENERATED.split("typedef struct {\n").skip(1) {
        let (body, rest) = part.split_once("\n} ").unwrap();
        let (name, _) = rest.split_once(';').unwrap();
        let code = body.lines().filter(|line| !line.trim_start().starts_with("//"));
        let fields = code.filter_map(|line| match line.split_once("(*") {
            // A function pointer, whose parameters may go on on further lines.
            Some((_, rest)) => rest.split_once(')').map(|(name, _)| name),
            None if line.starts_with("     ") => None,
            None => line.trim_end_matches(';').rsplit([' ', '*']).next(),
        });
        structs.push((name, fields.collect()));
    }
    structs
}

#[test]
fn the_committed_layout_is_the_generated_one() {
    let mut code = String::from(
        r#"/* Prints the size of each struct, and each field's offset and size: ffi/src/tests/header.rs compares them
   with Rust's, tests/dotnet/Layout.cs with .NET's. Written from include/userimage.h; do not edit. */
#include <stdio.h>
#include <userimage.h>

#define STRUCT(type) printf("%s %u\n", #type, (unsigned)sizeof(type))
#define FIELD(type, field)                                                        \
    printf("%s.%s %u %u\n", #type, #field, (unsigned)offsetof(type, field),       \
           (unsigned)sizeof(((type *)0)->field))

int main(void) {
"#,
    );
    for (name, fields) in structs() {
        writeln!(code, "    STRUCT({name});").unwrap();
        for field in fields {
            writeln!(code, "    FIELD({name}, {field});").unwrap();
        }
    }
    code += "    return 0;\n}\n";
    check_committed("tests/c/layout.c", &code);
}

fn has_field<T: VersionedStruct>(name: &str) -> bool {
    T::FIELDS.iter().any(|field| field.name == name)
}

#[test]
fn the_record_s_view_has_every_fact_of_the_core() {
    let facts: Vec<_> = ImageRecord::fact_names().collect();
    assert!(facts.len() >= 18, "facts are found");
    for fact in facts {
        let field = if fact == "renditions" { "rendition_count" } else { fact };
        assert!(has_field::<RecordView>(field), "userimage_record_view has no {field}");
    }
}

#[test]
fn the_info_s_view_has_every_fact_of_the_document() {
    let info = probe(b"GIF89a\x40\x00\x30\x00\x91\x00\x00").unwrap();
    let json: serde_json::Map<_, _> = serde_json::from_str(&info.to_json()).unwrap();
    assert!(json.len() >= 20, "facts are found");
    for fact in json.keys() {
        let names = match fact.as_str() {
            "dpi" => vec!["dpi_x", "dpi_y"],
            "stored_dpi" => vec!["stored_dpi_x", "stored_dpi_y"],
            "print_size" => vec!["print_width_inches", "print_height_inches"],
            fact => vec![fact],
        };
        for name in names {
            assert!(has_field::<InfoView>(name), "userimage_info_view has no {name}");
        }
    }
}

#[test]
fn the_header_has_every_kind_under_its_name() {
    for kind in ErrorKind::ALL {
        let name = kind.name().to_uppercase();
        let line = format!("#define USERIMAGE_KIND_{name} {}\n", kind.number());
        assert!(GENERATED.contains(&line), "{line}");
    }
}

fn lines<T: VersionedStruct>() -> Vec<String> {
    let name = format!("userimage_{}", T::NAME);
    let mut lines = vec![format!("{name} {}", size_of::<T>())];
    for field in T::FIELDS {
        lines.push(format!("{name}.{} {} {}", field.name, field.offset, field.size));
    }
    lines
}

/// Each struct's size, and each field's name, offset and size, as `tests/c/layout.c` prints them.
#[test]
#[cfg_attr(miri, ignore = "runs a C compiler")]
fn a_c_compiler_lays_the_structs_out_alike() {
    let word = size_of::<usize>();
    assert_eq!(size_of::<HttpHeader>(), 4 * word);
    let header = format!("userimage_http_header {}", 4 * word);
    let fields = ["name", "name_len", "value", "value_len"].into_iter().enumerate();
    let fields =
        fields.map(|(i, name)| format!("userimage_http_header.{name} {} {word}", i * word));
    let mut expected: Vec<_> = [header].into_iter().chain(fields).collect();
    assert_eq!(size_of::<RenditionUrl>(), 4 * word);
    expected.push(format!("userimage_rendition_url {}", 4 * word));
    for (i, name) in ["name", "name_len", "url", "url_len"].into_iter().enumerate() {
        expected.push(format!("userimage_rendition_url.{name} {} {word}", i * word));
    }
    // Its numbers come first, so that it has no padding.
    assert_eq!(size_of::<Problem>(), 16 + 4 * word);
    expected.extend([format!("userimage_problem {}", 16 + 4 * word)]);
    let numbers = [("kind", 0, 4), ("has_image", 4, 4), ("image", 8, 8)];
    let texts = ["key", "key_len", "reason", "reason_len"].into_iter().enumerate();
    let texts = texts.map(|(i, name)| (name, 16 + i * word, word));
    expected.extend(
        numbers
            .into_iter()
            .chain(texts)
            .map(|(name, offset, size)| format!("userimage_problem.{name} {offset} {size}")),
    );
    expected.extend(
        [
            lines::<AdmittedView>(),
            lines::<AuthenticatorTable>(),
            lines::<BodyReceiverView>(),
            lines::<CopyView>(),
            lines::<ErrorView>(),
            lines::<ExifView>(),
            lines::<Fields>(),
            lines::<FormatView>(),
            lines::<FormPartInput>(),
            lines::<Host>(),
            lines::<HttpRequest>(),
            lines::<HttpResponseView>(),
            lines::<ImageView>(),
            lines::<InfoView>(),
            lines::<InspectorTable>(),
            lines::<ListView>(),
            lines::<LogTable>(),
            lines::<Reader>(),
            lines::<RecordRenditionView>(),
            lines::<RecordView>(),
            lines::<RenderOptions>(),
            lines::<RenditionView>(),
            lines::<StorageTable>(),
            lines::<Stored>(),
            lines::<StoredFileView>(),
            lines::<SweepReport>(),
            lines::<UsageView>(),
            lines::<VerifyReportView>(),
        ]
        .concat(),
    );

    let program = std::env::temp_dir().join(format!("userimage-layout-{}", std::process::id()));
    let compiled = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(root().join("include"))
        .arg(root().join("tests/c/layout.c"))
        .arg("-o")
        .arg(&program)
        .status();
    assert!(compiled.unwrap().success());
    let printed = Command::new(&program).output().unwrap();
    std::fs::remove_file(&program).unwrap();
    let mut printed: Vec<_> =
        String::from_utf8(printed.stdout).unwrap().lines().map(str::to_owned).collect();
    printed.sort();
    expected.sort();
    assert_eq!(printed, expected);
}
