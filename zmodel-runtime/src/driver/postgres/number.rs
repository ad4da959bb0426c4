//! Exact numbers in PostgreSQL's format: a sign, groups of four decimal digits, and where the point is.

use crate::value::Decimal;

/// So many decimal digits are in a group.
const GROUP: u32 = 4;
const NEGATIVE: u16 = 0x4000;
const POSITIVE: u16 = 0;

/// Writes a number.
pub(super) fn encode(value: Decimal) -> Vec<u8> {
    // A scale of whole groups, so that the point stands between two of them.
    let value = value.normalize();
    let scale = value.scale();
    let fraction = scale.div_ceil(GROUP);
    let mut rest = value.mantissa().unsigned_abs();
    let mut groups: Vec<u16> = Vec::new();
    let mut push = |group: u128| groups.push(u16::try_from(group).unwrap_or_default());
    // The last group of the fraction may be filled with zeros, for which the whole number may have no room.
    let missing = fraction * GROUP - scale;
    if missing > 0 {
        let (kept, power) = (10_u128.pow(GROUP - missing), 10_u128.pow(missing));
        push(rest % kept * power);
        rest /= kept;
    }
    while rest > 0 {
        push(rest % 10_000);
        rest /= 10_000;
    }
    let weight = i16::try_from(groups.len()).unwrap_or_default() - i16::try_from(fraction).unwrap_or_default() - 1;
    groups.reverse();
    let sign = if value.is_sign_negative() && !value.is_zero() { NEGATIVE } else { POSITIVE };
    let mut bytes = Vec::with_capacity(8 + groups.len() * 2);
    bytes.extend(u16::try_from(groups.len()).unwrap_or_default().to_be_bytes());
    bytes.extend(weight.to_be_bytes());
    bytes.extend(sign.to_be_bytes());
    bytes.extend(u16::try_from(scale).unwrap_or_default().to_be_bytes());
    bytes.extend(groups.into_iter().flat_map(u16::to_be_bytes));
    bytes
}

/// Reads a number; none if it is infinite, no number, or has more digits before the point than a Decimal can hold. What
/// a Decimal cannot hold of a fraction is rounded away.
pub(super) fn decode(bytes: &[u8]) -> Option<Decimal> {
    let word = |at: usize| Some(u16::from_be_bytes(*bytes.get(at * 2..)?.first_chunk()?));
    let (count, sign) = (word(0)?, word(2)?);
    let weight = i32::from(word(1)?.cast_signed());
    if sign != POSITIVE && sign != NEGATIVE {
        return None;
    }
    let mut value = Decimal::ZERO;
    for at in 0..count {
        let digits = Decimal::from(word(4 + usize::from(at))?);
        let power = (weight - i32::from(at)) * GROUP.cast_signed();
        let part = match u32::try_from(power) {
            Ok(power) => digits.checked_mul(Decimal::from_i128_with_scale(10_i128.checked_pow(power)?, 0))?,
            // So small a part is beyond what a Decimal holds.
            Err(_) if power.unsigned_abs() > Decimal::MAX_SCALE => part_of(digits, power)?,
            Err(_) => Decimal::try_from_i128_with_scale(digits.mantissa(), power.unsigned_abs()).ok()?,
        };
        value = value.checked_add(part)?;
    }
    if sign == NEGATIVE {
        value.set_sign_negative(true);
    }
    Some(value.normalize())
}

/// The first digits of a group of which not all fit.
fn part_of(digits: Decimal, power: i32) -> Option<Decimal> {
    let beyond = power.unsigned_abs() - Decimal::MAX_SCALE;
    let kept = digits.mantissa() / 10_i128.checked_pow(beyond.min(GROUP))?;
    Decimal::try_from_i128_with_scale(kept, Decimal::MAX_SCALE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were() {
        let texts = [
            "0",
            "1",
            "-1",
            "9999",
            "10000",
            "-10000.0001",
            "0.1",
            "0.0001",
            "0.00001",
            "123456789.123456789",
            "79228162514264337593543950335",
            "-79228162514264337593543950335",
            "0.0000000000000000000000000001",
            "7.9228162514264337593543950335",
            "100000000",
            "0.5",
        ];
        for text in texts {
            let number: Decimal = text.parse().unwrap();
            assert_eq!(decode(&encode(number)), Some(number.normalize()), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        // NaN, and bytes that are cut off.
        assert_eq!(decode(&[0, 0, 0, 0, 0xC0, 0, 0, 0]), None);
        assert_eq!(decode(&[0, 2, 0, 0, 0, 0, 0, 0, 0, 1]), None);
    }
}
