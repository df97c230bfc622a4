//! `examples/file_receive.rs`, where it can be built.

#[cfg(unix)]
#[path = "../file_receive.rs"]
mod program;

#[cfg(unix)]
fn main() -> impl std::process::Termination {
    program::main()
}

#[cfg(not(unix))]
fn main() {
    eprintln!("file_receive needs a Unix system");
}
