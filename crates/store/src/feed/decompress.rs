//! Reading bodies back.

use std::collections::HashMap;

use rusqlite::Connection;
use zstd::bulk::Decompressor;

use crate::StoreError;

/// Largest body that is believed: bytes. A job's JSON is a few hundred.
const LARGEST: usize = 16 * 1024 * 1024;

/// Reads bodies of `changes`; loads each dictionary once.
pub(crate) struct Decoder<'c> {
    conn: &'c Connection,
    decoders: HashMap<Option<i64>, Decompressor<'static>>,
}

impl<'c> Decoder<'c> {
    /// A decoder that takes its dictionaries from `conn`.
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self {
            conn,
            decoders: HashMap::new(),
        }
    }

    /// The JSON of change `seq`, compressed with dictionary `dict_id`.
    pub(crate) fn json(
        &mut self,
        seq: i64,
        dict_id: Option<i64>,
        body: &[u8],
    ) -> Result<String, StoreError> {
        let corrupt = |detail: String| StoreError::Corrupt {
            what: format!("the body of change {seq}"),
            detail,
        };
        if !self.decoders.contains_key(&dict_id) {
            let decoder = match dict_id {
                None => Decompressor::new(),
                Some(id) => {
                    let dictionary: Vec<u8> = self
                        .conn
                        .prepare_cached("SELECT body FROM dictionaries WHERE id = ?1")?
                        .query_row([id], |row| row.get(0))?;
                    Decompressor::with_dictionary(&dictionary)
                }
            };
            self.decoders.insert(
                dict_id,
                decoder.map_err(|error| corrupt(error.to_string()))?,
            );
        }
        let Some(decoder) = self.decoders.get_mut(&dict_id) else {
            return Err(corrupt("its dictionary is missing".to_owned()));
        };
        let size = Decompressor::upper_bound(body)
            .unwrap_or(LARGEST)
            .min(LARGEST);
        let json = decoder
            .decompress(body, size)
            .map_err(|error| corrupt(error.to_string()))?;
        String::from_utf8(json).map_err(|error| corrupt(error.to_string()))
    }
}
