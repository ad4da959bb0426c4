//! Arguments of `count` by field, `aggregate` and `groupBy`, and what these give.

use serde_json::{Map, Value as Json};

use super::answer::Answer;
use super::fault::{Fault, Parsed, Within, boolean, count, known, object, one_or_many, text, unknown, whole};
use super::filter::{filter, names};
use super::find::{fields, rows};
use super::order::{single, sort};
use super::{asked, having, scalar};
use crate::driver::Rows;
use crate::error::{Error, Result};
use crate::plan::{self, Asked, Find, GroupOrder, Grouped, Measure};
use crate::schema::{Field, FieldId, ModelId, Schema, Type};
use crate::value::Value;

/// The words that ask for a measure.
pub(super) const WORDS: [&str; 5] = ["_count", "_avg", "_sum", "_min", "_max"];

/// What is shown of some rows: where it stands, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    /// The field, or `_count`, `_sum` and so on, with the member under it if there is one.
    shown: Vec<(String, Option<String>)>,
    measures: Vec<Measure>,
    /// The fields that a group shares.
    by: Vec<FieldId>,
    /// What the fields are that are computed with arguments.
    asked: Vec<Asked>,
    model: ModelId,
}

impl Summary {
    const fn new(model: ModelId) -> Self {
        Self { shown: Vec::new(), measures: Vec::new(), by: Vec::new(), asked: Vec::new(), model }
    }

    /// Adds a field to group by: its name, or `{field: "near", args: {…}}`.
    fn by(&mut self, schema: &Schema, json: &Json) -> Parsed<()> {
        let Json::Object(members) = json else {
            self.by.extend(fields(schema, self.model, json)?);
            return Ok(());
        };
        let name = text(members.get("field").ok_or_else(|| Fault::new("`field` is missing"))?).under("field")?;
        let model = schema.model(self.model)?;
        let (id, field) = model.visible_field(name).ok_or_else(|| unknown(name, names(model))).under("field")?;
        if field.params.is_empty() {
            return Err(Fault::new(format!("`{name}` takes no arguments; write its name alone")));
        }
        let members: Map<_, _> = members.clone().into_iter().filter(|(key, _)| key != "field").collect();
        let (asked, rest) = asked::split(schema, id, field, &Json::Object(members))?;
        if let Some(key) = rest.keys().next() {
            return Err(unknown(key, ["field", "args"].into_iter()));
        }
        self.by.push(id);
        self.asked.push(asked);
        Ok(())
    }

    /// Adds what `_count`, `_avg`, `_sum`, `_min` and `_max` among the arguments ask for.
    fn read(&mut self, schema: &Schema, args: &Map<String, Json>) -> Parsed<()> {
        for word in WORDS {
            let Some(json) = args.get(word) else { continue };
            if let (Json::Bool(asked), "_count") = (json, word) {
                if *asked {
                    self.shown.push((word.to_owned(), None));
                    self.measures.push(Measure::Rows);
                }
                continue;
            }
            self.members(schema, word, json).under(word)?;
        }
        Ok(())
    }

    fn members(&mut self, schema: &Schema, word: &str, json: &Json) -> Parsed<()> {
        for (name, asked) in object(json)? {
            let model = schema.model(self.model)?;
            if let Some((id, field)) = model.visible_field(name).filter(|(_, field)| !field.params.is_empty()) {
                let (asked, rest) = asked::split(schema, id, field, asked).under(name)?;
                if let Some(key) = rest.keys().next() {
                    return Err(unknown(key, std::iter::once("args"))).under(name);
                }
                self.measures.push(measure(schema, self.model, word, name).under(name)?);
                self.shown.push((word.to_owned(), Some(name.clone())));
                self.asked.push(asked);
                continue;
            }
            if boolean(asked).under(name)? {
                self.measures.push(measure(schema, self.model, word, name).under(name)?);
                self.shown.push((word.to_owned(), Some(name.clone())));
            }
        }
        Ok(())
    }

