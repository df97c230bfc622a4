//! `examples/poll_server.rs`, where it can be built.

#[cfg(unix)]
#[path = "../poll_server.rs"]
mod program;

#[cfg(unix)]
fn main() -> impl std::process::Termination {
    program::main()
}

#[cfg(not(unix))]
fn main() {
    eprintln!("poll_server needs a Unix system");
}
