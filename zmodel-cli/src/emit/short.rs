//! Short paths where nothing can be mistaken.
//!
//! The emitter writes whole paths, `::std::string::String`, since a schema may declare a model called `String`. Where
//! it does not, people are better off with `String`.

use super::names::Names;

/// A path, and what may stand in its place.
pub(super) type Short = (&'static str, &'static str);

/// Paths and what every module has in their place, unless the schema has a type of that name.
const PRELUDE: &[Short] = &[
    ("std::string::String", "String"),
    ("std::option::Option", "Option"),
    ("std::option::Option::Some", "Some"),
    ("std::option::Option::None", "None"),
    ("std::result::Result", "Result"),
    ("std::result::Result::Ok", "Ok"),
    ("std::result::Result::Err", "Err"),
    ("std::vec::Vec", "Vec"),
    ("std::vec", "vec"),
    ("std::convert::From", "From"),
];

/// The paths that can be short beside the names of a schema.
pub(super) fn usable(names: &Names) -> Vec<Short> {
    let mut usable: Vec<Short> = PRELUDE.iter().filter(|(_, short)| !names.taken.contains(*short)).copied().collect();
    // The longest first, so that `Option::None` does not become `Option` and a rest.
    usable.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    usable
}
