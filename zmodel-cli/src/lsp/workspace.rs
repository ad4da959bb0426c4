//! What belongs together: the schemas of a workspace, each checked as a whole, and again only when one of its files
//! changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::Files;
use crate::diagnostic::Diagnostics;
use crate::hir;
use crate::source::{self, FileId};
use crate::syntax::ast;

/// How many entries of folders are looked at in search of schemas.
const MOST_ENTRIES: usize = 50_000;

/// A schema: a file that no other file imports, and what it imports.
#[derive(Debug)]
pub(super) struct Project {
    /// Its files with their revisions, the first one first.
    pub(super) files: Vec<(FileId, u32)>,
    /// The resolved schema.
    pub(super) schema: hir::Schema,
    /// What was found, without what the parser found in the files.
    pub(super) found: Diagnostics,
}

impl Project {
    /// Whether a file is part of it.
    pub(super) fn has(&self, file: FileId) -> bool {
        self.files.iter().any(|(id, _)| *id == file)
    }
}

/// The files, and the schemas that they make up.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) files: Files,
    /// The schemas that editors have files of open, by their first file.
    pub(super) projects: BTreeMap<FileId, Project>,
    /// More schemas that share a file with them, since somebody asked about that.
    others: BTreeMap<FileId, Project>,
}

impl Workspace {
    pub(super) fn new(files: Files) -> Self {
        Self { files, projects: BTreeMap::new(), others: BTreeMap::new() }
    }

    /// Reads all `.zmodel` files below a folder, to know who imports whom.
    pub(super) fn scan(&mut self, folder: &Path) {
        let mut folders = vec![folder.to_owned()];
        let mut looked_at = 0;
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            let mut entries: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            entries.sort();
            for path in entries {
                looked_at += 1;
                if looked_at > MOST_ENTRIES {
                    return;
                }
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let left_out = name.starts_with('.') || matches!(&*name, "node_modules" | "target");
                if path.is_dir() && !path.is_symlink() && !left_out {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "zmodel") {
                    // What cannot be read is reported where it is imported.
                    let _ = self.files.read(&path);
                }
            }
        }
    }

    fn importers(&self) -> BTreeMap<FileId, Vec<FileId>> {
        let mut importers: BTreeMap<FileId, Vec<FileId>> = BTreeMap::new();
        for (id, document) in self.files.iter().filter(|(_, document)| document.exists) {
            for import in &document.edited.tree().imports {
                if let Some(imported) = self.files.find(&source::imported(&document.path, &import.path.text)) {
                    importers.entry(imported).or_default().push(id);
                }
            }
        }
        importers
    }

    /// Checks what changed since the last time: the schemas of all files that are open.
    pub(super) fn refresh(&mut self) {
        let open: Vec<FileId> = self.files.iter().filter(|(_, document)| document.open).map(|(id, _)| id).collect();
        let importers = self.importers();
        let wanted: BTreeSet<FileId> = open.iter().flat_map(|file| roots(*file, &importers)).collect();
        let mut old = std::mem::take(&mut self.projects);
        self.others.clear();
        for root in wanted {
            let project = self.check(root, old.remove(&root));
            self.projects.insert(root, project);
        }
    }

    /// Makes sure that all schemas that a file belongs to are checked.
    pub(super) fn include(&mut self, file: FileId) {
        for root in roots(file, &self.importers()) {
            if !self.projects.contains_key(&root) && !self.others.contains_key(&root) {
                let project = self.check(root, None);
                self.others.insert(root, project);
            }
        }
    }

    fn check(&mut self, root: FileId, old: Option<Project>) -> Project {
        let mut found = Diagnostics::default();
        let path = self.files.get(root).map(|document| document.path.clone()).unwrap_or_default();
        let mut files = Vec::new();
        let trees: Vec<Arc<ast::File>> = source::follow(&path, &mut found, |path, _| {
            let id = self.files.read(path)?;
            let document = self.files.get(id).ok_or(std::io::ErrorKind::NotFound)?;
            files.push((id, document.revision));
            Ok(Arc::clone(document.edited.tree()))
        });
        if let Some(old) = old {
            // An import that cannot be read may be there the next time.
            if old.files == files && found.is_empty() && !old.misses_imports() {
                return old;
            }
            discard(old);
        }
        let schema = hir::resolve(&trees, &mut found);
        crate::check::check(&schema, &mut found);
        Project { files, schema, found }
    }

    /// The schemas that a file belongs to, of those that are checked.
    pub(super) fn projects_of(&self, file: FileId) -> impl Iterator<Item = &Project> {
        self.checked().filter(move |project| project.has(file))
    }

    /// All schemas that are checked.
    pub(super) fn checked(&self) -> impl Iterator<Item = &Project> {
        self.projects.values().chain(self.others.values())
    }
}

impl Project {
    fn misses_imports(&self) -> bool {
        self.found.iter().any(|found| matches!(found.code, "import-not-found" | "unreadable-schema"))
    }
}

/// The first files of the schemas that a file belongs to.
fn roots(file: FileId, importers: &BTreeMap<FileId, Vec<FileId>>) -> Vec<FileId> {
    let (mut todo, mut seen, mut roots) = (vec![file], BTreeSet::from([file]), Vec::new());
    while let Some(id) = todo.pop() {
        let above = importers.get(&id).map(Vec::as_slice).unwrap_or_default();
        let above: Vec<FileId> = above.iter().copied().filter(|importer| *importer != id).collect();
        if above.is_empty() {
            roots.push(id);
        }
        todo.extend(above.into_iter().filter(|importer| seen.insert(*importer)));
    }
    // Files that import each other in a circle have no first one.
    if roots.is_empty() {
        roots.push(file);
    }
    roots
}

/// Lets go of something large while something else is done.
fn discard<T: Send + 'static>(old: T) {
    // Without another thread, it is let go of here.
    let _ = std::thread::Builder::new().spawn(move || drop(old));
}
