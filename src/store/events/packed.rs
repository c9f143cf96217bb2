//! One event as a packed row: what sorting needs, the event id, and a code or number for each cell that
//! has a value.

use crate::ingest::batch::{Batch, Cell};
use crate::ingest::reading::dict::{self, Dict};
use crate::schema::ColumnKind;
use crate::schema::row::{Columns as _, position};
use crate::schema::tables::CloudtrailEventsRow;

/// Where columns stand among the cells readers push, resolved when this is compiled. The id comes first.
pub const EVENT_ID: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::event_id);
/// A packed row holds its id apart from the other cells, which follow it: compiles only while the id is the first.
const _: [(); 0] = [(); EVENT_ID];
/// When it happened.
pub const EVENT_TIME: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::event_time);
/// The service.
pub const EVENT_SOURCE: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::event_source);
/// The operation.
pub const EVENT_NAME: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::event_name);
/// The account the event was delivered to.
pub const RECIPIENT: usize = position(CloudtrailEventsRow::COLUMNS, CloudtrailEventsRow::recipient_account_id);

/// What sorting and deduplication need to know of a row, besides its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Event time, UTC microseconds.
    pub time: i64,
    /// Content hash of the record.
    pub content_hash: u64,
    /// Index of the source file in the store's list of files.
    pub file: u32,
    /// Record in that file.
    pub record: u32,
    /// Copies this row stands for: 1, or more for a row read back from the store.
    pub copies: u32,
    /// The row was in the store before this run.
    pub prior: bool,
}

/// Appends a whole number, seven bits to a byte, the lowest first.
#[inline]
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads what [`put_varint`] wrote.
#[inline]
pub fn varint(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut value, mut shift) = (0u64, 0);
    while let Some(byte) = bytes.get(*at) {
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 || shift == 63 {
            break;
        }
        shift += 7;
    }
    value
}

/// Appends one packed row. Layout: length (4 bytes), head, event id, account's code, one bit for each cell
/// that has a value, the values. Texts go to `dict`; `last` holds the last code of each column.
pub fn pack(out: &mut Vec<u8>, head: &Head, cells: &[Cell<'_>], dict: &mut Dict, last: &mut [u32]) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&head.time.to_le_bytes());
    out.extend_from_slice(&head.content_hash.to_le_bytes());
    out.extend_from_slice(&head.file.to_le_bytes());
    out.extend_from_slice(&head.record.to_le_bytes());
    put_varint(out, u64::from(head.copies) << 1 | u64::from(head.prior));
    put_id(out, cells.get(EVENT_ID).and_then(|cell| cell.as_text()));
    let account = cells.get(RECIPIENT).and_then(|cell| if let Cell::Text(t) = cell { Some(code(t, RECIPIENT, dict, last)) } else { None });
    put_varint(out, u64::from(account.unwrap_or(dict::NULL)));
    let bits = out.len();
    out.resize(bits + cells.len().div_ceil(8), 0);
    for (column, cell) in cells.iter().enumerate().skip(1) {
        let value = match *cell {
            Cell::Text(text) => u64::from(code(text, column, dict, last)),
            Cell::Micros(v) | Cell::Int(v) => zigzag(v),
            Cell::Day(v) => zigzag(i64::from(v)),
            Cell::Bool(v) => u64::from(v),
            // Events have no decimals and no floats.
            Cell::Null | Cell::Decimal(_) | Cell::Double(_) => continue,
        };
        out[bits + column / 8] |= 1 << (column % 8);
        put_varint(out, value);
    }
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

#[inline]
fn code(text: &str, column: usize, dict: &mut Dict, last: &mut [u32]) -> u32 {
    let Some(last) = last.get_mut(column) else { return dict.code(text) };
    if !dict.is(*last, text) {
        *last = dict.code(text);
    }
    *last
}

#[inline]
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Ids are UUIDs and all different: 16 bytes each, and no place in the dictionary.
#[inline]
fn put_id(out: &mut Vec<u8>, id: Option<&str>) {
    let Some(id) = id else { return out.push(0) };
    match uuid(id.as_bytes()) {
        Some(bytes) => {
            out.push(1);
            out.extend_from_slice(&bytes);
        }
        None => {
            out.push(2);
            put_varint(out, id.len() as u64);
            out.extend_from_slice(id.as_bytes());
        }
    }
}

/// The bytes of a UUID in the usual lower-case spelling.
#[inline]
fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.try_into().ok()?;
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    let (mut bytes, mut at) = ([0; 16], 0);
    for byte in &mut bytes {
        if matches!(at, 8 | 13 | 18 | 23) {
            if text[at] != b'-' {
                return None;
            }
            at += 1;
        }
        *byte = digit(text[at])? << 4 | digit(text[at + 1])?;
        at += 2;
    }
    Some(bytes)
}

#[inline]
fn put_uuid(out: &mut String, bytes: &[u8]) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// One packed row.
#[derive(Debug, Clone, Copy)]
pub struct Packed<'b> {
    /// What sorting needs.
    pub head: Head,
    /// Code of the account.
    pub account: u32,
    id: Id<'b>,
    bits: &'b [u8],
    values: &'b [u8],
}

