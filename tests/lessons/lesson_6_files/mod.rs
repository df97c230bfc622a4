//! Lesson 6, files.

mod bytes;
mod endings;
mod more;
mod std_traits;
mod text;
mod writes;
