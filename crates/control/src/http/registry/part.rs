//! Parts of an archive (RFC 9110, section 14), so that a pull that broke off is resumed.

use axum::http::{HeaderMap, header};

/// The part of an archive that a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Requested {
    /// All of it. Also if the request has a range that control does not support.
    Whole,
    /// A range of bytes.
    Bytes {
        /// The first byte.
        start: u64,
        /// The number of bytes.
        count: u64,
    },
    /// A range that begins after the end of the archive.
    Beyond,
}

/// The part that a request asks for. A client that has the beginning of another archive, by
/// its entity tag, gets all of this one.
pub(super) fn requested(headers: &HeaderMap, tag: &str, length: u64) -> Requested {
    let client_tag = headers.get(header::IF_RANGE);
    if client_tag.is_some_and(|client_tag| client_tag.as_bytes() != tag.as_bytes()) {
        return Requested::Whole;
    }
    let range = headers.get(header::RANGE);
    range
        .and_then(|range| parse(range.to_str().ok()?, length))
        .unwrap_or(Requested::Whole)
}

/// One range, as `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`.
fn parse(text: &str, length: u64) -> Option<Requested> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1)),
        (Some(first), None) if last.is_empty() => (first, length),
        (None, Some(count)) if first.is_empty() => (length.saturating_sub(count), length),
        _ => return None,
    };
    let count = end.min(length).saturating_sub(start);
    Some(match count {
        0 => Requested::Beyond,
        count => Requested::Bytes { start, count },
    })
}

fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_ten(range: &str, if_range: Option<&str>) -> Requested {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        if let Some(tag) = if_range {
            headers.insert(header::IF_RANGE, tag.parse().unwrap());
        }
        requested(&headers, "\"a\"", 10)
    }

    #[test]
    fn a_range_of_bytes_is_supported() {
        for (range, start, count) in [
            ("bytes=4-", 4, 6),
            ("bytes=0-0", 0, 1),
            ("bytes=4-99", 4, 6),
            ("bytes=-3", 7, 3),
            ("bytes=-99", 0, 10),
        ] {
            assert_eq!(
                of_ten(range, None),
                Requested::Bytes { start, count },
                "{range}"
            );
        }
    }

    #[test]
    fn a_range_after_the_end_is_refused() {
        for range in ["bytes=10-", "bytes=99-100", "bytes=-0"] {
            assert_eq!(of_ten(range, None), Requested::Beyond, "{range}");
        }
    }

    #[test]
    fn unsupported_ranges_are_answered_with_everything() {
        for range in [
            "lines=1-2",
            "bytes=2-1",
            "bytes=1-2,4-5",
            "bytes=+1-",
            "bytes=-",
            "bytes=99999999999999999999-",
            "",
        ] {
            assert_eq!(of_ten(range, None), Requested::Whole, "{range}");
        }
        assert_eq!(requested(&HeaderMap::new(), "\"a\"", 10), Requested::Whole);
    }

    #[test]
    fn a_client_with_another_archive_gets_everything() {
        let rest = Requested::Bytes { start: 4, count: 6 };
        assert_eq!(of_ten("bytes=4-", Some("\"a\"")), rest);
        for other in ["\"b\"", "W/\"a\"", "Sun, 29 Nov 2026 00:00:00 GMT"] {
            assert_eq!(of_ten("bytes=4-", Some(other)), Requested::Whole, "{other}");
        }
    }
}
