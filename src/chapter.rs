//! The chapters of the book, by number and title, for [`Error::explain`](crate::Error::explain).

use std::fmt;

/// A chapter of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chapter {
    number: u8,
    title: &'static str,
}

macro_rules! chapters {
    ($($name:ident = $number:literal, $title:literal;)*) => {
        $(pub(crate) const $name: Chapter = Chapter { number: $number, title: $title };)*

        #[cfg(test)]
        const ALL: &[Chapter] = &[$($name),*];
    };
}

chapters! {
    CREATION = 1, "Creation";
    SERVER = 2, "Server calls";
    CLIENT = 3, "Client calls";
    COMMON = 4, "Common calls";
    BLOCKING = 5, "Blocking, non-blocking, timeouts";
    FILES = 6, "Files";
    TCP = 7, "A TCP conversation";
    TCP_STRESS = 8, "TCP under stress";
    UDP = 9, "UDP";
    MESSAGES = 11, "Messages on a stream";
    ADDRESSES = 16, "IPv6 and names";
    UNIX = 17, "Unix sockets and socketpair";
    TROUBLES = 18, "When it goes wrong";
}

/// `chapter 3, Client calls`.
impl fmt::Display for Chapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chapter {}, {}", self.number, self.title)
    }
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn each_chapter_is_in_the_summary_of_the_book() {
        let summary = include_str!("../book/en/src/SUMMARY.md");
        for chapter in ALL {
            let entry = format!("- [{} {}](", chapter.number, chapter.title);
            assert!(summary.contains(&entry), "SUMMARY.md has no {entry}");
        }
    }
}
