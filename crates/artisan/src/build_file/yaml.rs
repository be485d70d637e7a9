//! What YAML makes of a build file, looked at before any of it is read.
//!
//! A run line is written as for a shell, and YAML takes some of its characters for its
//! own: what it then drops or turns into something else must not go unnoticed.

use super::words;
use serde_saphyr::granit_parser::{
    Event, Marker, Parser, ScalarStyle, ScanError, Span, StructureStyle,
};

/// The longest text that an error repeats, to show it in quotes.
const SHOWN: usize = 100;

/// Checks that a text is one YAML document, without tags, and that its run lines are texts.
///
/// # Errors
/// The first line where that is not so, and what to do.
pub(super) fn check(text: &str) -> Result<(), String> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut look = Look {
        text,
        levels: Vec::new(),
        documents: 0,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| look.unreadable(&error))?;
        look.see(&event, &span)?;
    }
    Ok(())
}

/// A list or mapping that has begun.
struct Level {
    kind: LevelKind,
    style: StructureStyle,
}

enum LevelKind {
    List {
        of_run_lines: bool,
    },
    /// Once there is a key, its value is next.
    Mapping {
        key_is_run: Option<bool>,
    },
}

/// What a list, mapping or text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    RunLine,
    /// The value of `run:`.
    RunLines,
    Other,
}

struct Look<'a> {
    text: &'a str,
    /// Outermost first.
    levels: Vec<Level>,
    documents: usize,
}

