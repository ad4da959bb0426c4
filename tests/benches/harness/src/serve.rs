//! The loop of a rival's process.
//!
//! | line | answer |
//! |-|-|
//! | `show OPERATION` | the result of doing it once |
//! | `time OPERATION` | nanoseconds, nanoseconds that any thread was busy, allocations, and requests if known, of one batch |
//! | `storm SECONDS` | see [`crate::storm`] |

use std::future::Future;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cpu_time::ProcessTime;

use crate::operation::{Operation, Rival};
use crate::{Show, allocations, data, storm};

/// How many threads the async runtime of a rival has.
const WORKERS: usize = 2;

/// Opens the database that the command line names, and answers until there is nothing more to do.
pub fn serve<R: Rival, F: Future<Output = R>>(open: impl FnOnce(String) -> F) {
    let path = std::env::args().nth(1).expect("the path of a database");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let rival = Arc::new(runtime.block_on(open(path)));
    let step = Arc::new(AtomicU64::new(0));
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let (word, argument) = line.split_once(' ').expect("two words");
        let (word, argument) = (word.to_owned(), argument.to_owned());
        let (rival, step) = (Arc::clone(&rival), Arc::clone(&step));
        // What is measured runs on a worker, as a handler of a server does.
        let answer = runtime.spawn(async move {
            match word.as_str() {
                "storm" => storm::run(rival, argument.parse().expect("seconds")).await,
                word => turn(&*rival, Operation::named(&argument).expect("an operation"), word == "show", &step).await,
            }
        });
        let answer = runtime.block_on(answer).expect("an answer");
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}").and_then(|()| out.flush()).expect("a reader");
    }
}

/// One batch of an operation, or one to show.
async fn turn<R: Rival>(rival: &R, operation: Operation, show: bool, step: &AtomicU64) -> String {
    let batch = if show { 1 } else { operation.batch() };
    // Every call is another, and the same for every rival.
    let first = step.fetch_add(batch, Ordering::Relaxed);
    let mut shown = String::new();
    let mut doomed = Vec::new();
    if operation == Operation::Delete {
        for n in first..first + batch {
            doomed.push(rival.create(n as i32).await.0);
        }
    }
    let requests = rival.requests();
    allocations::start();
    let (begun, busy) = (Instant::now(), ProcessTime::now());
    macro_rules! each {
        (|$n:ident| $call:expr) => {
            for $n in first..first + batch {
                let result = $call.await;
                if show {
                    result.show(&mut shown);
                }
                black_box(&result);
            }
        };
    }
    match operation {
        Operation::FindUnique => each!(|n| rival.find_unique(data::some_post(n))),
        Operation::List => each!(|_n| rival.list()),
        Operation::Nested => each!(|_n| rival.nested()),
        Operation::Count => each!(|_n| rival.count()),
        Operation::RelationRule => each!(|_n| rival.relation_rule()),
        Operation::FindMany => each!(|_n| rival.find_many()),
        Operation::OneLevel => each!(|_n| rival.one_level()),
        Operation::FindFirst => each!(|n| rival.find_first(900 + (n % 50) as i32)),
        Operation::FindFirstNested => each!(|n| rival.find_first_nested(900 + (n % 50) as i32)),
        Operation::FindUniqueNested => each!(|n| rival.find_unique_nested(data::some_post(n))),
        Operation::Create => each!(|n| rival.create(n as i32)),
        Operation::CreateNested => each!(|n| rival.create_nested(n as i32)),
        Operation::Update => each!(|n| rival.update(data::my_post(n), data::title(n as i32))),
        Operation::UpdateNested => each!(|n| {
            let id = data::my_post(n);
            rival.update_nested(id, data::first_comment(id), data::title(n as i32))
        }),
        Operation::Upsert => each!(|n| rival.upsert(data::tag(n))),
        Operation::UpsertNested => each!(|n| {
            let id = data::my_post(n);
            rival.upsert_nested(id, data::first_comment(id), data::title(n as i32))
        }),
        Operation::UpdateMany => each!(|n| rival.update_many(n as i32)),
        Operation::CreateMany => each!(|_n| rival.create_many(data::MANY)),
        Operation::Delete => {
            for id in doomed {
                black_box(rival.delete(id).await);
            }
        }
    }
    let (spent, busy) = (begun.elapsed(), busy.elapsed());
    let allocations = allocations::stop();
    let requests = rival.requests().zip(requests).map_or(0, |(after, before)| after - before);
    if operation == Operation::CreateMany {
        rival.clear().await;
    }
    if show {
        shown.replace('\n', " ")
    } else {
        format!("{} {} {allocations} {requests}", spent.as_nanos(), busy.as_nanos())
    }
}
