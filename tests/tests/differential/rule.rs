//! Rules as a tree: printed as text for the compiler, and evaluated here, directly from what the language promises.

use std::fmt;

use super::random::Random;

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) a: Option<i64>,
    pub(crate) b: Option<i64>,
    pub(crate) s: Option<String>,
    pub(crate) f: Option<bool>,
    pub(crate) parent: Option<i64>,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) a: Option<i64>,
    pub(crate) s: Option<String>,
    pub(crate) f: Option<bool>,
    pub(crate) list: Vec<i64>,
    /// What predicates over `auth()` look at; possibly not there at all.
    pub(crate) items: Option<Vec<Item>>,
}

/// An element of a list that the caller brings.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) a: Option<i64>,
    pub(crate) s: Option<String>,
    pub(crate) f: Option<bool>,
}

const TEXTS: [&str; 7] = ["", "a", "A", "ab", "%", "_b", "Ba"];

fn number(random: &mut Random) -> Option<i64> {
    (!random.one_in(3)).then(|| i64::try_from(random.below(3)).unwrap())
}

fn text(random: &mut Random) -> Option<String> {
    (!random.one_in(3)).then(|| random.pick(&TEXTS).to_owned())
}

fn flag(random: &mut Random) -> Option<bool> {
    random.pick(&[None, Some(true), Some(false)])
}

impl Row {
    pub(crate) fn random(random: &mut Random, id: i64, parents: usize) -> Self {
        let parent = (parents > 0 && !random.one_in(3)).then(|| i64::try_from(random.below(parents)).unwrap());
        Self { id, a: number(random), b: number(random), s: text(random), f: flag(random), parent }
    }
}

impl World {
    pub(crate) fn random(random: &mut Random) -> Self {
        let count = 1 + random.below(6);
        let rows = (0..count).map(|at| Row::random(random, i64::try_from(at).unwrap(), at));
        Self { rows: rows.collect() }
    }

    fn row(&self, id: i64) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }
}

impl Person {
    pub(crate) fn random(random: &mut Random) -> Option<Self> {
        if random.one_in(5) {
            return None;
        }
        let list = (0..random.below(3)).filter_map(|_| number(random)).collect();
        let mut item = || Item { a: number(random), s: text(random), f: flag(random) };
        let items = [item(), item(), item()].into_iter();
        let count = random.below(4);
        let items = (!random.one_in(5)).then(|| items.take(count).collect());
        Some(Self { id: 1, a: number(random), s: text(random), f: flag(random), list, items })
    }
}

/// A row: which of those in sight (0 is `this`), and how often its parent is taken.
#[derive(Debug, Clone, Copy)]
struct Path {
    frame: usize,
    ups: usize,
}

/// What is in sight, the outermost first.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Row(&'a Row),
    Item(&'a Item),
}

