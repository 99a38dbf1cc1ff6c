//! Files as others read them.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use bytes::Bytes;
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value, json};

use crate::shared::kept::{Kept, raw};

/// Rows of a file of lines.
pub(crate) fn lines(bytes: &[u8]) -> Vec<Kept> {
    #[derive(serde::Deserialize)]
    struct Raw<'a> {
        #[serde(borrow)]
        raw: &'a serde_json::value::RawValue,
    }
    let content = zstd::decode_all(bytes).unwrap();
    let content = std::str::from_utf8(&content).unwrap();
    let kept = content.lines().map(|line| {
        let body: Raw<'_> = serde_json::from_str(line).unwrap();
        let envelope = line.replace(body.raw.get(), "null");
        let cells = serde_json::from_str(&envelope).unwrap();
        Kept {
            columns: None,
            ..Kept::new(cells, raw(body.raw.get()))
        }
    });
    kept.collect()
}

/// Rows of a Parquet file.
pub(crate) fn columns(bytes: Bytes) -> Vec<Kept> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
        .unwrap()
        .build()
        .unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let rows = batches
        .iter()
        .flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    rows.map(|(batch, row)| {
        let cells: Map<String, Value> = batch
            .schema()
            .fields()
            .iter()
            .zip(batch.columns())
            .filter(|(_, array)| array.is_valid(row))
            .map(|(field, array)| (field.name().clone(), cell(array.as_ref(), row)))
            .collect();
        let body = raw(cells["raw"].as_str().unwrap());
        Kept::new(cells, body)
    })
    .collect()
}

fn cell(array: &dyn Array, row: usize) -> Value {
    match array.data_type() {
        DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
        DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
        DataType::Int32 => json!(array.as_primitive::<Int32Type>().value(row)),
        DataType::Float64 => json!(array.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => json!(array.as_boolean().value(row)),
        DataType::Timestamp(..) => {
            let at = array.as_primitive::<TimestampMicrosecondType>().value(row);
            json!(Timestamp::from_microsecond(at).unwrap())
        }
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            json!(jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days))
        }
        other => panic!("unexpected type {other}"),
    }
}
