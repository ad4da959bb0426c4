//! Known forms of texts: what ZenStack's validators accept, and for URLs what every browser does.

use crate::schema::Format;

/// Whether a text has a form.
pub(super) fn is(format: Format, text: &str) -> bool {
    match format {
        Format::Email => email(text),
        Format::Url => url(text),
        Format::Phone => phone(text),
        Format::DateTime => {
            let Some((date, time)) = text.split_once('T') else { return false };
            // Unlike a time by itself, it has seconds.
            let seconds = |time: &str| time.len() > 5 && self::time(time, None);
            self::date(date) && time.strip_suffix('Z').is_some_and(seconds)
        }
        Format::Date => date(text),
        Format::Time(digits) => time(text, digits),
        Format::Uuid(version) => uuid(text, version),
    }
}

/// Without the blanks at both ends, as JavaScript has them.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}')
}

fn email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let ends = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    let inside = |c: char| ends(c) || "'.".contains(c);
    let label = |label: &str| {
        label.starts_with(|c: char| c.is_ascii_alphanumeric())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let Some((labels, last)) = host.rsplit_once('.') else { return false };
    !name.starts_with('.')
        && !name.contains("..")
        && name.chars().all(inside)
        && name.ends_with(ends)
        && labels.split('.').all(label)
        && last.len() >= 2
        && last.chars().all(|c| c.is_ascii_alphabetic())
}

/// An absolute URL. Stricter than browsers, which repair what they can.
fn url(text: &str) -> bool {
    if text.chars().any(|c| c.is_control() || c.is_whitespace() && c != ' ') {
        return false;
    }
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if !scheme_fits {
        return false;
    }
    let scheme = scheme.to_ascii_lowercase();
    let named = ["http", "https", "ws", "wss", "ftp"].contains(&scheme.as_str());
    match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let authority = rest.get(..end).unwrap_or_default();
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            if host.is_empty() { !named && authority.is_empty() } else { self::host(host, named) }
        }
        // `mailto:a@b.co` has no host; `https:` must have one.
        None => !named,
    }
}

/// `example.com`, `10.0.0.1:8080`, `[::1]`
fn host(text: &str, named: bool) -> bool {
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let Some((address, port)) = rest.split_once(']') else { return false };
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            (None, port.strip_prefix(':').or_else(|| port.is_empty().then_some("")))
        }
        None => match text.split_once(':') {
            Some((name, port)) => (Some(name), Some(port)),
            None => (Some(text), Some("")),
        },
    };
    let Some(port) = port else { return false };
    if !(port.is_empty() || port.chars().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok()) {
        return false;
    }
    let Some(name) = name else { return true };
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    // A name that ends in a number is an address.
    if named && !last.is_empty() && last.chars().all(|c| c.is_ascii_digit()) {
        return name.parse::<std::net::Ipv4Addr>().is_ok();
    }
    !name.is_empty() && !name.chars().any(|c| " #%/:<>?@[\\]^|".contains(c))
}

fn phone(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.chars().all(|c| c.is_ascii_digit())
}

/// The number that exactly so many digits make.
fn digits(text: &str, count: usize) -> Option<u32> {
    if text.len() == count && text.chars().all(|c| c.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut part = |count| digits(parts.next()?, count);
    let (Some(year), Some(month), Some(day)) = (part(4), part(2), part(2)) else { return false };
    let real = i32::try_from(year).is_ok_and(|year| chrono::NaiveDate::from_ymd_opt(year, month, day).is_some());
    real && parts.next().is_none()
}

fn time(text: &str, fraction: Option<i8>) -> bool {
    let mut parts = text.split(':');
    let mut clock = |limit| parts.next().and_then(|part| digits(part, 2)).is_some_and(|part| part < limit);
    if !clock(24) || !clock(60) {
        return false;
    }
    let (seconds, more) = (parts.next(), parts.next());
    if more.is_some() {
        return false;
    }
    let Some(seconds) = seconds else { return matches!(fraction, None | Some(-1)) };
    let (whole, rest) = match seconds.split_once('.') {
        Some((whole, rest)) => (whole, Some(rest)),
        None => (seconds, None),
    };
    let fits = match (rest, fraction) {
        (None, None | Some(0)) => true,
        (Some(rest), None) => !rest.is_empty(),
        (Some(rest), Some(count)) => count > 0 && usize::try_from(count) == Ok(rest.len()),
        (None, Some(_)) => false,
    };
    fits && digits(whole, 2).is_some_and(|whole| whole < 60)
        && rest.is_none_or(|rest| rest.chars().all(|c| c.is_ascii_digit()))
}

fn uuid(text: &str, version: Option<u8>) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let [.., third, fourth, _] = groups.as_slice() else { return false };
    let fits = |(group, length): (&&str, usize)| group.len() == length && group.chars().all(|c| c.is_ascii_hexdigit());
    if groups.len() != 5 || !groups.iter().zip([8, 4, 4, 4, 12]).all(fits) {
        return false;
    }
    let known = |first: char| match version {
        Some(version) => first.to_digit(16) == Some(version.into()),
        None => ('1'..='8').contains(&first),
    };
    let regular = third.starts_with(known) && fourth.starts_with(['8', '9', 'a', 'b', 'A', 'B']);
    let all = |digit: char| text.chars().all(|c| c == '-' || c == digit);
    // The nil UUID and the last one are UUIDs of no version.
    regular || version.is_none() && (all('0') || all('f'))
}
