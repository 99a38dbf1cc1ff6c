//! A batch as Parquet: the envelope, then the stream's columns, each of its own type.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int32Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use jiff::civil::date;
use labtower_extract::{Column, ColumnKind, Row};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::encode::failed;
use crate::sink::{Batch, SinkError, Typed, Value};

/// Encoded bytes of a row group: what a reader takes up at once, and the most that waits in memory here.
const ROW_GROUP: usize = 16 << 20;

/// Writes a batch.
pub(super) struct Parquet<'a> {
    writer: ArrowWriter<Vec<u8>>,
    schema: Arc<Schema>,
    typed: Typed,
    instance: &'a str,
    batch: &'a Batch,
    /// Chunk, and row in it, that come next.
    next: (usize, usize),
    /// Rows before.
    row: usize,
}

impl<'a> Parquet<'a> {
    pub(super) fn new(level: i32, instance: &'a str, batch: &'a Batch) -> Result<Self, SinkError> {
        let level = ZstdLevel::try_new(level).map_err(|error| failed(batch, &error))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_bytes(Some(ROW_GROUP))
            // Bodies are all different: a dictionary of them is only tried in vain.
            .set_column_dictionary_enabled("raw".into(), false)
            .set_column_dictionary_enabled("_hash".into(), false)
            .build();
        let schema = schema(batch.columns);
        let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties))
            .map_err(|error| failed(batch, &error))?;
        Ok(Self {
            writer,
            schema,
            typed: Typed::new(batch.columns),
            instance,
            batch,
            next: (0, 0),
            row: 0,
        })
    }

    /// Takes in rows with so many bytes of bodies, and appends what is ready to be written; whether rows are left.
    pub(super) fn piece(&mut self, out: &mut Vec<u8>, bytes: usize) -> Result<bool, SinkError> {
        let mut builders = Builders::new(self.batch.columns);
        let mut taken = 0;
        while let Some(chunk) = self.batch.chunks.get(self.next.0) {
            let Some(row) = chunk.rows.get(self.next.1) else {
                self.next = (self.next.0 + 1, 0);
                continue;
            };
            if taken >= bytes {
                break;
            }
            builders.envelope(self.batch, self.instance, &chunk.parent, row, self.row);
            builders.columns(&self.typed.read(&row.body));
            taken += row.body.len();
            self.next.1 += 1;
            self.row += 1;
        }
        let more = self.next.0 < self.batch.chunks.len();
        let written = RecordBatch::try_new(self.schema.clone(), builders.finish())
            .map_err(parquet::errors::ParquetError::from)
            .and_then(|rows| self.writer.write(&rows))
            .and_then(|()| {
                if more {
                    Ok(())
                } else {
                    self.writer.finish().map(|_| ())
                }
            });
        written.map_err(|error| failed(self.batch, &error))?;
        out.append(self.writer.inner_mut());
        Ok(more)
    }
}

/// The envelope, the row's place, and the columns.
fn schema(columns: &[Column]) -> Arc<Schema> {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = vec![
        Field::new("data_date", time(), false),
        Field::new("_instance", DataType::Utf8, false),
        Field::new("_parent", DataType::Utf8, false),
        Field::new("_id", DataType::Utf8, false),
        Field::new("_updated_at", time(), true),
        Field::new("_batch", DataType::Int64, false),
        Field::new("_hash", DataType::Utf8, false),
        Field::new("_deleted", DataType::Boolean, false),
        Field::new("raw", DataType::Utf8, false),
        Field::new(crate::sink::ROW, DataType::Int32, false),
    ];
    fields.extend(columns.iter().map(|column| {
        let kind = match column.kind {
            ColumnKind::Text | ColumnKind::Json => DataType::Utf8,
            ColumnKind::Int => DataType::Int64,
            ColumnKind::Float => DataType::Float64,
            ColumnKind::Bool => DataType::Boolean,
            ColumnKind::Time => time(),
            ColumnKind::Date => DataType::Date32,
        };
        Field::new(column.name, kind, true)
    }));
    Arc::new(Schema::new(fields))
}

