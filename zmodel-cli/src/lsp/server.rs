//! Who asked what, and who answers it.

use std::path::PathBuf;

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use lsp_types::notification::{self as notify, Notification as _};
use lsp_types::request::{self as ask, Request as _};
use lsp_types::{
    CompletionResponse, DidChangeWatchedFilesRegistrationOptions, DocumentSymbolResponse, FileSystemWatcher,
    GlobPattern, GotoDefinitionResponse, InitializeParams, InitializeResult, Position, Range, Registration,
    RegistrationParams, SemanticTokens, SemanticTokensResult, ServerInfo, TextDocumentIdentifier,
    TextDocumentPositionParams, Uri, WorkspaceSymbolResponse,
};
use serde_json::Value;

use super::files::Files;
use super::publish::Told;
use super::text::Encoding;
use super::workspace::Workspace;
use super::{capabilities, complete, hover, layout, navigate, publish, rename, symbols, tokens, uri};
use crate::source::{FileId, Span};

/// What to do after a message.
pub(super) enum Next {
    /// Say this, and listen.
    GoOn(Vec<Message>),
    /// Stop; whether the client had said before that it would.
    Exit(bool),
}

/// An answer, or why there is none.
type Answer = Result<Value, ResponseError>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    Running,
    ShutDown,
}

/// The state of the conversation.
#[derive(Debug)]
pub(super) struct Server {
    phase: Phase,
    workspace: Workspace,
    told: Told,
    /// Whether something changed since the schemas were checked.
    unchecked: bool,
    /// Whether something changed since the client was told of findings.
    untold: bool,
    client: Client,
}

/// What the client can do.
#[derive(Debug, Clone, Copy, Default)]
struct Client {
    /// Puts the cursor into gaps of what it inserts.
    snippets: bool,
    /// Tells of changes on the disk when asked to.
    watches: bool,
}

fn failed(code: ErrorCode, message: impl Into<String>) -> ResponseError {
    ResponseError { code: code as i32, message: message.into(), data: None }
}

impl Server {
    pub(super) fn new() -> Self {
        let workspace = Workspace::new(Files::new(Encoding::Utf16));
        let told = Told::default();
        Self { phase: Phase::New, workspace, told, unchecked: false, untold: false, client: Client::default() }
    }

    /// Whether the client said that it would leave.
    pub(super) fn was_shut_down(&self) -> bool {
        self.phase == Phase::ShutDown
    }

    /// Takes a message.
    pub(super) fn handle(&mut self, message: Message) -> Next {
        match message {
            Message::Request(request) => {
                let Request { id, method, params } = request;
                let response_result = match (self.phase, method.as_str()) {
                    (Phase::New, ask::Initialize::METHOD) => self.initialize(params),
                    (Phase::New, _) => {
                        Err(failed(ErrorCode::ServerNotInitialized, "the first request is `initialize`"))
                    }
                    (Phase::ShutDown, _) => Err(failed(ErrorCode::InvalidRequest, "the server was shut down")),
                    (Phase::Running, ask::Shutdown::METHOD) => {
                        self.phase = Phase::ShutDown;
                        Ok(Value::Null)
                    }
                    (Phase::Running, _) => self.request(&method, params),
                };
                Next::GoOn(vec![Response { id, response_result }.into()])
            }
            Message::Notification(Notification { method, params }) => {
                if method == notify::Exit::METHOD {
                    return Next::Exit(self.was_shut_down());
                }
                // Nobody waits for an answer to a notification, so one that makes no sense is passed over.
                let answers = if self.phase == Phase::Running { self.notification(&method, params) } else { None };
                Next::GoOn(answers.into_iter().collect())
            }
            Message::Response(_) => Next::GoOn(Vec::new()),
        }
    }

    /// What has to be said without being asked.
    pub(super) fn news(&mut self) -> Vec<Message> {
        if !std::mem::take(&mut self.untold) {
            return Vec::new();
        }
        self.check();
        let told = self.told.update(&self.workspace).into_iter();
        told.filter_map(|params| {
            let params = serde_json::to_value(params).ok()?;
            Some(Notification { method: notify::PublishDiagnostics::METHOD.to_owned(), params }.into())
        })
        .collect()
    }

    fn check(&mut self) {
        if std::mem::take(&mut self.unchecked) {
            self.workspace.refresh();
        }
    }

