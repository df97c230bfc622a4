//! The crate beside CPython, on Linux: `compare.rs`.

#[cfg(target_os = "linux")]
#[path = "compare.rs"]
mod compare;

#[cfg(target_os = "linux")]
fn main() -> impl std::process::Termination {
    compare::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("SKIPPED: the comparison with CPython runs on Linux");
}
