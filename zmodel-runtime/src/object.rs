//! Structs of generated code in JSON and in every other format of serde.
//!
//! Generated code could derive serde's traits, but what the derive writes for a struct takes the compiler longer than
//! all else that is generated for a model. [`object!`](crate::object!) writes the little that depends on the struct, and
//! the rest is here once. What is read and written is the same: a struct of the format with the schema's names.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::model::Patch;

/// A struct that [`read`] can make.
pub trait Object<'de>: Sized {
    /// What the struct is called in messages and formats.
    const NAME: &'static str;
    /// The names of its members.
    const MEMBERS: &'static [&'static str];
    /// Whether a member of another name is an error; else it is passed over.
    const STRICT: bool;

    /// Makes the struct of its members; none if they are not all there, or one is wrong.
    fn gather<M: Members<'de>>(members: &mut M) -> Option<Self>;
}

/// The members of an object that is being read. The first error ends them.
pub trait Members<'de> {
    /// Goes to the next member, if there is one.
    fn next(&mut self) -> bool;

    /// Reads the member into `holder` if `name` is its name; whether it is.
    fn put<P: Holder<'de>>(&mut self, name: &'static str, holder: &mut P) -> bool;

    /// Notes which members, in the order of the struct, have a value, since one that must have has none.
    fn incomplete(&mut self, have: &[bool]);
}

/// What holds the value of a member once it is read.
pub trait Holder<'de> {
    /// What is read.
    type Value: Deserialize<'de>;

    /// Puts it there.
    fn set(&mut self, value: Self::Value);
}

impl<'de, T: Deserialize<'de>> Holder<'de> for Option<T> {
    type Value = T;

    fn set(&mut self, value: T) {
        *self = Some(value);
    }
}

impl<'de, T: Deserialize<'de>> Holder<'de> for Patch<T> {
    type Value = T;

    fn set(&mut self, value: T) {
        *self = Self::Set(value);
    }
}

/// What a member is that is not there: `None` of an `Option`, and for all other types nothing.
#[must_use]
pub fn absent<'de, T: Deserialize<'de>>() -> Option<T> {
    T::deserialize(Absent).ok()
}

/// Reads a struct.
///
/// # Errors
/// A member is missing, is there twice, is not what it should be, or has a name that a strict struct does not have.
pub fn read<'de, O: Object<'de>, D: Deserializer<'de>>(from: D) -> Result<O, D::Error> {
    from.deserialize_struct(O::NAME, O::MEMBERS, Reader(PhantomData))
}

/// Reads a member of the enum `name`, whose members are `all`, called `names` in the same order.
///
/// # Errors
/// What is there is not the name of a member.
pub fn member<'de, T: Copy, D: Deserializer<'de>>(
    from: D,
    name: &'static str,
    names: &'static [&'static str],
    all: &'static [T],
) -> Result<T, D::Error> {
    from.deserialize_enum(name, names, Variants { name, names, all })
}

/// Writes a struct, a member at a time.
#[derive(Debug)]
pub struct Writer<S: Serializer>(Result<S::SerializeStruct, S::Error>);

impl<S: Serializer> Writer<S> {
    /// Begins a struct called `name` with so many members.
    pub fn new(to: S, name: &'static str, members: usize) -> Self {
        Self(to.serialize_struct(name, members))
    }

    /// Writes a member.
    #[must_use]
    pub fn member<T: Serialize>(mut self, name: &'static str, value: &T) -> Self {
        if let Ok(open) = &mut self.0
            && let Err(error) = open.serialize_field(name, value)
        {
            self.0 = Err(error);
        }
        self
    }

    /// Ends the struct.
    ///
    /// # Errors
    /// Something could not be written.
    pub fn end(self) -> Result<S::Ok, S::Error> {
        self.0?.end()
    }
}

struct Reader<O>(PhantomData<O>);

impl<'de, O: Object<'de>> Visitor<'de> for Reader<O> {
    type Value = O;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {}", O::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<O, A::Error> {
        gather(Named { map, strict: O::STRICT })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<O, A::Error> {
        gather(InOrder { seq, next: 0 })
    }
}

fn gather<'de, O: Object<'de>, S: Source<'de>>(source: S) -> Result<O, S::Error> {
    let mut open = Open { source, names: O::MEMBERS, at: 0, seen: vec![false; O::MEMBERS.len()], error: None };
    match (O::gather(&mut open), open.error) {
        (Some(object), None) => Ok(object),
        (_, Some(error)) => Err(error),
        (None, None) => Err(de::Error::custom(format_args!("struct {} is not complete", O::NAME))),
    }
}

