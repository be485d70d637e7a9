//! Parts of an archive (RFC 9110, section 14): a pull that broke off goes on where it
//! was.

use axum::http::{HeaderMap, header};

/// What a request wants of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it, or what is not known here: that is answered with all of it, too.
    Whole,
    /// From this byte on, so many.
    Bytes {
        /// Where they begin.
        start: u64,
        /// How many they are.
        count: u64,
    },
    /// What begins behind its end.
    Beyond,
}

/// The part that a request asks for. One that knows other bytes by another tag is given
/// all of the archive.
pub(super) fn wanted(headers: &HeaderMap, tag: &str, length: u64) -> Wanted {
    let known = headers.get(header::IF_RANGE);
    if known.is_some_and(|known| known.as_bytes() != tag.as_bytes()) {
        return Wanted::Whole;
    }
    let range = headers.get(header::RANGE);
    range
        .and_then(|range| parse(range.to_str().ok()?, length))
        .unwrap_or(Wanted::Whole)
}

/// One range, as `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`.
fn parse(text: &str, length: u64) -> Option<Wanted> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1)),
        (Some(first), None) if last.is_empty() => (first, length),
        (None, Some(count)) if first.is_empty() => (length.saturating_sub(count), length),
        _ => return None,
    };
    let count = end.min(length).saturating_sub(start);
    Some(match count {
        0 => Wanted::Beyond,
        count => Wanted::Bytes { start, count },
    })
}

fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_ten(range: &str, if_range: Option<&str>) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        if let Some(tag) = if_range {
            headers.insert(header::IF_RANGE, tag.parse().unwrap());
        }
        wanted(&headers, "\"a\"", 10)
    }

    #[test]
    fn one_range_of_bytes_is_given() {
        for (range, start, count) in [
            ("bytes=4-", 4, 6),
            ("bytes=0-0", 0, 1),
            ("bytes=4-99", 4, 6),
            ("bytes=-3", 7, 3),
            ("bytes=-99", 0, 10),
        ] {
            assert_eq!(
                of_ten(range, None),
                Wanted::Bytes { start, count },
                "{range}"
            );
        }
    }

    #[test]
    fn what_is_behind_the_end_is_told_so() {
        for range in ["bytes=10-", "bytes=99-100", "bytes=-0"] {
            assert_eq!(of_ten(range, None), Wanted::Beyond, "{range}");
        }
    }

    #[test]
    fn what_is_not_known_is_answered_with_everything() {
        for range in [
            "lines=1-2",
            "bytes=2-1",
            "bytes=1-2,4-5",
            "bytes=+1-",
            "bytes=-",
            "bytes=99999999999999999999-",
            "",
        ] {
            assert_eq!(of_ten(range, None), Wanted::Whole, "{range}");
        }
        assert_eq!(wanted(&HeaderMap::new(), "\"a\"", 10), Wanted::Whole);
    }

    #[test]
    fn who_has_other_bytes_is_given_all_of_these() {
        let rest = Wanted::Bytes { start: 4, count: 6 };
        assert_eq!(of_ten("bytes=4-", Some("\"a\"")), rest);
        for other in ["\"b\"", "W/\"a\"", "Sun, 29 Nov 2026 00:00:00 GMT"] {
            assert_eq!(of_ten("bytes=4-", Some(other)), Wanted::Whole, "{other}");
        }
    }
}
