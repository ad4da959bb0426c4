//! Source files and places in them.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::{self, ast};

/// A file's position in a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A stretch of a file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Where it starts.
    pub start: u32,
    /// Where it ends: the first byte that is not part of it.
    pub end: u32,
}

impl Span {
    /// Its last byte.
    #[must_use]
    pub const fn last(self) -> Self {
        Self { start: if self.end > self.start { self.end - 1 } else { self.start }, ..self }
    }

    /// From `start` to `end` in `file`.
    #[must_use]
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// From the start of `self` to the end of `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { end: other.end.max(self.end), ..self }
    }
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its path, as messages show it.
    pub path: PathBuf,
    /// Its path from the folder of the schema, with `/`: the same on every machine, so that generated code is too.
    pub name: String,
    /// Its text.
    pub text: String,
    line_starts: Vec<u32>,
}

/// A line and a column, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl SourceFile {
    fn new(path: PathBuf, name: String, text: String) -> Self {
        let starts = text.bytes().zip(1u32..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next);
        let line_starts = std::iter::once(0).chain(starts).collect();
        Self { path, name, text, line_starts }
    }

    /// The whole lines that a stretch lies in, with one before and one after them, and the number of the first.
    pub(crate) fn lines_around(&self, start: usize, end: usize) -> (Range<usize>, usize) {
        let lines_until = |at: usize| self.line_starts.partition_point(|start| *start as usize <= at);
        let start_of = |line: usize| self.line_starts.get(line).map_or(self.text.len(), |start| *start as usize);
        let first = lines_until(start).saturating_sub(2);
        (start_of(first)..start_of(lines_until(end) + 1), first + 1)
    }

    /// The line and column of a byte.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start as usize..offset as usize).unwrap_or("");
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        LineColumn { line: count(line.max(1)), column: count(before.chars().count() + 1) }
    }
}

/// The files of one compilation: the one asked for first, then what it imports.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// No files yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) -> FileId {
        let (id, path) = (FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX)), path.into());
        let folder = self.files.first().map_or(path.as_path(), |first| &first.path).parent();
        let name = from_folder(folder.unwrap_or(Path::new("")), &path);
        self.files.push(SourceFile::new(path, name, text.into()));
        id
    }

    /// The file at `id`.
    #[must_use]
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The file with this path.
    #[must_use]
    pub fn find(&self, path: &Path) -> Option<FileId> {
        self.iter().find(|(_, file)| file.path == path).map(|(id, _)| id)
    }

    /// All files, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0u32..).map(FileId).zip(&self.files)
    }

    /// The text of a stretch.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).and_then(|file| file.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// Where a stretch starts.
    #[must_use]
    pub fn line_column(&self, span: Span) -> LineColumn {
        self.file(span.file).map_or(LineColumn { line: 1, column: 1 }, |file| file.line_column(span.start))
    }
}

/// Gives the text of the file at a path.
pub type Read<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Reads the schema at `path` and everything that it imports, and parses them. The schema is the first.
pub fn load(path: &Path, read: Read<'_>, diagnostics: &mut Diagnostics) -> (SourceMap, Vec<ast::File>) {
    let mut sources = SourceMap::new();
    let files = follow(path, diagnostics, |path, diagnostics| {
        let text = read(path)?;
        Ok(parse(&mut sources, path, text, diagnostics))
    });
    (sources, files)
}