    fn initialize(&mut self, params: Value) -> Answer {
        let params: InitializeParams = read(params)?;
        let client = &params.capabilities;
        let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let encoding = Encoding::negotiate(offered);
        let item = client.text_document.as_ref().and_then(|text| text.completion.as_ref()?.completion_item.as_ref());
        self.client.snippets = item.and_then(|item| item.snippet_support).unwrap_or(false);
        let watching = client.workspace.as_ref().and_then(|workspace| workspace.did_change_watched_files);
        self.client.watches = watching.and_then(|watching| watching.dynamic_registration).unwrap_or(false);
        self.workspace = Workspace::new(Files::new(encoding));
        self.phase = Phase::Running;
        for folder in folders(&params) {
            self.workspace.scan(&folder);
        }
        let server_info = ServerInfo { name: "zmodel".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
        write(InitializeResult { capabilities: capabilities::capabilities(encoding), server_info: Some(server_info) })
    }

    fn notification(&mut self, method: &str, params: Value) -> Option<Message> {
        match method {
            notify::Initialized::METHOD => return self.client.watches.then(watch)?,
            notify::DidOpenTextDocument::METHOD => {
                let document = read_for::<notify::DidOpenTextDocument>(params)?.text_document;
                self.workspace.files.open(document.uri, document.version, document.text)?;
            }
            notify::DidChangeTextDocument::METHOD => {
                let params = read_for::<notify::DidChangeTextDocument>(params)?;
                let id = self.workspace.files.named(&params.text_document.uri)?;
                if !self.workspace.files.get(id)?.open {
                    return None;
                }
                self.workspace.files.change(id, params.text_document.version, params.content_changes)?;
            }
            notify::DidCloseTextDocument::METHOD => {
                let document = read_for::<notify::DidCloseTextDocument>(params)?.text_document;
                let id = self.workspace.files.named(&document.uri)?;
                self.workspace.files.close(id);
                let path = self.workspace.files.get(id)?.path.clone();
                // If it is not there, nobody imports it any more, or they say so.
                let _ = self.workspace.files.read(&path);
            }
            notify::DidChangeWatchedFiles::METHOD => {
                for change in read_for::<notify::DidChangeWatchedFiles>(params)?.changes {
                    let _ = self.workspace.files.read(&uri::path(&change.uri));
                }
            }
            notify::DidChangeWorkspaceFolders::METHOD => {
                for folder in read_for::<notify::DidChangeWorkspaceFolders>(params)?.event.added {
                    self.workspace.scan(&uri::path(&folder.uri));
                }
            }
            notify::DidSaveTextDocument::METHOD => {}
            _ => return None,
        }
        self.unchecked = true;
        self.untold = true;
        None
    }

    fn request(&mut self, method: &str, params: Value) -> Answer {
        match method {
            ask::Completion::METHOD => {
                let place = self.place(&asked::<ask::Completion>(params)?.text_document_position)?;
                // The texts are enough, once it is known which of them belong together.
                if self.workspace.projects_of(place.file).next().is_none() {
                    self.check();
                }
                write(CompletionResponse::Array(complete::complete(&self.workspace, place, self.client.snippets)))
            }
            ask::HoverRequest::METHOD => {
                let place = self.checked(&asked::<ask::HoverRequest>(params)?.text_document_position_params)?;
                write(hover::hover(&self.workspace, place))
            }
            ask::GotoDefinition::METHOD => {
                let place = self.checked(&asked::<ask::GotoDefinition>(params)?.text_document_position_params)?;
                write(navigate::definition(&self.workspace, place).map(GotoDefinitionResponse::Scalar))
            }
            ask::References::METHOD => {
                let params = asked::<ask::References>(params)?;
                let place = self.checked(&params.text_document_position)?;
                write(navigate::references(&mut self.workspace, place, params.context.include_declaration))
            }
            ask::DocumentHighlightRequest::METHOD => {
                let params = asked::<ask::DocumentHighlightRequest>(params)?.text_document_position_params;
                let place = self.checked(&params)?;
                write(navigate::highlight(&self.workspace, place))
            }
            ask::PrepareRenameRequest::METHOD => {
                let place = self.checked(&asked::<ask::PrepareRenameRequest>(params)?)?;
                write(refuse(rename::prepare(&self.workspace, place))?)
            }
            ask::Rename::METHOD => {
                let params = asked::<ask::Rename>(params)?;
                let place = self.checked(&params.text_document_position)?;
                write(refuse(rename::rename(&mut self.workspace, place, &params.new_name))?)
            }
            ask::CodeActionRequest::METHOD => {
                let params = asked::<ask::CodeActionRequest>(params)?;
                let stretch = self.stretch(&params.text_document, params.range)?;
                self.check();
                write(publish::actions(&self.workspace, stretch))
            }
            ask::DocumentSymbolRequest::METHOD => {
                let file = self.file(&asked::<ask::DocumentSymbolRequest>(params)?.text_document)?;
                let document = self.workspace.files.get(file);
                let outline = document.map(|document| symbols::outline(&self.workspace.files, document));
                write(outline.map(DocumentSymbolResponse::Nested))
            }
            ask::FoldingRangeRequest::METHOD => {
                let file = self.file(&asked::<ask::FoldingRangeRequest>(params)?.text_document)?;
                let document = self.workspace.files.get(file);
                write(document.map(|document| symbols::foldings(&self.workspace.files, document)))
            }
            ask::Formatting::METHOD => {
                let file = self.file(&asked::<ask::Formatting>(params)?.text_document)?;
                let files = &self.workspace.files;
                let edits = files.get(file).and_then(|document| layout::edits(file, document, files.encoding));
                write(edits)
            }
            ask::WorkspaceSymbolRequest::METHOD => {
                let query = asked::<ask::WorkspaceSymbolRequest>(params)?.query;
                write(WorkspaceSymbolResponse::Flat(symbols::search(&self.workspace.files, &query)))
            }
            ask::SemanticTokensFullRequest::METHOD => {
                let file = self.file(&asked::<ask::SemanticTokensFullRequest>(params)?.text_document)?;
                self.check();
                let data = tokens::tokens(&self.workspace, file);
                write(SemanticTokensResult::Tokens(SemanticTokens { result_id: None, data }))
            }
            _ => Err(failed(ErrorCode::MethodNotFound, format!("there is no method `{method}` here"))),
        }
    }

    /// The place of a position, in schemas that are checked.
    fn checked(&mut self, at: &TextDocumentPositionParams) -> Result<Span, ResponseError> {
        let place = self.place(at)?;
        self.check();
        Ok(place)
    }

    fn place(&self, at: &TextDocumentPositionParams) -> Result<Span, ResponseError> {
        self.stretch(&at.text_document, Range::new(at.position, at.position))
    }

    fn stretch(&self, document: &TextDocumentIdentifier, range: Range) -> Result<Span, ResponseError> {
        let id = self.file(document)?;
        let offset = |position: Position| {
            let files = &self.workspace.files;
            files.get(id).map_or(0, |document| document.offset(position, files.encoding))
        };
        Ok(Span::new(id, offset(range.start), offset(range.end)))
    }

    fn file(&self, document: &TextDocumentIdentifier) -> Result<FileId, ResponseError> {
        let id = self.workspace.files.named(&document.uri);
        id.filter(|id| self.workspace.files.get(*id).is_some_and(|document| document.exists))
            .ok_or_else(|| failed(ErrorCode::InvalidParams, format!("`{}` is not open", document.uri.as_str())))
    }
}

/// The folders that an editor has open.
#[expect(deprecated, reason = "there are clients that give only this")]
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
    let mut folders: Vec<&Uri> = folders.collect();
    if folders.is_empty() {
        folders.extend(&params.root_uri);
    }
    folders.into_iter().map(uri::path).filter(|path| path.is_absolute()).collect()
}

