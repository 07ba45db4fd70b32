//! What Photoshop's image resources state, in JPEG and PSD files.

use super::density::{Density, DpiSource};
use crate::container::error::ProbeError;
use crate::container::photoshop::{Resources, id};
use crate::container::source::Source;

/// What the image resources state.
#[derive(Default)]
pub(super) struct ResourceInfo {
    pub(super) density: Option<Density>,
    pub(super) icc: bool,
    pub(super) xmp: bool,
    /// Offset and length of the EXIF block in the file, if it is in one piece.
    pub(super) exif: Option<(u64, u64)>,
}

impl ResourceInfo {
    /// Reads the resources.
    pub(super) fn read(resources: &Resources, src: &mut impl Source) -> Result<Self, ProbeError> {
        let mut info = Self::default();
        let mut walk = resources.walk();
        while let Some(resource) = walk.next(src)? {
            let (at, len) = (resource.at, resource.len);
            match resource.id {
                id::RESOLUTION_INFO
                    if len >= 16 && at + len <= resources.len() && info.density.is_none() =>
                {
                    info.density = resolution(resources, src, at)?;
                }
                id::ICC_PROFILE => info.icc |= len > 0,
                id::XMP_METADATA => info.xmp |= len > 0,
                id::EXIF_DATA if info.exif.is_none() => {
                    let place = resources.locate(at).filter(|&(_, left)| left >= len);
                    info.exif = place.map(|(start, _)| (start, len));
                }
                _ => {}
            }
        }
        Ok(info)
    }
}

/// Pixels per inch in 16.16 fixed point. The unit beside it only states how Photoshop displays it.
fn resolution(
    resources: &Resources,
    src: &mut impl Source,
    at: u64,
) -> Result<Option<Density>, ProbeError> {
    const ONE: f64 = 65536.0;
    let x = u32::from_be_bytes(resources.array(src, at)?);
    let y = u32::from_be_bytes(resources.array(src, at + 8)?);
    Ok(Density::per_inch(f64::from(x) / ONE, f64::from(y) / ONE, DpiSource::Photoshop))
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
        data.extend(resource(id::RESOLUTION_INFO, b"", &resolution(300, 150)));
        for cut in 0..=data.len() {
            // The two pieces lie apart, as in two JPEG segments.
            let mut file = data[..cut].to_vec();
            file.extend([0xAA; 5]);
            file.extend(&data[cut..]);
            let mut resources = Resources::default();
            resources.push(0, cut as u64);
            resources.push(cut as u64 + 5, (data.len() - cut) as u64);
            let density =
                ResourceInfo::read(&resources, &mut file.as_slice()).unwrap().density.unwrap();
            assert_eq!((density.x, density.y), (300.0, 150.0), "cut at {cut}");
        }
    }

    #[test]
    fn cut_or_foreign_resources_are_the_last() {
        let data = resource(id::RESOLUTION_INFO, b"", &resolution(300, 300));
        for cut in 0..data.len() {
            let mut resources = Resources::default();
            resources.push(0, cut as u64);
            let read = ResourceInfo::read(&resources, &mut &data[..cut]);
            assert!(read.map_or(true, |info| info.density.is_none()), "cut at {cut}");
        }
    }
}
