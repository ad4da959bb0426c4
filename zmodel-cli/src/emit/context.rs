//! The context: what `auth()` is, as a struct, and how it is filled.

use zmodel_runtime::schema::{Shape, ShapeId, ShapeType};

use super::field::{optional, rename};
use super::rust::{Ident, ToTokens as _, TokenStream, quote};
use super::{Emit, docs, docs_or, names};
use crate::hir::{self, Auth, FieldType};

/// A member of a context struct.
struct Member<'a> {
    ident: Ident,
    hir: &'a hir::Field,
    /// The Rust type of one value.
    one: TokenStream,
    optional: bool,
    list: bool,
    /// Whether one value can hold another of the struct that it is in, so that it must lie elsewhere.
    boxed: bool,
}

/// What a context struct was declared as.
struct Declaration<'a> {
    ident: &'a Ident,
    docs: &'a [String],
    fields: &'a [hir::Field],
    /// The model whose rows are people who sign in, if it has a table.
    of_table: Option<usize>,
}

impl Emit<'_> {
    /// The name of the context struct, if the schema has one.
    pub(super) fn auth_struct(&self) -> Option<TokenStream> {
        let name = self.names.context(self.hir.auth?);
        Some(quote!(#name))
    }

    /// The context struct and the structs inside it.
    pub(super) fn context(&self) -> TokenStream {
        let shapes = self.positions.shapes().iter().zip(self.schema.shapes.iter());
        let structs = shapes.filter_map(|(of, shape)| Some(self.shape(*of, &self.declaration(*of)?, shape)));
        quote!(#(#structs)*)
    }

    /// The names of the context struct and the structs inside it.
    pub(super) fn context_names(&self) -> Vec<Ident> {
        let shapes = self.positions.shapes().iter();
        shapes.filter_map(|of| Some(self.declaration(*of)?.ident.clone())).collect()
    }

    /// What a shape was lowered from.
    fn declaration(&self, of: Auth) -> Option<Declaration<'_>> {
        match of {
            Auth::Model(at) => {
                let model = self.hir.models.get(at)?;
                let of_table = (!model.ignored).then_some(at);
                Some(Declaration { ident: self.names.context(of), docs: &model.docs, fields: &model.fields, of_table })
            }
            Auth::Type(at) => {
                let ty = self.hir.types.get(at)?;
                Some(Declaration { ident: self.names.context(of), docs: &ty.docs, fields: &ty.fields, of_table: None })
            }
        }
    }

    fn shape(&self, of: Auth, declared: &Declaration<'_>, shape: &Shape) -> TokenStream {
        let is_auth = self.hir.auth == Some(of);
        let Declaration { ident: name, docs: lines, fields, of_table } = *declared;
        let Some(id) = self.positions.shape(of) else { return TokenStream::new() };
        let members = self.members(of, fields, shape);
        // A rule names a member by its position, so one that is left out would make it read another.
        if members.len() != shape.members.len() {
            let message = format!("zmodel cannot print a member of `{}`", shape.name);
            return quote!(compile_error!(#message););
        }
        let text = if is_auth { "Who is signed in: what `auth()` is in a rule." } else { "A part of `auth()`." };
        let doc = if of_table.is_some() { docs([text]) } else { docs_or(lines, text) };
        let declarations = members.iter().map(|member| {
            let Member { ident, hir, one, optional: is_optional, list, boxed } = member;
            let doc = docs_or(&hir.docs, &format!("The field `{}`.", hir.name.text));
            let rename = rename(&hir.name.text, ident);
            let ty = match (list, boxed) {
                (true, _) => quote!(::std::vec::Vec<#one>),
                (false, true) => quote!(::std::boxed::Box<#one>),
                (false, false) => one.clone(),
            };
            let ty = optional(ty, *is_optional);
            quote!(#doc #rename pub #ident: #ty)
        });
        let values = members.iter().map(context_value);
        // What is also kept as JSON is a value, and values have a context already: they say themselves what it is.
        let as_value = matches!(of, Auth::Type(at) if self.is_document(at));
        let (owner, method) = if as_value {
            (quote!(#name), quote!(_context))
        } else {
            (quote!(::zmodel_runtime::value::IntoContext for #name), quote!(into_context))
        };
        let into_context = quote! {
            impl #owner {
                fn #method(self) -> ::zmodel_runtime::value::ContextValue {
                    ::zmodel_runtime::value::ContextValue::Members(::std::vec![#(#values),*].into())
                }
            }
        };
        let from_session = is_auth.then(|| filled_from_clerk(name, &members, shape));
        let part =
            self.schema.shapes.iter().any(|outer| outer.members.iter().any(|member| member.ty == ShapeType::Shape(id)));
        let from_claim = part.then(|| from_claim(name, &members));
        let from_row = of_table.map(|at| self.filled_from_row(name, &members, at));
        quote! {
            #doc
            #[derive(Debug, Clone, PartialEq)]
            #[derive(::zmodel_runtime::serde::Serialize, ::zmodel_runtime::serde::Deserialize)]
            #[serde(crate = "::zmodel_runtime::serde")]
            pub struct #name { #(#declarations,)* }

            #into_context

            #from_session
            #from_claim
            #from_row
        }
    }

    fn members<'t>(&self, of: Auth, fields: &'t [hir::Field], shape: &Shape) -> Vec<Member<'t>> {
        let members = fields.iter().zip(names::fields(fields)).enumerate().filter_map(|(at, (hir, ident))| {
            let member = shape.members.get(usize::from(self.positions.member(of, at)?))?;
            let one = match hir.ty {
                FieldType::Scalar(ty) => self.rust_type(ty, &TokenStream::new()),
                FieldType::Type(at) => self.names.context(Auth::Type(at)).to_token_stream(),
                FieldType::Model(at) => self.names.context(Auth::Model(at)).to_token_stream(),
                FieldType::Unsupported | FieldType::Error => return None,
            };
            let boxed = match member.ty {
                ShapeType::Shape(inner) if !member.list => {
                    self.encloses(inner, self.positions.shape(of)?, &mut Vec::new())
                }
                ShapeType::Shape(_) | ShapeType::Scalar(_) => false,
            };
            Some(Member { ident, hir, one, optional: member.optional, list: member.list, boxed })
        });
        members.collect()
    }

    /// Whether a value of a shape has one of another inside it, without a list between them.
    fn encloses(&self, shape: ShapeId, wanted: ShapeId, seen: &mut Vec<ShapeId>) -> bool {
        if shape == wanted {
            return true;
        }
        if seen.contains(&shape) {
            return false;
        }
        seen.push(shape);
        let members = self.schema.shape(shape).map_or(&[][..], |shape| &*shape.members);
        members.iter().any(|member| match member.ty {
            ShapeType::Shape(inner) if !member.list => self.encloses(inner, wanted, seen),
            ShapeType::Shape(_) | ShapeType::Scalar(_) => false,
        })
    }

    /// Filling it from a row, where people who sign in are rows of a table.
    fn filled_from_row(&self, name: &Ident, members: &[Member<'_>], at: usize) -> TokenStream {
        let names = self.names.model(at);
        let (module, model) = (&names.module, &names.ty);
        let values = members.iter().map(|Member { ident, hir, optional, .. }| {
            // Related rows are not part of the row, and neither is what is never shown.
            if hir.ty.is_model() || hir.omitted {
                return quote!(#ident: ::std::option::Option::None);
            }
            let value = quote!(row.#ident.clone());
            // What a rule can hide is nothing already.
            let hidden = self.hir.models.get(at).is_some_and(|model| {
                hir.can_be_hidden() || hir.computed && model.fields.iter().any(hir::Field::can_be_hidden)
            });
            if *optional && !hir.optional && !hidden {
                quote!(#ident: ::std::option::Option::Some(#value))
            } else {
                quote!(#ident: #value)
            }
        });
        quote! {
            impl ::std::convert::From<&super::#module::#model> for #name {
                fn from(row: &super::#module::#model) -> Self {
                    Self { #(#values,)* }
                }
            }
        }
    }
}

/// Filling it from the claims of a session.
fn filled_from_clerk(name: &Ident, members: &[Member<'_>], shape: &Shape) -> TokenStream {
    let reads = (0u16..).zip(members).map(|(at, member)| {
        let source = source(member.hir, *shape.id == [at]);
        read(member, &source)
    });
    quote! {
        impl ::zmodel_runtime::clerk::FromClerk for #name {
            fn from_clerk(
                verified: &::zmodel_runtime::clerk::Verified,
            ) -> ::std::result::Result<Self, ::zmodel_runtime::clerk::ClaimError> {
                let claims = ::zmodel_runtime::clerk::claims::Reader::new(verified);
                ::std::result::Result::Ok(Self { #(#reads,)* })
            }
        }
    }
}

fn from_claim(name: &Ident, members: &[Member<'_>]) -> TokenStream {
    let reads = members.iter().map(|member| read(member, &named(member.hir)));
    quote! {
        impl ::zmodel_runtime::clerk::claims::FromClaim for #name {
            fn from_claim(
                value: &::zmodel_runtime::Json,
            ) -> ::std::result::Result<Self, ::zmodel_runtime::clerk::claims::Fault> {
                let claims = ::zmodel_runtime::clerk::claims::Reader::nested(value)?;
                ::std::result::Result::Ok(Self { #(#reads,)* })
            }
        }
    }
}

fn read(Member { ident, hir, optional, list, .. }: &Member<'_>, source: &TokenStream) -> TokenStream {
    let name = &hir.name.text;
    let method = match (optional, list) {
        (false, false) => quote!(required),
        (true, false) => quote!(optional),
        (false, true) => quote!(required_list),
        (true, true) => quote!(optional_list),
    };
    quote!(#ident: claims.#method(#name, ::zmodel_runtime::clerk::claims::Source::#source)?)
}

fn named(field: &hir::Field) -> TokenStream {
    let name = &field.name.text;
    match &field.claim {
        Some(path) => quote!(Path(#path)),
        None => quote!(Named(#name)),
    }
}

/// Where a field of the context comes from: what `@claim` says, else what its name says.
fn source(field: &hir::Field, is_id: bool) -> TokenStream {
    if field.claim.is_some() {
        return named(field);
    }
    match field.name.text.to_ascii_lowercase().as_str() {
        _ if is_id => quote!(Subject),
        "id" | "userid" | "clerkid" => quote!(Subject),
        "sessionid" => quote!(SessionId),
        "orgid" | "organizationid" | "currentorgid" | "activeorgid" | "tenantid" => quote!(OrgId),
        "orgslug" | "organizationslug" | "currentorgslug" => quote!(OrgSlug),
        "orgrole" | "organizationrole" | "currentorgrole" => quote!(OrgRole),
        "orgpermissions" | "permissions" if field.list => quote!(OrgPermissions),
        "plan" => quote!(Plan),
        "features" if field.list => quote!(Features),
        "actorid" | "impersonatorid" => quote!(ActorId),
        _ => named(field),
    }
}

/// A member as the rules see it.
fn context_value(Member { ident, optional, list, boxed, .. }: &Member<'_>) -> TokenStream {
    let into = quote!(::zmodel_runtime::value::IntoContext::into_context);
    let value = quote!(::zmodel_runtime::value::ContextValue);
    match (optional, list) {
        (false, false) if *boxed => quote!(#into(*self.#ident)),
        (true, false) if *boxed => quote!(self.#ident.map_or(#value::Null, |value| #into(*value))),
        (false, false) => quote!(#into(self.#ident)),
        (true, false) => quote!(self.#ident.map_or(#value::Null, #into)),
        (false, true) => quote!(#value::List(self.#ident.into_iter().map(#into).collect())),
        (true, true) => quote! {
            self.#ident.map_or(#value::Null, |list| #value::List(list.into_iter().map(#into).collect()))
        },
    }
}
