//! The language server: what `zmodel lsp` says to editors.
//!
//! | module             | what it answers                                                      |
//! |--------------------|----------------------------------------------------------------------|
//! | `text`, `uri`      | positions and names, as the protocol and as the compiler have them   |
//! | `files`            | the texts, open ones before saved ones, parsed where they change     |
//! | `workspace`        | which files make up a schema, and what came of checking it           |
//! | `publish`          | findings and quick fixes                                             |
//! | `declared`         | what is declared where                                               |
//! | `navigate`, `rename`, `hover`, `symbols`, `tokens` | from names to meanings               |
//! | `layout`           | formatting                                                           |
//! | `complete`         | what could be written at a place                                     |
//!
//! One thread does everything, in the order in which it is asked; what several changes in a row make necessary is done
//! once, after the last of them.
//!
//! Invariant: nothing that a client says makes the server panic; what cannot be answered is answered with an error.

mod text;
mod uri;

mod files;
mod workspace;

mod publish;

mod declared;
mod navigate;

mod hover;
mod layout;
mod rename;
mod symbols;
mod tokens;

mod complete;

mod capabilities;
mod server;

use std::io;

use lsp_server::{Connection, Message};
use server::{Next, Server};

/// Serves the client at the other end of standard input and output until it says goodbye. Whether it did so politely.
pub fn run() -> io::Result<bool> {
    let (connection, threads) = Connection::stdio();
    let polite = serve(&connection);
    // The thread that writes ends when nobody can send any more.
    drop(connection);
    threads.join()?;
    Ok(polite)
}

fn serve(connection: &Connection) -> bool {
    let mut server = Server::new();
    let mut waiting: Option<Message> = None;
    loop {
        let message = match waiting.take() {
            Some(message) => message,
            None => match connection.receiver.recv() {
                Ok(message) => message,
                // The client is gone.
                Err(_) => return server.was_shut_down(),
            },
        };
        match server.handle(message) {
            Next::GoOn(answers) => {
                for answer in answers {
                    if connection.sender.send(answer).is_err() {
                        return false;
                    }
                }
            }
            Next::Exit(polite) => return polite,
        }
        // Somebody who types fast is told once what came of it.
        waiting = connection.receiver.try_recv().ok();
        if waiting.is_none() {
            for news in server.news() {
                if connection.sender.send(news).is_err() {
                    return false;
                }
            }
        }
    }
}
