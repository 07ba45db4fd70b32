//! Lists of images, and searches in them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{entries, entry, select};
use super::transaction_error::TransactionError;
use crate::field::{UserId, WebsiteId};
use crate::record::DifferenceHash;
use crate::storage::{Entry, Page};

/// The ids of a user's images whose name contains a text: from the index alone, which has the names of a
/// user's images beside each other.
pub(super) const SEARCH: &str = "SELECT id FROM images INDEXED BY images_by_search
     WHERE website_id = ? AND user_id = ? AND instr(search_name, ?) > 0 ORDER BY id DESC";

/// The ids and difference hashes of a website's images, or of a user's: from the index alone.
pub(super) const HASHES: &str = "SELECT id, difference_hash FROM images INDEXED BY images_by_hash
     WHERE website_id = ?";
pub(super) const HASHES_OF_USER: &str =
    "SELECT id, difference_hash FROM images INDEXED BY images_by_hash
     WHERE website_id = ? AND user_id = ?";

/// The number of a user's images, and a page of them.
pub(super) fn list(
    tx: &Connection,
    website: WebsiteId,
    user: &UserId,
    page: Page,
) -> Result<(u64, Vec<Entry>), TransactionError> {
    let total: Option<i64> = tx
        .prepare_cached("SELECT images FROM usage_by_user WHERE website_id = ? AND user_id = ?")?
        .query_row(params![website.get(), user.as_str()], |row| row.get(0))
        .optional()?;
    let total = total.unwrap_or_default().max(0).unsigned_abs();
    let offset = page.offset().min(total);
    let size = u64::from(page.size).min(total - offset);
    let rest = total - offset - size;
    // The index is read from its nearer end.
    let (order, skipped) = if rest < offset { ("ASC", rest) } else { ("DESC", offset) };
    let condition = format!("website_id = ? AND user_id = ? ORDER BY id {order} LIMIT ? OFFSET ?");
    let mut entries = entries(
        tx,
        &condition,
        params![website.get(), user.as_str(), size.cast_signed(), skipped.cast_signed()],
    )?;
    if rest < offset {
        entries.reverse();
    }
    Ok((total, entries))
}

/// The number of a user's images whose name in lower case contains a text, and a page of them.
pub(super) fn search(
    tx: &Connection,
    website: WebsiteId,
    user: &UserId,
    text: &str,
    page: Page,
) -> Result<(u64, Vec<Entry>), TransactionError> {
    let mut ids = tx.prepare_cached(SEARCH)?;
    let mut ids = ids.query(params![website.get(), user.as_str(), text])?;
    let mut total = 0;
    let mut found = Vec::new();
    while let Some(row) = ids.next()? {
        if total >= page.offset() && (found.len() as u64) < page.size.into() {
            found.push(row.get::<_, i64>(0)?);
        }
        total += 1;
    }
    let entries = found.into_iter().map(|id| {
        let row = tx.prepare_cached(&select("id = ?"))?.query_row([id], entry)?;
        Ok(row?)
    });
    Ok((total, entries.collect::<Result<_, TransactionError>>()?))
}

/// At most `limit` images whose pictures have hashes near `hash`, and the number of bits that differ.
pub(super) fn find_similar(
    tx: &Connection,
    website: WebsiteId,
    user: Option<&UserId>,
    hash: DifferenceHash,
    distance: u32,
    limit: u32,
) -> Result<Vec<(u32, Entry)>, TransactionError> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut hashes = tx.prepare_cached(user.map_or(HASHES, |_| HASHES_OF_USER))?;
    let mut rows = match user {
        Some(user) => hashes.query(params![website.get(), user.as_str()])?,
        None => hashes.query([website.get()])?,
    };
    // The best ones so far, the worst of them on top.
    let mut found = BinaryHeap::new();
    while let Some(row) = rows.next()? {
        // An image that was stored before hashes were recorded has none.
        let Some(bytes) = row.get::<_, Option<Vec<u8>>>(1)? else { continue };
        let Ok(bits) = <[u8; 8]>::try_from(bytes) else { continue };
        let bits = DifferenceHash::from_bits(u64::from_be_bytes(bits)).distance(hash);
        if bits <= distance {
            found.push((bits, Reverse(row.get::<_, i64>(0)?)));
            if found.len() > most {
                found.pop();
            }
        }
    }
    let entries = found.into_sorted_vec().into_iter().map(|(bits, Reverse(id))| {
        let row = tx.prepare_cached(&select("id = ?"))?.query_row([id], entry)?;
        Ok((bits, row?))
    });
    entries.collect::<Result<_, TransactionError>>()
}