/// Asks the client to tell of changes on the disk.
fn watch() -> Option<Message> {
    let watchers = vec![FileSystemWatcher { glob_pattern: GlobPattern::String("**/*.zmodel".to_owned()), kind: None }];
    let options = serde_json::to_value(DidChangeWatchedFilesRegistrationOptions { watchers }).ok()?;
    let registration = Registration {
        id: "schemas".to_owned(),
        method: notify::DidChangeWatchedFiles::METHOD.to_owned(),
        register_options: Some(options),
    };
    let params = serde_json::to_value(RegistrationParams { registrations: vec![registration] }).ok()?;
    let id = RequestId::from("watch".to_owned());
    Some(Request { id, method: ask::RegisterCapability::METHOD.to_owned(), params }.into())
}

fn asked<R: ask::Request>(params: Value) -> Result<R::Params, ResponseError> {
    read(params)
}

fn read_for<N: notify::Notification>(params: Value) -> Option<N::Params> {
    serde_json::from_value(params).ok()
}

fn read<T: serde::de::DeserializeOwned>(params: Value) -> Result<T, ResponseError> {
    serde_json::from_value(params).map_err(|error| failed(ErrorCode::InvalidParams, error.to_string()))
}

fn write(answer: impl serde::Serialize) -> Answer {
    serde_json::to_value(answer).map_err(|error| failed(ErrorCode::InternalError, error.to_string()))
}

fn refuse<T>(answer: Result<T, String>) -> Result<T, ResponseError> {
    answer.map_err(|reason| failed(ErrorCode::RequestFailed, reason))
}
