//! Names that nobody else has.

use std::fmt::Write as _;

use crate::sink::SinkError;

/// 16 random bytes as hexadecimal digits: whoever wrote it can recognise it later.
pub(crate) fn token() -> Result<String, SinkError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| SinkError::config("random numbers", error.to_string()))?;
    let mut text = String::with_capacity(32);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
