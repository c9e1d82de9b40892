//! The text is `dtx1-` and Crockford's base 32 of these bytes, numbers as LEB128 unless they say
//! otherwise:
//!
//! ```text
//! length of all that follows, without the checksum
//! engine    length, UTF-8
//! scenario  length, UTF-8
//! digest    8 bytes, little-endian
//! seed
//! print     8 bytes, little-endian
//! steps
//! choices   how many, then 2 bytes each, little-endian
//! CRC-32    of all that stands before it, 4 bytes, little-endian
//! ```
//!
//! The CRC finds every change of a character and every exchange of two neighbours.

use super::{Token, TokenError, is_name};

const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CRC_BYTES: usize = 4;

/// The digits of a token.
pub(super) fn write(token: &Token) -> String {
    seal(body(token))
}

/// The token of these digits.
pub(super) fn read(digits: &str) -> Result<Token, TokenError> {
    open(digits, |reader| reader.token())
}

/// The digits of a body of any kind, with its length and its checksum.
pub(super) fn seal(mut body: Vec<u8>) -> String {
    let mut bytes = Vec::new();
    put(&mut bytes, body.len() as u64);
    bytes.append(&mut body);
    let crc = crc32(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    encode(&bytes)
}

/// What `read` makes of the body that was sealed in these digits.
pub(super) fn open<T>(
    digits: &str,
    read: impl FnOnce(&mut Reader<'_>) -> Option<T>,
) -> Result<T, TokenError> {
    let (bytes, filled) = decode(digits)?;
    let opened = parse(&bytes, read)?;
    if filled { Ok(opened) } else { Err(TokenError::Damaged) }
}

fn body(token: &Token) -> Vec<u8> {
    let mut body = Vec::new();
    for name in [&token.engine, &token.scenario] {
        put(&mut body, name.len() as u64);
        body.extend_from_slice(name.as_bytes());
    }
    body.extend_from_slice(&token.digest.to_le_bytes());
    put(&mut body, token.seed);
    body.extend_from_slice(&token.fingerprint.to_le_bytes());
    put(&mut body, token.steps);
    put(&mut body, token.choices.len() as u64);
    token.choices.iter().for_each(|choice| body.extend_from_slice(&choice.to_le_bytes()));
    body
}

fn parse<T>(
    bytes: &[u8],
    read: impl FnOnce(&mut Reader<'_>) -> Option<T>,
) -> Result<T, TokenError> {
    let mut reader = Reader(bytes);
    let length = reader.number().ok_or(TokenError::Truncated)?;
    let wanted = usize::try_from(length).ok().and_then(|n| n.checked_add(CRC_BYTES));
    let wanted = wanted.ok_or(TokenError::Damaged)?;
    if reader.0.len() < wanted {
        return Err(TokenError::Truncated);
    }
    let (covered, crc) = bytes.split_at(bytes.len() - CRC_BYTES);
    if reader.0.len() > wanted || crc != crc32(covered).to_le_bytes() {
        return Err(TokenError::Damaged);
    }
    reader.0 = &reader.0[..wanted - CRC_BYTES];
    read(&mut reader).filter(|_| reader.0.is_empty()).ok_or(TokenError::Damaged)
}

/// Appends a number, seven bits a byte, the least first.
pub(super) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// What is left to read.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// All fields.
    fn token(&mut self) -> Option<Token> {
        Some(Token {
            engine: self.name()?,
            scenario: self.name()?,
            digest: u64::from_le_bytes(self.take(8)?.try_into().ok()?),
            seed: self.number()?,
            fingerprint: u64::from_le_bytes(self.take(8)?.try_into().ok()?),
            steps: self.number()?,
            choices: self.choices()?,
        })
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn length(&mut self, most: usize) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|&length| length <= most)
    }

    pub(super) fn name(&mut self) -> Option<String> {
        let length = self.length(Token::NAME_MAX)?;
        let name = std::str::from_utf8(self.take(length)?).ok()?;
        is_name(name).then(|| name.to_owned())
    }

    fn choices(&mut self) -> Option<Vec<u16>> {
        let count = self.length(Token::CHOICES_MAX)?;
        let choice = |pair: &[u8]| u16::from_le_bytes([pair[0], pair[1]]);
        Some(self.take(2 * count)?.chunks_exact(2).map(choice).collect())
    }
}

/// Base 32: five bits a digit, the most significant first, the last digit filled up with zeros.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut window, mut bits) = (0u32, 0);
    for &byte in bytes {
        window = window << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(DIGITS[(window >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(DIGITS[(window << (5 - bits) & 31) as usize]));
    }
    text
}

/// The bytes of a text, and whether only zeros fill its last digit. Blanks are skipped, upper case
/// is the same as lower case.
fn decode(text: &str) -> Result<(Vec<u8>, bool), TokenError> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut window, mut bits) = (0u32, 0);
    for character in text.chars().filter(|character| !character.is_whitespace()) {
        let digit = DIGITS.iter().position(|&d| char::from(d) == character.to_ascii_lowercase());
        window = window << 5 | digit.ok_or(TokenError::Damaged)? as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((window >> bits) as u8);
        }
    }
    let filling = window & ((1 << bits) - 1);
    Ok((bytes, bits < 5 && filling == 0))
}

/// CRC-32 as in ISO-HDLC (Ethernet, zip).
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn digits_are_crockfords() {
        assert_eq!(encode(&[0xff, 0x00, 0x44]), "zw048");
        assert_eq!(decode("ZW 04\n8"), Ok((vec![0xff, 0x00, 0x44], true)));
        // Crockford leaves these letters out.
        assert!("ilou".chars().all(|c| decode(&c.to_string().repeat(8)).is_err()));
    }

    #[test]
    fn a_digit_that_is_filled_with_anything_but_zeros_is_wrong() {
        assert_eq!(decode("zw049"), Ok((vec![0xff, 0x00, 0x44], false)));
        assert_eq!(decode("zw0480"), Ok((vec![0xff, 0x00, 0x44], false)));
    }

    #[test]
    fn numbers_beyond_64_bits_are_refused() {
        assert_eq!(Reader(&[0xff; 10]).number(), None);
        let mut most = [0xff; 10];
        most[9] = 1;
        assert_eq!(Reader(&most).number(), Some(u64::MAX));
        most[9] = 2;
        assert_eq!(Reader(&most).number(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(decode(&encode(&bytes)), Ok((bytes, true)));
        }

        #[test]
        fn any_number_comes_back(number: u64) {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            prop_assert_eq!(Reader(&bytes).number(), Some(number));
        }

        #[test]
        fn bytes_with_a_fitting_checksum_never_panic(
            body in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let mut bytes = Vec::new();
            put(&mut bytes, body.len() as u64);
            bytes.extend_from_slice(&body);
            let crc = crc32(&bytes);
            bytes.extend_from_slice(&crc.to_le_bytes());
            let token = parse(&bytes, |reader| reader.token());
            prop_assert!(token.is_err() || token.is_ok_and(|t| is_name(&t.engine)));
        }
    }
}
