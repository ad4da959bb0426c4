//! Texts that PostgreSQL keeps as something else: addresses and bits.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The families of addresses, as PostgreSQL numbers them.
const V4: u8 = 2;
const V6: u8 = 3;

/// `10.0.0.1`, or `10.0.0.0/8`, as an `inet` is sent; none if it is no address.
pub(super) fn address(text: &str) -> Option<Vec<u8>> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let (family, bytes) = match address.parse().ok()? {
        IpAddr::V4(address) => (V4, address.octets().to_vec()),
        IpAddr::V6(address) => (V6, address.octets().to_vec()),
    };
    let length = u8::try_from(bytes.len()).ok()?;
    let bits = prefix.map_or(Some(length * 8), |prefix| prefix.parse().ok().filter(|bits| *bits <= length * 8))?;
    // The third byte says whether it is a network and nothing else.
    Some([&[family, bits, 0, length], &*bytes].concat())
}

/// What was sent for an `inet`: without its mask where that leaves one address.
pub(super) fn shown_address(raw: &[u8]) -> Option<String> {
    let (&[family, bits, _, _], bytes) = raw.split_first_chunk()?;
    let (address, most) = match family {
        V4 => (Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).to_string(), 32),
        V6 => (Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string(), 128),
        _ => return None,
    };
    Some(if bits == most { address } else { format!("{address}/{bits}") })
}

/// `0110` as bits are sent: how many they are, then eight to a byte.
pub(super) fn bits(text: &str) -> Option<Vec<u8>> {
    let mut out = i32::try_from(text.len()).ok()?.to_be_bytes().to_vec();
    for eight in text.as_bytes().chunks(8) {
        let mut byte = 0;
        for (at, bit) in eight.iter().enumerate() {
            match bit {
                b'0' => {}
                b'1' => byte |= 0x80 >> at,
                _ => return None,
            }
        }
        out.push(byte);
    }
    Some(out)
}

/// What was sent for bits.
pub(super) fn shown_bits(raw: &[u8]) -> Option<String> {
    let (count, bytes) = raw.split_first_chunk()?;
    let count = usize::try_from(i32::from_be_bytes(*count)).ok()?;
    let bit = |at: usize| bytes.get(at / 8).map(|byte| if byte & (0x80 >> (at % 8)) == 0 { '0' } else { '1' });
    (0..count).map(bit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_what_is_shown() {
        for text in ["10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fe80::1/64"] {
            assert_eq!(shown_address(&address(text).unwrap()).as_deref(), Some(text));
        }
        assert_eq!(shown_address(&address("10.0.0.1/32").unwrap()).as_deref(), Some("10.0.0.1"));
        for text in ["", "1", "01100001", "011000011"] {
            assert_eq!(shown_bits(&bits(text).unwrap()).as_deref(), Some(text));
        }
        for text in ["", "x", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/x", "::1/129", "10.0.0"] {
            assert_eq!(address(text), None, "{text}");
        }
        assert_eq!((bits("2"), bits("0 1")), (None, None));
        // What is damaged is no text.
        for raw in [&[][..], &[2, 32, 0, 4], &[2, 32, 0, 4, 1, 2, 3], &[9, 32, 0, 4, 1, 2, 3, 4]] {
            assert_eq!(shown_address(raw), None, "{raw:?}");
        }
        for raw in [&[][..], &[0, 0, 0, 9, 1], &[255, 255, 255, 255]] {
            assert_eq!(shown_bits(raw), None, "{raw:?}");
        }
    }
}
