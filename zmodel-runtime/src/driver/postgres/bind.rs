//! Values on their way to PostgreSQL: each in the format of the type that the statement wants in its place.

use std::error::Error as StdError;

use chrono::Timelike as _;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};

use super::{number, text};
use crate::value::{DateTime, Decimal, Value};

/// A value to bind.
#[derive(Debug)]
pub(super) struct Bind<'a>(pub(super) &'a Value);

/// Why a value cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("{what} does not fit `{ty}`")]
pub(super) struct Unfit {
    what: &'static str,
    pub(super) ty: String,
}

/// Types that a text can be put into by a statement of one's own, and that are no text in binary.
const OF_TEXT: [Type; 4] = [Type::CIDR, Type::MACADDR, Type::MACADDR8, Type::MONEY];

type Outcome = Result<IsNull, Box<dyn StdError + Sync + Send>>;

impl ToSql for Bind<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Outcome {
        if let Kind::Domain(inner) = ty.kind() {
            return self.to_sql(inner, out);
        }
        let unfit = |what| Err(Unfit { what, ty: ty.to_string() }.into());
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Bool(value) => match *ty {
                Type::BOOL => value.to_sql(ty, out),
                _ => unfit("a Boolean"),
            },
            Value::Int(value) => whole(*value, ty, out).unwrap_or_else(|| unfit("the whole number")),
            Value::Float(value) => float(*value, ty, out).unwrap_or_else(|| unfit("the number")),
            Value::Decimal(value) => exact(*value, ty, out).unwrap_or_else(|| unfit("the number")),
            Value::Text(written) => match *ty {
                Type::UUID => match uuid::Uuid::parse_str(written) {
                    Ok(uuid) => put(uuid.as_bytes(), out),
                    Err(_) => unfit("a text"),
                },
                Type::INET => text::address(written).map_or_else(|| unfit("a text"), |address| put(&address, out)),
                Type::BIT | Type::VARBIT => text::bits(written).map_or_else(|| unfit("a text"), |bits| put(&bits, out)),
                Type::JSONB | Type::BOOL | Type::BYTEA | Type::INT4 | Type::INT8 | Type::TIMESTAMP => unfit("a text"),
                // Everything else that a field of text can be kept in takes the text itself.
                _ => put(written.as_bytes(), out),
            },
            Value::DateTime(instant) => moment(*instant, ty, out).unwrap_or_else(|| unfit("a DateTime")),
            Value::Json(document) => match *ty {
                Type::JSONB => {
                    // The version of the format.
                    out.extend_from_slice(&[1]);
                    put(document.to_string().as_bytes(), out)
                }
                Type::JSON => put(document.to_string().as_bytes(), out),
                _ => unfit("a Json document"),
            },
            Value::Bytes(bytes) => match *ty {
                Type::BYTEA => put(bytes, out),
                _ => unfit("bytes"),
            },
            Value::List(values) => match ty.kind() {
                Kind::Array(_) => values.iter().map(Bind).collect::<Vec<_>>().to_sql(ty, out),
                _ => unfit("a list"),
            },
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, ty: &Type) -> Format {
        match ty.kind() {
            Kind::Domain(inner) => self.encode_format(inner),
            // What a text says of these the server reads.
            _ if matches!(self.0, Value::Text(_)) && OF_TEXT.contains(ty) => Format::Text,
            _ => Format::Binary,
        }
    }

    to_sql_checked!();
}

#[expect(clippy::unnecessary_wraps, reason = "it is the end of `to_sql`")]
fn put(bytes: &[u8], out: &mut BytesMut) -> Outcome {
    out.extend_from_slice(bytes);
    Ok(IsNull::No)
}

#[expect(clippy::cast_precision_loss, reason = "the column holds no exact numbers")]
fn whole(value: i64, ty: &Type, out: &mut BytesMut) -> Option<Outcome> {
    Some(match *ty {
        Type::INT2 => i16::try_from(value).ok()?.to_sql(ty, out),
        Type::INT4 => i32::try_from(value).ok()?.to_sql(ty, out),
        Type::INT8 => value.to_sql(ty, out),
        Type::OID => u32::try_from(value).ok()?.to_sql(ty, out),
        Type::FLOAT4 | Type::FLOAT8 => return float(value as f64, ty, out),
        Type::NUMERIC => put(&number::encode(value.into()), out),
        _ => return None,
    })
}

fn float(value: f64, ty: &Type, out: &mut BytesMut) -> Option<Outcome> {
    Some(match *ty {
        #[expect(clippy::cast_possible_truncation, reason = "the column holds so much of it and no more")]
        Type::FLOAT4 => (value as f32).to_sql(ty, out),
        Type::FLOAT8 => value.to_sql(ty, out),
        _ => return exact(Decimal::try_from(value).ok()?, ty, out),
    })
}

fn exact(value: Decimal, ty: &Type, out: &mut BytesMut) -> Option<Outcome> {
    use rust_decimal::prelude::ToPrimitive as _;
    match *ty {
        Type::NUMERIC => Some(put(&number::encode(value), out)),
        Type::FLOAT4 | Type::FLOAT8 => float(value.to_f64()?, ty, out),
        _ if value.fract().is_zero() => whole(value.to_i64()?, ty, out),
        _ => None,
    }
}

/// Microseconds, or days, since the year 2000, where PostgreSQL's time begins.
fn moment(instant: DateTime, ty: &Type, out: &mut BytesMut) -> Option<Outcome> {
    let micros = instant.timestamp_micros().checked_sub(super::cell::EPOCH_MICROS)?;
    Some(match *ty {
        Type::TIMESTAMP | Type::TIMESTAMPTZ => micros.to_sql(&Type::INT8, out),
        Type::DATE => i32::try_from(micros.div_euclid(super::cell::DAY_MICROS)).ok()?.to_sql(&Type::INT4, out),
        Type::TIME => time(instant).to_sql(&Type::INT8, out),
        // And how far its zone is from that of all instants.
        Type::TIMETZ => put(&[&time(instant).to_be_bytes()[..], &[0; 4]].concat(), out),
        _ => return None,
    })
}

/// The microseconds of a day.
fn time(instant: DateTime) -> i64 {
    let time = instant.time();
    i64::from(time.num_seconds_from_midnight()) * 1_000_000 + i64::from(time.nanosecond() / 1000)
}
