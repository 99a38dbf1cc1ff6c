//! Rows in the binary form of `COPY`.

use std::borrow::Cow;

use bytes::{BufMut, BytesMut};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use labtower_extract::Row;

use super::json::{Fit, fit};
use crate::sink::Value;

/// Seconds from 1970 to 2000, where PostgreSQL's time begins.
const EPOCH_SECONDS: i64 = 946_684_800;

/// What a copy begins with: signature, no flags, no extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What it ends with.
pub(super) const TRAILER: &[u8] = &[0xff, 0xff];

/// Rows on their way into a table.
#[derive(Debug)]
pub(super) struct Copy {
    pub(super) bytes: BytesMut,
    fields: i16,
}

/// What is the same in many rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) data_date: Timestamp,
    pub(super) instance: &'a str,
    pub(super) parent: &'a str,
    pub(super) batch: u64,
}

impl Copy {
    /// For a table with the envelope, two columns of our own, and these columns.
    pub(super) fn new(columns: usize) -> Self {
        let own = crate::sink::ENVELOPE.len() + super::schema::OWN.len();
        Self {
            bytes: BytesMut::from(HEADER),
            fields: (own + columns) as i16,
        }
    }

    /// A row, in the order of the columns of [`super::schema::columns`].
    pub(super) fn row(
        &mut self,
        of: Of<'_>,
        row: &Row,
        place: usize,
        values: &[Option<Value<'_>>],
    ) {
        self.bytes.put_i16(self.fields);
        self.time(Some(of.data_date));
        self.text(of.instance);
        self.text(of.parent);
        self.text(&row.id);
        self.time(row.updated_at);
        self.int(of.batch as i64);
        self.text(&format!("{:016x}", row.hash));
        self.bool(row.deleted);
        let fit = fit(&row.body);
        self.fitting(&row.body, &fit);
        self.bytes.put_i32(4);
        self.bytes.put_i32(place as i32);
        if fit == Fit::Whole {
            self.null();
        } else {
            self.text(&row.body);
        }
        for value in values {
            self.value(value.as_ref());
        }
    }

    fn value(&mut self, value: Option<&Value<'_>>) {
        match value {
            None => self.null(),
            Some(Value::Text(text)) => self.text(text),
            Some(Value::Int(number)) => self.int(*number),
            Some(Value::Float(number)) => {
                self.bytes.put_i32(8);
                self.bytes.put_f64(*number);
            }
            Some(Value::Bool(is)) => self.bool(*is),
            Some(Value::Time(at)) => self.time(Some(*at)),
            Some(Value::Date(day)) => self.date(*day),
            Some(Value::Json(text)) => self.fitting(text, &fit(text)),
        }
    }

    fn null(&mut self) {
        self.bytes.put_i32(-1);
    }

    /// Text, in which PostgreSQL has no place for U+0000.
    fn text(&mut self, text: &str) {
        let text = if memchr::memchr(0, text.as_bytes()).is_some() {
            Cow::Owned(text.replace('\0', "\u{fffd}"))
        } else {
            Cow::Borrowed(text)
        };
        self.bytes.put_i32(text.len() as i32);
        self.bytes.put_slice(text.as_bytes());
    }

    /// JSON as far as it fits.
    fn fitting(&mut self, text: &str, fit: &Fit) {
        match fit {
            Fit::Whole => self.jsonb(text),
            Fit::Replaced(text) => self.jsonb(text),
            Fit::Nothing => self.null(),
        }
    }

    fn jsonb(&mut self, text: &str) {
        self.bytes.put_i32(text.len() as i32 + 1);
        self.bytes.put_u8(1);
        self.bytes.put_slice(text.as_bytes());
    }

    fn int(&mut self, number: i64) {
        self.bytes.put_i32(8);
        self.bytes.put_i64(number);
    }

    fn bool(&mut self, is: bool) {
        self.bytes.put_i32(1);
        self.bytes.put_u8(u8::from(is));
    }

    /// A moment; those before 4713 BC are not known to PostgreSQL.
    fn time(&mut self, at: Option<Timestamp>) {
        match at.filter(|at| at.as_second() > -210_800_000_000) {
            Some(at) => self.int(at.as_microsecond() - EPOCH_SECONDS * 1_000_000),
            None => self.null(),
        }
    }

    fn date(&mut self, day: Date) {
        if day < date(-4711, 1, 1) {
            return self.null();
        }
        self.bytes.put_i32(4);
        self.bytes.put_i32((day - date(2000, 1, 1)).get_days());
    }
}