/// Where the members of an object come from.
trait Source<'de> {
    type Error: de::Error;

    /// The position of the next member's name in `names`; none at the end.
    fn key(&mut self, names: &'static [&'static str]) -> Result<Option<usize>, Self::Error>;

    /// The value of the member whose name was just given.
    fn value<T: Deserialize<'de>>(&mut self) -> Result<T, Self::Error>;
}

/// An object being read.
struct Open<S, E> {
    source: S,
    names: &'static [&'static str],
    /// The position of the member that comes now.
    at: usize,
    /// Which members there were.
    seen: Vec<bool>,
    error: Option<E>,
}

impl<'de, S: Source<'de>> Members<'de> for Open<S, S::Error> {
    fn next(&mut self) -> bool {
        if self.error.is_some() {
            return false;
        }
        match self.source.key(self.names) {
            Ok(Some(at)) => {
                self.at = at;
                let again = self.seen.get_mut(at).is_some_and(|seen| std::mem::replace(seen, true));
                if again {
                    self.error = self.names.get(at).copied().map(de::Error::duplicate_field);
                }
                !again
            }
            Ok(None) => false,
            Err(error) => {
                self.error = Some(error);
                false
            }
        }
    }

    fn put<P: Holder<'de>>(&mut self, name: &'static str, holder: &mut P) -> bool {
        if self.names.get(self.at).is_none_or(|at| *at != name) {
            return false;
        }
        match self.source.value() {
            Ok(value) => holder.set(value),
            Err(error) => self.error = Some(error),
        }
        true
    }

    fn incomplete(&mut self, have: &[bool]) {
        let missing = self.names.iter().copied().zip(have).find(|(_, have)| !**have);
        if let (Some((name, _)), None) = (missing, &self.error) {
            self.error = Some(de::Error::missing_field(name));
        }
    }
}

/// Members with their names, as in JSON.
struct Named<A> {
    map: A,
    strict: bool,
}

impl<'de, A: MapAccess<'de>> Source<'de> for Named<A> {
    type Error = A::Error;

    fn key(&mut self, names: &'static [&'static str]) -> Result<Option<usize>, A::Error> {
        loop {
            match self.map.next_key_seed(Name { names, strict: self.strict })? {
                Some(Some(at)) => return Ok(Some(at)),
                Some(None) => self.map.next_value::<IgnoredAny>().map(drop)?,
                None => return Ok(None),
            }
        }
    }

    fn value<T: Deserialize<'de>>(&mut self) -> Result<T, A::Error> {
        self.map.next_value()
    }
}

/// Members without names, in the order of the struct, as compact formats have them.
struct InOrder<A> {
    seq: A,
    next: usize,
}

impl<'de, A: SeqAccess<'de>> Source<'de> for InOrder<A> {
    type Error = A::Error;

    fn key(&mut self, names: &'static [&'static str]) -> Result<Option<usize>, A::Error> {
        let at = self.next;
        self.next += 1;
        Ok((at < names.len()).then_some(at))
    }

    fn value<T: Deserialize<'de>>(&mut self) -> Result<T, A::Error> {
        let length = self.next - 1;
        self.seq.next_element()?.ok_or_else(|| de::Error::invalid_length(length, &"as many values as the struct has"))
    }
}

struct Variants<T: 'static> {
    name: &'static str,
    names: &'static [&'static str],
    all: &'static [T],
}

impl<'de, T: Copy> Visitor<'de> for Variants<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "enum {}", self.name)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, from: A) -> Result<T, A::Error> {
        let (at, rest) = from.variant_seed(Variant { names: self.names })?;
        rest.unit_variant()?;
        self.all.get(at).copied().ok_or_else(|| de::Error::custom("no such variant"))
    }
}

/// Reads the name of a variant and finds its position.
struct Variant {
    names: &'static [&'static str],
}

impl<'de> DeserializeSeed<'de> for Variant {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<usize, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Variant {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("variant identifier")
    }

    fn visit_u64<E: de::Error>(self, position: u64) -> Result<usize, E> {
        let at = usize::try_from(position).ok().filter(|at| *at < self.names.len());
        at.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(position), &"the position of a variant"))
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<usize, E> {
        let at = self.names.iter().position(|known| *known == name);
        at.ok_or_else(|| E::unknown_variant(name, self.names))
    }

    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<usize, E> {
        self.visit_str(&String::from_utf8_lossy(name))
    }
}

