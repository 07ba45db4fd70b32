//! The Huffman tables of T.81 annex K.3, as the encoder has them.

use super::huffman::{Table, Tables};
use crate::rendition::jpeg_tables::{AC, DC, Specification};

/// The tables of luma and of chroma.
pub(super) fn standard_tables() -> [Tables; 2] {
    let [luma_dc, chroma_dc] = DC.map(table);
    let [luma_ac, chroma_ac] = AC.map(table);
    [Tables { dc: luma_dc, ac: luma_ac }, Tables { dc: chroma_dc, ac: chroma_ac }]
}

fn table((counts, symbols): Specification) -> Table {
    Table { counts: *counts, symbols: symbols.to_vec() }
}
