//! Which known name a misspelt one stands for.

/// The longest name for which a near one is looked for.
const LONGEST: usize = 64;

/// The known name that is nearest to `name`, where one is near enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |text: &str| text.to_ascii_lowercase().chars().collect::<Vec<_>>();
    let written = letters(name);
    if written.len() > LONGEST {
        return None;
    }
    let most = written.len().div_ceil(3).min(3);
    known
        .into_iter()
        .map(|candidate| (distance(&written, &letters(candidate)), candidate))
        .filter(|(distance, candidate)| {
            let longer = written.len().max(candidate.chars().count());
            *distance <= most && *distance < longer
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `: did you mean …?`, or else `: known are …`; nothing where nothing is known.
pub fn suggestion(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(meant) => format!(": did you mean {meant}?"),
        None if known.is_empty() => String::new(),
        None => format!(": known are {}", known.join(", ")),
    }
}

/// How many letters have to be put in, left out, replaced, or swapped with their
/// neighbour to make one of the other.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in to.iter().enumerate() {
            let replaced = above[j] + usize::from(letter != other);
            let mut least = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == to[j - 1] && from[i - 1] == *other {
                let swapped: &[usize] = &before;
                least = least.min(swapped[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand_are_recognised() {
        for (written, meant) in [
            ("lable", "label"),
            ("exprt", "export"),
            ("exports", "export"),
            ("VV", "V"),
            ("NMAE", "NAME"),
            ("fucntions", "functions"),
            ("Export", "export"),
            ("tiemout", "timeout"),
        ] {
            let known = ["label", "export", "V", "NAME", "functions", "timeout"];
            assert_eq!(nearest(written, known), Some(meant), "{written}");
        }
    }

    #[test]
    fn what_is_far_from_all_means_none_of_them() {
        assert_eq!(nearest("foo", ["label", "export"]), None);
        assert_eq!(nearest("x", ["V"]), None);
        assert_eq!(nearest(&"label".repeat(99), ["label"]), None);
        assert_eq!(suggestion("foo", &["a", "b"]), ": known are a, b");
        assert_eq!(suggestion("foo", &[]), "");
    }
}
