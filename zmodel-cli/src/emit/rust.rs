//! Rust in the making: what the parts of the emitter write, and how it becomes text.
//!
//! [`quote!`] has the notation of the `quote` crate: `#name` puts a value in, `#(…),*` repeats. What it makes is one
//! string (see `token`), since a tree of tokens costs ten times as much and nobody but the printer looks at it. What
//! stands between two values is made into such a string while the compiler itself is compiled.
//!
//! Invariant: only [`quote!`] writes tokens as they are, and what it writes stands in our own source. A value becomes
//! an identifier or a literal (see [`ToTokens`]), which cannot be anything else to Rust, whatever is in it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::{self, Write as _};

mod print;
mod token;

pub(super) use print::Printer;
use token::Kind;
pub(super) use token::{encoded, length};

/// Tokens of Rust, as a text that `token` can read. No token has a line break in it.
#[derive(Debug, Clone, Default)]
pub(super) struct TokenStream(String);

thread_local! {
    /// Texts that are needed no more. There are so many streams, and most of them so short, that making room for them
    /// would take longer than all else.
    static SPARE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What is kept in there: no more than this many texts, none with more room than this.
const MOST_SPARE: usize = 256;
const MOST_ROOM: usize = 1 << 16;

impl Drop for TokenStream {
    fn drop(&mut self) {
        let mut text = std::mem::take(&mut self.0);
        if (1..=MOST_ROOM).contains(&text.capacity()) {
            text.clear();
            // A thread that ends has no use for it.
            let _ = SPARE.try_with(|spare| {
                if let Ok(mut spare) = spare.try_borrow_mut()
                    && spare.len() < MOST_SPARE
                {
                    spare.push(text);
                }
            });
        }
    }
}

impl TokenStream {
    pub(super) const fn new() -> Self {
        Self(String::new())
    }

    /// For [`quote!`] alone: with room for at least as much as stands in the template.
    pub(super) fn with_room(length: usize) -> Self {
        let spare = SPARE.try_with(|spare| spare.try_borrow_mut().ok()?.pop()).ok().flatten();
        let mut text = spare.unwrap_or_default();
        text.reserve(length);
        Self(text)
    }

    /// For [`quote!`] alone: tokens as they stand in our source.
    pub(super) fn run(&mut self, tokens: &'static str) {
        self.0.push_str(tokens);
    }

    /// The tokens themselves.
    #[cfg(test)]
    pub(super) fn texts(&self) -> Vec<&str> {
        let mut rest = self.0.as_str();
        let tokens = std::iter::from_fn(|| {
            let (_, token, after) = token::first(rest)?;
            rest = after;
            Some(token)
        });
        tokens.collect()
    }

    /// A value that is one token: a name or a literal.
    fn value(&mut self, value: &str) {
        token::push(&mut self.0, Kind::Word, value);
    }

    /// A text as one literal. What is at its start needs no escape.
    fn literal(&mut self, start: &str, text: &str) {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
            token::push_head(&mut self.0, Kind::Word, start.len() + text.len() + 2);
            self.0.push('"');
            self.0.push_str(start);
            self.0.push_str(text);
            self.0.push('"');
            return;
        }
        let mut literal = String::with_capacity(text.len() + 16);
        literal.push('"');
        literal.push_str(start);
        for c in text.chars() {
            match c {
                '\'' => literal.push(c),
                c => literal.extend(c.escape_debug()),
            }
        }
        literal.push('"');
        self.value(&literal);
    }

    /// A number, and its logarithm if it has one.
    fn number(&mut self, value: impl fmt::Display, logarithm: Option<u32>) {
        token::push_head(&mut self.0, Kind::Word, logarithm.unwrap_or(0) as usize + 1);
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{value}");
    }
}

impl FromIterator<TokenStream> for TokenStream {
    fn from_iter<I: IntoIterator<Item = TokenStream>>(all: I) -> Self {
        let mut tokens = Self::with_room(0);
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
        let usual = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let mut text: String =
            if usual { name.to_owned() } else { name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect() };
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
        tokens.value(&self.0);
    }
}

impl ToTokens for bool {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.value(if *self { "true" } else { "false" });
    }
}

/// Numbers without a suffix: of what type one is follows from where it stands.
macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl ToTokens for $number {
            fn to_tokens(&self, tokens: &mut TokenStream) {
                tokens.number(self, self.checked_ilog10());
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 usize);

impl ToTokens for i64 {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if *self < 0 {
            tokens.value(&self.to_string());
        } else {
            self.unsigned_abs().to_tokens(tokens);
        }
    }
}

impl ToTokens for str {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.literal("", self);
    }
}

/// A text as a literal that begins with a space.
pub(super) struct Spaced<'t>(pub(super) &'t str);

impl ToTokens for Spaced<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.literal(" ", self.0);
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
        $crate::emit::rust::put!(made [] $($tokens)*);
        made
    }};
}

