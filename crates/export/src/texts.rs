//! Texts that wait out of the way.
//!
//! A stream has a cursor for each parent, and some have as many entries as their list has rows: thousands of projects
//! and ten streams at once would be gigabytes. So such texts are in a file that has no name, and goes with the process;
//! what is in memory is where.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

/// Bytes of texts that stay in memory.
const FEW: usize = 256 << 10;

/// Texts one after another; nothing is ever taken out.
#[derive(Debug)]
pub(crate) enum Texts {
    Memory {
        all: Vec<u8>,
        /// There is nowhere to put a file.
        stays: bool,
    },
    File {
        file: BufWriter<File>,
        end: u64,
    },
}

/// Where a text is: its beginning and its length, in bytes. The default is the empty text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spot {
    at: u64,
    length: u32,
}

impl Default for Texts {
    fn default() -> Self {
        let all = Vec::new();
        Self::Memory { all, stays: false }
    }
}

impl Texts {
    /// Puts a text after the others.
    ///
    /// # Errors
    /// The file cannot be written, or the text is too long.
    pub(crate) fn put(&mut self, text: &str) -> io::Result<Spot> {
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        self.make_room(text.len())?;
        let at = match self {
            Self::Memory { all, .. } => {
                let at = all.len() as u64;
                all.extend_from_slice(text.as_bytes());
                at
            }
            Self::File { file, end } => {
                let at = *end;
                file.write_all(text.as_bytes())?;
                *end += u64::from(length);
                at
            }
        };
        Ok(Spot { at, length })
    }

    /// A text that was put here.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn get(&mut self, spot: Spot) -> io::Result<String> {
        let mut text = vec![0; spot.length as usize];
        match self {
            Self::Memory { all, .. } => {
                let rest = all.get(spot.at as usize..).unwrap_or_default();
                io::Cursor::new(rest).read_exact(&mut text)?;
            }
            Self::File { file, end } => {
                file.seek(SeekFrom::Start(spot.at))?;
                file.get_mut().read_exact(&mut text)?;
                file.seek(SeekFrom::Start(*end))?;
            }
        }
        String::from_utf8(text).map_err(io::Error::other)
    }

    /// Moves to a file what becomes too much for the memory.
    fn make_room(&mut self, bytes: usize) -> io::Result<()> {
        let Self::Memory { all, stays } = self else {
            return Ok(());
        };
        if *stays || all.len() + bytes <= FEW {
            return Ok(());
        }
        let file = match tempfile::tempfile() {
            Ok(file) => file,
            // Nowhere to write to is no reason not to go on, as long as the memory lasts.
            Err(error) => {
                tracing::warn!(%error, "cursors are kept in memory");
                *stays = true;
                return Ok(());
            }
        };
        let mut file = BufWriter::new(file);
        file.write_all(all)?;
        let end = all.len() as u64;
        *self = Self::File { file, end };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_told_as_they_were() {
        for length in [10, 10_000] {
            let text = |id: usize| format!("{id}").repeat(length);
            let mut texts = Texts::default();
            let mut spots: Vec<Spot> = Vec::new();
            for id in 100..200 {
                spots.push(texts.put(&text(id)).unwrap());
                // Whoever asks between two of them disturbs nothing.
                assert_eq!(texts.get(spots[0]).unwrap(), text(100));
            }
            assert_eq!(matches!(texts, Texts::File { .. }), length > 10);
            for (id, spot) in (100..200).zip(spots).rev() {
                assert_eq!(texts.get(spot).unwrap(), text(id));
            }
            assert_eq!(texts.get(Spot::default()).unwrap(), "");
        }
    }
}
