//! Where reading goes on, as text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ExtractError;

/// A cursor above this is compressed.
const SHORT: usize = 512;
/// No cursor unpacks to more.
const LARGEST: usize = 1 << 30;

/// Writes a cursor: JSON, or `z` and compressed JSON in base64. The same state is always the same text.
pub(crate) fn write<T: Serialize>(state: &T) -> String {
    let json = serde_json::to_string(state).unwrap_or_default();
    if json.len() < SHORT {
        return json;
    }
    match zstd::bulk::compress(json.as_bytes(), 3) {
        Ok(packed) => format!("z{}", STANDARD_NO_PAD.encode(packed)),
        Err(_) => json,
    }
}

/// Reads what [`write()`] wrote; of nothing, the beginning.
pub(crate) fn read<T: DeserializeOwned + Default>(
    stream: &'static str,
    text: &str,
) -> Result<T, ExtractError> {
    let problem = |detail: String| ExtractError::Cursor { stream, detail };
    if text.is_empty() {
        return Ok(T::default());
    }
    let Some(packed) = text.strip_prefix('z') else {
        return serde_json::from_str(text).map_err(|error| problem(error.to_string()));
    };
    let packed = STANDARD_NO_PAD
        .decode(packed)
        .map_err(|error| problem(error.to_string()))?;
    let mut json = Vec::new();
    let decoder = zstd::Decoder::new(packed.as_slice()).map_err(|e| problem(e.to_string()))?;
    std::io::Read::read_to_end(&mut std::io::Read::take(decoder, LARGEST as u64), &mut json)
        .map_err(|error| problem(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| problem(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_cursors_come_back() {
        for count in [0_usize, 3, 5_000] {
            let state: Vec<usize> = (0..count).collect();
            let text = write(&state);
            assert_eq!(read::<Vec<usize>>("issues", &text).unwrap(), state);
        }
        assert_eq!(
            read::<Vec<usize>>("issues", "").unwrap(),
            Vec::<usize>::new()
        );
    }

    #[test]
    fn what_is_no_cursor_is_an_error() {
        for text in ["{", "z!", "zAAAA"] {
            assert!(read::<Vec<usize>>("issues", text).is_err(), "{text}");
        }
    }
}
