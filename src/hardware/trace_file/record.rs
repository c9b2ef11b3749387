//! One line of a trace: seven fields between commas, nothing quoted, nothing allocated.

use super::error::{LineFault, quoted};

/// The header line; the published traces have none, tools that read them like one.
pub(super) const HEADER: &str = "Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime";

/// Fields of a record.
const FIELDS: usize = 7;

/// What a record says, as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'line> {
    /// Issue, in 100 ns ticks since 1601.
    pub(super) ticks: u64,
    pub(super) host: &'line [u8],
    pub(super) disk: u32,
    pub(super) is_write: bool,
    /// Bytes.
    pub(super) offset: u64,
    /// Bytes.
    pub(super) size: u64,
    /// Where `Size` begins in the line.
    pub(super) size_at: usize,
}

impl<'line> Record<'line> {
    /// Reads a line. Every field is looked at, those that no one uses too: a line is a record or it is not.
    pub(super) fn parse(line: &'line [u8]) -> Result<Self, LineFault> {
        let mut fields = Fields { line, next: 0, taken: 0 };
        let ticks = fields.number("Timestamp", u64::MAX)?;
        let (at, host) = fields.take()?;
        if host.is_empty() {
            return Err(LineFault::new("trace-fields", at, "found no Hostname; expected a name"));
        }
        let disk = fields.number("DiskNumber", u64::from(u32::MAX))? as u32;
        let (at, kind) = fields.take()?;
        let is_write = kind.eq_ignore_ascii_case(b"Write");
        if !is_write && !kind.eq_ignore_ascii_case(b"Read") {
            let message = format!("found the Type {}; expected `Read` or `Write`", quoted(kind));
            return Err(LineFault::new("trace-type", at, message));
        }
        let offset = fields.number("Offset", u64::MAX)?;
        let size_at = fields.next;
        let size = fields.number("Size", u64::MAX)?;
        fields.number("ResponseTime", u64::MAX)?;
        fields.end()?;
        Ok(Self { ticks, host, disk, is_write, offset, size, size_at })
    }
}

/// The fields of a line, from left to right.
struct Fields<'line> {
    line: &'line [u8],
    /// Where the next field begins: one beyond the end of the line if there is none.
    next: usize,
    taken: usize,
}

impl<'line> Fields<'line> {
    /// The next field and where it begins.
    fn take(&mut self) -> Result<(usize, &'line [u8]), LineFault> {
        let at = self.next;
        let Some(rest) = self.line.get(at..) else {
            let plural = if self.taken == 1 { "field" } else { "fields" };
            let message = format!("found {} {plural}; expected {FIELDS}: {HEADER}", self.taken);
            return Err(LineFault::new("trace-fields", self.line.len(), message));
        };
        let length = rest.iter().position(|&byte| byte == b',').unwrap_or(rest.len());
        self.next = at + length + 1;
        self.taken += 1;
        Ok((at, &rest[..length]))
    }

    /// The next field, a whole number of at most `largest`.
    fn number(&mut self, name: &str, largest: u64) -> Result<u64, LineFault> {
        let (at, field) = self.take()?;
        let mut value = Some(0_u64);
        for (index, &byte) in field.iter().enumerate() {
            if !byte.is_ascii_digit() {
                return Err(not_a_number(name, at, field, index));
            }
            let digit = u64::from(byte - b'0');
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
        }
        match value {
            _ if field.is_empty() => Err(not_a_number(name, at, field, 0)),
            Some(value) if value <= largest => Ok(value),
            _ => {
                let message = format!("found the {name} {}; expected at most {largest}", quoted(field));
                Err(LineFault::new("trace-number", at, message))
            }
        }
    }

    /// Nothing may follow.
    fn end(&self) -> Result<(), LineFault> {
        match self.line.get(self.next..) {
            None => Ok(()),
            Some(rest) => {
                let found = FIELDS + rest.split(|&byte| byte == b',').count();
                let message = format!("found {found} fields; expected {FIELDS}: {HEADER}");
                Err(LineFault::new("trace-fields", self.next, message))
            }
        }
    }
}

/// Why `field`, which begins at `at`, is not a number: its byte `index` is not a digit.
fn not_a_number(name: &str, at: usize, field: &[u8], index: usize) -> LineFault {
    let digits_only = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let (found, expected) = match field.strip_prefix(b"-") {
        Some(rest) if digits_only(rest) => (format!("{name} {}", quoted(field)), "0 or more"),
        _ if field.is_empty() => (format!("empty {name}"), "a whole number"),
        _ => (format!("{name} {}", quoted(field)), "a whole number"),
    };
    LineFault::new("trace-number", at + index, format!("found the {found}; expected {expected}"))
}
