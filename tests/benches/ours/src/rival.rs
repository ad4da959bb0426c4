//! The processes of the rivals.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A rival there is.
pub(crate) struct Kind {
    /// What it is called here.
    pub(crate) name: &'static str,
    /// Its program.
    program: &'static str,
    /// What makes it behave as the name says.
    environment: &'static [(&'static str, &'static str)],
    /// Whether it is made for many tasks at once.
    pub(crate) in_storm: bool,
    /// Whether it is there without being asked for by name, but for storms.
    pub(crate) usual: bool,
}

/// Those on SQLite, the floor first.
pub(crate) const SQLITE: &[Kind] = &[
    Kind { name: "rusqlite", program: "on-rusqlite", environment: &[], in_storm: false, usual: true },
    // With as many pages in memory as SQLite keeps by itself, as the other rivals have it.
    Kind {
        name: "as-it-comes",
        program: "on-rusqlite",
        environment: &[("AS_IT_COMES", "1")],
        in_storm: false,
        usual: true,
    },
    Kind { name: "zmodel", program: "on-zmodel", environment: &[], in_storm: true, usual: true },
    Kind { name: "unguarded", program: "on-zmodel", environment: &[("UNGUARDED", "1")], in_storm: false, usual: true },
    Kind { name: "here", program: "on-zmodel", environment: &[("RUN", "here")], in_storm: true, usual: false },
    Kind {
        name: "elsewhere",
        program: "on-zmodel",
        environment: &[("RUN", "elsewhere")],
        in_storm: true,
        usual: false,
    },
    Kind { name: "diesel", program: "on-diesel", environment: &[], in_storm: false, usual: true },
    Kind { name: "sqlx", program: "on-sqlx", environment: &[], in_storm: true, usual: true },
    Kind { name: "sea-orm", program: "on-sea-orm", environment: &[], in_storm: true, usual: true },
    Kind { name: "toasty", program: "on-toasty", environment: &[], in_storm: true, usual: true },
];

/// Those on PostgreSQL, the floor first.
pub(crate) const POSTGRES: &[Kind] = &[
    Kind { name: "tokio-postgres", program: "on-tokio-postgres", environment: &[], in_storm: true, usual: true },
    Kind { name: "zmodel", program: "on-zmodel", environment: &[], in_storm: true, usual: true },
    Kind { name: "unguarded", program: "on-zmodel", environment: &[("UNGUARDED", "1")], in_storm: false, usual: true },
    Kind { name: "diesel", program: "on-diesel-postgres", environment: &[], in_storm: false, usual: true },
    Kind { name: "sqlx", program: "on-sqlx-postgres", environment: &[], in_storm: true, usual: true },
    Kind { name: "sea-orm", program: "on-sea-orm", environment: &[], in_storm: true, usual: true },
    Kind { name: "toasty", program: "on-toasty", environment: &[], in_storm: true, usual: true },
];

/// A rival at work, on a database of its own.
pub(crate) struct Rival {
    pub(crate) kind: &'static Kind,
    child: Child,
    words: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Rival {
    /// Starts its program, which lies beside this one, on a database of its own.
    pub(crate) fn start(kind: &'static Kind, database: &str) -> Self {
        let program = std::env::current_exe().expect("this program").with_file_name(kind.program);
        let mut command = Command::new(&program);
        command.arg(database).envs(kind.environment.iter().copied());
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{}: {error}; build it first", program.display()));
        let words = child.stdin.take().expect("its input");
        let answers = BufReader::new(child.stdout.take().expect("its output"));
        Self { kind, child, words, answers }
    }

    /// Has it do something.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.words, "{line}").and_then(|()| self.words.flush()).expect("a rival that listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("an answer");
        assert!(!answer.is_empty(), "{} gave up on `{line}`", self.kind.name);
        answer.trim_end().to_owned()
    }

    /// The numbers that it answers with.
    pub(crate) fn numbers<const N: usize>(&mut self, line: &str) -> [u64; N] {
        let answer = self.ask(line);
        let numbers: Vec<u64> = answer.split(' ').map(|number| number.parse().expect("a number")).collect();
        numbers.try_into().expect("so many numbers")
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
