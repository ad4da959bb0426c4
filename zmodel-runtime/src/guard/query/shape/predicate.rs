//! Conditions and values in SQL.

use super::{Alias, Measure, Slot};
use crate::guard::query::{Link, Source};
use crate::plan::{Calculation, Similarity};
use crate::schema::{Comparison, FieldId, ModelId, Needle, Quantifier, Share, Type};

/// A condition in SQL. Where a comparison can be unknown, it says what the unknown counts as; a caller's own filter
/// leaves it to SQL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Predicate {
    Constant(bool),
    Not(Box<Predicate>),
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Compare {
        comparison: Comparison,
        left: Scalar,
        right: Scalar,
        unknown: Option<bool>,
    },
    In {
        value: Scalar,
        list: Vec<Slot>,
        unknown: Option<bool>,
    },
    Holds {
        value: Scalar,
        unknown: Option<bool>,
    },
    Text {
        needle: Needle,
        text: Scalar,
        sought: Scalar,
        ignore_case: bool,
        unknown: Option<bool>,
    },
    SameText {
        text: Scalar,
        sought: Scalar,
    },
    /// A text is found by a search.
    Search {
        text: Scalar,
        search: Search,
        unknown: Option<bool>,
    },
    IsNull(Scalar),
    /// A value is an element of a list that the database knows.
    Listed {
        value: Scalar,
        list: Scalar,
        unknown: Option<bool>,
    },
    /// Some element of a list of JSON satisfies a condition.
    ListedJson {
        list: Scalar,
        test: Json,
        unknown: Option<bool>,
    },
    /// Some or every element of a list is in another.
    Share {
        share: Share,
        list: Scalar,
        sought: Scalar,
        unknown: Option<bool>,
    },
    /// Two lists have the same items in the same order.
    SameList {
        left: Scalar,
        right: Scalar,
        unknown: Option<bool>,
    },
    /// A list has these items, in this order; each with a slot for its position. There are slots for their number, and for
    /// 1, as well.
    Items {
        list: Scalar,
        length: Slot,
        one: Slot,
        items: Vec<(Slot, Scalar)>,
        unknown: Option<bool>,
    },
    /// Every element of a list is one of some values.
    Within {
        list: Scalar,
        values: Vec<Scalar>,
        unknown: Option<bool>,
    },
    /// A list has no element.
    Empty {
        list: Scalar,
        unknown: Option<bool>,
    },
    /// Some row of a source satisfies the filter, which also joins it to the rows around it.
    Exists {
        source: Box<Source>,
        filter: Box<Predicate>,
    },
    /// A condition on a JSON value.
    Json {
        value: Scalar,
        test: Json,
        unknown: Option<bool>,
    },
    /// Two JSON values are the same.
    SameJson {
        left: Scalar,
        right: Scalar,
        unknown: Option<bool>,
    },
    /// Some item of a list inside JSON satisfies the filter.
    Item {
        list: Scalar,
        alias: Alias,
        filter: Box<Predicate>,
    },
    /// There is a link between two rows.
    Linked {
        link: Link,
        here: Scalar,
        there: Scalar,
    },
}

/// A value in SQL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Scalar {
    Column(Column),
    Slot(Slot),
    /// What a field is with arguments: it is compared as its column would be.
    Asked {
        column: Column,
        value: Box<Scalar>,
    },
    /// A value of the one row of a source that satisfies the filter; NULL if there is none.
    Lookup {
        source: Box<Source>,
        filter: Box<Predicate>,
        value: Box<Scalar>,
    },
    /// A text as a rule compares it: every letter counts. A caller's own filter goes with the database, as its orders do;
    /// rules do not ask which text is less.
    Letters {
        text: Box<Scalar>,
    },
    /// How many rows of a source satisfy the filter.
    Tally {
        source: Box<Source>,
        filter: Box<Predicate>,
    },
    /// How well some texts fit a search.
    Relevance {
        texts: Vec<Scalar>,
        search: Box<Search>,
    },
    /// A value made of the rows of a group.
    Measure(Measure),
    /// A value that is computed from a row.
    Calculated(Box<Calculated>),
    /// An item of a list inside JSON, as JSON.
    Item(Alias),
    /// A part of a structure in JSON; NULL where it is missing, or of another kind.
    Inside {
        structure: Box<Scalar>,
        path: Box<[Slot]>,
        of: Box<Extracted>,
    },
}

/// What is searched for in a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Search {
    /// Words, as `text_query` writes them.
    FullText { query: Slot, config: Option<Slot> },
    /// A similar text.
    Fuzzy { text: Slot, mode: Similarity, threshold: Option<Slot>, unaccent: bool },
}

