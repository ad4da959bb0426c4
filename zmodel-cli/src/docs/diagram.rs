//! The diagram: tables, their keys, and which refers to which.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::book::{Library, anchor};
use super::fields::scalar;
use crate::hir::{Field, FieldType, Model, Relation};

const LINE: usize = 20;
const HEAD: usize = 34;
const GAP_ACROSS: usize = 44;
const GAP_DOWN: usize = 70;
const MARGIN: usize = 12;
/// How far a line leaves a table straight before it turns.
const BEND: usize = GAP_DOWN / 2;
/// Tables beside each other; more would make the picture wider than anybody scrolls.
const ACROSS: usize = 5;
/// Characters of a name that are shown.
const NAME: usize = 28;
/// Tables in one picture; of more nobody sees which line goes where.
const WHOLE: usize = 24;
/// Tables that refer to a table, in the picture around it.
const BELOW: usize = 10;

/// The diagram as shapes.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) boxes: Vec<Table>,
    pub(super) lines: Vec<Line>,
    /// How many tables there was no room for.
    pub(super) more: usize,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Its keys: where the text stands, and what it says.
    pub(super) keys: Vec<(usize, String)>,
}

/// A relation.
#[derive(Debug)]
pub(super) struct Line {
    /// What it says to who cannot see it.
    pub(super) title: String,
    /// The curve, in the words of SVG.
    pub(super) path: String,
    /// What marks its start and its end.
    pub(super) start: &'static str,
    pub(super) end: &'static str,
}

/// A relation between two models, once.
#[derive(Debug)]
struct Edge<'a> {
    /// The model that is referred to.
    to: usize,
    /// The model that refers.
    from: usize,
    field: &'a Field,
    /// Whether both have many.
    linked: bool,
    /// Whether the referring side is at most one row.
    one: bool,
}

fn stored(library: Library<'_>) -> impl Iterator<Item = (usize, &Model)> {
    library.schema.models.iter().enumerate().filter(|(_, model)| !model.ignored)
}

