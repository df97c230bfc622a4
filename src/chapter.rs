//! The chapters of the book, by number and title, for [`Error::explain`](crate::Error::explain).

use crate::language::{Language, Words, both, tell};

/// A chapter of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chapter {
    number: u8,
    title: Words<&'static str>,
}

macro_rules! chapters {
    ($($name:ident = $number:literal, $title:literal, $chinese:literal;)*) => {
        $(pub(crate) const $name: Chapter = Chapter { number: $number, title: both($title, $chinese) };)*

        #[cfg(test)]
        const ALL: &[Chapter] = &[$($name),*];
    };
}

chapters! {
    CREATION = 1, "Creation", "创建";
    SERVER = 2, "Server calls", "服务端的调用";
    CLIENT = 3, "Client calls", "客户端的调用";
    COMMON = 4, "Common calls", "公共的调用";
    BLOCKING = 5, "Blocking, non-blocking, timeouts", "阻塞、非阻塞与超时";
    FILES = 6, "Files", "文件";
    TCP = 7, "A TCP conversation", "一次 TCP 通话";
    TCP_STRESS = 8, "TCP under stress", "极端情况下的 TCP";
    UDP = 9, "UDP", "UDP";
    MESSAGES = 11, "Messages on a stream", "流上的消息";
    ADDRESSES = 16, "IPv6 and names", "IPv6 与域名";
    UNIX = 17, "Unix sockets and socketpair", "Unix 域套接字与 socketpair";
    TROUBLES = 18, "When it goes wrong", "出错的时候";
}

impl Chapter {
    /// `chapter 3, Client calls`.
    pub(crate) fn named(self, language: Language) -> String {
        let (number, title) = (self.number, self.title.of(language));
        tell!(
            language,
            "chapter {number}, {title}",
            "第 {number} 章“{title}”"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Chapter};

    #[test]
    fn each_chapter_is_in_the_summary_of_the_book() {
        let summary = include_str!("../book/en/src/SUMMARY.md");
        let chinese = include_str!("../book/zh-CN/po/SUMMARY.po");
        for Chapter { number, title } in ALL {
            let entry = format!("- [{number} {}](", title.english);
            assert!(summary.contains(&entry), "SUMMARY.md has no {entry}");
            let entry = format!("msgstr \"[{number} {}](", title.chinese);
            assert!(chinese.contains(&entry), "SUMMARY.po has no {entry}");
        }
    }
}
