//! What zmodel promises, tested through its public doors: schema in, generated client used, rows out.
