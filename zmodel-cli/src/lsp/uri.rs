//! The names that the protocol gives to files.

use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands for itself in the path of a URI.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The path of a file. A document that is no file, such as one that was never saved, gets its URI as path.
pub(super) fn path(uri: &Uri) -> PathBuf {
    let Some(rest) = uri.as_str().strip_prefix("file://") else { return PathBuf::from(uri.as_str()) };
    let (host, path) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or(("", rest));
    let path = percent_decode_str(path).decode_utf8_lossy();
    // `/c:/schema.zmodel`
    let drive = cfg!(windows) && path.as_bytes().get(2) == Some(&b':');
    let path = match path.strip_prefix('/') {
        Some(path) if drive => path.to_owned(),
        _ if cfg!(windows) && !host.is_empty() => format!("//{host}{path}"),
        _ => path.into_owned(),
    };
    // The same file has the same path, however it is written.
    Path::new(&path).components().filter(|part| *part != Component::CurDir).collect()
}

/// The URI of a file.
pub(super) fn uri(path: &Path) -> Option<Uri> {
    let text = path.to_str()?;
    if !path.is_absolute() {
        return Uri::from_str(text).ok();
    }
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() };
    let slash = if text.starts_with('/') { "" } else { "/" };
    Uri::from_str(&format!("file://{slash}{}", utf8_percent_encode(&text, ESCAPED))).ok()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in ["/a/b.zmodel", "/with space/ä%20/#?.zmodel", "/"] {
            assert_eq!(path(&uri(Path::new(text)).unwrap()), Path::new(text));
        }
        assert_eq!(path(&Uri::from_str("file:///a/./b%20c.zmodel").unwrap()), Path::new("/a/b c.zmodel"));
        assert_eq!(path(&Uri::from_str("file://localhost/a.zmodel").unwrap()), Path::new("/a.zmodel"));
        let untitled = Uri::from_str("untitled:Untitled-1").unwrap();
        assert_eq!(uri(&path(&untitled)), Some(untitled));
    }
}
