//! The parser's messages, and how they are said to people who write dialplans.

/// How an objection of the parser is said here.
pub(super) struct Words {
    /// What the parser's message begins with.
    pub(super) begins: &'static str,
    /// Whether this is what was meant, by what is written there and what follows.
    pub(super) fits: fn(&str, &str) -> bool,
    /// What is wrong.
    pub(super) message: &'static str,
    /// What to type.
    pub(super) help: &'static str,
}

const fn words(begins: &'static str, message: &'static str, help: &'static str) -> Words {
    Words { begins, fits: |_, _| true, message, help }
}

/// The first that fits is said; what none fits, in the parser's own words.
pub(super) const WORDS: &[Words] = &[
    Words {
        fits: |written, _| written.is_empty(),
        ..words(
            "string values must be quoted",
            "there is no value here",
            "write one: a text stands in quotes",
        )
    },
    Words {
        fits: |written, _| written.starts_with(['“', '”', '「', '＂', '‘', '’']),
        ..words("string values must be quoted", "these are no straight quotes", "write \"…\"")
    },
    words("string values must be quoted", "this is no value", "a text stands in quotes: \"…\""),
    Words {
        fits: |_, after| after.starts_with([':', '：', '＝']),
        ..words("key with no value", "a key without its value", "write `=` between key and value")
    },
    Words {
        fits: |_, after| {
            after.starts_with(|c: char| c.is_alphanumeric())
                && after.lines().next().is_some_and(|line| line.contains('='))
        },
        ..words("key with no value", "a key is one word", "write `_` or `-` in place of the blank")
    },
    words("key with no value", "a key without its value", "write KEY = VALUE; `#` begins a comment"),
    Words {
        fits: |written, _| matches!(written, ":" | "：" | "＝"),
        ..words("invalid unquoted key", "this is no `=`", "write `=` between key and value")
    },
    words(
        "invalid unquoted key",
        "a key without quotes is letters, digits, `-` and `_`",
        "put the key in quotes, as keys.\"*\"",
    ),
    words("unquoted keys cannot be empty", "there is no key here", "write KEY = VALUE, or [step.NAME]"),
    words("unclosed", "this header is not closed", "write `]` after the name"),
    words("missing comma", "a comma is missing here", "write `,` between the two"),
    words(
        "unexpected leading zero",
        "a number cannot begin with 0",
        "put it in quotes where it is a telephone number",
    ),
    words("invalid date", "this is no value", "put it in quotes where it is a telephone number or a text"),
    words(
        "invalid boolean",
        "this is no value",
        "write true or false, in small letters, or put a text in quotes",
    ),
    words(
        "invalid basic string",
        "this text has no closing quote",
        "write `\"` at its end, on the same line",
    ),
    words(
        "invalid literal string",
        "this text has no closing quote",
        "write `'` at its end, on the same line",
    ),
    words("invalid multi-line", "this text is never closed", "write three quotes at its end"),
    words(
        "unexpected key or value",
        "nothing can follow the value on its line",
        "one key a line; `#` begins a comment",
    ),
    words(
        "cannot recurse further",
        "lists and tables lie too deep in each other",
        "a plan needs no more than three",
    ),
    words("recursion limit", "keys lie too deep in each other", "a plan needs no more than four"),
    words(
        "carriage return",
        "a line ends as no editor of today ends it",
        "save the file with line ends LF or CRLF",
    ),
];
