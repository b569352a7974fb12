//! The bytes of a file to text.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Place};

/// Bytes of the largest file that is read. Ten times what 5,000 routes need.
const MAX_FILE: u64 = 32 << 20;

/// Why a file has no text.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("larger than {MAX_FILE} bytes")]
    TooLarge(Option<u64>),
    #[error("byte {0} is not text")]
    NotText(usize),
}

/// The text of a file.
pub(super) fn read_file(path: &Path) -> Result<String, ReadError> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > MAX_FILE {
        return Err(ReadError::TooLarge(Some(length)));
    }
    text(&mut file)
}

/// The text that something has.
pub(super) fn text(reader: &mut dyn Read) -> Result<String, ReadError> {
    let mut bytes = Vec::new();
    reader.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(ReadError::TooLarge(None));
    }
    decode(bytes)
}

/// UTF-8, or UTF-16 with a byte order mark, as some shells write it.
fn decode(mut bytes: Vec<u8>) -> Result<String, ReadError> {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes),
        _ => {
            if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
                bytes.drain(..3);
            }
            if let Some(nul) = bytes.iter().position(|&byte| byte == 0) {
                return Err(ReadError::NotText(nul));
            }
            String::from_utf8(bytes)
                .map_err(|error| ReadError::NotText(error.utf8_error().valid_up_to()))
        }
    }
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, ReadError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text = String::from_utf16(&pairs.iter().copied().map(unit).collect::<Vec<_>>());
    text.ok().filter(|text| rest.is_empty() && !text.contains('\0')).ok_or(ReadError::NotText(0))
}

/// What is told of a path without text.
pub(super) fn explain(path: &Path, error: &ReadError) -> Diagnostic {
    let place = Place::Path(path.to_owned());
    let largest = MAX_FILE >> 20;
    match error {
        ReadError::Io(error) => {
            let message = match error.kind() {
                io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
                io::ErrorKind::PermissionDenied => "reading this is not permitted".to_owned(),
                _ => format!("cannot be read: {error}"),
            };
            Diagnostic::error(Code::Unreadable, place, message)
        }
        ReadError::TooLarge(length) => {
            let has =
                length.map_or_else(String::new, |length| format!(" has {} MiB and", length >> 20));
            let message =
                format!("this file{has} is too large: files of up to {largest} MiB are read");
            Diagnostic::error(Code::TooLarge, place, message)
                .help("split the file, or check that it is the one you meant")
        }
        ReadError::NotText(at) => {
            let message = format!("this is no text file: byte {at} is not UTF-8 text");
            Diagnostic::error(Code::NotText, place, message)
                .help("give YAML or JSON in UTF-8 (or in UTF-16 with a byte order mark)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn byte_order_marks_say_the_encoding_and_go() {
        assert_eq!(decode(b"\xef\xbb\xbfa: \xc3\xa9".to_vec()).unwrap(), "a: é");
        assert_eq!(decode(b"\xff\xfea\0:\0".to_vec()).unwrap(), "a:");
        assert_eq!(decode(b"\xfe\xff\0a\0:".to_vec()).unwrap(), "a:");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b"a\0b"[..], b"\xff\xfea", b"a: \xff", b"\x7fELF\x02\x01\x01\0"] {
            assert!(decode(bytes.to_vec()).is_err());
        }
    }
}
