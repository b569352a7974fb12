//! The frames of RFC 6455, section 5.2, between bytes and here.

/// The longest payload that is taken, in bytes: more is taken for an error.
const LIMIT: u64 = 16 << 20;

/// Text in UTF-8.
pub(super) const TEXT: u8 = 1;
#[cfg(test)]
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;

/// A frame without its mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// No further frame of the same message follows.
    pub is_last: bool,
    /// 0 continues a message; 1 is text, 2 binary, 8 close, 9 ping, 10 pong.
    pub opcode: u8,
    /// What it carries.
    pub payload: Vec<u8>,
}

/// Who sends a frame: those of a client are masked, those of a server are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Client,
    Server,
}

/// Bytes that are no frame.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidFrame {
    #[error("a reserved bit is set")]
    Reserved,
    #[error("frames of clients are masked, and only those")]
    Mask,
    #[error("{0} bytes are too long")]
    TooLong(u64),
}

impl Frame {
    /// A whole message.
    pub fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self { is_last: true, opcode, payload: payload.into() }
    }

    /// The frame at the beginning of these bytes, and how many bytes it takes; nothing where it is
    /// not yet complete.
    pub(super) fn decode(
        bytes: &[u8],
        sender: Sender,
    ) -> Result<Option<(Self, usize)>, InvalidFrame> {
        let Some((&[first, second], rest)) = bytes.split_first_chunk() else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err(InvalidFrame::Reserved);
        }
        let is_masked = second & 0x80 != 0;
        if is_masked != (sender == Sender::Client) {
            return Err(InvalidFrame::Mask);
        }
        let (length, rest) = match second & 0x7f {
            126 => match rest.split_first_chunk() {
                Some((length, rest)) => (u16::from_be_bytes(*length).into(), rest),
                None => return Ok(None),
            },
            127 => match rest.split_first_chunk() {
                Some((length, rest)) => (u64::from_be_bytes(*length), rest),
                None => return Ok(None),
            },
            length => (length.into(), rest),
        };
        let Some(length) = usize::try_from(length).ok().filter(|_| length <= LIMIT) else {
            return Err(InvalidFrame::TooLong(length));
        };
        let (mask, rest) = match rest.split_first_chunk() {
            _ if !is_masked => ([0; 4], rest),
            Some((mask, rest)) => (*mask, rest),
            None => return Ok(None),
        };
        let Some((payload, rest)) = rest.split_at_checked(length) else { return Ok(None) };
        let frame = Self {
            is_last: first & 0x80 != 0,
            opcode: first & 0x0f,
            payload: masked(payload, mask),
        };
        Ok(Some((frame, bytes.len() - rest.len())))
    }

    /// Its bytes, with a mask where a client sends it.
    pub(super) fn encode(&self, mask: Option<[u8; 4]>) -> Vec<u8> {
        let mut out = vec![u8::from(self.is_last) << 7 | self.opcode & 0x0f];
        let is_masked = u8::from(mask.is_some()) << 7;
        let length = self.payload.len();
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(length @ ..=125), _) => out.push(is_masked | length),
            (_, Ok(length)) => {
                out.push(is_masked | 126);
                out.extend(length.to_be_bytes());
            }
            _ => {
                out.push(is_masked | 127);
                out.extend((length as u64).to_be_bytes());
            }
        }
        out.extend(mask.into_iter().flatten());
        out.extend(masked(&self.payload, mask.unwrap_or_default()));
        out
    }
}

fn masked(payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6455, section 5.7.
    #[test]
    fn the_examples_of_the_specification() {
        let hello = Frame::new(TEXT, "Hello");
        let plain = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
        let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(hello.encode(None), plain);
        assert_eq!(hello.encode(Some([0x37, 0xfa, 0x21, 0x3d])), masked);
        assert_eq!(Frame::decode(&plain, Sender::Server), Ok(Some((hello.clone(), 7))));
        assert_eq!(Frame::decode(&masked, Sender::Client), Ok(Some((hello, 11))));
        let first = Frame { is_last: false, ..Frame::new(TEXT, "Hel") };
        assert_eq!(first.encode(None), [0x01, 0x03, 0x48, 0x65, 0x6c]);
        assert_eq!(Frame::new(BINARY, [0; 256]).encode(None)[..4], [0x82, 0x7e, 1, 0]);
        let head = [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0];
        assert_eq!(Frame::new(BINARY, [0; 65_536]).encode(None)[..10], head);
    }

    #[test]
    fn a_frame_waits_for_its_end() {
        for length in [0, 3, 200, 70_000] {
            let frame = Frame::new(BINARY, vec![7; length]);
            let bytes = frame.encode(Some([1, 2, 3, 4]));
            for cut in (0..14).chain([bytes.len() - 1]).filter(|cut| *cut < bytes.len()) {
                assert_eq!(Frame::decode(&bytes[..cut], Sender::Client), Ok(None), "{cut}");
            }
            let more = [&bytes[..], b"more"].concat();
            assert_eq!(Frame::decode(&more, Sender::Client), Ok(Some((frame, bytes.len()))));
        }
    }

    #[test]
    fn what_is_no_frame() {
        let decode = |bytes: &[u8]| Frame::decode(bytes, Sender::Client);
        assert_eq!(decode(&[0xc1, 0x80]), Err(InvalidFrame::Reserved));
        assert_eq!(decode(&[0x81, 0x05]), Err(InvalidFrame::Mask));
        assert_eq!(Frame::decode(&[0x81, 0x85], Sender::Server), Err(InvalidFrame::Mask));
        let long = [0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0];
        assert_eq!(decode(&long), Err(InvalidFrame::TooLong(1 << 32)));
    }
}
