//! Rules as a tree: printed as text for the compiler, and decided here, directly from what the language promises.
//!
//! A condition is true, false or unknown. Anything compared with an unknown is unknown, and a quantifier is the
//! conjunction or the disjunction of its elements; only the keyword `null` asks whether something is there.

use std::fmt;

use super::schema::{End, Literal, Schema};
use super::world::{World, less};
use super::{Json, Row};

#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) allow: bool,
    /// As it is written: `read`, `create,update`, `all`, `post-update`.
    pub(crate) operations: String,
    pub(crate) is: Is,
}

/// A row: which of those in sight (0 is `this`), and along which relations one goes from there.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) frame: usize,
    pub(crate) through: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Literal(Json),
    Field(Path, String),
    Caller(&'static str),
    /// A member of an element of what the caller brings.
    Item(usize, &'static str),
    /// A field of the row as it was before the update.
    Before(String),
}

#[derive(Debug, Clone)]
pub(crate) enum Is {
    Constant(bool),
    Not(Box<Is>),
    And(Vec<Is>),
    Or(Vec<Is>),
    Holds(Value),
    Compare(Value, &'static str, Value),
    In(Value, Vec<Value>),
    InList(Value, Value),
    /// `hasEvery` or `hasSome`, of a list.
    Share(bool, Value, Vec<Value>),
    Empty(Value),
    Text(&'static str, Value, Value, bool),
    Null(Value, bool),
    Missing(Path, bool),
    Anonymous(bool),
    NoItems,
    /// The rows along a relation to many.
    Rows(char, Path, String, Box<Is>),
    /// What the caller brings.
    Items(char, Box<Is>),
    Check(Path, &'static str),
}

/// Who asks, and of what.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) world: &'a World,
    /// `"raw"`, null, or who is signed in.
    pub(crate) caller: &'a Json,
    /// The row as it was before an update, where that is known.
    pub(crate) before: Option<&'a Row>,
}

/// What is in sight, the outermost first.
#[derive(Clone, Copy)]
pub(crate) enum Seen<'a> {
    Row(usize, &'a Row),
    /// A row that is not there yet.
    New(usize, &'a Row),
    Item(&'a Json),
}

pub(crate) fn not(value: Option<bool>) -> Option<bool> {
    value.map(|value| !value)
}

pub(crate) fn and(values: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for value in values {
        match value {
            Some(false) => return Some(false),
            None => known = None,
            Some(true) => {}
        }
    }
    known
}

pub(crate) fn or(values: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    not(and(values.into_iter().map(not)))
}

/// Unknown if either of them is not there.
pub(crate) fn compare(left: &Json, op: &str, right: &Json) -> Option<bool> {
    if left.is_null() || right.is_null() {
        return None;
    }
    Some(match op {
        "==" => left == right,
        "!=" => left != right,
        "<" => less(left, right),
        "<=" => !less(right, left),
        ">" => less(right, left),
        _ => !less(left, right),
    })
}

fn quantified(quantifier: char, elements: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    match quantifier {
        '?' => or(elements),
        '!' => and(elements),
        _ => not(or(elements)),
    }
}

impl<'a> Scene<'a> {
    /// Whether the rules about a model let the caller do something with a row.
    pub(crate) fn allows(&self, operation: &str, row: Seen<'a>) -> bool {
        if *self.caller == "raw" {
            return true;
        }
        let (Seen::Row(model, _) | Seen::New(model, _)) = row else { panic!("an item has no rules") };
        let about = |rule: &&Rule| rule.is_about(operation);
        let rules: Vec<&Rule> = self.schema.rules(model).filter(about).collect();
        let allows = rules.iter().filter(|rule| rule.allow);
        let mut allowed = operation == "post-update" && allows.clone().count() == 0;
        for rule in allows {
            allowed |= self.is(&rule.is, &[row]) == Some(true);
        }
        for rule in rules.iter().filter(|rule| !rule.allow) {
            allowed &= self.is(&rule.is, &[row]) == Some(false);
        }
        // A row of a delegate is a row of a model that extends it. Whoever writes the one writes the other.
        if let (Seen::Row(_, row), true, true) = (row, self.schema.models[model].delegate, operation != "read") {
            let (concrete, whole) = self.world.whole(self.schema, model, &row["id"]).unwrap();
            let unknown = Self { before: None, ..*self };
            allowed &= unknown.allows(operation, Seen::Row(concrete, whole));
        }
        allowed
    }

    /// Whether the rules about a field let the caller read or update it in a row.
    pub(crate) fn opens(&self, operation: &str, model: usize, row: &'a Row, field: &str) -> bool {
        if *self.caller == "raw" {
            return true;
        }
        let rules = &self.schema.models[model].field(field).unwrap().rules;
        let mut about = rules.iter().filter(|rule| rule.is_about(operation)).peekable();
        let (mut any, mut allowed, mut denied) = (false, false, false);
        about.by_ref().for_each(|rule| {
            let is = self.is(&rule.is, &[Seen::Row(model, row)]);
            any |= rule.allow;
            allowed |= rule.allow && is == Some(true);
            denied |= !rule.allow && is != Some(false);
        });
        (!any || allowed) && !denied
    }

    /// The row at the end of a path.
    fn row(&self, path: &Path, seen: &[Seen<'a>]) -> Option<(usize, &'a Row)> {
        let (Seen::Row(model, row) | Seen::New(model, row)) = seen[path.frame] else { panic!("an item is no row") };
        path.through.iter().try_fold((model, row), |(model, row), name| {
            let target = self.schema.models[model].relation(name).unwrap().target;
            self.world.related(self.schema, model, row, name).into_iter().next().map(|row| (target, row))
        })
    }

    fn value(&self, value: &Value, seen: &[Seen<'a>]) -> Json {
        match value {
            Value::Literal(value) => value.clone(),
            Value::Field(path, name) => self.row(path, seen).map_or(Json::Null, |(_, row)| row[name].clone()),
            Value::Caller(name) => self.caller.get(name).cloned().unwrap_or_default(),
            Value::Before(name) => self.before.map_or(Json::Null, |row| row[name].clone()),
            Value::Item(frame, name) => match seen[*frame] {
                Seen::Item(item) => item[name].clone(),
                Seen::Row(..) | Seen::New(..) => panic!("a row is no item"),
            },
        }
    }

    /// True, false or unknown.
    pub(crate) fn is(&self, is: &Is, seen: &[Seen<'a>]) -> Option<bool> {
        let value = |value: &Value| self.value(value, seen);
        let equal_one = |found: &Json, list: &[Json]| or(list.iter().map(|item| compare(found, "==", item)));
        match is {
            Is::Constant(value) => Some(*value),
            Is::Not(inner) => not(self.is(inner, seen)),
            Is::And(all) => and(all.iter().map(|is| self.is(is, seen))),
            Is::Or(any) => or(any.iter().map(|is| self.is(is, seen))),
            Is::Holds(found) => value(found).as_bool(),
            Is::Compare(left, op, right) => compare(&value(left), op, &value(right)),
            Is::In(sought, list) => {
                let list: Vec<Json> = list.iter().map(value).collect();
                equal_one(&value(sought), &list)
            }
            Is::InList(sought, list) => equal_one(&value(sought), value(list).as_array()?),
            Is::Share(every, list, sought) => {
                let found = value(list);
                let list = found.as_array()?;
                let each = sought.iter().map(|sought| equal_one(&value(sought), list));
                if *every { and(each) } else { or(each) }
            }
            Is::Empty(list) => Some(value(list).as_array()?.is_empty()),
            Is::Text(function, text, sought, ignore_case) => {
                let (text, sought) = (value(text), value(sought));
                let (mut text, mut sought) = (text.as_str()?.to_owned(), sought.as_str()?.to_owned());
                if *ignore_case {
                    (text, sought) = (text.to_lowercase(), sought.to_lowercase());
                }
                Some(match *function {
                    "contains" => text.contains(&sought),
                    "startsWith" => text.starts_with(&sought),
                    _ => text.ends_with(&sought),
                })
            }
            Is::Null(Value::Before(_), _) if self.before.is_none() => None,
            Is::Null(found, is) => Some(value(found).is_null() == *is),
            Is::Missing(path, is) => {
                if let Seen::New(model, row) = seen[path.frame] {
                    // The row that is not there yet may be about to refer to itself.
                    let first = self.schema.models[model].relation(&path.through[0]).unwrap();
                    let End::Key(key, _) = &first.end else { panic!("nothing refers to a new row") };
                    if !row[key].is_null() && self.world.live(self.schema, first.target, &row[key]).is_none() {
                        return None;
                    }
                }
                Some(self.row(path, seen).is_none() == *is)
            }
            Is::Anonymous(is) => Some(self.caller.is_null() == *is),
            Is::NoItems => Some(self.caller.get("items")?.as_array()?.is_empty()),
            Is::Rows(quantifier, path, relation, inner) => {
                let (model, row) = self.row(path, seen)?;
                let target = self.schema.models[model].relation(relation).unwrap().target;
                let rows = self.world.related(self.schema, model, row, relation);
                self.elements(*quantifier, inner, seen, rows.into_iter().map(|row| Seen::Row(target, row)))
            }
            Is::Items(quantifier, inner) => {
                let items = self.caller.get("items")?.as_array()?;
                self.elements(*quantifier, inner, seen, items.iter().map(Seen::Item))
            }
            Is::Check(path, operation) => {
                let (model, row) = self.row(path, seen)?;
                Some(Self { before: None, ..*self }.allows(operation, Seen::Row(model, row)))
            }
        }
    }

    fn elements(
        &self,
        quantifier: char,
        inner: &Is,
        seen: &[Seen<'a>],
        elements: impl Iterator<Item = Seen<'a>>,
    ) -> Option<bool> {
        quantified(
            quantifier,
            elements.map(|element| {
                let within: Vec<Seen<'a>> = seen.iter().copied().chain([element]).collect();
                self.is(inner, &within)
            }),
        )
    }
}

impl Rule {
    pub(crate) fn is_about(&self, operation: &str) -> bool {
        let all = ["create", "read", "update", "delete"].contains(&operation);
        self.operations.split(',').any(|listed| listed == operation || listed == "all" && all)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = if self.allow { "allow" } else { "deny" };
        write!(f, "{effect}('{}', {})", self.operations, Shown(&self.is, 1))
    }
}

/// A condition, and how many rows are in sight.
pub(crate) struct Shown<'a>(pub(crate) &'a Is, pub(crate) usize);

impl Path {
    fn shown(&self) -> String {
        let start = if self.frame == 0 { "this".to_owned() } else { format!("e{}", self.frame) };
        std::iter::once(start).chain(self.through.iter().cloned()).collect::<Vec<_>>().join(".")
    }
}

impl Value {
    fn shown(&self, frames: usize) -> String {
        match self {
            Self::Literal(value) => Literal(value).to_string(),
            // The members of the innermost row are named alone.
            Self::Field(path, name) if path.frame + 1 == frames && path.through.is_empty() => name.clone(),
            Self::Field(path, name) => format!("{}.{name}", path.shown()),
            Self::Caller(name) => format!("auth().{name}"),
            Self::Item(frame, name) if frame + 1 == frames => (*name).to_owned(),
            Self::Item(frame, name) => format!("e{frame}.{name}"),
            Self::Before(name) => format!("before().{name}"),
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frames = self.1;
        let several = |list: &[Is], sign: &str| {
            list.iter().map(|is| format!("({})", Shown(is, frames))).collect::<Vec<_>>().join(sign)
        };
        let list = |list: &[Value]| list.iter().map(|value| value.shown(frames)).collect::<Vec<_>>().join(", ");
        let equal = |is: bool| if is { "==" } else { "!=" };
        match self.0 {
            Is::Constant(value) => write!(f, "{value}"),
            Is::Not(inner) => write!(f, "!({})", Shown(inner, frames)),
            Is::And(all) => f.write_str(&several(all, " && ")),
            Is::Or(any) => f.write_str(&several(any, " || ")),
            Is::Holds(value) => f.write_str(&value.shown(frames)),
            Is::Compare(left, op, right) => write!(f, "{} {op} {}", left.shown(frames), right.shown(frames)),
            Is::In(value, items) => write!(f, "{} in [{}]", value.shown(frames), list(items)),
            Is::InList(value, items) => write!(f, "{} in {}", value.shown(frames), items.shown(frames)),
            Is::Share(every, of, sought) => {
                let function = if *every { "hasEvery" } else { "hasSome" };
                write!(f, "{function}({}, [{}])", of.shown(frames), list(sought))
            }
            Is::Empty(of) => write!(f, "isEmpty({})", of.shown(frames)),
            Is::Text(function, text, sought, ignore_case) => {
                write!(f, "{function}({}, {}, {ignore_case})", text.shown(frames), sought.shown(frames))
            }
            Is::Null(value, is) => write!(f, "{} {} null", value.shown(frames), equal(*is)),
            Is::Missing(path, is) => write!(f, "{} {} null", path.shown(), equal(*is)),
            Is::Anonymous(is) => write!(f, "auth() {} null", equal(*is)),
            Is::NoItems => f.write_str("isEmpty(auth().items)"),
            Is::Rows(quantifier, path, relation, inner) => {
                let inner = Shown(inner, frames + 1);
                write!(f, "{}.{relation}{quantifier}[e{frames}, {inner}]", path.shown())
            }
            Is::Items(quantifier, inner) => {
                write!(f, "auth().items{quantifier}[e{frames}, {}]", Shown(inner, frames + 1))
            }
            Is::Check(path, operation) => write!(f, "check({}, '{operation}')", path.through.join(".")),
        }
    }
}