#[derive(Debug, Clone)]
enum Number {
    Literal(i64),
    /// The `a` of an item.
    Item(usize),
    Field(Path, &'static str),
    Caller(&'static str),
}

#[derive(Debug, Clone)]
enum Text {
    Literal(&'static str),
    /// The `s` of an item.
    Item(usize),
    Field(Path),
    Caller,
}

#[derive(Debug, Clone)]
enum Is {
    Constant(bool),
    Not(Box<Is>),
    And(Vec<Is>),
    Or(Vec<Is>),
    Flag(Path),
    CallerFlag,
    Numbers(Number, &'static str, Number),
    Texts(Text, &'static str, Text),
    Flags(Path, &'static str, Path),
    In(Number, Vec<Number>),
    InCaller(Number),
    /// Some or every one of some numbers is in the caller's list.
    Share(bool, Vec<Number>),
    NoItems,
    Contains(&'static str, Text, Text, bool),
    NullField(Path, &'static str, bool),
    NullCaller(&'static str, bool),
    NullParent(Path, bool),
    Anonymous(bool),
    Children(char, Path, Box<Is>),
    /// The `f` of an item.
    ItemFlag(usize),
    Items(char, Box<Is>),
    /// The innermost row's parent may be updated.
    Check,
}

pub(crate) struct Rule {
    allow: bool,
    operation: &'static str,
    is: Is,
}

impl Rule {
    /// Rules about an operation; those about updates are what the others can check.
    pub(crate) fn set(random: &mut Random, operation: &'static str, new_row: bool) -> Vec<Self> {
        let allows = 1 + random.below(2);
        let denies = random.below(3);
        let mut rules = Vec::new();
        for at in 0..allows + denies {
            let checks = operation != "update";
            let is = Make { random, items: vec![false], new_row, checks }.is(3);
            rules.push(Self { allow: at < allows, operation, is });
        }
        rules
    }

    /// Whether the rules of one operation allow it, where `updates` are those about updates.
    pub(crate) fn decide(rules: &[Self], updates: &[Self], world: &World, row: &Row, person: Option<&Person>) -> bool {
        let scene = Scene { world, person, updates };
        let value = |rule: &Self| scene.is(&rule.is, &[Seen::Row(row)]);
        rules.iter().any(|rule| rule.allow && value(rule) == Some(true))
            && rules.iter().all(|rule| rule.allow || value(rule) == Some(false))
    }
}

struct Make<'a> {
    random: &'a mut Random,
    /// What is in sight, the outermost first: items of the caller, or rows.
    items: Vec<bool>,
    /// Whether the rules of the parent can be asked for.
    checks: bool,
    /// Whether `this` does not exist yet, so that nothing can refer to it.
    new_row: bool,
}

impl Make<'_> {
    fn path(&mut self) -> Path {
        let rows = self.in_sight(false);
        let frame = if self.random.one_in(2) { rows[rows.len() - 1] } else { self.random.pick(&rows) };
        Path { frame, ups: self.random.pick(&[0, 0, 0, 1, 1, 2]) }
    }

    fn in_sight(&self, items: bool) -> Vec<usize> {
        (0..self.items.len()).filter(|at| self.items[*at] == items).collect()
    }

    fn item(&mut self) -> Option<usize> {
        let items = self.in_sight(true);
        (!items.is_empty() && self.random.one_in(2)).then(|| self.random.pick(&items))
    }

    fn number(&mut self) -> Number {
        if let Some(item) = self.item() {
            return Number::Item(item);
        }
        match self.random.below(5) {
            0 => Number::Literal(i64::try_from(self.random.below(3)).unwrap()),
            1 => Number::Caller(self.random.pick(&["a", "id"])),
            _ => Number::Field(self.path(), self.random.pick(&["a", "b", "a", "b", "id"])),
        }
    }

    fn text(&mut self) -> Text {
        if let Some(item) = self.item() {
            return Text::Item(item);
        }
        match self.random.below(4) {
            0 => Text::Literal(self.random.pick(&TEXTS)),
            1 => Text::Caller,
            _ => Text::Field(self.path()),
        }
    }

    fn is(&mut self, depth: usize) -> Is {
        let kinds = if depth == 0 { 11 } else { 19 };
        let equality = ["==", "!="];
        match self.random.below(kinds) {
            0 if self.random.one_in(3) => Is::Constant(self.random.one_in(2)),
            0 | 1 => match self.item() {
                Some(item) => Is::ItemFlag(item),
                None if self.checks && self.items.last() == Some(&false) && self.random.one_in(2) => Is::Check,
                None => Is::Flag(self.path()),
            },
            2 if self.random.one_in(2) => Is::CallerFlag,
            2 => Is::Anonymous(self.random.one_in(2)),
            3 | 4 => {
                let op = self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
                Is::Numbers(self.number(), op, self.number())
            }
            5 => Is::Texts(self.text(), self.random.pick(&equality), self.text()),
            6 if self.random.one_in(2) => Is::Flags(self.path(), self.random.pick(&equality), self.path()),
            6 if self.random.one_in(3) => Is::NoItems,
            6 if self.random.one_in(2) => {
                let count = self.random.below(3);
                Is::Share(self.random.one_in(2), (0..count).map(|_| self.number()).collect())
            }
            6 => Is::InCaller(self.number()),
            7 => {
                let count = self.random.below(3);
                Is::In(self.number(), (0..count).map(|_| self.number()).collect())
            }
            8 => {
                let function = self.random.pick(&["contains", "startsWith", "endsWith"]);
                Is::Contains(function, self.text(), self.text(), self.random.one_in(2))
            }
            9 => Is::NullField(self.path(), self.random.pick(&["a", "b", "s", "f"]), self.random.one_in(2)),
            10 if self.random.one_in(3) => Is::NullCaller(self.random.pick(&["a", "s", "f"]), self.random.one_in(2)),
            10 => {
                let path = self.path();
                Is::NullParent(Path { ups: path.ups.max(1), ..path }, self.random.one_in(2))
            }
            11 => Is::Not(Box::new(self.is(depth - 1))),
            12 => Is::And(self.several(depth)),
            13 => Is::Or(self.several(depth)),
            14 | 15 => {
                let quantifier = self.random.pick(&['?', '!', '^']);
                self.items.push(true);
                let inner = self.is(depth - 1);
                self.items.pop();
                Is::Items(quantifier, Box::new(inner))
            }
            _ => {
                let mut path = self.path();
                if self.new_row && path.frame == 0 {
                    path.ups = path.ups.max(1);
                }
                let quantifier = self.random.pick(&['?', '!', '^']);
                self.items.push(false);
                let inner = self.is(depth - 1);
                self.items.pop();
                Is::Children(quantifier, path, Box::new(inner))
            }
        }
    }

    fn several(&mut self, depth: usize) -> Vec<Is> {
        (0..2 + self.random.below(2)).map(|_| self.is(depth - 1)).collect()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = if self.allow { "allow" } else { "deny" };
        write!(f, "@@{effect}('{}', {})", self.operation, Shown(&self.is, 1))
    }
}

/// A member of an item.
fn item(frame: usize, name: &str, frames: usize) -> String {
    if frame + 1 == frames { name.to_owned() } else { format!("e{frame}.{name}") }
}

/// A condition, and how many rows are in sight.
struct Shown<'a>(&'a Is, usize);

impl Path {
    fn shown(self) -> String {
        let start = if self.frame == 0 { "this".to_owned() } else { format!("e{}", self.frame) };
        start + &".parent".repeat(self.ups)
    }

    /// A field; the fields of the innermost row are named alone.
    fn field(self, name: &str, frames: usize) -> String {
        if self.frame + 1 == frames && self.ups == 0 { name.to_owned() } else { format!("{}.{name}", self.shown()) }
    }
}

impl Number {
    fn shown(&self, frames: usize) -> String {
        match self {
            Self::Literal(n) => n.to_string(),
            Self::Field(path, name) => path.field(name, frames),
            Self::Item(frame) => item(*frame, "a", frames),
            Self::Caller(name) => format!("auth().{name}"),
        }
    }
}

impl Text {
    fn shown(&self, frames: usize) -> String {
        match self {
            Self::Literal(text) => format!("'{text}'"),
            Self::Field(path) => path.field("s", frames),
            Self::Item(frame) => item(*frame, "s", frames),
            Self::Caller => "auth().s".to_owned(),
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frames = self.1;
        let list = |list: &[Is], sign: &str| {
            list.iter().map(|is| format!("({})", Shown(is, frames))).collect::<Vec<_>>().join(sign)
        };
        let equal = |is: bool| if is { "==" } else { "!=" };
        match self.0 {
            Is::Constant(value) => write!(f, "{value}"),
            Is::Not(inner) => write!(f, "!({})", Shown(inner, frames)),
            Is::And(all) => f.write_str(&list(all, " && ")),
            Is::Or(any) => f.write_str(&list(any, " || ")),
            Is::Flag(path) => f.write_str(&path.field("f", frames)),
            Is::CallerFlag => f.write_str("auth().f"),
            Is::Numbers(left, op, right) => write!(f, "{} {op} {}", left.shown(frames), right.shown(frames)),
            Is::Texts(left, op, right) => write!(f, "{} {op} {}", left.shown(frames), right.shown(frames)),
            Is::Flags(left, op, right) => write!(f, "{} {op} {}", left.field("f", frames), right.field("f", frames)),
            Is::In(value, list) => {
                let list: Vec<String> = list.iter().map(|n| n.shown(frames)).collect();
                write!(f, "{} in [{}]", value.shown(frames), list.join(", "))
            }
            Is::Share(every, list) => {
                let list: Vec<String> = list.iter().map(|n| n.shown(frames)).collect();
                write!(f, "{}(auth().list, [{}])", if *every { "hasEvery" } else { "hasSome" }, list.join(", "))
            }
            Is::NoItems => f.write_str("isEmpty(auth().items)"),
            Is::InCaller(value) => write!(f, "{} in auth().list", value.shown(frames)),
            Is::Contains(function, text, sought, fold) => {
                write!(f, "{function}({}, {}, {fold})", text.shown(frames), sought.shown(frames))
            }
            Is::NullField(path, name, is) => write!(f, "{} {} null", path.field(name, frames), equal(*is)),
            Is::NullCaller(name, is) => write!(f, "auth().{name} {} null", equal(*is)),
            Is::NullParent(path, is) => write!(f, "{} {} null", path.shown(), equal(*is)),
            Is::Anonymous(is) => write!(f, "auth() {} null", equal(*is)),
            Is::ItemFlag(frame) => f.write_str(&item(*frame, "f", frames)),
            Is::Items(quantifier, inner) => {
                let inner = Shown(inner, frames + 1);
                write!(f, "auth().items{quantifier}[e{frames}, {inner}]")
            }
            Is::Check => f.write_str("check(parent, 'update')"),
            Is::Children(quantifier, path, inner) => {
                let inner = Shown(inner, frames + 1);
                write!(f, "{}.children{quantifier}[e{frames}, {inner}]", path.shown())
            }
        }
    }
}

struct Scene<'a> {
    world: &'a World,
    person: Option<&'a Person>,
    updates: &'a [Rule],
}

fn not(value: Option<bool>) -> Option<bool> {
    value.map(|value| !value)
}

fn and(values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let values: Vec<_> = values.collect();
    if values.contains(&Some(false)) {
        return Some(false);
    }
    (!values.contains(&None)).then_some(true)
}

fn or(values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    not(and(values.map(not)))
}

fn compare<T: PartialOrd>(left: Option<T>, op: &str, right: Option<T>) -> Option<bool> {
    let (left, right) = (left?, right?);
    Some(match op {
        "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        _ => left >= right,
    })
}

impl<'a> Scene<'a> {
    fn row(&self, path: Path, rows: &[Seen<'a>]) -> Option<&'a Row> {
        let Seen::Row(start) = rows[path.frame] else { panic!("an item has no parent") };
        (0..path.ups).try_fold(start, |row, _| self.world.row(row.parent?))
    }

    fn item(frame: usize, rows: &[Seen<'a>]) -> &'a Item {
        let Seen::Item(item) = rows[frame] else { panic!("a row is no item") };
        item
    }

    fn number(&self, number: &Number, rows: &[Seen<'a>]) -> Option<i64> {
        match number {
            Number::Literal(n) => Some(*n),
            Number::Item(frame) => Self::item(*frame, rows).a,
            Number::Field(path, name) => {
                let row = self.row(*path, rows)?;
                match *name {
                    "a" => row.a,
                    "b" => row.b,
                    _ => Some(row.id),
                }
            }
            Number::Caller("a") => self.person?.a,
            Number::Caller(_) => Some(self.person?.id),
        }
    }

    fn text(&self, text: &Text, rows: &[Seen<'a>]) -> Option<String> {
        match text {
            Text::Literal(text) => Some((*text).to_owned()),
            Text::Item(frame) => Self::item(*frame, rows).s.clone(),
            Text::Field(path) => self.row(*path, rows)?.s.clone(),
            Text::Caller => self.person?.s.clone(),
        }
    }

    fn flag(&self, path: Path, rows: &[Seen<'a>]) -> Option<bool> {
        self.row(path, rows)?.f
    }

    fn elements(
        &self,
        quantifier: char,
        inner: &Is,
        rows: &[Seen<'a>],
        elements: impl Iterator<Item = Seen<'a>>,
    ) -> Option<bool> {
        let holds = elements.map(|element| {
            let mut within = rows.to_vec();
            within.push(element);
            self.is(inner, &within)
        });
        match quantifier {
            '?' => or(holds),
            '!' => and(holds),
            _ => not(or(holds)),
        }
    }

    /// True, false or unknown.
    fn is(&self, is: &Is, rows: &[Seen<'a>]) -> Option<bool> {
        match is {
            Is::Constant(value) => Some(*value),
            Is::Not(inner) => not(self.is(inner, rows)),
            Is::And(all) => and(all.iter().map(|is| self.is(is, rows))),
            Is::Or(any) => or(any.iter().map(|is| self.is(is, rows))),
            Is::Flag(path) => self.flag(*path, rows),
            Is::CallerFlag => self.person?.f,
            Is::Numbers(left, op, right) => compare(self.number(left, rows), op, self.number(right, rows)),
            Is::Texts(left, op, right) => compare(self.text(left, rows), op, self.text(right, rows)),
            Is::Flags(left, op, right) => compare(self.flag(*left, rows), op, self.flag(*right, rows)),
            Is::In(value, list) => {
                let value = self.number(value, rows);
                or(list.iter().map(|n| compare(value, "==", self.number(n, rows))))
            }
            Is::Share(every, list) => {
                let known = &self.person?.list;
                let each = list.iter().map(|n| {
                    let value = self.number(n, rows);
                    or(known.iter().map(|n| compare(value, "==", Some(*n))))
                });
                if *every { and(each) } else { or(each) }
            }
            Is::NoItems => Some(self.person?.items.as_ref()?.is_empty()),
            Is::InCaller(value) => {
                let value = self.number(value, rows);
                or(self.person?.list.iter().map(|n| compare(value, "==", Some(*n))))
            }
            Is::Contains(function, text, sought, fold) => {
                let (mut text, mut sought) = (self.text(text, rows)?, self.text(sought, rows)?);
                if *fold {
                    (text, sought) = (text.to_lowercase(), sought.to_lowercase());
                }
                Some(match *function {
                    "contains" => text.contains(&sought),
                    "startsWith" => text.starts_with(&sought),
                    _ => text.ends_with(&sought),
                })
            }
            Is::NullField(path, name, is) => {
                let row = self.row(*path, rows);
                let missing = match *name {
                    "a" => row.and_then(|row| row.a).is_none(),
                    "b" => row.and_then(|row| row.b).is_none(),
                    "s" => row.and_then(|row| row.s.as_ref()).is_none(),
                    _ => row.and_then(|row| row.f).is_none(),
                };
                Some(missing == *is)
            }
            Is::NullCaller(name, is) => {
                let missing = match *name {
                    "a" => self.person.and_then(|person| person.a).is_none(),
                    "s" => self.person.and_then(|person| person.s.as_ref()).is_none(),
                    _ => self.person.and_then(|person| person.f).is_none(),
                };
                Some(missing == *is)
            }
            Is::NullParent(path, is) => Some(self.row(*path, rows).is_none() == *is),
            Is::Anonymous(is) => Some(self.person.is_none() == *is),
            Is::Children(quantifier, path, inner) => {
                let of = self.row(*path, rows)?;
                let children = self.world.rows.iter().filter(|row| row.parent == Some(of.id));
                self.elements(*quantifier, inner, rows, children.map(Seen::Row))
            }
            Is::ItemFlag(frame) => Self::item(*frame, rows).f,
            Is::Items(quantifier, inner) => {
                let items = self.person?.items.as_ref()?;
                self.elements(*quantifier, inner, rows, items.iter().map(Seen::Item))
            }
            Is::Check => {
                let innermost = Path { frame: rows.len() - 1, ups: 1 };
                let parent = self.row(innermost, rows)?;
                Some(Rule::decide(self.updates, &[], self.world, parent, self.person))
            }
        }
    }
}
