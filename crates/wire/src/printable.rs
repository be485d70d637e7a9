//! Which characters of text from elsewhere are shown: one list for all programs.
//!
//! Names, errors and output come from hosts, publishers and registries. They must not control a
//! terminal, forge a line, reverse the text beside them, or look like another name by means of
//! invisible characters.

/// Whether a character is visible and has no other effect: letters, marks, digits, punctuation
/// and symbols, and the space.
pub fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        _ if c < '\u{a1}' || is_ignorable(c) => false,
        // The standard library decides what is printable. Alone, a mark would be escaped,
        // because it needs a character to stand on.
        _ => {
            let mut utf8 = [b'a', 0, 0, 0, 0];
            let length = c.encode_utf8(&mut utf8[1..]).len();
            let text = str::from_utf8(&utf8[..=length]).unwrap_or_default();
            text.escape_debug().count() == 2
        }
    }
}

/// Letters, marks and symbols that are shown as nothing: the `Default_Ignorable_Code_Point`s
/// among them, and the empty Braille pattern.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text on one line: unprintable characters become `?`, and white space becomes a space.
pub fn on_one_line(text: &str) -> String {
    text.chars().map(shown).collect()
}

/// Text that keeps its lines and tabs; the rest as [`on_one_line`].
pub fn in_lines(text: &str) -> String {
    let keep = |c| matches!(c, '\n' | '\t');
    (text.chars())
        .map(|c| if keep(c) { c } else { shown(c) })
        .collect()
}

fn shown(c: char) -> char {
    match c {
        c if is_printable(c) => c,
        c if c.is_whitespace() => ' ',
        _ => '?',
    }
}

/// The same JSON with every unprintable character escaped: programs read the same, and a
/// terminal is not affected.
pub fn json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || is_printable(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}

/// The first `most` characters of a text, with an ellipsis for the rest.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept = text.chars().take(most.saturating_sub(1));
            kept.chain(['…']).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters that control, hide or reverse text, by their Unicode names.
    const UNSEEN: [char; 30] = [
        '\0',
        '\t',
        '\n',
        '\r',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{9d}',
        '\u{a0}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{180e}',
        '\u{200b}',
        '\u{200d}',
        '\u{200e}',
        '\u{2028}',
        '\u{2029}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{2800}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{fff9}',
        '\u{e0041}',
        '\u{10ffff}',
    ];

    #[test]
    fn invisible_characters_are_not_shown() {
        for c in UNSEEN {
            assert!(!is_printable(c), "{:x}", u32::from(c));
        }
        assert_eq!(on_one_line("a\n\u{1b}[2J\u{202e}é"), "a ?[2J?é");
        assert_eq!(in_lines("a\tb\n\u{9b}2J\r\n"), "a\tb\n?2J \n");
    }

    #[test]
    fn what_people_write_is_shown() {
        for text in [
            "web-1 \"é\" 'ß' \\ €",
            "日本語",
            "हिन्दी",
            "ภาษาไทย",
            "e\u{301}",
            "שָׁלוֹם",
            "✓ 🚀",
        ] {
            assert_eq!(on_one_line(text), text);
        }
    }

    #[test]
    fn json_says_the_same_with_nothing_unseen_in_it() {
        let text: String = UNSEEN.iter().collect();
        let value = serde_json::json!({ "name": text, "né": ["🚀"] });
        let escaped = json(&format!("{value:#}"));
        assert!(escaped.chars().all(|c| c == '\n' || is_printable(c)));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&escaped).unwrap(),
            value
        );
        assert!(escaped.contains("né") && escaped.contains("\\u202e"));
    }

    #[test]
    fn cut_text_ends_with_an_ellipsis() {
        assert_eq!(cut("éé", 2), "éé");
        assert_eq!(cut("ééé", 2), "é…");
    }
}
