//! The languages that errors are explained in.

use std::env;

/// A language that errors are explained in ([`Error::explain_in`](crate::Error::explain_in)), and
/// that the book is written in.
///
/// ```
/// use socketbook::{Language, Socket};
///
/// let error = Socket::tcp()?.getpeername().unwrap_err();
/// assert!(error.explain_in(Language::Chinese).contains("第 4 章"));
/// # Ok::<(), socketbook::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The language of a locale or a tag: `zh-CN`, `zh_CN.UTF-8`, `zh`, `en`. `None` for one that
    /// is not here.
    ///
    /// ```
    /// use socketbook::Language;
    ///
    /// assert_eq!(Language::named("zh-CN"), Some(Language::Chinese));
    /// assert_eq!(Language::named("en_GB.UTF-8"), Some(Language::English));
    /// assert_eq!(Language::named("tlh"), None);
    /// ```
    pub fn named(name: &str) -> Option<Language> {
        let language = name.split(['_', '-', '.', '@']).next()?;
        match &*language.to_ascii_lowercase() {
            "en" => Some(Language::English),
            "zh" => Some(Language::Chinese),
            _ => None,
        }
    }

    /// The language of the user's locale: that of `LC_ALL`, `LC_MESSAGES` or `LANG`, whichever is
    /// set first; English if it is another one.
    pub fn from_environment() -> Language {
        Language::by(|name| env::var(name).ok())
    }

    fn by(variable: impl Fn(&str) -> Option<String>) -> Language {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(variable)
            .find(|value| !value.is_empty());
        locale
            .and_then(|locale| Language::named(&locale))
            .unwrap_or_default()
    }
}

/// The same words in each language, so that one cannot be added without the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words<T> {
    pub(crate) english: T,
    pub(crate) chinese: T,
}

impl<T: AsRef<str>> Words<T> {
    pub(crate) fn of(&self, language: Language) -> &str {
        match language {
            Language::English => self.english.as_ref(),
            Language::Chinese => self.chinese.as_ref(),
        }
    }
}

/// Words that stand in a table.
pub(crate) const fn both(english: &'static str, chinese: &'static str) -> Words<&'static str> {
    Words { english, chinese }
}

/// Words with values in them, in both languages, since it isn't known yet which is asked for.
macro_rules! say {
    ($english:literal, $chinese:literal $(, $name:ident = $value:expr)*) => {
        $crate::language::Words {
            english: format!($english $(, $name = $value)*),
            chinese: format!($chinese $(, $name = $value)*),
        }
    };
}

/// Words with values in them, in one language.
macro_rules! tell {
    ($language:expr, $english:literal, $chinese:literal $(, $name:ident = $value:expr)*) => {
        match $language {
            $crate::language::Language::English => format!($english $(, $name = $value)*),
            $crate::language::Language::Chinese => format!($chinese $(, $name = $value)*),
        }
    };
}

pub(crate) use {say, tell};

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn the_first_variable_that_is_set_counts() {
        let of = |set: &[(&str, &str)]| {
            Language::by(|name| {
                let found = set.iter().find(|(other, _)| *other == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let (english, chinese) = (Language::English, Language::Chinese);
        assert_eq!(of(&[]), english);
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), chinese);
        assert_eq!(of(&[("LANG", "de_DE"), ("LC_MESSAGES", "zh_TW")]), chinese);
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "zh_CN")]), english);
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "ZH")]), chinese);
        assert_eq!(of(&[("LANG", "zhx")]), english);
    }
}