/// Reads a name and finds its position.
struct Name {
    names: &'static [&'static str],
    strict: bool,
}

impl<'de> DeserializeSeed<'de> for Name {
    /// None for a name to pass over.
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<usize>, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field identifier")
    }

    fn visit_u64<E: de::Error>(self, position: u64) -> Result<Option<usize>, E> {
        let at = usize::try_from(position).ok().filter(|at| *at < self.names.len());
        if at.is_none() && self.strict {
            return Err(E::invalid_value(Unexpected::Unsigned(position), &"the position of a field"));
        }
        Ok(at)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        let at = self.names.iter().position(|known| *known == name);
        if at.is_none() && self.strict {
            return Err(E::unknown_field(name, self.names));
        }
        Ok(at)
    }

    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<Option<usize>, E> {
        self.visit_str(&String::from_utf8_lossy(name))
    }
}

/// The value of a member that is not there.
struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("absent"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// For generated code: `Serialize` and `Deserialize` for a struct, from its fields and what they are called.
///
/// `row` passes over members that it does not know; `new` refuses them; `changes` refuses them too, is only read, and
/// leaves alone what is absent.
#[doc(hidden)]
#[macro_export]
macro_rules! object {
    (row $name:ident { $($field:ident $member:literal),* $(,)? }) => {
        $crate::object!(@write $name [] { $($field $member),* });
        $crate::object!(@whole $name [] false { $($field $member),* });
    };
    (new $name:ident [$($param:ident)*] { $($field:ident $member:literal),* $(,)? }) => {
        $crate::object!(@write $name [$($param)*] { $($field $member),* });
        $crate::object!(@whole $name [$($param)*] true { $($field $member),* });
    };
    (changes $name:ident { $($field:ident $member:literal),* $(,)? }) => {
        $crate::object!(@read $name [] true [$($member)*] members {
            let mut changes = Self::default();
            while members.next() {
                let _ = $(members.put($member, &mut changes.$field) ||)* false;
            }
            ::std::option::Option::Some(changes)
        });
    };
    (enum $name:ident { $($variant:ident $member:literal),* $(,)? }) => {
        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, to: S) -> ::std::result::Result<S::Ok, S::Error> {
                to.serialize_unit_variant(::std::stringify!($name), *self as u32, self.as_str())
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(from: D) -> ::std::result::Result<Self, D::Error> {
                $crate::object::member(from, ::std::stringify!($name), &[$($member),*], Self::ALL)
            }
        }
    };
    (@whole $name:ident [$($param:ident)*] $strict:literal { $($field:ident $member:literal),* }) => {
        $crate::object!(@read $name [$($param)*] $strict [$($member)*] members {
            $(let mut $field = $crate::object::absent();)*
            while members.next() {
                let _ = $(members.put($member, &mut $field) ||)* false;
            }
            match ($($field,)*) {
                ($(::std::option::Option::Some($field),)*) => ::std::option::Option::Some(Self { $($field),* }),
                ($($field,)*) => {
                    members.incomplete(&[$($field.is_some()),*]);
                    ::std::option::Option::None
                }
            }
        });
    };
    (@write $name:ident [$($param:ident)*] { $($field:ident $member:literal),* }) => {
        impl<$($param: $crate::serde::Serialize),*> $crate::serde::Serialize for $name<$($param),*> {
            fn serialize<S: $crate::serde::Serializer>(&self, to: S) -> ::std::result::Result<S::Ok, S::Error> {
                const MEMBERS: &[&str] = &[$($member),*];
                $crate::object::Writer::new(to, ::std::stringify!($name), MEMBERS.len())
                    $(.member($member, &self.$field))*
                    .end()
            }
        }
    };
    (@read $name:ident [$($param:ident)*] $strict:literal [$($member:literal)*] $members:ident $gather:block) => {
        impl<'de, $($param: $crate::serde::Deserialize<'de>),*> $crate::object::Object<'de> for $name<$($param),*> {
            const NAME: &'static str = ::std::stringify!($name);
            const MEMBERS: &'static [&'static str] = &[$($member),*];
            const STRICT: bool = $strict;

            fn gather<M: $crate::object::Members<'de>>($members: &mut M) -> ::std::option::Option<Self> $gather
        }

        impl<'de, $($param: $crate::serde::Deserialize<'de>),*> $crate::serde::Deserialize<'de> for $name<$($param),*> {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(from: D) -> ::std::result::Result<Self, D::Error> {
                $crate::object::read(from)
            }
        }
    };
}
