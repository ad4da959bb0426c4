//! Generated code as files.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::emit::Code;
use crate::source::SourceMap;
use crate::text::{self, Header};

/// A file that could not be written or read.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) doing: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} `{}`: {}", self.doing, self.path.display(), self.source)
    }
}

impl std::error::Error for Error {}

/// All of the code in one file.
pub(crate) fn one_file(sources: &SourceMap, code: &Code) -> String {
    code.nested_after(header(sources) + "\n")
}

/// The comment at the top of a file.
pub(crate) fn header(sources: &SourceMap) -> String {
    // The name stands in a comment, which it must not end.
    let schema = sources.iter().next().map_or("", |(_, file)| file.name.as_str()).replace(char::is_control, "?");
    text::render(&Header { version: env!("CARGO_PKG_VERSION"), schema: &schema, fingerprint: &fingerprint(sources) })
}

/// FNV-1a over the texts: stable on every machine and with every compiler, which the hashers of the standard library
/// do not promise.
fn fingerprint(sources: &SourceMap) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for (_, file) in sources.iter() {
        for byte in file.name.bytes().chain([0]).chain(file.text.bytes()).chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// Which of `files` are missing or different on disk.
pub(crate) fn changed(files: &[(PathBuf, String)]) -> Vec<&(PathBuf, String)> {
    files.iter().filter(|(path, text)| std::fs::read(path).ok().as_deref() != Some(text.as_bytes())).collect()
}

/// Writes those files that are missing or different, and says which. Each appears whole: everything is written beside
/// its place first, and only then moved there.
pub(crate) fn write_if_changed(files: &[(PathBuf, String)]) -> Result<Vec<PathBuf>, Error> {
    let changed = changed(files);
    let mut staged = Vec::with_capacity(changed.len());
    for (path, text) in &changed {
        let error = |doing| move |source| Error { doing, path: path.clone(), source };
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|source| Error {
            doing: "make the folder",
            path: folder.into(),
            source,
        })?;
        let mut file = tempfile::Builder::new()
            .prefix(".zmodel-")
            .permissions_as_at(path)
            .tempfile_in(folder)
            .map_err(error("write"))?;
        file.write_all(text.as_bytes()).map_err(error("write"))?;
        staged.push((file, path));
    }
    for (file, path) in staged {
        let moved = file.persist(path);
        moved.map_err(|failed| Error { doing: "write", path: path.clone(), source: failed.error })?;
    }
    Ok(changed.into_iter().map(|(path, _)| path.clone()).collect())
}

/// Temporary files are private to their owner; what we write should be as readable as what was there, and as what people
/// write.
trait Permissions {
    fn permissions_as_at(&mut self, path: &Path) -> &mut Self;
}

impl Permissions for tempfile::Builder<'_, '_> {
    #[cfg(unix)]
    fn permissions_as_at(&mut self, path: &Path) -> &mut Self {
        use std::os::unix::fs::PermissionsExt;
        let there = std::fs::metadata(path).map(|there| there.permissions());
        self.permissions(there.unwrap_or_else(|_| std::fs::Permissions::from_mode(0o644)))
    }

    #[cfg(not(unix))]
    fn permissions_as_at(&mut self, _: &Path) -> &mut Self {
        self
    }
}
