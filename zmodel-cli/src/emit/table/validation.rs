//! What is asked of values.

use zmodel_runtime::schema::{Check, Format, Step, Validation, ValueCondition, ValueOperand};

use super::super::rust::{Ident, TokenStream, quote};
use super::{field_id, list, literal, option, place, text, ty, unknown};

pub(super) fn step(step: &Step) -> TokenStream {
    match step {
        Step::Trim => quote!(s::Step::Trim),
        Step::Lower => quote!(s::Step::Lower),
        Step::Upper => quote!(s::Step::Upper),
        Step::Check(asked, message) => {
            let (asked, message) = (check(asked), option(message.as_ref().map(text)));
            quote!(s::Step::Check(#asked, #message))
        }
        other => unknown(other),
    }
}

pub(super) fn validation(validation: &Validation) -> TokenStream {
    let condition = condition(&validation.condition);
    let (source, place) = (text(&validation.text), place(&validation.place));
    let message = option(validation.message.as_ref().map(text));
    let path = list(validation.path.iter(), text);
    quote! {
        s::Validation { condition: #condition, message: #message, path: #path, text: #source, place: #place }
    }
}

fn check(check: &Check) -> TokenStream {
    let inner = match check {
        Check::Length(min, max) => {
            let (min, max) = (option(min.map(|min| quote!(#min))), option(max.map(|max| quote!(#max))));
            quote!(Length(#min, #max))
        }
        Check::Text(needle, sought) => {
            let (needle, sought) = (Ident::of(needle), text(sought));
            quote!(Text(s::Needle::#needle, #sought))
        }
        Check::Pattern(pattern) => {
            let pattern = text(pattern);
            quote!(Pattern(#pattern))
        }
        Check::Format(Format::Time(digits)) => {
            let digits = option(digits.map(i64::from).map(|digits| quote!(#digits)));
            quote!(Format(s::Format::Time(#digits)))
        }
        Check::Format(Format::Uuid(version)) => {
            let version = option(version.map(|version| quote!(#version)));
            quote!(Format(s::Format::Uuid(#version)))
        }
        Check::Format(format) => {
            let format = Ident::of(format);
            quote!(Format(s::Format::#format))
        }
        Check::Compare(comparison, bound) => {
            let (comparison, bound) = (Ident::of(comparison), literal(bound));
            quote!(Compare(s::Comparison::#comparison, #bound))
        }
        other => return unknown(other),
    };
    quote!(s::Check::#inner)
}

fn condition(it: &ValueCondition) -> TokenStream {
    let inner = match it {
        ValueCondition::Constant(value) => quote!(Constant(#value)),
        ValueCondition::Not(inner) => {
            let inner = condition(inner);
            quote!(Not(s::Node::Static(&#inner)))
        }
        ValueCondition::All(parts) => {
            let parts = list(parts.iter(), condition);
            quote!(All(#parts))
        }
        ValueCondition::Any(parts) => {
            let parts = list(parts.iter(), condition);
            quote!(Any(#parts))
        }
        ValueCondition::Holds(value) => {
            let value = operand(value);
            quote!(Holds(#value))
        }
        ValueCondition::Compare(comparison, left, right) => {
            let comparison = Ident::of(comparison);
            let (left, right) = (operand(left), operand(right));
            quote!(Compare(s::Comparison::#comparison, #left, #right))
        }
        ValueCondition::In(item, list) => {
            let (item, list) = (operand(item), operand(list));
            quote!(In(#item, #list))
        }
        ValueCondition::Share(share, all, sought) => {
            let share = Ident::of(share);
            let (all, sought) = (operand(all), operand(sought));
            quote!(Share(s::Share::#share, #all, #sought))
        }
        ValueCondition::Empty(list) => {
            let list = operand(list);
            quote!(Empty(#list))
        }
        ValueCondition::Text(needle, whole, sought, ignore_case) => {
            let needle = Ident::of(needle);
            let (whole, sought) = (operand(whole), operand(sought));
            quote!(Text(s::Needle::#needle, #whole, #sought, #ignore_case))
        }
        ValueCondition::Passes(asked, value) => {
            let (asked, value) = (check(asked), operand(value));
            quote!(Passes(#asked, #value))
        }
        other => return unknown(other),
    };
    quote!(s::ValueCondition::#inner)
}

fn operand(it: &ValueOperand) -> TokenStream {
    let inner = match it {
        ValueOperand::Null => quote!(Null),
        ValueOperand::Literal(value) => {
            let value = literal(value);
            quote!(Literal(#value))
        }
        ValueOperand::Member(id, at) => {
            let id = id.0;
            quote!(Member(s::EnumId(#id), #at))
        }
        ValueOperand::Field(id) => {
            let id = field_id(id.0);
            quote!(Field(#id))
        }
        ValueOperand::Inside(id, path, of) => {
            let (id, path, of) = (field_id(id.0), list(path.iter(), text), ty(*of));
            quote!(Inside(#id, #path, #of))
        }
        ValueOperand::List(items) => {
            let items = list(items.iter(), operand);
            quote!(List(#items))
        }
        ValueOperand::Length(inner) => {
            let inner = operand(inner);
            quote!(Length(s::Node::Static(&#inner)))
        }
        ValueOperand::Now => quote!(Now),
        other => return unknown(other),
    };
    quote!(s::ValueOperand::#inner)
}
