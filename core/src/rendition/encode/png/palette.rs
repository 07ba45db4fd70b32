//! The colours of a picture, where there are few.

/// The most colours of a palette.
const MAX: usize = 256;

/// Slots of the table of colours: four times as many as colours, so that a search ends soon.
const SLOTS: usize = 4 * MAX;

/// A picture in at most 256 colours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Palette {
    /// Red, green, blue, alpha; the opaque ones last.
    pub(super) colours: Vec<[u8; 4]>,
    /// Of each pixel.
    pub(super) indices: Vec<u8>,
}

impl Palette {
    /// Nothing if there are more colours.
    pub(super) fn new(pixels: impl Iterator<Item = [u8; 4]> + Clone) -> Option<Self> {
        let mut table = ColourTable::default();
        let mut indices = Vec::new();
        // Neighbours are often equal.
        let (mut last, mut index) = ([0; 4], None);
        for pixel in pixels {
            if index.is_none() || pixel != last {
                (last, index) = (pixel, Some(table.index(pixel)?));
            }
            indices.extend(index);
        }
        Some(Self { colours: table.colours, indices }.sorted())
    }

    /// By alpha and then by brightness: that leaves opaque colours out of the table of alphas, and gives like
    /// colours like indices.
    fn sorted(mut self) -> Self {
        let mut order: Vec<u8> = (0..=255).take(self.colours.len()).collect();
        let colour = |index: u8| self.colours.get(usize::from(index)).copied().unwrap_or_default();
        order.sort_by_key(|index| {
            let [red, green, blue, alpha] = colour(*index);
            let brightness = 2 * u32::from(red) + 4 * u32::from(green) + u32::from(blue);
            (alpha, brightness, red, green)
        });
        let mut new_indices = [0; MAX];
        for (new, old) in (0..=255).zip(&order) {
            if let Some(slot) = new_indices.get_mut(usize::from(*old)) {
                *slot = new;
            }
        }
        for index in &mut self.indices {
            *index = new_indices.get(usize::from(*index)).copied().unwrap_or(0);
        }
        let colours = order.into_iter().map(colour).collect();
        Self { colours, indices: self.indices }
    }

    /// Bits of an index: 1, 2, 4 or 8.
    pub(super) fn bits(&self) -> usize {
        match self.colours.len() {
            ..=2 => 1,
            3..=4 => 2,
            5..=16 => 4,
            _ => 8,
        }
    }

    /// The indices, in rows of whole bytes.
    pub(super) fn packed(&self, width: usize) -> Vec<u8> {
        let bits = self.bits();
        if bits == 8 {
            return self.indices.clone();
        }
        let rows = self.indices.chunks(width.max(1));
        let bytes = rows.flat_map(|row| row.chunks(8 / bits));
        bytes
            .map(|indices| {
                let byte = indices.iter().fold(0, |byte, index| byte << bits | index);
                byte << (bits * (8 / bits - indices.len()))
            })
            .collect()
    }
}

/// Colours in the order in which they were met, and a hash table of them.
struct ColourTable {
    colours: Vec<[u8; 4]>,
    /// One more than the index of a colour, or 0.
    slots: [u16; SLOTS],
}

impl Default for ColourTable {
    fn default() -> Self {
        Self { colours: Vec::with_capacity(MAX), slots: [0; SLOTS] }
    }
}

impl ColourTable {
    /// Of a colour, which is added if it is new and there is room.
    fn index(&mut self, colour: [u8; 4]) -> Option<u8> {
        let hash = u32::from_le_bytes(colour).wrapping_mul(0x9e37_79b1) >> 22;
        // There are more slots than colours.
        for slot in (hash as usize..SLOTS).chain(0..hash as usize) {
            let slot = self.slots.get_mut(slot)?;
            let Some(index) = slot.checked_sub(1) else {
                let index = u8::try_from(self.colours.len()).ok()?;
                self.colours.push(colour);
                *slot = u16::from(index) + 1;
                return Some(index);
            };
            if self.colours.get(usize::from(index)) == Some(&colour) {
                return u8::try_from(index).ok();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colours(count: u32) -> Vec<[u8; 4]> {
        (0..count).map(|i| i.wrapping_mul(0x0101_4321).to_le_bytes()).collect()
    }

    #[test]
    fn every_pixel_keeps_its_colour() {
        for count in [1, 2, 3, 4, 5, 16, 17, 255, 256] {
            let mut pixels = colours(count);
            pixels.extend(colours(count).iter().rev().flat_map(|colour| [*colour; 3]));
            let palette = Palette::new(pixels.iter().copied()).unwrap();
            assert_eq!(palette.colours.len(), count as usize);
            let back = palette.indices.iter().map(|i| palette.colours[usize::from(*i)]);
            assert!(back.eq(pixels.iter().copied()));
            assert!(palette.colours.is_sorted_by_key(|colour| colour[3]));
        }
        assert_eq!(Palette::new(colours(257).into_iter()), None);
    }

    #[test]
    fn rows_of_indices_begin_with_a_byte() {
        let palette = |count: u32, indices: &[u8]| Palette {
            colours: colours(count),
            indices: indices.to_vec(),
        };
        assert_eq!(palette(2, &[1, 0, 1, 1, 1, 0]).packed(3), [0b1010_0000, 0b1100_0000]);
        assert_eq!(palette(4, &[3, 2, 1, 0, 1, 2]).packed(5), [0b1110_0100, 0b0100_0000, 0x80]);
        assert_eq!(palette(9, &[8, 1, 2, 3]).packed(2), [0x81, 0x23]);
        assert_eq!(palette(17, &[16, 1]).packed(1), [16, 1]);
    }
}
