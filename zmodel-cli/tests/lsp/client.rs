//! A small client: it asks, waits for the answer with a limit, and keeps what it is told in between.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::fs;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::{Value, json};

/// Far more than anything takes, on a machine that is busy with something else.
const LIMIT: Duration = Duration::from_mins(1);

pub(crate) struct Client {
    folder: tempfile::TempDir,
    server: Child,
    input: Option<ChildStdin>,
    output: Receiver<Message>,
    /// What was said without being asked.
    told: VecDeque<Notification>,
    /// What kinds of tokens there are.
    pub(crate) legend: Vec<String>,
    next_id: i32,
    version: i32,
}

impl Client {
    /// A server in a folder of its own, to which nothing was said yet.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_zmodel"));
        let command = command.args(["lsp", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let (sender, output) = mpsc::channel();
        let mut reader = BufReader::new(server.stdout.take().unwrap());
        thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut reader) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let input = server.stdin.take();
        Self { folder, server, input, output, told: VecDeque::new(), legend: Vec::new(), next_id: 0, version: 1 }
    }

    /// A server that knows its client.
    pub(crate) fn start() -> Self {
        let mut client = Self::new();
        client.initialize(&json!({}));
        client
    }

    pub(crate) fn initialize(&mut self, capabilities: &Value) -> Value {
        let root = uri(&self.folder.path().display().to_string());
        let folders = json!([{ "uri": root, "name": "test" }]);
        let params =
            json!({ "processId": null, "rootUri": root, "workspaceFolders": folders, "capabilities": capabilities });
        let answer = self.request("initialize", params);
        let kinds = &answer["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"];
        self.legend = kinds.as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned()).collect();
        self.notify("initialized", json!({}));
        answer
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn uri(&self, name: &str) -> String {
        uri(&self.path(name).display().to_string())
    }

    /// Writes a file to the disk.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn send(&mut self, message: &Message) {
        message.clone().write(self.input.as_mut().unwrap()).unwrap();
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&Notification { method: method.to_owned(), params }.into());
    }

    /// The answer to a request, or the code of the error.
    pub(crate) fn answer(&mut self, method: &str, params: Value) -> Result<Value, i32> {
        self.next_id += 1;
        let id = RequestId::from(self.next_id);
        self.send(&Request { id: id.clone(), method: method.to_owned(), params }.into());
        loop {
            match self.next() {
                Message::Response(response) if response.id == id => {
                    return response.response_result.map_err(|error| error.code);
                }
                Message::Response(other) => panic!("nobody asked: {other:?}"),
                Message::Notification(told) => self.told.push_back(told),
                Message::Request(_) => {}
            }
        }
    }

    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        self.answer(method, params).unwrap_or_else(|error| panic!("{method} was answered with error {error}"))
    }

    fn next(&self) -> Message {
        self.output.recv_timeout(LIMIT).unwrap_or_else(|error| panic!("the server says nothing: {error}"))
    }

    /// Opens a file that need not be on the disk.
    pub(crate) fn open(&mut self, name: &str, text: &str) -> String {
        let uri = self.uri(name);
        self.open_uri(&uri, text);
        uri
    }

    pub(crate) fn open_uri(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "zmodel", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Changes a stretch of an open file.
    pub(crate) fn edit(&mut self, uri: &str, range: &Value, text: &str) {
        self.change(uri, &json!({ "range": range, "text": text }));
    }

    /// Changes all of an open file.
    pub(crate) fn replace(&mut self, uri: &str, text: &str) {
        self.change(uri, &json!({ "text": text }));
    }

    fn change(&mut self, uri: &str, change: &Value) {
        self.version += 1;
        let document = json!({ "uri": uri, "version": self.version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    /// The next findings that are told for a file.
    pub(crate) fn diagnostics(&mut self, uri: &str) -> Value {
        loop {
            let told = match self.told.pop_front() {
                Some(told) => told,
                None => match self.next() {
                    Message::Notification(told) => told,
                    _ => continue,
                },
            };
            if told.method == "textDocument/publishDiagnostics" && told.params["uri"] == uri {
                return told.params;
            }
        }
    }

    /// Says goodbye; the server must leave without an error.
    pub(crate) fn stop(mut self) {
        assert_eq!(self.request("shutdown", Value::Null), Value::Null);
        self.notify("exit", Value::Null);
        assert!(self.hang_up().success());
    }

    /// Closes the line, and waits until the server is gone.
    pub(crate) fn hang_up(mut self) -> ExitStatus {
        drop(self.input.take());
        let waited = thread::spawn(move || self.server.wait().unwrap());
        waited.join().unwrap()
    }
}

fn uri(path: &str) -> String {
    format!("file://{path}")
}

/// A place in a text: where `^` is in `what`, which the text contains once without it.
pub(crate) fn at(uri: &str, text: &str, what: &str) -> Value {
    let (before, after) = what.split_once('^').unwrap_or((what, ""));
    let found: Vec<_> = text.match_indices(&format!("{before}{after}")).collect();
    let [(start, _)] = found.as_slice() else { panic!("`{what}` is there {} times", found.len()) };
    let before = &text[..start + before.len()];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
    json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": column } })
}

/// The byte at a position of a text.
pub(crate) fn offset(text: &str, position: &Value) -> usize {
    let line = usize::try_from(position["line"].as_u64().unwrap()).unwrap();
    let column = usize::try_from(position["character"].as_u64().unwrap()).unwrap();
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let units: Vec<u16> = text[start..].encode_utf16().take(column).collect();
    start + String::from_utf16(&units).unwrap().len()
}