impl Look<'_> {
    fn see(&mut self, event: &Event<'_>, span: &Span) -> Result<(), String> {
        match event {
            Event::DocumentStart(..) => self.document(span),
            Event::Scalar(value, style, _, tag) => {
                self.refuse_tag(tag.is_some(), span)?;
                match self.place(Some(value)) {
                    Place::RunLine if *style == ScalarStyle::Plain => self.plain(value, span),
                    _ => Ok(()),
                }
            }
            Event::SequenceStart(style, _, tag) => {
                self.refuse_tag(tag.is_some(), span)?;
                let place = self.place(None);
                if place == Place::RunLine {
                    return Err(self.not_a_text(*style, "a list", span));
                }
                let of_run_lines = place == Place::RunLines;
                self.begin(LevelKind::List { of_run_lines }, *style);
                Ok(())
            }
            Event::MappingStart(style, _, tag) => {
                self.refuse_tag(tag.is_some(), span)?;
                if self.place(None) == Place::RunLine {
                    return Err(self.not_a_text(*style, "`name: value` pairs", span));
                }
                self.begin(LevelKind::Mapping { key_is_run: None }, *style);
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.levels.pop();
                Ok(())
            }
            Event::Alias(_) => {
                self.place(None);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, kind: LevelKind, style: StructureStyle) {
        self.levels.push(Level { kind, style });
    }

    /// Where the node is that begins here; `text` is what it says, if it is a text.
    fn place(&mut self, text: Option<&str>) -> Place {
        match self.levels.last_mut().map(|level| &mut level.kind) {
            Some(LevelKind::List { of_run_lines: true }) => Place::RunLine,
            Some(LevelKind::Mapping { key_is_run }) => match key_is_run.take() {
                Some(true) => Place::RunLines,
                Some(false) => Place::Other,
                None => {
                    *key_is_run = Some(text == Some("run"));
                    Place::Other
                }
            },
            _ => Place::Other,
        }
    }

    fn document(&mut self, span: &Span) -> Result<(), String> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        Err(format!(
            "line {}: a second document begins here, and a build file is one: remove this line, \
             or what follows it",
            span.start.line()
        ))
    }

    /// `! grep …` was run as `grep …`.
    fn refuse_tag(&self, has_tag: bool, span: &Span) -> Result<(), String> {
        if !has_tag {
            return Ok(());
        }
        let start = span.tag_start.unwrap_or(span.start);
        Err(format!(
            "line {}: YAML takes the word that begins with `!` for a tag and drops it, and build \
             files have no tags: {}",
            start.line(),
            self.quote_from(&start)
        ))
    }

    fn not_a_text(&self, style: StructureStyle, what: &str, span: &Span) -> String {
        let why = match (style, what) {
            (StructureStyle::Flow, "a list") => "the `[` at its beginning",
            (StructureStyle::Flow, _) => "the `{` at its beginning",
            (StructureStyle::Block, "a list") => "the `- ` at its beginning",
            (StructureStyle::Block, _) => "the `: ` in it",
        };
        format!(
            "line {}: this run line is {what} to YAML, because of {why}: {}",
            span.start.line(),
            self.quote_from(&span.start)
        )
    }

    /// A run line without quotes.
    fn plain(&self, value: &str, span: &Span) -> Result<(), String> {
        if matches!(value, "" | "~" | "null" | "Null" | "NULL") {
            return Err(format!(
                "line {}: this run line is empty to YAML, which takes `~` and `null` for nothing, and what \
                 follows a `#` for a comment: write a command there, or remove its `-`",
                self.line_of_empty(span)
            ));
        }
        if let Some(line) = self.item_within(span) {
            return Err(format!(
                "line {line}: this item belongs to the text of the one above, because it is indented \
                 further: indent both alike"
            ));
        }
        let rest = self.rest_of_line(&span.end).trim_start();
        if rest.starts_with('#') && ends_within_quotes(value) {
            return Err(format!(
                "line {}: to YAML a comment begins at the `#`, within the quotes of the run line: {}",
                span.end.line(),
                self.quote_from(&span.start)
            ));
        }
        Ok(())
    }

    /// The line of a text that looks like an item of its own.
    fn item_within(&self, span: &Span) -> Option<usize> {
        let (from, to) = (span.start.byte_offset()?, span.end.byte_offset()?);
        let lines = self.text.get(from..to)?.lines().enumerate().skip(1);
        let mut items = lines.filter(|(_, line)| line.trim_start().starts_with("- "));
        items.next().map(|(at, _)| span.start.line() + at)
    }

    /// An empty text is where the next one begins.
    fn line_of_empty(&self, span: &Span) -> usize {
        let mut before = self.text.lines().take(span.start.line()).enumerate();
        let is_item = |line: &str| line.trim_start().starts_with('-');
        let mut last = span.start.line();
        let found = before.by_ref().filter(|(_, line)| is_item(line)).last();
        if let Some((at, line)) = found {
            let is_bare = line.trim_start()[1..].trim_start();
            if is_bare.is_empty() || is_bare.starts_with('#') {
                last = at + 1;
            }
        }
        last
    }

    fn rest_of_line(&self, start: &Marker) -> &str {
        let rest = start.byte_offset().and_then(|at| self.text.get(at..));
        rest.and_then(|rest| rest.lines().next())
            .unwrap_or_default()
    }

    /// What to do, with the text from there in quotes where it is short and alone.
    fn quote_from(&self, start: &Marker) -> String {
        let is_in_brackets = self
            .levels
            .last()
            .is_some_and(|level| level.style == StructureStyle::Flow);
        match self.rest_of_line(start).trim_end() {
            text if is_in_brackets || text.is_empty() || text.len() > SHOWN => {
                "put the whole text in quotes".to_owned()
            }
            text => format!("quote it: {}", quoted(text)),
        }
    }

    fn unreadable(&self, error: &ScanError) -> String {
        let mark = error.marker();
        let line = self.text.lines().nth(mark.line().saturating_sub(1));
        let (what, cure) = words::of(error.kind());
        let cure = match line.and_then(special_item) {
            Some(item) if !words::is_certain(error.kind()) => {
                format!("quote it, if all of it is one text: {}", quoted(item))
            }
            _ => cure.to_owned(),
        };
        format!("line {}: {what}: {cure}", mark.line())
    }
}

/// The item of a list that this line holds, if it begins with a character that means
/// something to YAML.
fn special_item(line: &str) -> Option<&str> {
    let item = line.trim_start().strip_prefix("- ")?.trim();
    let is_special =
        item.starts_with(['[', '{', '*', '&', '!', '%', '@', '`', '"', '\'', '|', '>']);
    (is_special && item.len() <= SHOWN).then_some(item)
}

/// As YAML has it in single quotes, in which nothing else means anything.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether a shell would go on reading a quotation where this ends.
fn ends_within_quotes(text: &str) -> bool {
    let mut open = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (open, character) {
            (Some('\''), '\'') | (Some('"'), '"') => open = None,
            (None, '\'' | '"') => open = Some(character),
            (None | Some('"'), '\\') => drop(characters.next()),
            _ => {}
        }
    }
    open.is_some()
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
