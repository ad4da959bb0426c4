//! Taking turns.

use harness::Operation;

use crate::rival::Rival;

/// What one operation took, a figure for each rival.
pub(crate) struct Measured {
    pub(crate) operation: Operation,
    /// Nanoseconds of one call: the median of the rounds.
    pub(crate) time: Vec<f64>,
    /// How many times the floor's time that is: the median of the ratios within a round.
    pub(crate) ratio: Vec<f64>,
    /// The same ratio of the time that any thread was busy, which others on the machine disturb less.
    pub(crate) busy: Vec<f64>,
    /// Allocations of one call.
    pub(crate) allocations: Vec<f64>,
    /// Requests to the database of one call, where they are known.
    pub(crate) requests: Vec<f64>,
}

/// All rivals must give the same.
pub(crate) fn compare(rivals: &mut [Rival], operation: Operation) {
    let mut expected: Option<String> = None;
    for rival in rivals {
        let shown = rival.ask(&format!("show {}", operation.name()));
        let expected = expected.get_or_insert_with(|| shown.clone());
        if *expected != shown {
            let at = expected.bytes().zip(shown.bytes()).take_while(|(a, b)| a == b).count();
            let around = |text: &str| text.chars().skip(at.saturating_sub(60)).take(160).collect::<String>();
            panic!(
                "{}: {} gives something else ({} and {} bytes)\n{}\n{}",
                operation.name(),
                rival.kind.name,
                expected.len(),
                shown.len(),
                around(expected),
                around(&shown)
            );
        }
    }
}

/// Rounds in which every rival has its turn, each time another one first. The first round is for warming up.
pub(crate) fn measure(rivals: &mut [Rival], operation: Operation, rounds: usize) -> Measured {
    let (count, batch) = (rivals.len(), operation.batch() as f64);
    let line = format!("time {}", operation.name());
    let mut times = vec![Vec::new(); count];
    let mut ratios = vec![Vec::new(); count];
    let mut busies = vec![Vec::new(); count];
    let (mut allocations, mut requests) = (vec![0.0; count], vec![0.0; count]);
    for round in 0..=rounds {
        let (mut now, mut busy) = (vec![0.0; count], vec![0.0; count]);
        for turn in 0..count {
            let at = (turn + round) % count;
            let [nanoseconds, worked, allocated, asked] = rivals[at].numbers(&line);
            now[at] = nanoseconds as f64 / batch;
            busy[at] = worked as f64 / batch;
            allocations[at] = allocated as f64 / batch;
            requests[at] = asked as f64 / batch;
        }
        if round > 0 {
            for at in 0..count {
                times[at].push(now[at]);
                ratios[at].push(now[at] / now[0]);
                busies[at].push(busy[at] / busy[0]);
            }
        }
    }
    Measured {
        operation,
        time: times.into_iter().map(median).collect(),
        ratio: ratios.into_iter().map(median).collect(),
        busy: busies.into_iter().map(median).collect(),
        allocations,
        requests,
    }
}

fn median(mut list: Vec<f64>) -> f64 {
    list.sort_by(f64::total_cmp);
    list[list.len() / 2]
}
