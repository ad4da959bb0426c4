//! Rust in the making: what the parts of the emitter write, and how it becomes text.
//!
//! [`quote!`] has the notation of the `quote` crate: `#name` puts a value in, `#(…),*` repeats. What it makes is one
//! string with a token a line, since a tree of tokens costs ten times as much and nobody but the printer looks at it.
//!
//! Invariant: only [`quote!`] writes tokens as they are, and what it writes stands in our own source. A value becomes
//! an identifier or a literal (see [`ToTokens`]), which cannot be anything else to Rust, whatever is in it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::{self, Write as _};

mod print;

pub(super) use print::Printer;

/// Tokens of Rust, each followed by a line break. No token has a line break in it.
#[derive(Debug, Clone, Default)]
pub(super) struct TokenStream(String);

impl TokenStream {
    pub(super) const fn new() -> Self {
        Self(String::new())
    }

    /// For [`quote!`] alone: with room for as much as stands in the template.
    pub(super) fn with_room(length: usize) -> Self {
        Self(String::with_capacity(length))
    }

    /// For [`quote!`] alone: a token as it stands in our source.
    pub(super) fn token(&mut self, token: &'static str) {
        self.0.push_str(token);
        self.0.push('\n');
    }

    #[cfg(test)]
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    fn literal(&mut self, value: impl fmt::Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{value}");
    }
}

impl FromIterator<TokenStream> for TokenStream {
    fn from_iter<I: IntoIterator<Item = TokenStream>>(all: I) -> Self {
        let mut tokens = Self::new();
        for one in all {
            tokens.0.push_str(&one.0);
        }
        tokens
    }
}

/// An identifier of Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ident(String);

impl Ident {
    /// Characters that no identifier has are left out.
    pub(super) fn new(name: &str) -> Self {
        let mut text: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
        if text.starts_with(|c: char| c.is_numeric()) || text.is_empty() {
            text.insert(0, '_');
        }
        Self(text)
    }

    /// A keyword as an identifier: `r#type`.
    pub(super) fn new_raw(name: &str) -> Self {
        Self(format!("r#{}", Self::new(name).0))
    }

    /// The name of a member of an enum of ours.
    pub(super) fn of(member: &impl fmt::Debug) -> Self {
        Self::new(&format!("{member:?}"))
    }

    /// The name, of a keyword without the `r#`.
    pub(super) fn plain(&self) -> &str {
        self.0.strip_prefix("r#").unwrap_or(&self.0)
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What [`quote!`] can put in: tokens that it made, identifiers, and values as literals.
pub(super) trait ToTokens {
    fn to_tokens(&self, tokens: &mut TokenStream);

    fn to_token_stream(&self) -> TokenStream {
        let mut tokens = TokenStream::new();
        self.to_tokens(&mut tokens);
        tokens
    }
}

impl ToTokens for TokenStream {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.0.push_str(&self.0);
    }
}

impl ToTokens for Ident {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.0.push_str(&self.0);
        tokens.0.push('\n');
    }
}

impl ToTokens for bool {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.token(if *self { "true" } else { "false" });
    }
}

/// Numbers without a suffix: of what type one is follows from where it stands.
macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl ToTokens for $number {
            fn to_tokens(&self, tokens: &mut TokenStream) {
                tokens.literal(self);
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 usize i64);

impl ToTokens for str {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let text = &mut tokens.0;
        text.push('"');
        if self.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
            text.push_str(self);
        } else {
            for c in self.chars() {
                match c {
                    '\'' => text.push(c),
                    c => text.extend(c.escape_debug()),
                }
            }
        }
        text.push_str("\"\n");
    }
}

impl ToTokens for String {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.as_str().to_tokens(tokens);
    }
}

impl ToTokens for Cow<'_, str> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        str::to_tokens(self, tokens);
    }
}

impl<T: ToTokens + ?Sized> ToTokens for &T {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        T::to_tokens(self, tokens);
    }
}

impl<T: ToTokens> ToTokens for Option<T> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if let Some(one) = self {
            one.to_tokens(tokens);
        }
    }
}

/// What a repetition goes through.
pub(super) struct Each<I>(RefCell<I>);

impl<I: Iterator> Each<I> {
    pub(super) fn step(&self) -> Option<I::Item> {
        self.0.borrow_mut().next()
    }
}

/// Iterators can be repeated.
pub(super) trait StartIterator: Iterator + Sized {
    fn start(self) -> Each<Self> {
        Each(RefCell::new(self))
    }
}

impl<I: Iterator> StartIterator for I {}

/// Lists can be repeated, and are still there afterwards.
pub(super) trait StartList {
    type Item;

    fn start(&self) -> Each<std::slice::Iter<'_, Self::Item>>;
}

impl<T> StartList for [T] {
    type Item = T;

    fn start(&self) -> Each<std::slice::Iter<'_, T>> {
        Each(RefCell::new(self.iter()))
    }
}

/// Tokens as they are written, with `#name` for the value of a variable, and `#(…)*` or `#(…),*` for as many rounds
/// as the variables inside have items. A variable can be inside such brackets once.
macro_rules! quote {
    ($($tokens:tt)*) => {{
        #[allow(unused_mut, clippy::allow_attributes, reason = "nothing may be between the brackets")]
        let mut made = $crate::emit::rust::TokenStream::with_room(stringify!($($tokens)*).len());
        $crate::emit::rust::put!(made $($tokens)*);
        made
    }};
}

