//! Photoshop's image resources, in JPEG and PSD files: Adobe Photoshop File Formats
//! Specification, "Image Resource Blocks".

use super::density::{Density, DpiSource};
use crate::container::error::ProbeError;
use crate::container::source::Source;

/// Pieces of image resources that are read: a JPEG may split them over segments.
const MAX_PIECES: usize = 8;
/// Image resources that are read: Photoshop defines about a hundred.
const MAX_RESOURCES: usize = 1024;
/// `ResolutionInfo` (Adobe Photoshop File Formats Specification, "Image Resource IDs").
const RESOLUTION_INFO: u16 = 0x03ED;
const ICC_PROFILE: u16 = 0x040F;
const EXIF_DATA: u16 = 0x0422;
const XMP_METADATA: u16 = 0x0424;

/// Photoshop's image resources, in one or more pieces of the file.
#[derive(Default)]
pub(super) struct Resources {
    pieces: [(u64, u64); MAX_PIECES],
    count: usize,
}

/// What the image resources state.
#[derive(Default)]
pub(super) struct ResourceInfo {
    pub(super) density: Option<Density>,
    pub(super) icc: bool,
    pub(super) xmp: bool,
    /// Offset and length of the EXIF block in the file, if it is in one piece.
    pub(super) exif: Option<(u64, u64)>,
}

impl Resources {
    /// Adds the next piece; those beyond [`MAX_PIECES`] are ignored.
    pub(super) fn push(&mut self, at: u64, len: u64) {
        if let Some(piece) = self.pieces.get_mut(self.count) {
            *piece = (at, len);
            self.count += 1;
        }
    }

    fn len(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.1).sum()
    }

    /// The offset in the file of offset `at` of the joined pieces, and the bytes left of its piece.
    fn locate(&self, at: u64) -> Option<(u64, u64)> {
        let mut skipped = 0;
        for &(start, len) in self.pieces.iter().take(self.count) {
            if at - skipped < len {
                return Some((start + (at - skipped), len - (at - skipped)));
            }
            skipped += len;
        }
        None
    }

    /// `N` bytes at `at`, also across pieces.
    fn array<const N: usize>(&self, src: &mut impl Source, at: u64) -> Result<[u8; N], ProbeError> {
        if let Some((from, left)) = self.locate(at)
            && left >= N as u64
        {
            return src.array(from);
        }
        let mut bytes = [0; N];
        let mut done = 0;
        while done < N {
            let (from, left) = self.locate(at + done as u64).ok_or(ProbeError::Truncated)?;
            let count = usize::try_from(left).unwrap_or(N).min(N - done);
            let part = src.get(from, count)?;
            if let Some(room) = bytes.get_mut(done..done + count) {
                room.copy_from_slice(part);
            }
            done += count;
        }
        Ok(bytes)
    }

    /// Reads the resources: signature, id, padded Pascal string, length, padded data.
    pub(super) fn read(&self, src: &mut impl Source) -> Result<ResourceInfo, ProbeError> {
        const HEADER: u64 = 7;
        let mut info = ResourceInfo::default();
        let len = self.len();
        let mut at = 0_u64;
        for _ in 0..MAX_RESOURCES {
            if at + HEADER > len {
                break;
            }
            let [s0, s1, s2, s3, id0, id1, name] = self.array(src, at)?;
            if !matches!(&[s0, s1, s2, s3], b"8BIM" | b"MeSa" | b"AgHg" | b"PHUT" | b"DCSR") {
                break;
            }
            // The length byte and the name together are padded to an even count.
            let size_at = at + 6 + (u64::from(name) + 2) / 2 * 2;
            if size_at + 4 > len {
                break;
            }
            let size = u64::from(u32::from_be_bytes(self.array(src, size_at)?));
            let data = size_at + 4;
            match u16::from_be_bytes([id0, id1]) {
                RESOLUTION_INFO if size >= 16 && data + size <= len && info.density.is_none() => {
                    info.density = self.resolution(src, data)?;
                }
                ICC_PROFILE => info.icc |= size > 0,
                XMP_METADATA => info.xmp |= size > 0,
                EXIF_DATA if info.exif.is_none() => {
                    info.exif = self
                        .locate(data)
                        .filter(|&(_, left)| left >= size)
                        .map(|(start, _)| (start, size));
                }
                _ => {}
            }
            at = data + size + (size & 1);
        }
        Ok(info)
    }

    /// Pixels per inch in 16.16 fixed point. The unit beside it only states how Photoshop displays it.
    fn resolution(&self, src: &mut impl Source, at: u64) -> Result<Option<Density>, ProbeError> {
        const ONE: f64 = 65536.0;
        let x = u32::from_be_bytes(self.array(src, at)?);
        let y = u32::from_be_bytes(self.array(src, at + 8)?);
        Ok(Density::per_inch(f64::from(x) / ONE, f64::from(y) / ONE, DpiSource::Photoshop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(id: u16, name: &[u8], data: &[u8]) -> Vec<u8> {
        let mut out = b"8BIM".to_vec();
        out.extend(id.to_be_bytes());
        out.push(u8::try_from(name.len()).unwrap());
        out.extend(name);
        if name.len().is_multiple_of(2) {
            out.push(0);
        }
        out.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(data);
        if data.len() % 2 == 1 {
            out.push(0);
        }
        out
    }

    fn resolution(x: u16, y: u16) -> Vec<u8> {
        let mut data = Vec::new();
        for value in [x, 0, 2, 1, y, 0, 2, 1] {
            data.extend(value.to_be_bytes());
        }
        data
    }

    #[test]
    fn a_resource_is_found_behind_others_and_across_pieces() {
        let mut data = resource(0x0404, b"odd", &[1, 2, 3]);
        data.extend(resource(0x03F3, b"", &[0; 8]));
        data.extend(resource(RESOLUTION_INFO, b"", &resolution(300, 150)));
        for cut in 0..=data.len() {
            // The two pieces lie apart, as in two JPEG segments.
            let mut file = data[..cut].to_vec();
            file.extend([0xAA; 5]);
            file.extend(&data[cut..]);
            let mut resources = Resources::default();
            resources.push(0, cut as u64);
            resources.push(cut as u64 + 5, (data.len() - cut) as u64);
            let density = resources.read(&mut file.as_slice()).unwrap().density.unwrap();
            assert_eq!((density.x, density.y), (300.0, 150.0), "cut at {cut}");
        }
    }

    #[test]
    fn cut_or_foreign_resources_are_the_last() {
        let data = resource(RESOLUTION_INFO, b"", &resolution(300, 300));
        for cut in 0..data.len() {
            let mut resources = Resources::default();
            resources.push(0, cut as u64);
            let read = resources.read(&mut &data[..cut]);
            assert!(read.map_or(true, |info| info.density.is_none()), "cut at {cut}");
        }
    }
}
