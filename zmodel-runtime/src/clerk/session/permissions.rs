//! Version 2 packs an organisation's permissions as bit masks: one mask for each feature, one bit for each permission.

/// Unpacks `org:feature:permission` keys, by feature and then in the order of `per`.
///
/// `features` are the organisation's features in the order of the token (the masks count only those), `per` is the
/// comma list of permission names, and `fpm` the comma list of masks, decimal and of any size. A mask that is no
/// number gives its feature no permission; masks, features and bits without a counterpart are ignored.
pub(super) fn unpack<'a>(features: impl Iterator<Item = &'a str>, per: &str, fpm: &str) -> Vec<String> {
    if per.is_empty() || fpm.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = per.split(',').map(str::trim).collect();
    let mut keys = Vec::new();
    for (feature, mask) in features.zip(fpm.split(',')) {
        let Some(mask) = Mask::parse(mask.trim(), names.len()) else { continue };
        for (bit, name) in names.iter().enumerate() {
            if mask.has(bit) && !name.is_empty() {
                keys.push(format!("org:{feature}:{name}"));
            }
        }
    }
    keys
}

/// The lowest bits of a decimal number of any size, least significant limb first.
struct Mask(Vec<u32>);

impl Mask {
    /// Keeps `bits` bits of `text`; `None` unless it is one or more decimal digits.
    fn parse(text: &str, bits: usize) -> Option<Self> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut limbs = vec![0_u32; bits.div_ceil(32)];
        for digit in text.bytes() {
            let mut carry = u64::from(digit - b'0');
            for limb in &mut limbs {
                let wide = u64::from(*limb) * 10 + carry;
                let [low, high] = [wide & u64::from(u32::MAX), wide >> 32];
                *limb = u32::try_from(low).ok()?;
                carry = high;
            }
        }
        Some(Self(limbs))
    }

    fn has(&self, bit: usize) -> bool {
        self.0.get(bit / 32).is_some_and(|limb| limb >> (bit % 32) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Mask, unpack};

    #[test]
    fn by_feature_then_by_permission() {
        let keys = unpack(["dashboard", "teams"].into_iter(), "manage,read", "3,2");
        assert_eq!(keys, ["org:dashboard:manage", "org:dashboard:read", "org:teams:read"]);
    }

    #[test]
    fn seventy_bits() {
        let per = (0..70).map(|n| format!("p{n}")).collect::<Vec<_>>().join(",");
        // 2^69 + 1
        assert_eq!(unpack(["f"].into_iter(), &per, "590295810358705651713"), ["org:f:p0", "org:f:p69"]);
    }

    #[test]
    fn agrees_with_u128_on_every_bit() {
        let mut number: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
        for round in 0..200 {
            number = number.rotate_left(7).wrapping_mul(0x2545_F491_4F6C_DD1D_u128 + round) | 1;
            let mask = Mask::parse(&number.to_string(), 128).unwrap();
            for bit in 0..128 {
                assert_eq!(mask.has(bit), number >> bit & 1 == 1, "bit {bit} of {number}");
            }
            let low = Mask::parse(&number.to_string(), 40).unwrap();
            assert!((0..40).all(|bit| low.has(bit) == (number >> bit & 1 == 1)));
        }
    }

    #[test]
    fn only_digits_are_a_mask() {
        for text in ["", "x", "-1", "+1", "0x3", "1e1", "1.0", " 1", "٣"] {
            assert!(Mask::parse(text, 8).is_none(), "{text:?}");
        }
        assert!(Mask::parse("0003", 2).is_some_and(|mask| mask.has(0) && mask.has(1)));
    }
}
