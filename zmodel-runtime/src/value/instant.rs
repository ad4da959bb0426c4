//! Instants, and the texts that they are written as.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::{Datelike, SubsecRound, Utc};
use fancy_regex::Regex;

use super::DateTime;

/// The texts in JSON that are instants for a rule: a day that there is, and perhaps a time of it. PostgreSQL asks for this
/// pattern by itself, so that it casts nothing that it would take for an error, and takes nothing else for an instant
/// either, such as `now`. Where somebody's digits are not ours, `\d` would find his as well. Nothing before the year 1 can
/// be cast, and no column holds what is after the year 9999 in UTC.
pub(crate) const IN_JSON: &str = r"^(?!0000|9999-12-31.*-)([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|[0-9]{4}-(0[13-9]|1[0-2])-(29|30)|[0-9]{4}-(0[13578]|1[02])-31|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])?)?$";

/// Reads a text in JSON as a rule does, on every database: as one of [`IN_JSON`], to the millisecond.
pub(crate) fn instant_in_json(text: &str) -> Option<DateTime> {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(IN_JSON).ok());
    if let Some(instant) = our_instant(text) {
        return (instant.year() > 0).then_some(instant);
    }
    FORM.as_ref().filter(|form| form.is_match(text).unwrap_or(false))?;
    let (day, time) = text.split_at_checked("2020-03-04".len())?;
    let time = time.get(1..).unwrap_or("00:00");
    let zone = if time.contains(['Z', '+', '-']) { "" } else { "Z" };
    let whole = format!("{day} {time}{zone}");
    let instant = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"]
        .iter()
        .find_map(|form| chrono::DateTime::parse_from_str(&whole, form).ok())?;
    Some(instant.with_timezone(&Utc).trunc_subsecs(3))
}

/// Reads an instant as the database or the schema writes it: RFC 3339, or its date alone.
pub(crate) fn parse_instant(text: &str) -> Option<DateTime> {
    if let Some(instant) = our_instant(text) {
        return Some(instant);
    }
    if let Ok(instant) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(instant.with_timezone(&Utc));
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    for format in formats {
        if let Ok(naive) = chrono::NaiveDateTime::parse_from_str(text, format) {
            return Some(naive.and_utc());
        }
    }
    // A year or a month alone stands for its first day.
    let padded: Cow<'_, str> = match text.len() {
        4 => format!("{text}-01-01").into(),
        7 => format!("{text}-01").into(),
        _ => text.into(),
    };
    let date = chrono::NaiveDate::parse_from_str(&padded, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc())
}

/// Reads an instant as [`instant_text`] writes it. It stands in most rows that are read, and this takes a fifth of the
/// time.
fn our_instant(text: &str) -> Option<DateTime> {
    let text: &[u8; 24] = text.as_bytes().try_into().ok()?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1, b'.', f0, f1, f2, b'Z'] =
        *text
    else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
    };
    let year = i32::try_from(number(&[y0, y1, y2, y3])?).ok()?;
    let date = chrono::NaiveDate::from_ymd_opt(year, number(&[m0, m1])?, number(&[d0, d1])?)?;
    let (hour, minute, second) = (number(&[h0, h1])?, number(&[n0, n1])?, number(&[s0, s1])?);
    Some(date.and_hms_milli_opt(hour, minute, second, number(&[f0, f1, f2])?)?.and_utc())
}

/// Writes an instant so that the order of the texts is the order of the instants.
pub(crate) fn instant_text(instant: DateTime) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// The current time, as precise as the database keeps it.
pub(crate) fn now() -> DateTime {
    Utc::now().trunc_subsecs(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_every_form_the_schema_allows() {
        for (text, expected) in [
            ("2020", "2020-01-01T00:00:00.000Z"),
            ("2020-03", "2020-03-01T00:00:00.000Z"),
            ("2020-03-04", "2020-03-04T00:00:00.000Z"),
            ("2020-03-04T05:06", "2020-03-04T05:06:00.000Z"),
            ("2020-03-04T05:06:07.089Z", "2020-03-04T05:06:07.089Z"),
            ("0001-12-31T23:59:59.999Z", "0001-12-31T23:59:59.999Z"),
            ("2020-03-04T05:06:07+02:00", "2020-03-04T03:06:07.000Z"),
        ] {
            assert_eq!(parse_instant(text).map(instant_text).as_deref(), Some(expected), "{text}");
        }
        for text in ["yesterday", "2020-02-30T05:06:07.089Z", "2020-03-04T25:06:07.089Z", "2020-03-04T05:06:0x.089Z"] {
            assert_eq!(parse_instant(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_in_json_is_an_instant_if_every_database_takes_it_for_the_same_one() {
        for (text, expected) in [
            ("2020-02-29", "2020-02-29T00:00:00.000Z"),
            ("2000-02-29", "2000-02-29T00:00:00.000Z"),
            ("2020-03-04T05:06", "2020-03-04T05:06:00.000Z"),
            ("2020-03-04 05:06:07", "2020-03-04T05:06:07.000Z"),
            ("2020-03-04 05:06Z", "2020-03-04T05:06:00.000Z"),
            ("2020-03-04T05:06:07.089Z", "2020-03-04T05:06:07.089Z"),
            ("2020-03-04T05:06:07.1", "2020-03-04T05:06:07.100Z"),
            ("2020-12-31T23:59:59.999999999", "2020-12-31T23:59:59.999Z"),
            ("2020-03-04T05:06:07+02:00", "2020-03-04T03:06:07.000Z"),
            ("2020-03-04T05:06+0230", "2020-03-04T02:36:00.000Z"),
            ("2020-03-04T23:06:07.5-14:59", "2020-03-05T14:05:07.500Z"),
            ("0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z"),
            ("0001-01-01T00:00+01:00", "0000-12-31T23:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("9999-12-31T23:59:59+01:00", "9999-12-31T22:59:59.000Z"),
        ] {
            assert_eq!(instant_in_json(text).map(instant_text).as_deref(), Some(expected), "{text}");
        }
        let none = "2020 2020-03 2020-3-4 20200304 02020-03-04 2020-00-04 2020-13-04 2020-03-00 2020-03-32 2020-02-30 2020-02-31 \
            2020-04-31 2020-06-31 2020-09-31 2020-11-31 2023-02-29 1900-02-29 2100-02-29 0000-01-01 0000-01-01T00:00:00.000Z \
            9999-12-31T23:59:59-00:01 2020-03-04T 2020-03-04Z 2020-03-04T05 2020-03-04T05Z 2020-03-04T24:00 2020-03-04T24:00:00.000Z \
            2020-03-04T05:60 2020-03-04T05:06:60 2020-03-04T05:06:60.000Z 2020-03-04T05:06:07. 2020-03-04T05:06:07.0123456789 \
            2020-03-04T05:06:07,5 2020-03-04t05:06:07z 2020-03-04T05:06+1 2020-03-04T05:06+01 2020-03-04T05:06+15:00 \
            2020-03-04T05:06+01:60 2020-03-04T05:06UTC 2020-03-04T05:06ZZ 2020-03-04T5:06 2020-03-04TT05:06 -2020-03-04 +2020-03-04 \
            05:06 now today 2458912.5 infinity \u{662}\u{660}\u{662}\u{660}-03-04";
        let spaced = ["", " ", " 2020-03-04", "2020-03-04 ", "2020-03-04\n", "2020-03-04  05:06", "2020-03-04T05:06 Z"];
        for text in none.split_whitespace().chain(spaced) {
            assert_eq!(instant_in_json(text), None, "{text}");
        }
    }
}