    /// Shows the rows that a summary gave.
    pub(super) fn rows(&self, schema: &Schema, rows: Rows) -> Result<Vec<Answer>> {
        let width = rows.width.max(1);
        let model = schema.model(self.model)?;
        let mut cells = rows.cells.into_iter();
        let mut all = Vec::new();
        while cells.len() > 0 {
            let mut row: Vec<Value> = cells.by_ref().take(width).collect();
            let measures = row.split_off(self.by.len().min(row.len()));
            let mut members = Vec::new();
            for (id, cell) in self.by.iter().zip(row) {
                let field = model.field(*id)?;
                members.push((field.name.clone().into_owned(), scalar::answer(schema, field, cell)?));
            }
            for ((word, member), (measure, cell)) in self.shown.iter().zip(self.measures.iter().zip(measures)) {
                let answer = shown(schema, self.model, *measure, cell)?;
                match member {
                    None => members.push((word.clone(), answer)),
                    Some(member) => put(&mut members, word, member, answer),
                }
            }
            all.push(Answer::Object(members));
        }
        Ok(all)
    }
}

/// Puts an answer under a word, which may be there already.
fn put(members: &mut Vec<(String, Answer)>, word: &str, member: &str, answer: Answer) {
    let entry = (member.to_owned(), answer);
    match members.iter_mut().find(|(name, _)| name == word) {
        Some((_, Answer::Object(inner))) => inner.push(entry),
        _ => members.push((word.to_owned(), Answer::Object(vec![entry]))),
    }
}

/// The measure of a word and a field.
pub(super) fn measure(schema: &Schema, id: ModelId, word: &str, name: &str) -> Parsed<Measure> {
    if (word, name) == ("_count", "_all") {
        return Ok(Measure::Rows);
    }
    let model = schema.model(id)?;
    let (id, field) = model.visible_field(name).ok_or_else(|| unknown(name, names(model).chain(["_all"])))?;
    let numeric = matches!(field.ty, Type::Int | Type::BigInt | Type::Float | Type::Decimal) && !field.list;
    let ordered = !field.list && !matches!(field.ty, Type::Json | Type::Unsupported);
    match word {
        "_count" => Ok(Measure::Count(id)),
        "_sum" if numeric => Ok(Measure::Sum(id)),
        "_avg" if numeric => Ok(Measure::Average(id)),
        "_sum" | "_avg" => Err(Fault::new(format!("`{name}` holds no numbers"))),
        "_min" if ordered => Ok(Measure::Minimum(id)),
        "_max" if ordered => Ok(Measure::Maximum(id)),
        _ => Err(Fault::new(format!("the values of `{name}` have no order"))),
    }
}

/// A measure as it is shown.
fn shown(schema: &Schema, model: ModelId, measure: Measure, cell: Value) -> Result<Answer> {
    let field = |id: FieldId| -> Result<&Field> { Ok(schema.model(model)?.field(id)?) };
    if cell.is_null() {
        return Ok(Answer::Null);
    }
    match measure {
        Measure::Rows | Measure::Count(_) => match cell {
            Value::Int(count) => Ok(Answer::Plain(count.into())),
            _ => Err(Error::internal("a count without a number")),
        },
        Measure::Minimum(id) | Measure::Maximum(id) => scalar::answer(schema, field(id)?, cell),
        Measure::Sum(id) | Measure::Average(id) => {
            let ty = match (measure, field(id)?.ty) {
                (Measure::Average(_), Type::Int | Type::BigInt | Type::Float) => Type::Float,
                (_, ty) => ty,
            };
            let of = Field { ty, list: false, ..field(id)?.clone() };
            match (cell, ty) {
                // A sum of Ints can be larger than one.
                (Value::Int(sum), Type::Int) => Ok(Answer::Plain(sum.into())),
                (cell, ty) => scalar::of_type(schema, ty, cell.held_by(&of)?),
            }
        }
    }
}

/// `count` with `select`: `{_all: true, title: true}`.
pub(super) fn count_fields(
    schema: &Schema,
    model: ModelId,
    args: &Map<String, Json>,
    select: &Json,
) -> Parsed<(plan::Aggregate, Summary)> {
    let mut find = Find::new(model);
    rows(schema, &mut find, args)?;
    let mut summary = Summary::new(model);
    summary.members(schema, "_count", select).under("select")?;
    if summary.measures.is_empty() {
        return Err(Fault::new("nothing is selected")).under("select");
    }
    Ok((plan::Aggregate { find, measures: summary.measures.clone(), asked: summary.asked.clone() }, summary))
}

