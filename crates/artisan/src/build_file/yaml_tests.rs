use super::super::load::parse;
use super::super::model::BuildFile;

/// A function with this item among its run lines, on the fifth line.
fn with_item(item: &str) -> String {
    format!(
        "functions:\n  - name: f\n    run:\n      - echo one\n      - {item}\n      - echo two\n"
    )
}

fn refusal(text: &str) -> String {
    parse(text).err().unwrap_or_default()
}

fn run_line(item: &str) -> String {
    let file: BuildFile = parse(&with_item(item)).unwrap();
    file.functions[0].run[1].clone()
}

/// The first of them was run without its `!`, and the function did the opposite.
#[test]
fn a_run_line_that_yaml_takes_for_something_else_is_shown_in_quotes() {
    for item in [
        "! grep -q x f",
        "!grep -q x f",
        "!!str echo",
        "!<x> echo",
        "!e!x echo",
        "! it's",
        "[ -f x ] && y",
        "[ -f x ]",
        "[[ -f x ]]",
        "[a, b",
        "{ echo a; }",
        "{a: b",
        "*.txt",
        "*alias",
        "& x",
        "echo a: b",
        "echo a:",
        "echo \"a: b\"",
        "\"a\" && b",
        "'it''s' x",
        "@foo",
        "`id`",
        "%x",
        "- a",
        "| a",
        "echo \"a #b\"",
        "echo 'a #b' c",
    ] {
        let reason = refusal(&with_item(item));
        let quoted = format!("'{}'", item.replace('\'', "''"));
        assert!(
            reason.starts_with("line 5: ")
                && reason.ends_with(&quoted)
                && reason.contains("quote it"),
            "{item}: {reason}"
        );
        assert_eq!(run_line(&quoted), item);
    }
}

#[test]
fn a_run_line_that_means_itself_is_run_as_it_stands() {
    for item in [
        "yes",
        "1.10",
        "$(g)",
        "a,b [c] {d}",
        "echo a:b c#d",
        "if ! grep x f; then y; fi",
        "echo https://x/?a&b *",
    ] {
        assert_eq!(run_line(item), item);
    }
    assert_eq!(run_line("echo a # b"), "echo a");
    assert_eq!(
        run_line("|\n        ! a: b # c\n        [ d"),
        "! a: b # c\n[ d\n"
    );
}

#[test]
fn an_item_that_is_empty_or_part_of_another_is_refused() {
    for item in ["", "# comment", "~", "null", "&anchor"] {
        let reason = refusal(&with_item(item));
        assert!(
            reason.starts_with("line 5: this run line is empty")
                && reason.contains("remove its `-`"),
            "{item}: {reason}"
        );
    }
    let reason = refusal("functions:\n- name: a\n  run:\n  - x\n   - y\n");
    assert!(
        reason.starts_with("line 5: this item belongs to the text of the one above"),
        "{reason}"
    );
}

