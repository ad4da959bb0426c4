//! The texts: what editors have open wins over what is on the disk. What changes in a text is parsed again.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lsp_types::{Location, Position, Range, TextDocumentContentChangeEvent, Uri};

use super::text::{Encoding, Lines};
use super::uri;
use crate::source::{FileId, Span};
use crate::syntax::{Edited, ast};

/// A file, open or not.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) path: PathBuf,
    /// As the client wrote it, if it did.
    pub(super) uri: Uri,
    pub(super) text: String,
    lines: Lines,
    /// Its tree, and what the parser found.
    pub(super) edited: Edited,
    /// The number of the text as the client counts, while it is open.
    pub(super) version: Option<i32>,
    /// Whether an editor has it open.
    pub(super) open: bool,
    /// Counts the texts that it had.
    pub(super) revision: u32,
    /// Whether it was there when it was last looked for.
    pub(super) exists: bool,
    saved: Option<Stamp>,
}

/// What changes when a file on the disk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { modified: metadata.modified().ok(), length: metadata.len() }
    }
}

/// All files that were ever looked at. A [`FileId`] is the position of one, and stays the same.
#[derive(Debug)]
pub(super) struct Files {
    list: Vec<Document>,
    by_path: HashMap<PathBuf, FileId>,
    pub(super) encoding: Encoding,
}

impl Files {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { list: Vec::new(), by_path: HashMap::new(), encoding }
    }

    /// The file at `id`; none for the standard library.
    pub(super) fn get(&self, id: FileId) -> Option<&Document> {
        self.list.get(id.0 as usize)
    }

    /// The file with this path, if it was looked at.
    pub(super) fn find(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// The file that a client names, if it was looked at.
    pub(super) fn named(&self, uri: &Uri) -> Option<FileId> {
        self.find(&uri::path(uri))
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (FileId, &Document)> {
        (0u32..).map(FileId).zip(&self.list)
    }

    /// An editor opened a file.
    pub(super) fn open(&mut self, uri: Uri, version: i32, text: String) -> Option<FileId> {
        let id = self.add(&uri::path(&uri))?;
        let document = self.list.get_mut(id.0 as usize)?;
        document.uri = uri;
        document.version = Some(version);
        document.open = true;
        document.set(text);
        Some(id)
    }

    /// An editor changed a file.
    pub(super) fn change(
        &mut self,
        id: FileId,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) -> Option<()> {
        let encoding = self.encoding;
        let document = self.list.get_mut(id.0 as usize)?;
        for change in changes {
            let Some(range) = change.range else {
                document.set(change.text);
                continue;
            };
            let start = document.offset(range.start, encoding) as usize;
            let end = document.offset(range.end, encoding) as usize;
            let mut text = document.text.clone();
            text.replace_range(start..end.max(start), &change.text);
            document.set(text);
        }
        document.version = Some(version);
        Some(())
    }

    /// An editor closed a file: what is on the disk counts again.
    pub(super) fn close(&mut self, id: FileId) {
        if let Some(document) = self.list.get_mut(id.0 as usize) {
            document.open = false;
            document.version = None;
            document.saved = None;
        }
    }

    /// The file at a path, as it is now.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<FileId> {
        let known = self.find(path);
        if let Some(id) = known
            && self.get(id).is_some_and(|document| document.open)
        {
            return Ok(id);
        }
        let read = || {
            let stamp = Stamp::of(&std::fs::metadata(path)?);
            if known.and_then(|id| self.get(id)).is_some_and(|document| document.saved == Some(stamp)) {
                return Ok(None);
            }
            Ok(Some((stamp, std::fs::read_to_string(path)?)))
        };
        match read() {
            Ok(fresh) => {
                let id = self.add(path).ok_or(io::ErrorKind::InvalidFilename)?;
                if let (Some(document), Some((stamp, text))) = (self.list.get_mut(id.0 as usize), fresh) {
                    document.set(text);
                    document.saved = Some(stamp);
                }
                Ok(id)
            }
            Err(error) => {
                if let Some(document) = known.and_then(|id| self.list.get_mut(id.0 as usize)) {
                    document.exists = false;
                    document.saved = None;
                }
                Err(error)
            }
        }
    }

    fn add(&mut self, path: &Path) -> Option<FileId> {
        if let Some(id) = self.find(path) {
            return Some(id);
        }
        // The last number is that of the standard library.
        let id = u32::try_from(self.list.len()).ok().filter(|id| *id < u32::MAX).map(FileId)?;
        self.list.push(Document {
            path: path.to_owned(),
            uri: uri::uri(path)?,
            text: String::new(),
            lines: Lines::default(),
            edited: Edited::new(id),
            version: None,
            open: false,
            revision: 0,
            exists: false,
            saved: None,
        });
        self.by_path.insert(path.to_owned(), id);
        Some(id)
    }

    /// Where a stretch is, for the client; none in the standard library.
    pub(super) fn location(&self, span: Span) -> Option<Location> {
        let document = self.get(span.file)?;
        Some(Location::new(document.uri.clone(), document.range(span, self.encoding)))
    }

    /// The text of a stretch, also in the standard library.
    pub(super) fn text(&self, span: Span) -> &str {
        let text = match self.get(span.file) {
            Some(document) => &document.text,
            None => crate::hir::stdlib().0,
        };
        text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The tree of a file, also of the standard library.
    pub(super) fn tree(&self, id: FileId) -> &ast::File {
        self.get(id).map_or(crate::hir::stdlib().1, |document| document.edited.tree())
    }
}

impl Document {
    fn set(&mut self, text: String) {
        self.lines = Lines::new(&text);
        self.edited.change(&self.text, &text);
        self.text = text;
        self.revision = self.revision.wrapping_add(1);
        self.exists = true;
    }

    pub(super) fn offset(&self, position: Position, encoding: Encoding) -> u32 {
        self.lines.offset(&self.text, position, encoding)
    }

    pub(super) fn range(&self, span: Span, encoding: Encoding) -> Range {
        self.lines.range(&self.text, span, encoding)
    }
}