#[derive(Debug, Clone, Copy)]
enum Id<'b> {
    None,
    Uuid(&'b [u8]),
    Text(&'b [u8]),
}

impl<'b> Packed<'b> {
    /// The rows of `columns` cells packed into `bytes`, one after the other.
    #[inline]
    pub fn all(bytes: &'b [u8], columns: usize) -> impl Iterator<Item = Packed<'b>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let length = u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
            let row = bytes.get(at + 4..at + 4 + length)?;
            at += 4 + length;
            Self::one(row, columns)
        })
    }

    #[inline]
    fn one(row: &'b [u8], columns: usize) -> Option<Self> {
        let number = |from: usize| row.get(from..from + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
        let mut at = 24;
        let copies = varint(row, &mut at);
        let head = Head {
            time: i64::from_le_bytes(row.get(..8)?.try_into().ok()?),
            content_hash: u64::from_le_bytes(row.get(8..16)?.try_into().ok()?),
            file: number(16)?,
            record: number(20)?,
            copies: u32::try_from(copies >> 1).unwrap_or(u32::MAX),
            prior: copies & 1 == 1,
        };
        let kind = *row.get(at)?;
        at += 1;
        let length = match kind {
            0 => 0,
            1 => 16,
            _ => varint(row, &mut at) as usize,
        };
        let id = row.get(at..at + length)?;
        at += length;
        let account = varint(row, &mut at) as u32;
        let bits = row.get(at..at + columns.div_ceil(8))?;
        let id = match kind {
            0 => Id::None,
            1 => Id::Uuid(id),
            _ => Id::Text(id),
        };
        Some(Self { head, account, id, bits, values: row.get(at + bits.len()..)? })
    }

    /// Appends the event id; false if there is none.
    #[inline]
    pub fn put_id(&self, out: &mut String) -> bool {
        match self.id {
            Id::None => return false,
            Id::Uuid(bytes) => put_uuid(out, bytes),
            Id::Text(bytes) => out.push_str(std::str::from_utf8(bytes).unwrap_or_default()),
        }
        true
    }

    /// Columns with a value, and the number it is packed as.
    #[inline]
    fn values(&self) -> impl Iterator<Item = (usize, u64)> + use<'b> {
        let (bits, values) = (self.bits, self.values);
        let mut at = 0;
        let columns = bits.iter().enumerate().flat_map(|(byte, bits)| {
            let mut bits = *bits;
            std::iter::from_fn(move || {
                let bit = bits.trailing_zeros() as usize;
                bits &= bits.wrapping_sub(1);
                (bit < 8).then_some(byte * 8 + bit)
            })
        });
        columns.map(move |column| (column, varint(values, &mut at)))
    }

    /// Code of the text in a column.
    #[inline]
    pub fn code(&self, kinds: &[ColumnKind], column: usize) -> Option<u32> {
        let found = self.values().find(|(at, _)| *at >= column)?;
        (found.0 == column && kinds.get(column) == Some(&ColumnKind::Text)).then_some(found.1 as u32)
    }

    /// Puts the cells into the last row of a batch, but for the event id. `columns` says where each column
    /// stands, and `text` turns a code into the batch's.
    #[inline]
    pub fn fill(&self, batch: &mut Batch, columns: &[(usize, ColumnKind)], mut text: impl FnMut(&mut Batch, u32) -> u32) {
        for (column, value) in self.values() {
            let Some((to, kind)) = columns.get(column) else { continue };
            match kind {
                ColumnKind::Text => {
                    let code = text(batch, value as u32);
                    batch.set_code(*to, code);
                }
                ColumnKind::Boolean => batch.set(*to, Cell::Bool(value == 1)),
                _ => batch.set(*to, Cell::Int((value >> 1) as i64 ^ -((value & 1) as i64))),
            }
        }
    }
}

