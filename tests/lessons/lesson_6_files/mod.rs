//! Lesson 6, files.

mod bytes;
mod text;
