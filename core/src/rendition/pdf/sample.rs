//! A small file for the tests.

use std::sync::Arc;

use super::File;
use crate::geometry::Size;
use crate::probe;

/// A file of one page, which has these entries and this content. The others are its objects from number 5 on.
pub(super) fn pdf(page: &str, content: &str, others: &[&str]) -> Vec<u8> {
    with_trailer(page, content, others, "")
}

/// The same, with more entries of the trailer.
pub(super) fn with_trailer(page: &str, content: &str, others: &[&str], trailer: &str) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R{page}>>"),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
    ];
    objects.extend(others.iter().map(|object| (*object).to_owned()));
    let count = objects.len() + 1;
    let mut file = "%PDF-1.7\n".to_owned();
    let mut table = format!("xref\n0 {count}\n0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let start = file.len();
    file += &format!(
        "{table}trailer\n<</Size {count}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n"
    );
    file.into_bytes()
}

/// The same file as it is drawn, at the size that the probe states.
pub(super) fn file(data: &[u8]) -> File {
    let size = probe::probe(data).unwrap().stored_size.unwrap();
    File {
        data: Arc::new(data.to_vec()),
        longest: 1 << 20,
        stored: size,
        size: Size::new(size.width, size.height),
    }
}