/// Appends tokens to a stream.
macro_rules! put {
    ($to:ident) => {};
    ($to:ident #($($inner:tt)*)* $($rest:tt)*) => {
        $crate::emit::rust::repeat!($to [] [$($inner)*] [] $($inner)*);
        $crate::emit::rust::put!($to $($rest)*);
    };
    ($to:ident #($($inner:tt)*) $between:tt * $($rest:tt)*) => {
        $crate::emit::rust::repeat!($to [$between] [$($inner)*] [] $($inner)*);
        $crate::emit::rust::put!($to $($rest)*);
    };
    ($to:ident #$value:ident $($rest:tt)*) => {
        $crate::emit::rust::ToTokens::to_tokens(&$value, &mut $to);
        $crate::emit::rust::put!($to $($rest)*);
    };
    // The alias that every module has; see `module` in `super`.
    ($to:ident ::zmodel_runtime::$($rest:tt)*) => {
        $to.token("zm\n::");
        $crate::emit::rust::put!($to $($rest)*);
    };
    ($to:ident ($($inner:tt)*) $($rest:tt)*) => {
        $to.token("(");
        $crate::emit::rust::put!($to $($inner)*);
        $to.token(")");
        $crate::emit::rust::put!($to $($rest)*);
    };
    ($to:ident [$($inner:tt)*] $($rest:tt)*) => {
        $to.token("[");
        $crate::emit::rust::put!($to $($inner)*);
        $to.token("]");
        $crate::emit::rust::put!($to $($rest)*);
    };
    ($to:ident {$($inner:tt)*} $($rest:tt)*) => {
        $to.token("{");
        $crate::emit::rust::put!($to $($inner)*);
        $to.token("}");
        $crate::emit::rust::put!($to $($rest)*);
    };
    ($to:ident $token:tt $($rest:tt)*) => {
        $to.token(stringify!($token));
        $crate::emit::rust::put!($to $($rest)*);
    };
}

/// Appends tokens as often as the variables in them have items: looks for the variables, then goes through them.
macro_rules! repeat {
    ($to:ident $between:tt $tokens:tt [$($found:ident)*] #$value:ident $($rest:tt)*) => {
        $crate::emit::rust::repeat!($to $between $tokens [$($found)* $value] $($rest)*);
    };
    ($to:ident $between:tt $tokens:tt $found:tt ($($inner:tt)*) $($rest:tt)*) => {
        $crate::emit::rust::repeat!($to $between $tokens $found $($inner)* $($rest)*);
    };
    ($to:ident $between:tt $tokens:tt $found:tt [$($inner:tt)*] $($rest:tt)*) => {
        $crate::emit::rust::repeat!($to $between $tokens $found $($inner)* $($rest)*);
    };
    ($to:ident $between:tt $tokens:tt $found:tt {$($inner:tt)*} $($rest:tt)*) => {
        $crate::emit::rust::repeat!($to $between $tokens $found $($inner)* $($rest)*);
    };
    ($to:ident $between:tt $tokens:tt $found:tt $token:tt $($rest:tt)*) => {
        $crate::emit::rust::repeat!($to $between $tokens $found $($rest)*);
    };
    ($to:ident [] [$($tokens:tt)*] [$($found:ident)+]) => {{
        #[allow(unused_imports, clippy::allow_attributes, reason = "iterators need the one, lists the other")]
        use $crate::emit::rust::{StartIterator as _, StartList as _};
        $(let $found = $found.start();)+
        loop {
            $(let Some($found) = $found.step() else { break };)+
            $crate::emit::rust::put!($to $($tokens)*);
        }
    }};
    ($to:ident [$between:tt] [$($tokens:tt)*] [$($found:ident)+]) => {{
        #[allow(unused_imports, clippy::allow_attributes, reason = "iterators need the one, lists the other")]
        use $crate::emit::rust::{StartIterator as _, StartList as _};
        $(let $found = $found.start();)+
        let mut later = false;
        loop {
            $(let Some($found) = $found.step() else { break };)+
            if std::mem::replace(&mut later, true) {
                $to.token(stringify!($between));
            }
            $crate::emit::rust::put!($to $($tokens)*);
        }
    }};
}

pub(super) use {put, quote, repeat};

#[cfg(test)]
mod tests {
    use super::*;

    fn one_line(tokens: &TokenStream) -> String {
        tokens.0.trim_end().replace('\n', " ")
    }

    #[test]
    fn values_take_their_places() {
        let (name, list, count) = (Ident::new("name"), vec!["a", "b"], 3u16);
        let upper = list.iter().map(|item| item.to_uppercase());
        let tokens = quote!(f(#name, #count) { #(#list => [#upper],)* } #(#list)&*; #name::<Option<Vec<u8>>>);
        let expected =
            r#"f ( name , 3 ) { "a" => [ "A" ] , "b" => [ "B" ] , } "a" & "b" ; name :: < Option < Vec < u8 >> >"#;
        assert_eq!(one_line(&tokens), expected);
        assert_eq!(one_line(&quote!(::zmodel_runtime::Json)), "zm :: Json");
        assert_eq!(one_line(&quote!()), "");
    }

    #[test]
    fn a_text_is_one_literal_and_a_name_one_identifier() {
        for text in ["", "a\"; panic!(); \"", "\\", "\\\"", "a\nb\r\0", "\u{202e}", "ä'日本"] {
            let tokens = quote!(#text);
            assert_eq!(tokens.0.lines().count(), 1, "{text:?}");
            let read = syn::parse_str::<syn::LitStr>(&tokens.0);
            assert_eq!(read.map(|literal| literal.value()).ok().as_deref(), Some(text));
            let ident = Ident::new(text).to_string();
            assert!(ident == "_" || syn::parse_str::<syn::Ident>(&ident).is_ok(), "{ident}");
        }
    }
}
