//! What was there before and after a change, short enough for the log.

use serde_json::Value;

/// The most bytes of a text in a value; of a longer one the beginning stays.
const MOST_TEXT: usize = 256;

/// The most entries of a list in a value.
const MOST_ENTRIES: usize = 64;

/// The most bytes of a value, as JSON.
const MOST: usize = 16 << 10;

/// The value as JSON, with what is too long cut off and marked as cut.
pub(super) fn shortened(mut value: Value) -> String {
    shorten(&mut value);
    let text = value.to_string();
    match text.len() <= MOST {
        true => text,
        false => Value::String(beginning(&text, MOST / 4)).to_string(),
    }
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > MOST_TEXT => *text = beginning(text, MOST_TEXT),
        Value::Array(entries) => {
            let more = entries.len().saturating_sub(MOST_ENTRIES);
            entries.truncate(MOST_ENTRIES);
            entries.iter_mut().for_each(shorten);
            if more > 0 {
                entries.push(Value::String(format!("… and {more} more")));
            }
        }
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

fn beginning(text: &str, most: usize) -> String {
    let end = text.floor_char_boundary(most);
    format!("{}… ({} bytes)", &text[..end], text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_short_stays_as_it_is() {
        let value = json!({ "a": [1, "x"], "b": null });
        assert_eq!(shortened(value.clone()), value.to_string());
    }

    #[test]
    fn abuse_long_values_do_not_fill_the_log() {
        let text = "é".repeat(1_000_000);
        let shown = shortened(json!({ "text": text, "list": vec![&text; 1_000] }));
        assert!(shown.len() <= MOST + 64, "{}", shown.len());
        assert!(shown.contains("2000000 bytes"));
        let list = shortened(json!(vec![1; 1_000]));
        assert!(list.ends_with("\"… and 936 more\"]"), "{list}");
        let wide: Value = (0..100_000)
            .map(|n| (n.to_string(), json!(n)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let shown = shortened(wide);
        assert!(shown.len() < MOST && serde_json::from_str::<Value>(&shown).is_ok());
    }

    #[test]
    fn abuse_deeply_nested_lists_are_bounded() {
        let mut value = json!("x".repeat(300));
        for _ in 0..3 {
            value = json!(vec![value; 100]);
        }
        assert!(shortened(value).len() <= MOST);
    }
}