/// A value that is computed from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Calculated {
    Number(Calculation, Scalar, Scalar),
    Concat(Vec<Scalar>),
    Otherwise(Scalar, Scalar),
    Case(Vec<(Predicate, Scalar)>, Scalar),
    Lower(Scalar),
    Upper(Scalar),
    Length(Scalar),
    /// A Decimal, to be compared as such.
    Exact(Scalar),
    /// A fixed value of a type, or a list of such values.
    Typed(Slot, Type, bool),
}

impl Calculated {
    fn is_local(&self) -> bool {
        match self {
            Self::Number(_, one, other) | Self::Otherwise(one, other) => one.is_local() && other.is_local(),
            Self::Concat(all) => all.iter().all(Scalar::is_local),
            Self::Case(cases, last) => {
                cases.iter().all(|(predicate, value)| predicate.is_local() && value.is_local()) && last.is_local()
            }
            Self::Lower(one) | Self::Upper(one) | Self::Length(one) | Self::Exact(one) => one.is_local(),
            Self::Typed(..) => true,
        }
    }
}

/// What a part of a structure holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Extracted {
    /// A value. A member of an enum has the first name there, and the second in the database; nothing is said where
    /// they are the same.
    One(Type, Vec<(Slot, Slot)>),
    /// A list of such values.
    List(Type, Vec<(Slot, Slot)>),
}

impl Extracted {
    pub(crate) const fn ty(&self) -> Type {
        match self {
            Self::One(ty, _) | Self::List(ty, _) => *ty,
        }
    }
}

/// A condition on a JSON value, which is unknown where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Json {
    Not(Box<Json>),
    All(Vec<Json>),
    Any(Vec<Json>),
    At(Vec<Step>, Box<Json>),
    Absent,
    Null,
    True,
    False,
    /// A text or a number; the kind says which of them the slot holds.
    Compare(Comparison, JsonKind, Slot),
    /// The same object or list.
    Same(Slot),
    Text(Needle, Slot, bool),
    Empty,
    Elements(Quantifier, Box<Json>),
}

/// The kinds of JSON values that have an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum JsonKind {
    Text,
    Number,
}

/// A step into a JSON value: its slot holds a text or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Key(Slot),
    Index(Slot),
}

/// A column of one occurrence of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Column {
    pub(crate) alias: Alias,
    pub(crate) model: ModelId,
    pub(crate) field: FieldId,
}

impl Scalar {
    pub(in crate::guard::query) fn is_local(&self) -> bool {
        match self {
            Self::Calculated(calculated) => calculated.is_local(),
            Self::Column(_) | Self::Slot(_) | Self::Measure(_) | Self::Item(_) => true,
            Self::Inside { structure: inner, .. }
            | Self::Letters { text: inner, .. }
            | Self::Asked { value: inner, .. } => inner.is_local(),
            Self::Relevance { texts, .. } => texts.iter().all(Self::is_local),
            Self::Lookup { .. } | Self::Tally { .. } => false,
        }
    }

    /// Whether it looks at rows of `model` beside the row at hand.
    fn looks_at(&self, model: ModelId) -> bool {
        match self {
            Self::Column(_) | Self::Slot(_) | Self::Measure(_) | Self::Item(_) => false,
            // What is computed may look anywhere.
            Self::Calculated(_) => true,
            Self::Inside { structure: inner, .. }
            | Self::Letters { text: inner, .. }
            | Self::Asked { value: inner, .. } => inner.looks_at(model),
            Self::Lookup { source, filter, value } => {
                source.looks_at(model) || filter.looks_at(model) || value.looks_at(model)
            }
            Self::Tally { source, filter } => source.looks_at(model) || filter.looks_at(model),
            Self::Relevance { texts, .. } => texts.iter().any(|text| text.looks_at(model)),
        }
    }
}

impl Predicate {
    pub(crate) const TRUE: Self = Self::Constant(true);
    pub(crate) const FALSE: Self = Self::Constant(false);

