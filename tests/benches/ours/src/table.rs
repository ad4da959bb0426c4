//! The tables, as Markdown.

use std::fmt::Write;

use crate::measure::Measured;
use crate::rival::Rival;

/// One operation, for somebody who waits.
pub(crate) fn line(measured: &Measured, rivals: &[Rival]) -> String {
    let mut out = format!("{:20}", measured.operation.name());
    for (at, rival) in rivals.iter().enumerate() {
        let (time, ratio, busy) = (time(measured.time[at]), measured.ratio[at], measured.busy[at]);
        let _ = write!(out, " {} {time} {ratio:.2} {busy:.2} |", rival.kind.name);
    }
    out
}

/// Everything: times, allocations, requests.
pub(crate) fn all(list: &[Measured], rivals: &[Rival]) -> String {
    let mut out = String::new();
    head(&mut out, rivals, "operation");
    for measured in list {
        let _ = write!(out, "| {} |", measured.operation.text());
        for at in 0..rivals.len() {
            match at {
                0 => drop(write!(out, " {} |", time(measured.time[at]))),
                _ => drop(write!(out, " {:.2} ({}) |", measured.ratio[at], time(measured.time[at]))),
            }
        }
        out.push('\n');
    }
    out.push_str("\nHow long any thread was busy, as a multiple of the floor:\n\n");
    head(&mut out, rivals, "operation");
    for measured in list {
        let _ = write!(out, "| {} |", measured.operation.text());
        for busy in &measured.busy {
            let _ = write!(out, " {busy:.2} |");
        }
        out.push('\n');
    }
    out.push_str("\nAllocations a row:\n\n");
    head(&mut out, rivals, "operation");
    for measured in list {
        let _ = write!(out, "| {} |", measured.operation.text());
        for allocations in &measured.allocations {
            let _ = write!(out, " {:.1} |", allocations / measured.operation.rows() as f64);
        }
        out.push('\n');
    }
    if let Some(at) = rivals.iter().position(|rival| rival.kind.name == "zmodel") {
        out.push_str("\nHow often zmodel waits for the database, `BEGIN` and `COMMIT` among it:\n\n| operation | waits |\n|-|-|\n");
        for measured in list {
            let _ = writeln!(out, "| {} | {:.0} |", measured.operation.text(), measured.requests[at]);
        }
    }
    out
}

fn head(out: &mut String, rivals: &[Rival], first: &str) {
    let names = rivals.iter().map(|rival| rival.kind.name).collect::<Vec<_>>();
    let _ = writeln!(out, "| {first} | {} |\n|-|{}", names.join(" | "), "-|".repeat(names.len()));
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        short if short < 10_000.0 => format!("{:.1} µs", short / 1e3),
        short if short < 1_000_000.0 => format!("{:.0} µs", short / 1e3),
        long => format!("{:.1} ms", long / 1e6),
    }
}

/// Sixty-four tasks at once, rival by rival, three times.
pub(crate) fn storm(rivals: &mut [Rival]) -> String {
    let mut out =
        "| | point reads/s | lists/s | long/s | timer late, median | 99 % | most |\n|-|-|-|-|-|-|-|\n".to_owned();
    for _ in 0..3 {
        for rival in rivals.iter_mut().filter(|rival| rival.kind.in_storm) {
            let [point, list, long, median, late, most] = rival.numbers("storm 3");
            let name = rival.kind.name;
            let [median, late, most] = [median, late, most].map(|micros| time(micros as f64 * 1e3));
            let _ = writeln!(out, "| {name} | {point} | {list} | {long} | {median} | {late} | {most} |");
        }
    }
    out
}
