//! As much of DER as an RSA public key needs.

use super::keys::KeyError;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// `rsaEncryption` with its null parameters.
const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];
/// 65537, the only public exponent in use.
const EXPONENT: &[u8] = &[0x01, 0x00, 0x01];

/// The `RSAPublicKey` within a `SubjectPublicKeyInfo`.
pub(super) fn rsa_key_of_spki(der: &[u8]) -> Result<&[u8], KeyError> {
    let (spki, rest) = element(der, SEQUENCE).ok_or(KeyError::NotAKey)?;
    let (algorithm, bits) = element(spki, SEQUENCE).ok_or(KeyError::NotAKey)?;
    let (key, after) = element(bits, BIT_STRING).ok_or(KeyError::NotAKey)?;
    if !rest.is_empty() || !after.is_empty() {
        return Err(KeyError::NotAKey);
    }
    if algorithm != RSA_ENCRYPTION {
        return Err(KeyError::NotRsa);
    }
    match key {
        [0, key @ ..] => Ok(key),
        _ => Err(KeyError::NotAKey),
    }
}

/// Refuses an `RSAPublicKey` that is not well formed, or not of 2048 to 4096 bits with the usual exponent.
pub(super) fn check_rsa_key(der: &[u8]) -> Result<(), KeyError> {
    let (key, rest) = element(der, SEQUENCE).ok_or(KeyError::NotAKey)?;
    let (modulus, exponent) = element(key, INTEGER).ok_or(KeyError::NotAKey)?;
    let (exponent, after) = element(exponent, INTEGER).ok_or(KeyError::NotAKey)?;
    if !rest.is_empty() || !after.is_empty() {
        return Err(KeyError::NotAKey);
    }
    let bits = positive_bits(modulus).ok_or(KeyError::NotAKey)?;
    if !(2048..=4096).contains(&bits) {
        return Err(KeyError::Size { bits });
    }
    if exponent == EXPONENT { Ok(()) } else { Err(KeyError::Exponent) }
}

/// How many bits a positive integer in its shortest form has.
fn positive_bits(integer: &[u8]) -> Option<usize> {
    let magnitude = match integer {
        [0, rest @ ..] if rest.first().is_some_and(|first| first & 0x80 != 0) => rest,
        [first, ..] if (1..0x80).contains(first) => integer,
        _ => return None,
    };
    let first = magnitude.first()?;
    Some(magnitude.len() * 8 - usize::try_from(first.leading_zeros()).ok()?)
}

/// The content of the element at the start, if it has this tag, and what comes after it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [found, short @ ..=0x7F, rest @ ..] if *found == tag => (usize::from(*short), rest),
        [found, 0x81, length @ 0x80..=0xFF, rest @ ..] if *found == tag => (usize::from(*length), rest),
        [found, 0x82, high @ 1..=0xFF, low, rest @ ..] if *found == tag => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::{INTEGER, SEQUENCE, check_rsa_key, element, positive_bits};

    #[test]
    fn lengths_are_in_their_shortest_form() {
        assert_eq!(element(&[SEQUENCE, 1, 7, 9], SEQUENCE), Some((&[7][..], &[9][..])));
        assert_eq!(element(&[SEQUENCE, 0x81, 1, 7], SEQUENCE), None);
        assert_eq!(element(&[SEQUENCE, 0x82, 0, 1, 7], SEQUENCE), None);
        assert_eq!(element(&[SEQUENCE, 0x80, 7, 0, 0], SEQUENCE), None);
        assert_eq!(element(&[SEQUENCE, 2, 7], SEQUENCE), None);
        assert_eq!(element(&[INTEGER, 1, 7], SEQUENCE), None);
    }

    #[test]
    fn integers_are_positive_and_in_their_shortest_form() {
        assert_eq!(positive_bits(&[0, 0x80]), Some(8));
        assert_eq!(positive_bits(&[1, 0]), Some(9));
        for integer in [&[][..], &[0], &[0, 1], &[0x80]] {
            assert_eq!(positive_bits(integer), None);
        }
    }

    #[test]
    fn no_input_panics() {
        for length in 0..40_u8 {
            for seed in 0..=255_u8 {
                let byte = |n: u8| seed.wrapping_mul(31).wrapping_add(n.wrapping_mul(n).wrapping_mul(17));
                let mut bytes: Vec<u8> = (0..length).map(byte).collect();
                assert!(check_rsa_key(&bytes).is_err());
                bytes.splice(..bytes.len().min(1), [SEQUENCE]);
                assert!(check_rsa_key(&bytes).is_err());
            }
        }
    }
}