/// The counts of `count` with `select`, by name.
pub(super) fn counts(schema: &Schema, summary: &Summary, rows: Rows) -> Result<Answer> {
    match summary.rows(schema, rows)?.pop() {
        Some(Answer::Object(mut words)) if words.len() == 1 => Ok(words.swap_remove(0).1),
        _ => Err(Error::internal("a count without a row")),
    }
}

pub(super) fn aggregate(schema: &Schema, model: ModelId, args: &Json) -> Parsed<(plan::Aggregate, Summary)> {
    let args = known(args, &["where", "orderBy", "skip", "take", "cursor", "_count", "_avg", "_sum", "_min", "_max"])?;
    let mut find = Find::new(model);
    rows(schema, &mut find, args)?;
    let mut summary = Summary::new(model);
    summary.read(schema, args)?;
    if summary.measures.is_empty() {
        return Err(Fault::new(format!("nothing is asked for: {}", WORDS.join(", "))));
    }
    Ok((plan::Aggregate { find, measures: summary.measures.clone(), asked: summary.asked.clone() }, summary))
}

pub(super) fn group_by(schema: &Schema, model: ModelId, args: &Json) -> Parsed<(plan::GroupBy, Summary)> {
    let args =
        known(args, &["where", "by", "having", "orderBy", "skip", "take", "_count", "_avg", "_sum", "_min", "_max"])?;
    let by = args.get("by").ok_or_else(|| Fault::new("`by` is missing"))?;
    let mut summary = Summary::new(model);
    for one in one_or_many(by) {
        summary.by(schema, one).under("by")?;
    }
    if summary.by.is_empty() {
        return Err(Fault::new("at least one field")).under("by");
    }
    summary.read(schema, args)?;
    let (measures, asked) = (summary.measures.clone(), summary.asked.clone());
    let mut plan = plan::GroupBy { measures, asked, ..plan::GroupBy::new(model, summary.by.clone()) };
    if let Some(json) = args.get("where") {
        plan.filter = filter(schema, model, json).under("where")?;
    }
    if let Some(json) = args.get("having") {
        plan.having = having::having(schema, model, &summary.by, &mut plan.asked, json).under("having")?;
    }
    if let Some(json) = args.get("orderBy") {
        for one in one_or_many(json) {
            plan.order.extend(group_order(schema, model, &mut plan.asked, one).under("orderBy")?);
        }
    }
    if let Some(json) = args.get("skip") {
        plan.skip = Some(count(json).under("skip")?);
    }
    if let Some(json) = args.get("take") {
        plan.take = Some(whole(json).ok_or_else(|| Fault::expected("a whole number", json)).under("take")?);
    }
    Ok((plan, summary))
}

/// `{field: "asc"}` or `{_sum: {field: "asc"}}`.
fn group_order(schema: &Schema, id: ModelId, asked: &mut Vec<Asked>, json: &Json) -> Parsed<Option<GroupOrder>> {
    let Some((key, value)) = single(json)? else { return Ok(None) };
    if WORDS.contains(&key) {
        let Some((name, value)) = single(value).under(key)? else { return Ok(None) };
        let by = measure(schema, id, key, name).under(name).under(key)?;
        let value = asked::apart(schema, id, name, asked, value).under(name).under(key)?;
        let (direction, nulls) = sort(&value, true).under(name).under(key)?;
        return Ok(Some(GroupOrder { by: Grouped::Measure(by), direction, nulls }));
    }
    let model = schema.model(id)?;
    let found = model.visible_field(key).ok_or_else(|| unknown(key, names(model).chain(WORDS)));
    let (field_id, field) = found.under(key)?;
    let value = asked::apart(schema, id, key, asked, value).under(key)?;
    let (direction, nulls) = sort(&value, field.optional || field.can_be_hidden()).under(key)?;
    Ok(Some(GroupOrder { by: Grouped::Field(field_id), direction, nulls }))
}