    /// Whether it looks at no other table.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Constant(_) => true,
            Self::Not(inner) => inner.is_local(),
            Self::All(list) | Self::Any(list) => list.iter().all(Self::is_local),
            Self::Compare { left, right, .. }
            | Self::SameList { left, right, .. }
            | Self::SameJson { left, right, .. } => left.is_local() && right.is_local(),
            Self::Text { text, sought, .. } | Self::SameText { text, sought } => text.is_local() && sought.is_local(),
            Self::Listed { value: a, list: b, .. } | Self::Share { list: a, sought: b, .. } => {
                a.is_local() && b.is_local()
            }
            Self::Items { list, items, .. } => list.is_local() && items.iter().all(|(_, item)| item.is_local()),
            Self::Within { list, values, .. } => list.is_local() && values.iter().all(Scalar::is_local),
            Self::Empty { list, .. } | Self::ListedJson { list, .. } => list.is_local(),
            Self::In { value, .. }
            | Self::Holds { value, .. }
            | Self::IsNull(value)
            | Self::Json { value, .. }
            | Self::Search { text: value, .. } => value.is_local(),
            Self::Item { list, filter, .. } => list.is_local() && filter.is_local(),
            Self::Exists { .. } | Self::Linked { .. } => false,
        }
    }

    /// Whether it compares columns with values and with each other, and nothing else: then the database always answers.
    pub(crate) fn cannot_fail(&self) -> bool {
        let plain = |scalar: &Scalar| matches!(scalar, Scalar::Column(_) | Scalar::Slot(_));
        match self {
            Self::Not(inner) => inner.cannot_fail(),
            Self::All(list) | Self::Any(list) => list.iter().all(Self::cannot_fail),
            Self::Compare { left, right, .. } => plain(left) && plain(right),
            Self::In { value, .. } | Self::Holds { value, .. } | Self::IsNull(value) => plain(value),
            _ => false,
        }
    }

    /// Whether it looks at rows of `model` beside the row at hand.
    pub(in crate::guard::query) fn looks_at(&self, model: ModelId) -> bool {
        match self {
            Self::Constant(_) => false,
            Self::Not(inner) => inner.looks_at(model),
            Self::All(list) | Self::Any(list) => list.iter().any(|inner| inner.looks_at(model)),
            Self::Compare { left: a, right: b, .. }
            | Self::Text { text: a, sought: b, .. }
            | Self::SameText { text: a, sought: b }
            | Self::SameList { left: a, right: b, .. }
            | Self::SameJson { left: a, right: b, .. }
            | Self::Listed { value: a, list: b, .. }
            | Self::Share { list: a, sought: b, .. }
            | Self::Linked { here: a, there: b, .. } => a.looks_at(model) || b.looks_at(model),
            Self::In { value, .. }
            | Self::Holds { value, .. }
            | Self::IsNull(value)
            | Self::Json { value, .. }
            | Self::Search { text: value, .. }
            | Self::Empty { list: value, .. }
            | Self::ListedJson { list: value, .. } => value.looks_at(model),
            Self::Items { list, items, .. } => {
                list.looks_at(model) || items.iter().any(|(_, item)| item.looks_at(model))
            }
            Self::Within { list, values, .. } => {
                list.looks_at(model) || values.iter().any(|value| value.looks_at(model))
            }
            Self::Item { list, filter, .. } => list.looks_at(model) || filter.looks_at(model),
            Self::Exists { source, filter } => source.looks_at(model) || filter.looks_at(model),
        }
    }

    /// All of them, with constants folded.
    pub(in crate::guard::query) fn all(list: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::TRUE;
        for predicate in list {
            all.and(predicate);
        }
        all
    }

    /// That there is such a row, with constants folded.
    pub(in crate::guard::query) fn exists(source: Source, filter: Self) -> Self {
        if source.is_nothing() || filter == Self::FALSE {
            return Self::FALSE;
        }
        Self::Exists { source: Box::new(source), filter: Box::new(filter) }
    }

    /// One of them, with constants folded.
    pub(in crate::guard::query) fn any(list: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Self::FALSE;
        for predicate in list {
            any.or(predicate);
        }
        any
    }

    /// This one, and another.
    pub(in crate::guard::query) fn and(&mut self, other: Self) {
        match (&*self, &other) {
            (Self::Constant(false), _) | (_, Self::Constant(true)) => return,
            (Self::Constant(true), _) | (_, Self::Constant(false)) => {
                *self = other;
                return;
            }
            _ => {}
        }
        match (&mut *self, other) {
            (Self::All(list), Self::All(mut more)) => list.append(&mut more),
            (Self::All(list), other) => list.push(other),
            (_, Self::All(mut more)) => {
                more.insert(0, std::mem::replace(self, Self::Constant(true)));
                *self = Self::All(more);
            }
            (_, other) => {
                let before = std::mem::replace(self, Self::Constant(true));
                *self = Self::All(vec![before, other]);
            }
        }
    }

    /// This one, or another.
    pub(in crate::guard::query) fn or(&mut self, other: Self) {
        match (&*self, &other) {
            (Self::Constant(true), _) | (_, Self::Constant(false)) => return,
            (Self::Constant(false), _) | (_, Self::Constant(true)) => {
                *self = other;
                return;
            }
            _ => {}
        }
        match (&mut *self, other) {
            (Self::Any(list), Self::Any(mut more)) => list.append(&mut more),
            (Self::Any(list), other) => list.push(other),
            (_, Self::Any(mut more)) => {
                more.insert(0, std::mem::replace(self, Self::Constant(false)));
                *self = Self::Any(more);
            }
            (_, other) => {
                let before = std::mem::replace(self, Self::Constant(false));
                *self = Self::Any(vec![before, other]);
            }
        }
    }

    /// Not so, with constants folded.
    pub(in crate::guard::query) fn negate(self) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(!value),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}
