//! The header of a scan (ITU-T T.81, annex B.2.3).

use super::frame::Frame;
use crate::rendition::decode_error::Damaged;

/// A component of a scan, and the Huffman tables that it uses.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScanComponent {
    /// Its index in the frame.
    pub(super) index: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// The header of a scan (SOS).
#[derive(Clone, Debug)]
pub(super) struct Scan {
    pub(super) components: Vec<ScanComponent>,
    /// First and last coefficient, at most 63.
    pub(super) first: u32,
    pub(super) last: u32,
    /// Bit positions of successive approximation: the previous one, and this one.
    pub(super) high: u32,
    pub(super) low: u32,
}

impl Scan {
    pub(super) fn parse(body: &[u8], frame: &Frame) -> Result<Self, Damaged> {
        const SHORT: Damaged = Damaged("a scan header is too short");
        let (&count, rest) = body.split_first().ok_or(SHORT)?;
        let (specs, rest) = rest.split_at_checked(usize::from(count) * 2).ok_or(SHORT)?;
        let [first, last, approximation, ..] = rest else { return Err(SHORT) };
        let mut components: Vec<ScanComponent> = Vec::new();
        for &[id, tables] in specs.as_chunks::<2>().0 {
            let index = frame.components.iter().position(|c| c.id == id);
            // Broken encoders give all components one number: then they are in order.
            let index = index
                .filter(|i| components.iter().all(|c| c.index != *i))
                .or_else(|| (components.len() < frame.components.len()).then_some(components.len()))
                .ok_or(Damaged("a scan names an unknown component"))?;
            components.push(ScanComponent {
                index,
                dc: (tables >> 4).into(),
                ac: (tables & 15).into(),
            });
        }
        if components.is_empty() || components.len() > 4 {
            return Err(Damaged("a scan has one to four components"));
        }
        if frame.progressive {
            let (first, last) = (u32::from(*first), u32::from(*last));
            let (high, low) = (u32::from(approximation >> 4), u32::from(approximation & 15));
            let range = if first == 0 { last == 0 } else { last >= first && components.len() == 1 };
            if !range || last > 63 || low > 13 || high > 13 {
                return Err(Damaged("a scan has impossible parameters"));
            }
            Ok(Self { components, first, last, high, low })
        } else {
            Ok(Self { components, first: 0, last: 63, high: 0, low: 0 })
        }
    }
}