/// Appends tokens to a stream. Those up to the next variable are gathered in the first brackets; `~` stands before one
/// that closes a pair.
macro_rules! put {
    ($to:ident [$($run:expr,)*]) => {
        $crate::emit::rust::run!($to $($run,)*);
    };
    ($to:ident [$($run:expr,)*] #($($inner:tt)*)* $($rest:tt)*) => {
        $crate::emit::rust::run!($to $($run,)*);
        $crate::emit::rust::repeat!($to [] [$($inner)*] [] $($inner)*);
        $crate::emit::rust::put!($to [] $($rest)*);
    };
    ($to:ident [$($run:expr,)*] #($($inner:tt)*) $between:tt * $($rest:tt)*) => {
        $crate::emit::rust::run!($to $($run,)*);
        $crate::emit::rust::repeat!($to [$between] [$($inner)*] [] $($inner)*);
        $crate::emit::rust::put!($to [] $($rest)*);
    };
    ($to:ident [$($run:expr,)*] #$value:ident $($rest:tt)*) => {
        $crate::emit::rust::run!($to $($run,)*);
        $crate::emit::rust::ToTokens::to_tokens(&$value, &mut $to);
        $crate::emit::rust::put!($to [] $($rest)*);
    };
    // The alias that every module has; see `module` in `super`.
    ($to:ident [$($run:expr,)*] ::zmodel_runtime::$($rest:tt)*) => {
        $crate::emit::rust::put!($to [$($run,)* "zm", "::",] $($rest)*);
    };
    ($to:ident [$($run:expr,)*] ~ $close:literal $($rest:tt)*) => {
        $crate::emit::rust::put!($to [$($run,)* $close,] $($rest)*);
    };
    ($to:ident [$($run:expr,)*] ($($inner:tt)*) $($rest:tt)*) => {
        $crate::emit::rust::put!($to [$($run,)* "(",] $($inner)* ~ ")" $($rest)*);
    };
    ($to:ident [$($run:expr,)*] [$($inner:tt)*] $($rest:tt)*) => {
        $crate::emit::rust::put!($to [$($run,)* "[",] $($inner)* ~ "]" $($rest)*);
    };
    ($to:ident [$($run:expr,)*] {$($inner:tt)*} $($rest:tt)*) => {
        $crate::emit::rust::put!($to [$($run,)* "{",] $($inner)* ~ "}" $($rest)*);
    };
    ($to:ident [$($run:expr,)*] $token:tt $($rest:tt)*) => {
        $crate::emit::rust::put!($to [$($run,)* stringify!($token),] $($rest)*);
    };
}

/// Appends tokens of our source to a stream.
macro_rules! run {
    ($to:ident) => {};
    ($to:ident $($token:expr,)+) => {{
        const TOKENS: &[&str] = &[$($token),+];
        const BYTES: [u8; $crate::emit::rust::length(TOKENS)] = $crate::emit::rust::encoded(TOKENS);
        const RUN: &str = match std::str::from_utf8(&BYTES) {
            Ok(run) => run,
            Err(_) => "",
        };
        $to.run(RUN);
    }};
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
            $crate::emit::rust::put!($to [] $($tokens)*);
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
                $crate::emit::rust::run!($to stringify!($between),);
            }
            $crate::emit::rust::put!($to [] $($tokens)*);
        }
    }};
}

pub(super) use {put, quote, repeat, run};

#[cfg(test)]
mod tests {
    use super::*;

    fn one_line(tokens: &TokenStream) -> String {
        tokens.texts().join(" ")
    }

    #[test]
    fn values_take_their_places() {
        let (name, list, count) = (Ident::new("name"), vec!["a", "b"], 3u16);
        let upper = list.iter().map(|item| item.to_uppercase());
        let tokens = quote!(f(#name, #count) { #(#list => [#upper],)* } #(#list)&*; #name::<Option<Vec<u8>>>);
        let expected =
            r#"f ( name , 3 ) { "a" => [ "A" ] , "b" => [ "B" ] , } "a" & "b" ; name :: < Option < Vec < u8 >> >"#;
        assert_eq!(one_line(&tokens), expected);
        assert_eq!(one_line(&quote!(::zmodel_runtime::Json)), "zm::Json");
        assert_eq!(one_line(&quote!()), "");
    }

    #[test]
    fn a_text_is_one_literal_and_a_name_one_identifier() {
        for text in ["", "a\"; panic!(); \"", "\\", "\\\"", "a\nb\r\0", "\u{202e}", "ä'日本"] {
            let tokens = quote!(#text);
            let tokens = tokens.texts();
            assert!(tokens.len() == 1 && !tokens[0].contains('\n'), "{text:?}");
            let read = syn::parse_str::<syn::LitStr>(tokens[0]);
            assert_eq!(read.map(|literal| literal.value()).ok().as_deref(), Some(text));
            let ident = Ident::new(text).to_string();
            assert!(ident == "_" || syn::parse_str::<syn::Ident>(&ident).is_ok(), "{ident}");
        }
    }
}
