//! Results as text, to compare what the rivals answer.

use chrono::{DateTime, Utc};

/// A result that can be written down, by every rival in the same way.
pub trait Show {
    /// Writes it.
    fn show(&self, out: &mut String);
}

macro_rules! plain {
    ($($ty:ty),*) => {$(
        impl Show for $ty {
            fn show(&self, out: &mut String) {
                out.push_str(&self.to_string());
            }
        }
    )*};
}

plain!(bool, i32, i64, u64, usize, String);

impl Show for () {
    fn show(&self, _: &mut String) {}
}

impl Show for DateTime<Utc> {
    fn show(&self, out: &mut String) {
        self.timestamp_millis().show(out);
    }
}

#[cfg(feature = "jiff")]
impl Show for jiff::Timestamp {
    fn show(&self, out: &mut String) {
        self.as_millisecond().show(out);
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self, out: &mut String) {
        match self {
            Some(value) => value.show(out),
            None => out.push('-'),
        }
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(&self, out: &mut String) {
        out.push('[');
        for value in self {
            value.show(out);
            out.push(',');
        }
        out.push(']');
    }
}

impl<A: Show, B: Show> Show for (A, B) {
    fn show(&self, out: &mut String) {
        self.0.show(out);
        self.1.show(out);
    }
}

/// Says which fields of a struct are shown.
#[macro_export]
macro_rules! shown {
    ($ty:path: $($field:ident),*) => {
        impl $crate::Show for $ty {
            fn show(&self, out: &mut String) {
                out.push('{');
                $($crate::Show::show(&self.$field, out); out.push(',');)*
                out.push('}');
            }
        }
    };
}
