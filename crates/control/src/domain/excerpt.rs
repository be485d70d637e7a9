//! Head and tail of a text that is too long to be kept whole.

use wire::ping::JobResult;

/// The longest log that is kept, in bytes: the most that an agent sends, including its own
/// note about what it cut.
const LONGEST_LOG: usize = 1024 * 1024 + 128;

/// The longest error of a result, in bytes.
const LONGEST_ERROR: usize = 8 * 1024;

/// Shortens a result that is too long. Refusing it would not help: the host would send it
/// again, and no other result after it.
pub(crate) fn shorten(result: &mut JobResult) {
    let gone = cut(&mut result.log, LONGEST_LOG);
    result.cut = result.cut.saturating_add(gone);
    cut(&mut result.err, LONGEST_ERROR);
}

/// Replaces the middle of a text that is longer than `longest` bytes by a note; returns how
/// many bytes were removed.
fn cut(text: &mut String, longest: usize) -> u64 {
    if text.len() <= longest {
        return 0;
    }
    let head = text.floor_char_boundary(longest / 2);
    let tail = text.ceil_char_boundary(text.len() - longest / 2);
    let gone = tail - head;
    text.replace_range(
        head..tail,
        &format!("\n[… {gone} bytes cut by control …]\n"),
    );
    gone as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_kept_whole() {
        let mut text = "abcdef".to_owned();
        assert_eq!(cut(&mut text, 6), 0);
        assert_eq!(text, "abcdef");
    }

    #[test]
    fn head_and_tail_of_a_long_text_are_kept() {
        let mut text = "abcdefghij".to_owned();
        assert_eq!(cut(&mut text, 6), 4);
        assert_eq!(text, "abc\n[… 4 bytes cut by control …]\nhij");
    }

    #[test]
    fn no_character_is_cut_in_half() {
        let mut text = "ééééé".to_owned();
        assert_eq!(cut(&mut text, 6), 6);
        assert!(text.starts_with("é\n[") && text.ends_with("]\né"));
    }
}
