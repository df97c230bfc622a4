//! The book keeps its rules; and each rule finds what breaks it.
#![cfg(unix)]

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use book_check::{built, markdown, repository, rules, say_aloud, sources};
use regex_lite::Regex;

#[test]
fn the_book_keeps_its_rules() {
    let found: Vec<String> = rules::check(&repository())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(found.is_empty(), "\n\n{}\n", found.join("\n"));
}

/// A small repository around one chapter.
fn repository_with(chapter: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let root = built().join(format!("../tmp/rules/{number}"));
    let files = [
        ("book/en/src/SUMMARY.md", "[One](one.md)\n[Two](two.md)\n"),
        ("book/en/src/one.md", chapter),
        (
            "book/en/src/two.md",
            "# Two\n\n## Send & `recv`\n\n## Twice\n\n## Twice\n",
        ),
        ("book/en/src/diagrams/echo.svg", "<svg></svg>\n"),
        (
            "src/lib.rs",
            "doc_comment::doctest!(\"../book/en/src/one.md\", one);\n",
        ),
        (
            "examples/tour.rs",
            "// ANCHOR: call\nfn main() {}\n// ANCHOR_END: call\n",
        ),
        ("examples/untested.rs", "fn main() {}\n"),
        (
            "exercises/boxes/one.md",
            "### The box\n\n[Two](two.md)\n\n```console\n$ cargo exercise one\n```\n",
        ),
        ("exercises/boxes/rust.md", "```rust\nf();\n```\n"),
        (
            "exercises/boxes/output.md",
            "\n```text,output,example=tour\nx\n```\n",
        ),
        ("exercises/boxes/link.md", "\n\n[Three](three.md)\n"),
        (
            "tests/programs/main.rs",
            "const PROGRAMS: &[&str] = &[\"tour\"];\n",
        ),
    ];
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// Checks a chapter; the violations say only where and what.
fn check(chapter: &str) -> Vec<(String, usize, String)> {
    rules::check(&repository_with(chapter))
        .into_iter()
        .map(|found| (found.file.display().to_string(), found.line, found.message))
        .collect()
}

#[test]
fn a_chapter_that_keeps_the_rules_passes() {
    let chapter = r#"# One

[Two](two.md), [a part of it](two.md#send--recv), [another](two.md#twice-1),
[this page](#one), [outside](https://doc.rust-lang.org/std/), `examples/tour.rs`.

```rust
println!("a block that runs");
```

```text,output
a block that runs
```

```rust,should_panic
panic!();
```

```rust,compile_fail,E0308
let port: u16 = "8888";
```

```rust,ignore
{{#include ../../../examples/tour.rs}}
```

```text,output,example=tour 127.0.0.1
```

```rust,ignore
{{#include ../../../examples/tour.rs:call}}
```

```python
print("not run")
```

<figure>
{{#include diagrams/echo.svg}}
<figcaption id="echo">An echo.</figcaption>
</figure>

[The picture](#echo)

<div class="platform">

**On a Mac.** It is slower
(`man 2 bind`).

**On Windows.** It isn't, under Wine.

</div>

{{#include ../../../exercises/boxes/one.md}}

[The box](#the-box)
"#;
    assert_eq!(check(chapter), []);
}

/// Each of these has one mistake, on the line given, and the message says this.
#[test]
fn each_rule_finds_what_breaks_it() {
    let bad = [
        // The code.
        (
            "```rust,no_run\nf();\n```",
            1,
            "`rust,no_run` is not allowed",
        ),
        (
            "```rust,ignore\nf();\n```",
            1,
            "holds one include of a program from examples/",
        ),
        (
            "```rust,ignore\nuse x;\n{{#include ../../../examples/tour.rs}}\n```",
            1,
            "holds one include of a program from examples/",
        ),
        (
            "```rust,edition2021\nf();\n```",
            1,
            "`rust,edition2021` is not allowed",
        ),
        (
            "```rust,compile_fail\nf();\n```",
            1,
            "say which error the compiler gives",
        ),
        (
            "```rust,should_panic,ignore\nf();\n```",
            1,
            "is not allowed",
        ),
        (
            "```rust,ignore-linux\nf();\n```",
            1,
            "a block that compiles on Unix alone is `rust,ignore-windows`",
        ),
        (
            "```rust\n{{#include ../../../examples/tour.rs}}\n```",
            1,
            "rustdoc does not know",
        ),
        (
            "```rs\nf();\n```",
            1,
            "`rs` is not a language this book uses",
        ),
        (
            "```Rust\nf();\n```",
            1,
            "`Rust` is not a language this book uses",
        ),
        (
            "```should_panic\nf();\n```",
            1,
            "is not a language this book uses",
        ),
        ("```\nf();\n```", 1, "without a language"),
        ("text\n\n    f();\n", 3, "an indented block"),
        (
            "- text\n\n  ```rust,no_run\n  f();\n  ```",
            3,
            "`rust,no_run` is not allowed",
        ),
        ("> ```rs\n> f();\n> ```", 1, "`rs` is not a language"),
        (
            "```rust,ignore\n{{#include ../../../examples/gone.rs}}\n```",
            2,
            "there is no such file",
        ),
        (
            "```rust,ignore\n{{#include ../../../examples/tour.rs:hang_up}}\n```",
            2,
            "no line that ends in `ANCHOR: hang_up`",
        ),
        (
            "```rust,ignore\n{{#include ../../../examples/tour.rs:2:3}}\n```",
            2,
            "use an anchor",
        ),
        (
            "```rust,ignore\n{{#include ../../../src/lib.rs}}\n```",
            1,
            "is not in examples/",
        ),
        (
            "```rust,ignore\n{{#include ../../../examples/untested.rs}}\n```",
            1,
            "no file in tests/ names \"untested\"",
        ),
        (
            "```python\n{{#include ../gone.py}}\n```",
            2,
            "there is no such file",
        ),
        // The outputs.
        (
            "```text,output\nx\n```",
            1,
            "the block before this one is none",
        ),
        (
            "```python\nx\n```\n\n```text,output\nx\n```",
            5,
            "the block before this one is none",
        ),
        (
            "```rust,compile_fail,E0308\nx\n```\n\n```text,output\n```",
            5,
            "does not compile",
        ),
        (
            "```rust,ignore\n{{#include ../../../examples/tour.rs}}\n```\n\n```text,output\n```",
            5,
            "name the example",
        ),
        (
            "```text,output,example=gone\n```",
            1,
            "there is no examples/gone.rs",
        ),
        (
            "```rust\n```\n\n> ```text,output\n> x\n> ```",
            4,
            "in a list or a quotation",
        ),
        // The boxes about other systems.
        (
            "<div class=\"platform\">\n\n**On Windows.** It is\nslower.\n\n</div>",
            4,
            "has its source",
        ),
        (
            "<div class=\"platform\">\n\nSlower there (`man 2 bind`).\n\n</div>",
            3,
            "begins with its name in bold",
        ),
        // The links.
        ("[x](three.md)", 1, "there is no three.md"),
        (
            "\n[x](two.md#send)",
            2,
            "two.md has no `#send`; it has send--recv",
        ),
        ("[x](#here)", 1, "one.md has no `#here`"),
        ("[x](two.html)", 1, "link the Markdown file, two.md"),
        ("[x][two]\n\n[two]: three.md", 1, "there is no three.md"),
        (
            "[x](../../../examples/tour.rs)",
            1,
            "outside of the book's folder",
        ),
        ("![x](https://a.example/x.png)", 1, "fetched from outside"),
        ("![x](diagrams/gone.svg)", 1, "leads nowhere"),
        (
            "<img src=\"https://a.example/x.png\" alt=\"x\">",
            1,
            "fetched from outside",
        ),
        ("text <a href=\"three.md\">x</a>", 1, "there is no three.md"),
        ("<script>f()</script>", 1, "<script> has no place"),
        (
            "<script type=\"application/json\">{}</script><script>f()</script>",
            1,
            "<script> has no place",
        ),
        (
            "<div>\n<iframe title=\"x\"></iframe>\n</div>",
            2,
            "<iframe> has no place",
        ),
        (
            "<figure>\n{{#include diagrams/gone.svg}}\n</figure>",
            2,
            "there is no such file",
        ),
        ("{{#include diagrams/gone.svg}}", 1, "there is no such file"),
        (
            "See `examples/gone.rs`.",
            1,
            "there is no file examples/gone.rs",
        ),
    ];
    for (chapter, line, what) in bad {
        let found = check(chapter);
        assert_eq!(
            found.len(),
            1,
            "one mistake is in\n{chapter}\nand found were {found:#?}"
        );
        let (file, at, message) = &found[0];
        assert_eq!(
            (file.as_str(), *at),
            ("book/en/src/one.md", line),
            "{chapter}\n{message}"
        );
        assert!(
            message.contains(what),
            "{chapter}\nsays: {message}\nwithout: {what}"
        );
    }
}

/// What a chapter includes is held to the rules, and named as what it is.
#[test]
fn a_mistake_in_an_included_file_is_found() {
    let bad = [
        ("rust", 1, "nothing would run this block"),
        ("output", 2, "nothing would run this block"),
        ("link", 3, "there is no three.md"),
    ];
    for (name, line, what) in bad {
        let found = check(&format!(
            "{{{{#include ../../../exercises/boxes/{name}.md}}}}\n"
        ));
        let [(file, at, message)] = &found[..] else {
            panic!("one mistake is in {name}.md, and found were {found:#?}");
        };
        let expected = format!("exercises/boxes/{name}.md");
        assert_eq!((file.as_str(), *at), (expected.as_str(), line));
        assert!(message.contains(what), "{message}");
    }
}

#[test]
fn a_chapter_outside_of_the_summary_is_found() {
    let root = repository_with("# One\n");
    fs::write(root.join("book/en/src/three.md"), "# Three\n").unwrap();
    let found = rules::check(&root);
    fs::remove_file(root.join("book/en/src/three.md")).unwrap();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0]
            .to_string()
            .starts_with("book/en/src/three.md:1: SUMMARY.md does not name")
    );
}

#[test]
fn numbers_of_chapters_are_those_of_the_summary() {
    let root =
        repository_with("# 1 One\n\nAs [chapter 2](two.md#twice) and [3 Two](two.md) say.\n");
    let summary = "- [1 One](one.md)\n- [2 Two](two.md)\n";
    fs::write(root.join("book/en/src/SUMMARY.md"), summary).unwrap();
    let found: Vec<String> = rules::check(&root)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "book/en/src/one.md:3: two.md is chapter 2, not 3",
            "book/en/src/two.md:1: SUMMARY.md calls this page `# 2 Two`",
        ]
    );
}

#[test]
fn a_chapter_that_no_doctest_line_names_is_found() {
    let root = repository_with("# One\n\n```rust\nlet a = 1;\n```\n");
    fs::write(root.join("src/lib.rs"), "// ../book/en/src/one.md\n").unwrap();
    let found = rules::check(&root);
    assert_eq!(found.len(), 1, "{found:#?}");
    let text = found[0].to_string();
    assert!(
        text.starts_with("book/en/src/one.md:3: no `doc_comment::doctest!` line"),
        "{text}"
    );
    assert!(
        text.contains("doctest!(\"../book/en/src/one.md\", one)"),
        "{text}"
    );
}

/// rustdoc keeps back what a doctest says that passes, so its block is named here.
#[test]
fn blocks_that_skip_themselves_are_named() {
    let why = "SKIPPED: no IPv6 here";
    let repository = repository();
    let files = sources(&repository);
    let files = files.iter().flat_map(|source| markdown::files(source));
    let mut named = Vec::new();
    for file in files {
        let blocks = markdown::blocks(&fs::read_to_string(&file).unwrap());
        let place = file.strip_prefix(&repository).unwrap().display();
        for block in blocks.iter().filter(|block| block.body.contains(why)) {
            named.push(format!("{why}: the doctest {place}:{}", block.line));
        }
    }
    assert!(!named.is_empty(), "the chapter on addresses has some");
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        say_aloud(&named.join("\n"));
        assert!(std::env::var_os("CI").is_none(), "not to be in CI");
    }
}

/// At least three in each numbered chapter, all in the one form that the page's style knows.
#[test]
fn chapters_ask_before_they_show() {
    let entry = Regex::new(r"\[\d+ [^\]]+\]\(([\w-]+\.md)\)").unwrap();
    let form = Regex::new(concat!(
        r#"(?s)^\n\n\*\*Predict\.\*\* .+?\n\n1\. .+?\n2\. .+?\n\n"#,
        r#"<details>\n<summary>[^\n]+</summary>\n\n.+?\n\n</details>\n\n</div>\n"#,
    ))
    .unwrap();
    for source in sources(&repository()) {
        let summary = fs::read_to_string(source.join("SUMMARY.md")).unwrap();
        let numbered: Vec<&str> = entry
            .captures_iter(&summary)
            .map(|entry| entry.get(1).unwrap().as_str())
            .collect();
        assert!(!numbered.is_empty(), "{} has chapters", source.display());
        for file in markdown::files(&source) {
            let text = fs::read_to_string(&file).unwrap();
            let boxes: Vec<&str> = text.split("<div class=\"predict\">").skip(1).collect();
            for (number, inside) in boxes.iter().enumerate() {
                let inside = inside.split("<div").next().unwrap();
                let number = number + 1;
                assert!(
                    form.is_match(inside),
                    "{}: question {number} isn't in the form that book/WRITING.md shows:{inside}",
                    file.display()
                );
            }
            let name = file.file_name().unwrap().to_str().unwrap();
            assert!(
                boxes.len() >= 3 || !numbered.contains(&name),
                "{}: a chapter asks at least three questions before an output",
                file.display()
            );
        }
    }
}