/// Each with what it is, and what to do; nothing of the library's own words.
#[test]
fn errors_speak_of_build_files() {
    for (text, line, what, cure) in [
        ("env:\n  A: !x 1\n", 2, "a tag", "quote it: '!x 1'"),
        ("labels: {a: !x b}\n", 1, "a tag", "in quotes"),
        (
            "functions:\n  - name: !f f\n",
            2,
            "a tag",
            "quote it: '!f f'",
        ),
        (
            "input:\n  var:\n    - name: A\n      default: !!int 5\n",
            4,
            "a tag",
            "'!!int 5'",
        ),
        ("x-a: !x 1\n", 1, "a tag", "quote it"),
        ("!x env: 1\n", 1, "a tag", "quote it"),
        (
            "env: {}\n---\nenv: {}\n",
            2,
            "a second document",
            "remove this line",
        ),
        (
            "env: {}\n...\nenv: {}\n",
            3,
            "a second document",
            "remove this line",
        ),
        ("---\n", 1, "no `name: value` pairs", "indented"),
        ("a\n", 1, "no `name: value` pairs", "indented"),
        (
            "env:\n  A: 1\n  A: 2\n",
            3,
            "\"A\" is there twice",
            "leave one",
        ),
        (
            "env:\n  A:\n",
            2,
            "where text belongs",
            "\"\" for an empty one",
        ),
        (
            "env:\n  A: ~\n",
            2,
            "where text belongs",
            "\"\" for an empty one",
        ),
        ("env:\n  A: [1]\n", 2, "no text", "in quotes"),
        (
            "functions:\n  - a\n",
            2,
            "no `name: value` pairs",
            "indented",
        ),
        (
            "functions:\n  - name: a\n    run: {a: b}\n",
            3,
            "no list",
            "one `- item`",
        ),
        ("env:\n\tA: 1\n", 2, "a tab", "indent with blanks"),
        (
            "env:\n A: \"x\n",
            2,
            "a quotation is not closed",
            "close it",
        ),
        ("env:\n  A: \"\\q\"\n", 2, "a `\\` begins", "single quotes"),
        (
            "env:\n  A: 'x' y\n",
            2,
            "behind a text in quotes",
            "the whole text",
        ),
        ("env:\n  A: [x\n", 2, "brackets", "close each"),
        ("functions: [}\n", 1, "brackets", "close each"),
        ("env:\n  A: *x\n", 2, "begins with `*`", "in quotes"),
        ("x-a: &a\n  b: *a\n", 2, "lies in itself", "write out"),
        ("env:\n  <<: 3\n", 2, "`<<:`", "<<: *name"),
        ("env:\n  A: b: c\n", 2, "a `: ` where", "in quotes"),
        ("env:\n  A: @x\n", 2, "no text begins", "in quotes"),
        ("env:\n  A: x\0y\n", 2, "cannot be seen", "remove it"),
        ("env:\n  A: \"x\"#c\n", 2, "a comment", "in quotes"),
        ("env:\n  A: a\nfoo\n", 3, "does not fit", "indent it"),
        ("env:\n  A: 1\n B: 2\n", 3, "does not fit", "indent it"),
        (
            "%YAML 3.0\n---\nenv: {}\n",
            1,
            "begins with `%`",
            "remove the line",
        ),
        (
            "env:\n  A: |x\n    y\n",
            2,
            "below a `|`",
            "indent all lines",
        ),
    ] {
        let reason = refusal(text);
        let is_ours = reason.starts_with(&format!("line {line}: "))
            && reason.contains(what)
            && reason.contains(cure);
        let library = [
            "Option<",
            "deserialize",
            "scalar",
            "mapping",
            "sequence",
            "anchor",
            "column",
        ];
        let foreign = library.iter().find(|word| reason.contains(**word));
        assert!(is_ours && foreign.is_none(), "{text:?}: {reason}");
    }
}

/// YAML has a dozen ways to read these as something else.
#[test]
fn values_of_variables_stay_the_texts_that_they_are() {
    let values = [
        "1.10",
        "0644",
        "1e3",
        "yes",
        "on",
        "No",
        "true",
        "0x10",
        "1_000",
        "2020-01-01",
        "12:30",
        ".inf",
        ".nan",
    ];
    let pairs: String = (values.iter().enumerate())
        .map(|(at, value)| format!("  A{at}: {value}\n"))
        .collect();
    let file = parse(&format!("env:\n{pairs}labels:\n{pairs}")).unwrap();
    for (at, value) in values.iter().enumerate() {
        let name = format!("A{at}");
        assert_eq!(
            (file.env[&name].as_str(), file.labels[&name].as_str()),
            (*value, *value)
        );
    }
}

/// Each run line was looked for from the file's beginning.
#[test]
fn abuse_a_file_of_many_short_run_lines() {
    let text = format!(
        "functions:\n  - name: f\n    run:\n{}",
        "      - a\n".repeat(90_000)
    );
    assert_eq!(parse(&text).unwrap().functions[0].run.len(), 90_000);
}