/// Marks the codes that rows use.
pub fn mark(rows: &[u8], kinds: &[ColumnKind], used: &mut [bool]) {
    for row in Packed::all(rows, kinds.len()) {
        let texts = row.values().filter(|(column, _)| kinds.get(*column) == Some(&ColumnKind::Text)).map(|(_, code)| code as u32);
        for code in texts.chain((row.account != dict::NULL).then_some(row.account)) {
            if let Some(used) = used.get_mut(code as usize) {
                *used = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use std::sync::Arc;

    #[test]
    fn rows_come_back_as_they_went_in() {
        let schema = Schema::new(Vec::new(), Vec::new()).unwrap();
        let table = schema.table("cloudtrail_events").unwrap();
        let columns: Vec<(usize, ColumnKind)> = table.columns.iter().map(|c| c.kind).enumerate().collect();
        let pick = |n: usize, column: &(usize, ColumnKind)| match column.1 {
            _ if (n + column.0).is_multiple_of(3) => Cell::Null,
            ColumnKind::Text => Cell::Text(["", "é\u{0}x", "111122223333"][(n + column.0) % 3]),
            ColumnKind::Boolean => Cell::Bool(n.is_multiple_of(2)),
            _ => Cell::Int([i64::MIN, -1, i64::MAX][n % 3]),
        };
        let ids = [Some("0f8fad5b-d9cb-469f-a165-70867728950e"), None, Some("0F8fad5b-d9cb-469f-a165-70867728950e"), Some("")];
        let (mut rows, mut dict, mut last) = (Vec::new(), Dict::default(), vec![0; columns.len()]);
        let head = |n: usize| Head { time: -5, content_hash: u64::MAX - 1, file: 7, record: n as u32, copies: 3, prior: n == 2 };
        let wanted: Vec<Vec<Cell<'_>>> = (0..ids.len())
            .map(|n| std::iter::once(Cell::text(ids[n])).chain(columns.iter().skip(1).map(|c| pick(n, c))).collect())
            .collect();
        for (n, cells) in wanted.iter().enumerate() {
            pack(&mut rows, &head(n), cells, &mut dict, &mut last);
        }
        let mut batch = Batch::new(Arc::clone(&table));
        for (n, row) in Packed::all(&rows, columns.len()).enumerate() {
            batch.begin(n as u64);
            let mut id = String::new();
            if row.put_id(&mut id) {
                batch.set(EVENT_ID, Cell::Text(&id));
            }
            row.fill(&mut batch, &columns, |batch, code| batch.code(dict.get(code).unwrap()));
            assert_eq!(row.head, head(n));
            assert_eq!(batch.cells(n), wanted[n]);
            assert_eq!(Cell::text(dict.get(row.account)), wanted[n][RECIPIENT]);
            assert_eq!(
                Cell::text(row.code(&columns.iter().map(|c| c.1).collect::<Vec<_>>(), EVENT_NAME).and_then(|c| dict.get(c))),
                wanted[n][EVENT_NAME]
            );
        }
        assert_eq!(batch.len(), 4);
    }
}
