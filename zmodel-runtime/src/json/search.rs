//! Searches that the database makes: `fts` and `fuzzy` in a `where`, `_ftsRelevance` and `_fuzzyRelevance` in an
//! `orderBy`.

use serde_json::{Map, Value as Json};

use super::fault::{Fault, Parsed, Within, boolean, each, known, text};
use super::order::direction;
use crate::plan::{FullText, Fuzzy, Order, OrderBy, Similarity, Sought};
use crate::schema::{Field, FieldId, Model};

/// `{search: "cat & dog", config: "english"}`
pub(super) fn full_text(members: &Map<String, Json>) -> Parsed<Sought> {
    let config = members.get("config").map(|json| filled(json).under("config")).transpose()?;
    Ok(Sought::FullText(FullText { query: sought(members)?, config }))
}

/// `{search: "jon", mode: "word", threshold: 0.5, unaccent: true}`
pub(super) fn fuzzy(members: &Map<String, Json>) -> Parsed<Sought> {
    let mode = members.get("mode").map_or(Ok(Similarity::Simple), |json| match json.as_str() {
        Some("simple") => Ok(Similarity::Simple),
        Some("word") => Ok(Similarity::Word),
        Some("strictWord") => Ok(Similarity::StrictWord),
        _ => Err(Fault::expected("`simple`, `word` or `strictWord`", json)),
    });
    let threshold = members.get("threshold").map(|json| {
        let number = json.as_f64().filter(|number| (0.0..=1.0).contains(number));
        number.ok_or_else(|| Fault::expected("a number from 0 to 1", json))
    });
    Ok(Sought::Fuzzy(Fuzzy {
        search: sought(members)?,
        mode: mode.under("mode")?,
        threshold: threshold.transpose().under("threshold")?,
        unaccent: members.get("unaccent").map_or(Ok(false), |json| boolean(json).under("unaccent"))?,
    }))
}

/// A search that rows are ordered by.
struct Relevance {
    read: fn(&Map<String, Json>) -> Parsed<Sought>,
    marked: fn(&Field) -> bool,
    keys: &'static [&'static str],
}

const FULL_TEXT: Relevance =
    Relevance { read: full_text, marked: |field| field.full_text, keys: &["fields", "search", "config", "sort"] };

const FUZZY: Relevance =
    Relevance { read: fuzzy, marked: |field| field.fuzzy, keys: &["fields", "search", "mode", "unaccent", "sort"] };

/// The order that a key asks for, if it is that of a search.
pub(super) fn order(model: &Model, key: &str, json: &Json) -> Option<Parsed<Order>> {
    match key {
        "_ftsRelevance" => Some(FULL_TEXT.order(model, json)),
        "_fuzzyRelevance" => Some(FUZZY.order(model, json)),
        _ => None,
    }
}

impl Relevance {
    fn order(&self, model: &Model, json: &Json) -> Parsed<Order> {
        let members = known(json, self.keys)?;
        let required = |key: &str| members.get(key).ok_or_else(|| Fault::new(format!("`{key}` is missing")));
        let fields = required("fields")?;
        let field = |json: &Json| -> Parsed<FieldId> {
            let named = model.visible_field(text(json)?).filter(|(_, field)| (self.marked)(field) && !field.list);
            named.map(|(id, _)| id).ok_or_else(|| Fault::new("this is no field that can be searched so"))
        };
        let listed = match fields {
            Json::Array(list) if !list.is_empty() => each(fields, field).under("fields")?,
            _ => return Err(Fault::expected("a list of fields", fields)).under("fields"),
        };
        let by = OrderBy::Relevance(listed, (self.read)(members)?);
        Ok(Order { by, direction: direction(required("sort")?).under("sort")?, nulls: None })
    }
}

fn sought(members: &Map<String, Json>) -> Parsed<String> {
    let search = members.get("search").ok_or_else(|| Fault::new("`search` is missing"))?;
    filled(search).under("search")
}

fn filled(json: &Json) -> Parsed<String> {
    match text(json)? {
        "" => Err(Fault::new("an empty text is not searched for")),
        text => Ok(text.to_owned()),
    }
}
