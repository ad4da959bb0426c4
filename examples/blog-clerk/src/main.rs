//! A blog whose access rules live in `schema.zmodel`, whose people live in Clerk, and whose posts live in SQLite.

mod app;
mod db;
mod people;
#[cfg(test)]
mod rules;
mod tour;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use clap::Parser;
use people::People;

/// What a function of this program may fail with: shown to whoever started it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A blog: rules in the schema, people from Clerk, posts in SQLite.
///
/// Without `CLERK_JWT_KEY` and `CLERK_PUBLISHABLE_KEY` it runs on a local development key, with people to try it as.
#[derive(Debug, Parser)]
struct Args {
    /// Walk through the rules in this terminal instead of serving pages
    #[arg(long)]
    tour: bool,
    /// The port to listen on; 0 picks a free one
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// The database
    #[arg(long, value_name = "URL", default_value = "sqlite:blog.db")]
    database: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let done = if args.tour { tour::run().await } else { serve(&args).await };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: &Args) -> Result<(), Failure> {
    // Bound first, so that the address is known to whom tokens are for.
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let listener = tokio::net::TcpListener::bind(wanted)
        .await
        .map_err(|error| format!("cannot listen on {wanted}: {error}; choose another port with `--port`"))?;
    let address = format!("http://{}", listener.local_addr()?);

    let people = People::from_env(&address)?;
    let db = db::Db::connect(&args.database).await?;
    db.create_tables().await?;
    say(&format!("The blog is at {address}\n"));
    say(&people.introduction());
    if people.are_demo() {
        people::first_posts(&db).await?;
    }

    let router = app::router(db, people)?;
    axum::serve(listener, router).with_graceful_shutdown(stop()).await?;
    Ok(())
}

async fn stop() {
    // If the signal cannot be heard, the program ends the way its system ends programs.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Prints what went wrong.
#[expect(clippy::print_stderr, reason = "this is a program for a terminal")]
fn complain(text: &str) {
    eprintln!("{text}");
}

/// Prints a line.
#[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
fn say(text: &str) {
    println!("{text}");
}
