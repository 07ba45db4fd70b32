//! Colours by their indices.

/// Red, green, blue and alpha of each index.
pub(super) type Palette = [[u8; 4]; 256];

/// Writes the colours of a row of indices, with their alpha.
pub(super) fn look_up_with_alpha(indices: &[u8], palette: &Palette, row: &mut [u8]) {
    for (pixel, &index) in row.as_chunks_mut::<4>().0.iter_mut().zip(indices) {
        *pixel = palette.get(usize::from(index)).copied().unwrap_or_default();
    }
}

/// Writes the colours of a row of indices: four at a time, which are three words.
pub(super) fn look_up(indices: &[u8], palette: &Palette, row: &mut [u8]) {
    let colour = |index: u8| palette.get(usize::from(index)).copied().unwrap_or_default();
    let (fours, rest) = indices.as_chunks::<4>();
    let (head, tail) = row.split_at_mut_checked(fours.len() * 12).unwrap_or_default();
    for (four, pixels) in fours.iter().zip(head.as_chunks_mut::<12>().0) {
        let [a, b, c, d] = four.map(|index| u32::from_le_bytes(colour(index)) & 0xFF_FFFF);
        let words = [a | b << 24, b >> 8 | c << 16, c >> 16 | d << 8];
        for (to, word) in pixels.as_chunks_mut().0.iter_mut().zip(words) {
            *to = word.to_le_bytes();
        }
    }
    for (pixel, &index) in tail.as_chunks_mut::<3>().0.iter_mut().zip(rest) {
        let [r, g, b, _] = colour(index);
        *pixel = [r, g, b];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_length() {
        let palette: Palette = std::array::from_fn(|i| {
            let i = i.to_le_bytes()[0];
            [i, i.wrapping_mul(3), i.wrapping_add(7), 255 - i]
        });
        for length in 0..14_u8 {
            let indices: Vec<u8> = (0..length).map(|i| i.wrapping_mul(37)).collect();
            let (mut row, mut with_alpha) =
                (vec![0; indices.len() * 3], vec![0; indices.len() * 4]);
            look_up(&indices, &palette, &mut row);
            look_up_with_alpha(&indices, &palette, &mut with_alpha);
            let want: Vec<u8> = indices.iter().flat_map(|&i| palette[usize::from(i)]).collect();
            assert_eq!(with_alpha, want);
            let want: Vec<u8> = want.chunks(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
            assert_eq!(row, want);
        }
    }
}
