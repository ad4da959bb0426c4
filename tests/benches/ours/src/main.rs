//! Measures zmodel beside what people would use instead of it, in turns, and prints the tables of the README.
//!
//! `cargo run --release [-- [--rounds N] [--only OPERATION,…] [--rivals NAME,…] [--storm] [--postgres]]`

mod measure;
mod place;
mod rival;
mod seed;
mod table;

use harness::Operation;
use measure::{Measured, measure};
use place::Place;
use rival::{POSTGRES, Rival, SQLITE};

#[zmodel_macros::zmodel("schema.zmodel")]
mod db {}

struct Options {
    rounds: usize,
    operations: Vec<Operation>,
    rivals: Vec<String>,
    storm: bool,
    postgres: bool,
}

fn options() -> Options {
    let operations = Operation::ALL.to_vec();
    let mut options = Options { rounds: 15, operations, rivals: Vec::new(), storm: false, postgres: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_else(|| panic!("`{word}` needs a value"));
        match word.as_str() {
            "--rounds" => options.rounds = value().parse().expect("a number of rounds"),
            "--only" => {
                let named = |name: &str| Operation::named(name).unwrap_or_else(|| panic!("no operation `{name}`"));
                options.operations = value().split(',').map(named).collect();
            }
            "--rivals" => options.rivals = value().split(',').map(str::to_owned).collect(),
            "--storm" => options.storm = true,
            "--postgres" => options.postgres = true,
            _ => panic!("`{word}` is not known"),
        }
    }
    options
}

fn main() {
    let options = options();
    let (place, kinds) = if options.postgres { (Place::postgres(), POSTGRES) } else { (Place::sqlite(), SQLITE) };
    let usual = |kind: &rival::Kind| options.rivals.is_empty() && (kind.usual || options.storm);
    let chosen = kinds.iter().filter(|kind| usual(kind) || options.rivals.iter().any(|it| it == kind.name));
    let mut rivals: Vec<Rival> = chosen.map(|kind| Rival::start(kind, &place.copy(kind.name))).collect();
    if options.storm {
        println!("{}", table::storm(&mut rivals));
        return;
    }
    let mut all = Vec::new();
    for operation in options.operations {
        measure::compare(&mut rivals, operation);
        let measured: Measured = measure(&mut rivals, operation, options.rounds);
        eprintln!("{}", table::line(&measured, &rivals));
        all.push(measured);
    }
    println!("{}", table::all(&all, &rivals));
}
