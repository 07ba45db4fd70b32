//! Photoshop's image resources, in JPEG and PSD files: Adobe Photoshop File Formats
//! Specification, "Image Resource Blocks".

use super::error::ProbeError;
use super::source::Source;

/// Pieces of image resources that are read: a JPEG may split them over segments.
const MAX_PIECES: usize = 8;
/// Image resources that are read: Photoshop defines about a hundred.
const MAX_RESOURCES: usize = 1024;

/// Channels that Photoshop writes at most.
#[cfg(feature = "rendition")]
const MAX_CHANNELS: u64 = 56;

/// The ids of resources (Adobe Photoshop File Formats Specification, "Image Resource IDs").
pub(crate) mod id {
    pub(crate) const RESOLUTION_INFO: u16 = 0x03ED;
    #[cfg(feature = "rendition")]
    pub(crate) const DISPLAY_INFO: u16 = 0x03EF;
    pub(crate) const ICC_PROFILE: u16 = 0x040F;
    #[cfg(feature = "psd")]
    pub(crate) const TRANSPARENT_INDEX: u16 = 0x0417;
    #[cfg(feature = "psd")]
    pub(crate) const VERSION_INFO: u16 = 0x0421;
    pub(crate) const EXIF_DATA: u16 = 0x0422;
    pub(crate) const XMP_METADATA: u16 = 0x0424;
    #[cfg(feature = "rendition")]
    pub(crate) const NEW_DISPLAY_INFO: u16 = 0x0435;
}

/// Photoshop's image resources, in one or more pieces of the file.
#[derive(Default)]
pub(crate) struct Resources {
    pieces: [(u64, u64); MAX_PIECES],
    count: usize,
}

/// One resource.
#[derive(Clone, Copy)]
pub(crate) struct Resource {
    pub(crate) id: u16,
    /// Offset of its data in the joined pieces.
    pub(crate) at: u64,
    /// Bytes of data, by its header: the pieces may have fewer.
    pub(crate) len: u64,
}

/// The resources in order.
pub(crate) struct Walk<'a> {
    resources: &'a Resources,
    at: u64,
    left: usize,
}

impl Resources {
    /// Adds the next piece; those beyond [`MAX_PIECES`] are ignored.
    pub(crate) fn push(&mut self, at: u64, len: u64) {
        if let Some(piece) = self.pieces.get_mut(self.count) {
            *piece = (at, len);
            self.count += 1;
        }
    }

    /// Bytes of all pieces.
    pub(crate) fn len(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.1).sum()
    }

    /// The offset in the file of offset `at` of the joined pieces, and the bytes left of its piece.
    pub(crate) fn locate(&self, at: u64) -> Option<(u64, u64)> {
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
    pub(crate) fn array<const N: usize>(
        &self,
        src: &mut impl Source,
        at: u64,
    ) -> Result<[u8; N], ProbeError> {
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

    /// Whether a channel behind those of the colours is the ink of a spot colour, and neither transparency nor a
    /// selection. Cut resources have none.
    #[cfg(feature = "rendition")]
    pub(crate) fn have_spot_colour(&self, src: &mut impl Source) -> bool {
        self.find_spot_colour(src).unwrap_or(false)
    }

    /// The structure `DisplayInfo`: for each channel a colour space, four values, an opacity, each of two bytes,
    /// and the kind. The newer one has a version before, and no byte of padding after each.
    #[cfg(feature = "rendition")]
    fn find_spot_colour(&self, src: &mut impl Source) -> Result<bool, ProbeError> {
        const KIND: u64 = 12;
        const SPOT: u8 = 2;
        let mut walk = self.walk();
        while let Some(resource) = walk.next(src)? {
            let (first, channel_len) = match resource.id {
                id::DISPLAY_INFO => (0, 14),
                id::NEW_DISPLAY_INFO => (4, 13),
                _ => continue,
            };
            let channels = resource.len.saturating_sub(first) / channel_len;
            for channel in 0..channels.min(MAX_CHANNELS) {
                let [kind] = self.array(src, resource.at + first + channel * channel_len + KIND)?;
                if kind == SPOT {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    pub(crate) fn walk(&self) -> Walk<'_> {
        Walk { resources: self, at: 0, left: MAX_RESOURCES }
    }
}

impl Walk<'_> {
    /// The next resource: signature, id, padded Pascal string, length, padded data. `None` at the end, and where
    /// something else follows.
    pub(crate) fn next(&mut self, src: &mut impl Source) -> Result<Option<Resource>, ProbeError> {
        const HEADER: u64 = 7;
        let end = self.resources.len();
        if self.left == 0 || self.at + HEADER > end {
            return Ok(None);
        }
        self.left -= 1;
        let [s0, s1, s2, s3, id0, id1, name] = self.resources.array(src, self.at)?;
        if !matches!(&[s0, s1, s2, s3], b"8BIM" | b"MeSa" | b"AgHg" | b"PHUT" | b"DCSR") {
            return Ok(None);
        }
        // The length byte and the name together are padded to an even count.
        let size_at = self.at + 6 + (u64::from(name) + 2) / 2 * 2;
        if size_at + 4 > end {
            return Ok(None);
        }
        let len = u64::from(u32::from_be_bytes(self.resources.array(src, size_at)?));
        let at = size_at + 4;
        self.at = at + len + (len & 1);
        Ok(Some(Resource { id: u16::from_be_bytes([id0, id1]), at, len }))
    }
}

#[cfg(all(test, feature = "rendition"))]
mod tests {
    use super::*;

    /// A resource with a channel of each of `kinds`.
    fn display_info(id: u16, kinds: &[u8]) -> Vec<u8> {
        let mut data = Vec::new();
        if id == id::NEW_DISPLAY_INFO {
            data.extend([0, 0, 0, 1]);
        }
        for kind in kinds {
            data.extend([0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, *kind]);
            if id == id::DISPLAY_INFO {
                data.push(0);
            }
        }
        let mut out = b"8BIM".to_vec();
        out.extend(id.to_be_bytes());
        out.extend([0, 0]);
        out.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(&data);
        out.resize(out.len() + data.len() % 2, 0);
        out
    }

    fn have_spot_colour(data: &[u8]) -> bool {
        let mut resources = Resources::default();
        resources.push(0, data.len() as u64);
        resources.have_spot_colour(&mut &*data)
    }

    #[test]
    fn an_ink_is_no_selection() {
        for id in [id::DISPLAY_INFO, id::NEW_DISPLAY_INFO] {
            for (kinds, expected) in [
                (&[][..], false),
                (&[0], false),
                (&[1, 0], false),
                (&[2], true),
                (&[0, 1, 2], true),
            ] {
                let mut data = display_info(id::RESOLUTION_INFO, &[2, 2]);
                data.extend(display_info(id, kinds));
                assert_eq!(have_spot_colour(&data), expected, "{id} {kinds:?}");
            }
            let data = display_info(id, &[0, 0, 2]);
            for cut in 0..data.len() - 1 {
                assert!(!have_spot_colour(&data[..cut]), "{id} cut at {cut}");
            }
        }
    }
}
