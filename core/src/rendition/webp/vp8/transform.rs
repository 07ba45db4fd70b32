//! The inverse transforms (RFC 6386 section 14), of many blocks at once.

#![allow(clippy::indexing_slicing, reason = "lanes and blocks, by constants or masked")]

/// From the coefficients of luma's DC, the DC of each of the sixteen luma blocks: a Walsh-Hadamard
/// transform (section 14.3).
#[inline(always)]
pub(super) fn luma_dc(coefficients: &[i16]) -> [i16; 16] {
    let mut rows = [[0; 4]; 4];
    for (x, column) in (0..4).zip(&mut rows) {
        let at = |y: usize| i32::from(coefficients.get(4 * y + x).copied().unwrap_or(0));
        let (a, b) = (at(0) + at(3), at(1) + at(2));
        let (c, d) = (at(1) - at(2), at(0) - at(3));
        *column = [a + b, c + d, a - b, d - c];
    }
    let mut out = [0; 16];
    for (y, row) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let [x0, x1, x2, x3] = rows.map(|column| column[y]);
        let (a, b) = (x0 + x3, x1 + x2);
        let (c, d) = (x1 - x2, x0 - x3);
        for (value, sum) in row.iter_mut().zip([a + b, c + d, a - b, d - c]) {
            let [low, high, ..] = ((sum + 3) >> 3).to_le_bytes();
            *value = i16::from_le_bytes([low, high]);
        }
    }
    out
}

/// The residuals of `L` blocks from their coefficients (section 14.4), both side by side and in rows of
/// four.
#[inline(always)]
pub(super) fn residuals<const L: usize>(coefficients: &[[i16; L]; 16]) -> [[i16; L]; 16] {
    let mut columns = [[[0; L]; 4]; 4];
    for x in 0..4 {
        let c = coefficients;
        columns[x] = pass(&c[x], &c[x + 4], &c[x + 8], &c[x + 12], 0, 0);
    }
    let mut out = [[0; L]; 16];
    for y in 0..4 {
        let c = &columns;
        let row = pass(&c[0][y], &c[1][y], &c[2][y], &c[3][y], 4, 3);
        out[4 * y..4 * y + 4].copy_from_slice(&row);
    }
    out
}

/// One pass over four coefficients.
#[inline(always)]
fn pass<const L: usize>(
    c0: &[i16; L],
    c1: &[i16; L],
    c2: &[i16; L],
    c3: &[i16; L],
    rounding: i16,
    shift: u32,
) -> [[i16; L]; 4] {
    let mut out = [[0; L]; 4];
    for l in 0..L {
        let first = c0[l].wrapping_add(rounding);
        let (a, b) = (first.wrapping_add(c2[l]), first.wrapping_sub(c2[l]));
        let c = by_sine(c1[l]).wrapping_sub(by_cosine(c3[l]));
        let d = by_cosine(c1[l]).wrapping_add(by_sine(c3[l]));
        out[0][l] = a.wrapping_add(d) >> shift;
        out[1][l] = b.wrapping_add(c) >> shift;
        out[2][l] = b.wrapping_sub(c) >> shift;
        out[3][l] = a.wrapping_sub(d) >> shift;
    }
    out
}

/// Times sqrt(2) * cos(pi / 8), which is 1 + 20091 / 65536.
#[inline(always)]
fn by_cosine(value: i16) -> i16 {
    high_product(value, 20_091).wrapping_add(value)
}

/// Times sqrt(2) * sin(pi / 8), which is 35468 / 65536 = 1 - 30068 / 65536.
#[inline(always)]
fn by_sine(value: i16) -> i16 {
    high_product(value, -30_068).wrapping_add(value)
}

/// The upper half of a product.
#[inline(always)]
fn high_product(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b)) >> 16) as i16
}
