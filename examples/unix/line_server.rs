//! `examples/line_server.rs`, where it can be built.

#[cfg(unix)]
#[path = "../line_server.rs"]
mod program;

#[cfg(unix)]
fn main() -> impl std::process::Termination {
    program::main()
}

#[cfg(not(unix))]
fn main() {
    eprintln!("line_server needs a Unix system");
}
