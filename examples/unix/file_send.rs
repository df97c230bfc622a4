//! `examples/file_send.rs`, where it can be built.

#[cfg(target_os = "linux")]
#[path = "../file_send.rs"]
mod program;

#[cfg(target_os = "linux")]
fn main() -> impl std::process::Termination {
    program::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("file_send needs Linux");
}
