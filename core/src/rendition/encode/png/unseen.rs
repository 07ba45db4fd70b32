//! Differences of colours that are not seen, because the pixels are hardly seen.

/// Gives pixels that are partly transparent the colour of one on the left or above, where that changes what is
/// seen, on any background, by less than half a step of 255. Colours that are one are written in fewer bytes.
///
/// Alpha is the last of the channels.
pub(super) fn join<const N: usize>(width: usize, pixels: &mut [[u8; N]]) {
    for i in 0..pixels.len() {
        let pixel = pixels.get(i).copied().unwrap_or([0; N]);
        if !matches!(pixel.last(), Some(1..=254)) {
            continue;
        }
        let x = i % width.max(1);
        let left = if x > 0 { i.checked_sub(1) } else { None };
        let corner = if x + 1 < width { i.checked_sub(width - 1) } else { None };
        let neighbours = [left, i.checked_sub(width), corner].into_iter().flatten();
        let mut neighbours = neighbours.filter_map(|at| pixels.get(at)).copied();
        if let Some(neighbour) = neighbours.find(|neighbour| looks_like(*neighbour, pixel))
            && let (Some(to), Some(colour)) = (pixels.get_mut(i), neighbour.get(..N - 1))
        {
            to.iter_mut().zip(colour).for_each(|(to, from)| *to = *from);
        }
    }
}

/// Whether `pixel` would look the same in the colour of `other`.
fn looks_like<const N: usize>(other: [u8; N], pixel: [u8; N]) -> bool {
    let ([.., other_alpha], [.., alpha]) = (&other[..], &pixel[..]) else { return false };
    let colours = other.iter().zip(&pixel).take(N - 1);
    let difference = colours.map(|(other, own)| other.abs_diff(*own)).max().unwrap_or(0);
    *other_alpha > 0 && u32::from(difference) * u32::from(*alpha) <= 127
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_seen_changes() {
        let mut pixels = [
            [100, 100, 100, 255],
            [110, 100, 100, 12],
            [111, 100, 100, 12],
            [0, 0, 0, 0],
            [9, 9, 9, 1],
            // The next row.
            [101, 100, 100, 255],
            [112, 100, 100, 12],
            [112, 100, 100, 11],
            [1, 1, 1, 200],
            [136, 9, 9, 1],
        ];
        join(5, &mut pixels);
        assert_eq!(
            pixels,
            [
                [100, 100, 100, 255],
                [100, 100, 100, 12],
                // 11 * 12 is more than 127.
                [111, 100, 100, 12],
                [0, 0, 0, 0],
                // There is no colour on the left.
                [9, 9, 9, 1],
                [101, 100, 100, 255],
                // 11 * 12 to the left and 12 * 12 above are too much, 1 * 12 at the corner is not.
                [111, 100, 100, 12],
                [111, 100, 100, 11],
                [1, 1, 1, 200],
                [9, 9, 9, 1],
            ]
        );
    }

    #[test]
    fn what_is_seen_stays_within_half_a_step() {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let pixels: Vec<[u8; 4]> =
            (0..5000).map(|_| [next() / 16, next() / 16, next() / 16, next() / 4]).collect();
        let mut joined = pixels.clone();
        join(50, &mut joined);
        assert_ne!(pixels, joined);
        for (before, after) in pixels.iter().zip(&joined) {
            assert_eq!(before[3], after[3]);
            for (before_value, after_value) in before[..3].iter().zip(after) {
                let difference = u32::from(before_value.abs_diff(*after_value));
                assert!(2 * difference * u32::from(before[3]) < 255);
            }
        }
    }
}