/// Columns under construction, in the order of the schema.
struct Builders {
    data_date: TimestampMicrosecondBuilder,
    instance: StringBuilder,
    parent: StringBuilder,
    id: StringBuilder,
    updated_at: TimestampMicrosecondBuilder,
    batch: Int64Builder,
    hash: StringBuilder,
    deleted: BooleanBuilder,
    raw: StringBuilder,
    row: Int32Builder,
    columns: Vec<Builder>,
}

impl Builders {
    fn new(columns: &[Column]) -> Self {
        let time = || TimestampMicrosecondBuilder::new().with_timezone("UTC");
        Self {
            data_date: time(),
            instance: StringBuilder::new(),
            parent: StringBuilder::new(),
            id: StringBuilder::new(),
            updated_at: time(),
            batch: Int64Builder::new(),
            hash: StringBuilder::new(),
            deleted: BooleanBuilder::new(),
            raw: StringBuilder::new(),
            row: Int32Builder::new(),
            columns: columns.iter().map(|c| Builder::new(c.kind)).collect(),
        }
    }

    fn envelope(&mut self, batch: &Batch, instance: &str, parent: &str, row: &Row, place: usize) {
        self.data_date
            .append_value(batch.data_date.as_microsecond());
        self.instance.append_value(instance);
        self.parent.append_value(parent);
        self.id.append_value(&row.id);
        self.updated_at
            .append_option(row.updated_at.map(|at| at.as_microsecond()));
        self.batch.append_value(batch.number as i64);
        self.hash.append_value(format!("{:016x}", row.hash));
        self.deleted.append_value(row.deleted);
        self.raw.append_value(&row.body);
        self.row.append_value(place as i32);
    }

    fn columns(&mut self, values: &[Option<Value<'_>>]) {
        for (builder, value) in self.columns.iter_mut().zip(values) {
            builder.append(value.as_ref());
        }
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(self.data_date.finish()),
            Arc::new(self.instance.finish()),
            Arc::new(self.parent.finish()),
            Arc::new(self.id.finish()),
            Arc::new(self.updated_at.finish()),
            Arc::new(self.batch.finish()),
            Arc::new(self.hash.finish()),
            Arc::new(self.deleted.finish()),
            Arc::new(self.raw.finish()),
            Arc::new(self.row.finish()),
        ];
        arrays.extend(self.columns.into_iter().map(Builder::finish));
        arrays
    }
}

/// One of the stream's columns under construction.
enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Date(Date32Builder),
}

impl Builder {
    fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text | ColumnKind::Json => Self::Text(StringBuilder::new()),
            ColumnKind::Int => Self::Int(Int64Builder::new()),
            ColumnKind::Float => Self::Float(Float64Builder::new()),
            ColumnKind::Bool => Self::Bool(BooleanBuilder::new()),
            ColumnKind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            ColumnKind::Date => Self::Date(Date32Builder::new()),
        }
    }

    /// A value of the builder's kind; any other would be absent.
    fn append(&mut self, value: Option<&Value<'_>>) {
        match self {
            Self::Text(builder) => builder.append_option(match value {
                Some(Value::Text(text)) => Some(text.as_ref()),
                Some(Value::Json(text)) => Some(*text),
                _ => None,
            }),
            Self::Int(builder) => builder.append_option(match value {
                Some(Value::Int(number)) => Some(*number),
                _ => None,
            }),
            Self::Float(builder) => builder.append_option(match value {
                Some(Value::Float(number)) => Some(*number),
                _ => None,
            }),
            Self::Bool(builder) => builder.append_option(match value {
                Some(Value::Bool(is)) => Some(*is),
                _ => None,
            }),
            Self::Time(builder) => builder.append_option(match value {
                Some(Value::Time(at)) => Some(at.as_microsecond()),
                _ => None,
            }),
            Self::Date(builder) => builder.append_option(match value {
                Some(Value::Date(day)) => Some((*day - date(1970, 1, 1)).get_days()),
                _ => None,
            }),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut builder) => Arc::new(builder.finish()),
            Self::Int(mut builder) => Arc::new(builder.finish()),
            Self::Float(mut builder) => Arc::new(builder.finish()),
            Self::Bool(mut builder) => Arc::new(builder.finish()),
            Self::Time(mut builder) => Arc::new(builder.finish()),
            Self::Date(mut builder) => Arc::new(builder.finish()),
        }
    }
}