/// The file at `path` and everything that it imports. `open` gives the tree of a file.
///
/// An import is relative to the file that has it, and `.zmodel` may be left out. A file is opened once, however often
/// it is imported, so cycles do no harm.
pub(crate) fn follow<F: Borrow<ast::File>>(
    path: &Path,
    diagnostics: &mut Diagnostics,
    mut open: impl FnMut(&Path, &mut Diagnostics) -> io::Result<F>,
) -> Vec<F> {
    let mut files = Vec::new();
    let mut paths = vec![path.to_owned()];
    match open(path, diagnostics) {
        Ok(file) => files.push(file),
        Err(error) => {
            let help = "name the schema with `--schema`, or write one with `zmodel init`";
            diagnostics.push(unreadable(path, &error).help(help));
            return files;
        }
    }
    let mut seen: BTreeSet<PathBuf> = paths.iter().cloned().collect();
    let mut next = 0;
    while let (Some(file), Some(from)) = (files.get(next), paths.get(next)) {
        let imports = file.borrow().imports.iter();
        let imports: Vec<_> = imports.map(|import| (imported(from, &import.path.text), import.path.span)).collect();
        next += 1;
        for (path, span) in imports {
            if seen.contains(&path) {
                continue;
            }
            match open(&path, diagnostics) {
                Ok(file) => {
                    files.push(file);
                    seen.insert(path.clone());
                    paths.push(path);
                }
                Err(error) => {
                    let message = format!("cannot import `{}`: {}", path.display(), reason(&error));
                    let help = "an import is a path relative to the file that has it";
                    diagnostics.push(Diagnostic::error("import-not-found", span, message).help(help));
                }
            }
        }
    }
    files
}

fn parse(sources: &mut SourceMap, path: &Path, text: String, diagnostics: &mut Diagnostics) -> ast::File {
    let id = sources.add(path, text);
    syntax::parse(id, sources.file(id).map_or("", |file| &file.text), diagnostics)
}

/// A file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::global("unreadable-schema", format!("cannot read `{}`: {}", path.display(), reason(error)))
}

/// Why a file cannot be read, without the number of the operating system.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}

/// The path that an import in the file `from` means.
pub(crate) fn imported(from: &Path, written: &str) -> PathBuf {
    let mut path = from.parent().unwrap_or(Path::new("")).join(written);
    if path.extension().is_none_or(|extension| extension != "zmodel") {
        path.as_mut_os_string().push(".zmodel");
    }
    // `./a` and `b/../a` are the same file; a link to elsewhere is another.
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// `path` as seen from `folder`, with `/`.
fn from_folder(folder: &Path, path: &Path) -> String {
    let parts = |path: &Path| -> Vec<String> {
        path.components()
            .filter(|c| *c != Component::CurDir)
            .map(|c| c.as_os_str().to_string_lossy().into_owned())
            .collect()
    };
    let (folder, path) = (parts(folder), parts(path));
    let shared = folder.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", folder.len() - shared);
    let down = path.iter().skip(shared).map(String::as_str);
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.zmodel", "é b\nc");
        let at = |start| sources.line_column(Span::new(file, start, start));
        assert_eq!(at(0), LineColumn { line: 1, column: 1 });
        assert_eq!(at(3), LineColumn { line: 1, column: 3 });
        assert_eq!(at(5), LineColumn { line: 2, column: 1 });
    }

    #[test]
    fn a_file_has_the_same_name_wherever_the_schema_is() {
        for folder in ["", "./", "/somewhere/else/", "../up/"] {
            let mut sources = SourceMap::new();
            sources.add(format!("{folder}schema.zmodel"), "");
            sources.add(format!("{folder}models/user.zmodel"), "");
            let names: Vec<&str> = sources.iter().map(|(_, file)| file.name.as_str()).collect();
            assert_eq!(names, ["schema.zmodel", "models/user.zmodel"], "{folder}");
        }
    }

    #[test]
    fn an_import_is_relative_to_its_file() {
        let path = |from: &str, written: &str| imported(Path::new(from), written).display().to_string();
        assert_eq!(path("schema.zmodel", "user"), "user.zmodel");
        assert_eq!(path("a/schema.zmodel", "./b/user.zmodel"), "a/b/user.zmodel");
        assert_eq!(path("a/b/c.zmodel", "../d"), "a/d.zmodel");
        assert_eq!(path("a.zmodel", "../d"), "../d.zmodel");
    }
}