fn edges(library: Library<'_>) -> Vec<Edge<'_>> {
    let mut edges = Vec::new();
    for (from, model) in stored(library) {
        for field in &model.fields {
            let (FieldType::Model(to), Some(relation)) = (field.ty, &field.relation) else { continue };
            let target = library.schema.models.get(to);
            let opposite = target.zip(relation.opposite).and_then(|(model, at)| model.fields.get(at));
            let first = relation.link.as_ref().is_some_and(|link| link.first);
            if target.is_none_or(|target| target.ignored) || !(relation.owns_key() || first) {
                continue;
            }
            let one = opposite.is_some_and(|field| !field.list);
            edges.push(Edge { to, from, field, linked: first, one });
        }
    }
    edges
}

/// The fields that identify or refer to rows, with what they are.
fn keys(model: &Model) -> impl Iterator<Item = (&Field, &'static str)> {
    let refers = |at: usize| {
        let mut relations = model.fields.iter().filter_map(|field| field.relation.as_ref());
        relations.any(|relation: &Relation| relation.owns_key() && relation.fields.contains(&at))
    };
    model.fields.iter().enumerate().filter_map(move |(at, field)| match (model.id.contains(&at), refers(at)) {
        (true, true) => Some((field, "PK, FK")),
        (true, false) => Some((field, "PK")),
        (false, true) => Some((field, "FK")),
        (false, false) => None,
    })
}

/// How far down a model stands: below everything that it refers to. Where models refer to each other in a circle, one
/// of them is first.
fn levels(library: Library<'_>, edges: &[Edge<'_>]) -> BTreeMap<usize, usize> {
    let mut levels: BTreeMap<usize, usize> = stored(library).map(|(at, _)| (at, 0)).collect();
    // A level is at most the number of models; a circle would climb for ever.
    let most = levels.len().min(12);
    for _ in 0..most {
        let mut changed = false;
        for edge in edges.iter().filter(|edge| edge.from != edge.to && !edge.linked) {
            let above = levels.get(&edge.to).copied().unwrap_or_default();
            if let Some(level) = levels.get_mut(&edge.from)
                && *level <= above
                && above + 1 < most
            {
                *level = above + 1;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    levels
}

/// All tables and the lines between them; nothing if there are so many that each has a picture of its own.
pub(super) fn draw(library: Library<'_>) -> Drawing {
    if !is_whole(library) {
        return Drawing::default();
    }
    let edges = edges(library);
    let levels = levels(library, &edges);
    let mut order: Vec<(usize, usize)> = levels.iter().map(|(at, level)| (*level, *at)).collect();
    order.sort_unstable();
    let rows = order.chunk_by(|a, b| a.0 == b.0).flat_map(|same| same.chunks(ACROSS));
    let rows = rows.map(|row| row.iter().map(|(_, at)| *at).collect()).collect();
    place(library, rows, &edges)
}

/// Whether one picture shows the schema.
pub(super) fn is_whole(library: Library<'_>) -> bool {
    stored(library).count() <= WHOLE
}

/// A picture for each table of a large schema: what it refers to above it, and what refers to it below.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    library: Library<'a>,
    edges: Vec<Edge<'a>>,
}

impl<'a> Surroundings<'a> {
    /// None if one picture shows the schema.
    pub(super) fn new(library: Library<'a>) -> Option<Self> {
        (!is_whole(library)).then(|| Self { library, edges: edges(library) })
    }

    /// The picture of one table; none if it stands alone.
    pub(super) fn of(&self, at: usize) -> Option<Drawing> {
        let touching: Vec<&Edge<'_>> = self.edges.iter().filter(|edge| edge.to == at || edge.from == at).collect();
        let others = |of: &dyn Fn(&Edge<'_>) -> Option<usize>| -> BTreeSet<usize> {
            touching.iter().filter_map(|edge| of(edge)).filter(|other| *other != at).collect()
        };
        let above = others(&|edge| (edge.from == at).then_some(edge.to));
        let mut below = others(&|edge| (edge.to == at).then_some(edge.from));
        below.retain(|other| !above.contains(other));
        if touching.is_empty() {
            return None;
        }
        let more = below.len().saturating_sub(BELOW);
        let (above, below): (Vec<_>, Vec<_>) = (above.into_iter().collect(), below.into_iter().take(BELOW).collect());
        let rows = above.chunks(ACROSS).chain([&[at][..]]).chain(below.chunks(ACROSS)).map(<[usize]>::to_vec).collect();
        let drawing = place(self.library, rows, touching);
        Some(Drawing { more, ..drawing })
    }
}

/// Places tables in rows and draws lines between them.
fn place<'e>(library: Library<'e>, rows: Vec<Vec<usize>>, edges: impl IntoIterator<Item = &'e Edge<'e>>) -> Drawing {
    let mut boxes: BTreeMap<usize, Table> = BTreeMap::new();
    let (mut y, mut width) = (MARGIN, 0);
    for row in rows {
        let (mut x, mut tallest) = (MARGIN, 0);
        for at in row {
            let Some(model) = library.schema.models.get(at) else { continue };
            let table = table(model, x, y);
            x += table.width + GAP_ACROSS;
            tallest = tallest.max(table.height);
            boxes.insert(at, table);
        }
        width = width.max(x - GAP_ACROSS.min(x));
        y += tallest + GAP_DOWN;
    }
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let lines = edges.into_iter().filter_map(|edge| line(&boxes, edge, &mut taken)).collect();
    let height = y.saturating_sub(GAP_DOWN) + MARGIN;
    // A line to itself leaves the box on its right.
    Drawing { width: width + MARGIN + 32, height, boxes: boxes.into_values().collect(), lines, more: 0 }
}

fn table(model: &Model, x: usize, y: usize) -> Table {
    let name = short(&model.name.text);
    let keys: Vec<String> = keys(model).map(|(field, kind)| format!("{} {kind}", short(&field.name.text))).collect();
    let longest = keys.iter().map(|key| key.chars().count() * 8).chain([name.chars().count() * 10]).max();
    let width = longest.unwrap_or_default().max(90) + 24;
    let height = HEAD + if keys.is_empty() { 0 } else { keys.len() * LINE + 8 };
    let keys = keys.into_iter().zip(1usize..).map(|(key, line)| (y + HEAD + line * LINE - 2, key)).collect();
    Table { name, anchor: anchor("model", &model.name.text), x, y, width, height, keys }
}

fn short(name: &str) -> String {
    let mut short: String = name.chars().take(NAME).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    short
}

fn line(boxes: &BTreeMap<usize, Table>, edge: &Edge<'_>, taken: &mut BTreeMap<usize, usize>) -> Option<Line> {
    let (to, from) = (boxes.get(&edge.to)?, boxes.get(&edge.from)?);
    let field = &edge.field.name.text;
    let many = if edge.one { "one" } else { "many" };
    let title = if edge.linked {
        format!("{} and {} have many of each other ({field})", from.name, to.name)
    } else {
        format!("{many} {} to one {} ({field})", from.name, to.name)
    };
    // Lines that arrive at the same box are beside each other.
    let mut offset = |at: usize, width: usize| {
        let count = taken.entry(at).or_default();
        *count += 1;
        (width / 2 + (*count % 7) * 14).saturating_sub(42).min(width.saturating_sub(10))
    };
    let path = if edge.to == edge.from {
        let (x, y) = (to.x + to.width, to.y + 10);
        format!("M {x} {y} C {} {y} {} {} {x} {}", x + 36, x + 36, y + 18, y + 18)
    } else {
        let (ax, bx) = (to.x + offset(edge.to, to.width), from.x + offset(edge.from, from.width));
        let (below, above) = (from.y + from.height, to.y + to.height);
        // Where each end is, and where the curve is pulled to from there.
        let (ay, a, by, b) = match to.y.cmp(&from.y) {
            Ordering::Less => (above, above + BEND, from.y, from.y.saturating_sub(BEND)),
            Ordering::Greater => (to.y, to.y.saturating_sub(BEND), below, below + BEND),
            Ordering::Equal => (above, above + BEND, below, below + BEND),
        };
        format!("M {ax} {ay} C {ax} {a} {bx} {b} {bx} {by}")
    };
    let start = if edge.linked { "many" } else { "one" };
    Some(Line { title, path, start, end: many })
}

/// The diagram as Mermaid, without names that could end what they stand in: those of a schema are words. Empty if there
/// are more tables than one picture shows.
pub(super) fn mermaid(library: Library<'_>) -> String {
    if !is_whole(library) {
        return String::new();
    }
    let mut text = "erDiagram\n".to_owned();
    for (_, model) in stored(library) {
        let _ = writeln!(text, "  \"{}\" {{", model.name.text);
        for (field, kind) in keys(model) {
            let ty = match field.ty {
                FieldType::Scalar(zmodel_runtime::schema::Type::Enum(id)) => {
                    library.schema.enums.get(id.index()).map_or("Enum", |of| of.name.text.as_str())
                }
                FieldType::Scalar(ty) => scalar(ty),
                _ => "Unsupported",
            };
            let _ = writeln!(text, "    {ty} {} {kind}", field.name.text);
        }
        text.push_str("  }\n");
    }
    for edge in edges(library) {
        let name = |at| library.model(at).name;
        let sign = match (edge.linked, edge.one, edge.field.optional) {
            (true, ..) => "}o--o{",
            (false, true, false) => "||--o|",
            (false, true, true) => "|o--o|",
            (false, false, false) => "||--o{",
            (false, false, true) => "|o--o{",
        };
        let _ = writeln!(text, "  \"{}\" {sign} \"{}\" : \"{}\"", name(edge.to), name(edge.from), edge.field.name.text);
    }
    text
}
