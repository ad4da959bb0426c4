//! Short paths where nothing can be mistaken.
//!
//! The emitter writes whole paths, `::std::string::String`, since a schema may declare a model called `String`. Where
//! it does not, people are better off with `String`. This pass shortens paths in the finished tokens.

use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::quote;

use super::names::Names;

/// Paths and what every module has in their place, unless the schema has a type of that name.
const PRELUDE: &[(&[&str], &str)] = &[
    (&["std", "string", "String"], "String"),
    (&["std", "option", "Option"], "Option"),
    (&["std", "option", "Option", "Some"], "Some"),
    (&["std", "option", "Option", "None"], "None"),
    (&["std", "result", "Result"], "Result"),
    (&["std", "result", "Result", "Ok"], "Ok"),
    (&["std", "result", "Result", "Err"], "Err"),
    (&["std", "vec", "Vec"], "Vec"),
    (&["std", "vec"], "vec"),
    (&["std", "convert", "From"], "From"),
];

/// Shortens paths.
pub(super) struct Short {
    usable: Vec<(&'static [&'static str], &'static str)>,
}

impl Short {
    pub(super) fn new(names: &Names) -> Self {
        let mut usable: Vec<_> = PRELUDE.iter().filter(|(_, short)| !names.taken.contains(*short)).copied().collect();
        // The longest first, so that `Option::None` does not become `Option` and a rest.
        usable.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Self { usable }
    }

    /// The items of a module, with what they need in scope.
    pub(super) fn module(&self, items: TokenStream) -> TokenStream {
        let items = self.tokens(items);
        // The alias stands for the crate wherever a path starts with it; a model cannot take its name.
        quote! {
            #[allow(unused_imports, clippy::allow_attributes, reason = "generated")]
            use ::zmodel_runtime as zm;

            #items
        }
    }

    fn tokens(&self, tokens: TokenStream) -> TokenStream {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        let mut short = TokenStream::new();
        while let Some((first, after)) = rest.split_first() {
            if let Some((length, replacement)) = self.path(rest) {
                short.extend(replacement);
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            short.extend([match first {
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), self.tokens(group.stream()));
                    inner.set_span(group.span());
                    TokenTree::Group(inner)
                }
                TokenTree::Literal(literal) => TokenTree::Literal(unsuffixed(literal)),
                other => other.clone(),
            }]);
            rest = after;
        }
        short
    }

    /// How many tokens at the start of `rest` are a path that has a short form, and that form.
    fn path(&self, rest: &[TokenTree]) -> Option<(usize, TokenStream)> {
        let names = segments(rest);
        if names.first()? == "zmodel_runtime" {
            return (names.len() > 1).then(|| (SEGMENT, quote!(zm)));
        }
        let starts = |path: &[&str]| {
            // `vec` is a macro and the module of `Vec`; the macro is the whole path.
            let whole = *path == ["std", "vec"];
            let fits = if whole { names.len() == path.len() } else { names.len() >= path.len() };
            fits && names.iter().zip(path).all(|(a, b)| a == b)
        };
        let (path, short) = self.usable.iter().find(|(path, _)| starts(path))?;
        let short = Ident::new(short, Span::call_site());
        Some((path.len() * SEGMENT, quote!(#short)))
    }
}

/// `::name` is three tokens.
const SEGMENT: usize = 3;

/// The names of a path that starts here with `::`.
fn segments(tokens: &[TokenTree]) -> Vec<String> {
    let segment = |tokens: &[TokenTree]| match tokens {
        [TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Ident(name)]
            if a.as_char() == ':' && b.as_char() == ':' =>
        {
            Some(name.to_string())
        }
        _ => None,
    };
    tokens.chunks(SEGMENT).map_while(segment).collect()
}

/// `3`, not `3u16`: what the number is follows from where it stands.
fn unsuffixed(literal: &Literal) -> Literal {
    let text = literal.to_string();
    let digits = ["u8", "u16", "u32", "usize"].iter().find_map(|suffix| text.strip_suffix(suffix));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(number) => Literal::u64_unsuffixed(number),
        None => literal.clone(),
    }
}
