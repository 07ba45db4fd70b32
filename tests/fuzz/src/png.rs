//! PNG files that pass their checksums.

use flate2::Crc;

pub const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1A\n";

/// A chunk with the right length and checksum.
pub fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(body);
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&length, &kind[..], body, &crc.sum().to_be_bytes()].concat()
}

/// `data` as a PNG whose chunks have the right checksums, so that what they say is read.
pub fn with_checksums(data: &[u8]) -> Vec<u8> {
    let mut file = SIGNATURE.to_vec();
    let mut rest = data.get(SIGNATURE.len()..).unwrap_or_default();
    while let Some((&[l0, l1, l2, l3, k0, k1, k2, k3], behind)) = rest.split_first_chunk() {
        let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
        let Some((body, behind)) = behind.split_at_checked(length) else { break };
        file.extend(chunk(&[k0, k1, k2, k3], body));
        rest = behind.get(4..).unwrap_or_default();
    }
    file.extend(rest);
    file
}
