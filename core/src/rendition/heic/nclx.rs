//! What the numbers of a picture's samples mean, by code points of ITU-T H.273.

/// Primaries, transfer, matrix and range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nclx {
    pub(super) primaries: u32,
    pub(super) transfer: u32,
    pub(super) matrix: u32,
    /// All numbers are used, and not those of video, from 16 to 235 or 240.
    pub(super) full_range: bool,
}

impl Nclx {
    pub(super) const UNSPECIFIED: Self =
        Self { primaries: 2, transfer: 2, matrix: 2, full_range: false };

    /// The content of a `colr` box behind its type `nclx` (ISO/IEC 14496-12 12.1.5).
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let &[p0, p1, t0, t1, m0, m1, range, ..] = data else { return None };
        let number = |high, low| u32::from(u16::from_be_bytes([high, low]));
        Some(Self {
            primaries: number(p0, p1),
            transfer: number(t0, t1),
            matrix: number(m0, m1),
            full_range: range & 0x80 != 0,
        })
    }
}
