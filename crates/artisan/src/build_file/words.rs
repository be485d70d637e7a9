//! Errors of a build file, in the terms of build files and not of the YAML library.

use serde_saphyr::Error;
use serde_saphyr::granit_parser::ErrorKind;
use wire::known::is_about_members;

const QUOTE: &str = "put the whole text in quotes";

/// Where a file cannot be read, and what to do.
pub(super) fn explain(error: &Error) -> String {
    let error = original(error);
    let (what, cure) = of_error(error);
    match error.location().map(|location| location.line()) {
        Some(line) if line > 0 => format!("line {line}: {what}: {cure}"),
        _ => format!("{what}: {cure}"),
    }
}

/// The error for an unknown key, with its line.
pub(super) fn about_key(error: &Error) -> Option<String> {
    match original(error) {
        Error::Message { msg, location } if is_about_members(msg) => Some(format!(
            "line {}: {}",
            location.line(),
            msg.replacen("member", "key", 1)
        )),
        _ => None,
    }
}

fn original(mut error: &Error) -> &Error {
    while let Error::AliasError { error: inner, .. } | Error::WithSnippet { error: inner, .. } =
        error
    {
        error = inner;
    }
    error
}

/// The error, and the cure.
fn of_error(error: &Error) -> (String, &'static str) {
    let (what, cure) = match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            let what = format!("the key {key:?} is there twice in one place");
            return (what, "leave one of the two, with all that belongs to it");
        }
        Error::SerdeMissingField { field, .. } => {
            let what = format!("there is no `{field}:`");
            return (what, "every function, profile and input has a `name:`");
        }
        Error::DuplicateMappingKey { .. } => (
            "a key is there twice in one place",
            "leave one of the two, with all that belongs to it",
        ),
        Error::NullIntoString { .. } => (
            "there is nothing, or what YAML takes for nothing, where text belongs",
            "write a value there, or \"\" for an empty one",
        ),
        Error::Unexpected { expected, .. } => of_kind(expected),
        Error::SerdeInvalidType { expected, .. } => of_kind(expected),
        Error::InvalidBooleanStrict { .. } => of_kind("boolean"),
        Error::InvalidScalar { ty, .. } => of_kind(ty),
        Error::UnknownAnchor { .. } => of(&ErrorKind::UnknownAnchor),
        Error::MergeValueNotMapOrSeqOfMaps { .. } => (
            "`<<:` takes in other pairs, and none are there",
            "write `<<: *name`, and mark pairs with `&name` further up",
        ),
        Error::MultipleDocuments { .. } => of(&ErrorKind::MultipleDocumentsUnsupported),
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => (
            "there is more than a build file may have with what `*name` stands for",
            "write fewer and smaller texts (up to 32 levels, 100,000 values, 1,000 times `*name`, \
             4 MiB of text)",
        ),
        Error::RecursiveReferencesRequireWeakTypes { .. } => (
            "`*name` stands for what it lies in itself",
            "write out what is meant",
        ),
        Error::Message { msg, .. } => return (msg.clone(), SEE),
        _ => ("this is not what belongs here", SEE),
    };
    (what.to_owned(), cure)
}

const SEE: &str = "see `art init` for a file that is well formed";

fn of_kind(expected: &str) -> (&'static str, &'static str) {
    let is = |word: &str| expected.contains(word);
    if is("sequence") {
        (
            "this is no list",
            "write a list there: one `- item` per line",
        )
    } else if is("mapping") || is("map") || is("struct") {
        (
            "these are no `name: value` pairs",
            "write `name: value` pairs there, indented",
        )
    } else if is("bool") {
        (
            "this is neither true nor false",
            "write true or false there",
        )
    } else if is("string") || is("scalar") {
        (
            "this is no text",
            "write text there, in quotes if it has special characters",
        )
    } else {
        ("this is not what belongs here", SEE)
    }
}

/// Whether the error stands alone: no special character explains it.
pub(super) fn is_certain(kind: &ErrorKind) -> bool {
    use ErrorKind::*;
    if let UnexpectedCharacter { character } = kind {
        return character.is_control();
    }
    matches!(
        kind,
        TabNotAllowed
            | TabInBlockIndentation
            | TabInIndentation
            | TabInPlainScalar
            | TabAtBlockScalarStart
            | UnclosedQuotedScalar
            | DocumentIndicatorInQuotedScalar
            | UnknownQuotedScalarEscape
            | InvalidQuotedScalarHexEscape
            | InvalidUnicodeEscape
            | RecursionLimitExceeded
    )
}

/// What an error says, and the cure.
type Words = (&'static str, &'static str);

/// The error of a text that is no YAML, and the cure.
pub(super) fn of(kind: &ErrorKind) -> Words {
    let known = of_characters(kind).or_else(|| of_structure(kind));
    known.or_else(|| of_names(kind)).unwrap_or((
        "this line does not fit those before it",
        "indent it as the lines beside it, write `name: value` or `- item`, and put texts with \
             special characters in quotes",
    ))
}

/// Blanks, quotes, comments and single characters.
fn of_characters(kind: &ErrorKind) -> Option<Words> {
    use ErrorKind::*;
    Some(match kind {
        TabNotAllowed
        | TabInBlockIndentation
        | TabInIndentation
        | TabInPlainScalar
        | TabAtBlockScalarStart => (
            "a tab stands where YAML takes blanks alone",
            "indent with blanks",
        ),
        UnclosedQuotedScalar | DocumentIndicatorInQuotedScalar | InvalidQuotedScalarIndent => (
            "a quotation is not closed, or its next lines are not indented",
            "close it with the quote that it begins with",
        ),
        InvalidTrailingSingleQuotedScalar | InvalidTrailingDoubleQuotedScalar => (
            "there is more behind a text in quotes",
            "put the whole text in quotes, or write it below a `|`",
        ),
        UnknownQuotedScalarEscape
        | InvalidQuotedScalarHexEscape
        | InvalidLowSurrogateHexEscape
        | InvalidLowSurrogate
        | MissingLowSurrogate
        | UnpairedLowSurrogate
        | InvalidUnicodeEscape => (
            "in double quotes a `\\` begins what YAML knows by a letter, and there is no such letter",
            "write `\\\\` for a `\\`, or use single quotes",
        ),
        UnexpectedCharacter { character } if character.is_control() => (
            "there is a character that cannot be seen, and that no build file may have",
            "remove it",
        ),
        UnexpectedCharacter { .. } => ("no text begins with this character", QUOTE),
        CommentInterceptedScalar | CommentNotSeparated => (
            "a comment stands within a text, or directly behind one",
            "put the whole text in quotes, or the comment on a line of its own",
        ),
        BomInsideDocument => (
            "there is a byte order mark in the middle of the file",
            "remove the character (U+FEFF)",
        ),
        _ => return None,
    })
}

/// Lists, pairs, blocks and documents.
fn of_structure(kind: &ErrorKind) -> Option<Words> {
    use ErrorKind::*;
    Some(match kind {
        UnclosedFlowCollection { .. }
        | UnexpectedEofFlowSequence
        | UnexpectedEofFlowMapping
        | UnexpectedEofImplicitFlowMapping
        | ExpectedFlowMappingSeparator
        | ExpectedFlowSequenceSeparator
        | MisplacedFlowCollectionEnd
        | MismatchedFlowCollectionEnd { .. }
        | InvalidColonPlacement
        | FlowMappingValueAdjacentCollection
        | BlockEntryInFlowCollection
        | PlainScalarStartsWithDashFlowIndicator => (
            "the brackets of a list `[…]` or of pairs `{…}` do not match, or a comma is missing",
            "close each with its own bracket, and put a text that has brackets in quotes",
        ),
        MultipleDocumentsUnsupported | InvalidDocumentEnd | ExpectedDocumentStart => (
            "there is more behind the end of the file's only document",
            "indent it as what it belongs to, or remove it",
        ),
        RecursionLimitExceeded => (
            "lists and pairs lie in each other too deep",
            "use no more than 32 levels",
        ),
        MappingValueNotAllowed | MappingKeyNotAllowed | InvalidMappingValueWhitespace => (
            "there is a `: ` where no `name: value` can be",
            "put a text that has `: ` in it in quotes, or correct how far the line is indented",
        ),
        ZeroBlockScalarIndent | InvalidBlockScalarHeader | InvalidBlockScalarIndent => (
            "the text below a `|` or `>` is not indented by the same blanks",
            "write nothing behind the `|`, and indent all lines below it alike",
        ),
        _ => return None,
    })
}

/// Anchors, tags and directives, which begin with `&`, `*`, `!` or `%`.
fn of_names(kind: &ErrorKind) -> Option<Words> {
    use ErrorKind::*;
    Some(match kind {
        MissingAnchorOrAliasName => (
            "`*` and `&` begin a name to YAML, and there is none behind it",
            QUOTE,
        ),
        UnknownAnchor => (
            "a word that begins with `*` stands for what `&` marks further up, and nothing is marked so",
            QUOTE,
        ),
        UndeclaredTagHandle
        | ExpectedTagBang
        | InvalidTagTerminator
        | InvalidGlobalTagCharacter
        | MissingTagUri
        | UnclosedVerbatimTag
        | InvalidTagEscape
        | InvalidTagUtf8LeadingByte
        | InvalidTagUtf8TrailingByte
        | InvalidTagUtf8 => (
            "YAML takes the word that begins with `!` for a tag, and build files have no tags",
            QUOTE,
        ),
        DuplicateVersionDirective
        | UnsupportedYamlMajorVersion
        | DuplicateTagDirective
        | ExpectedTagDirectiveBang
        | InvalidTagDirectiveTerminator
        | MissingDocumentEndBeforeDirective
        | DirectiveDisallowed
        | InvalidDirectiveTerminator
        | MissingYamlVersionSeparator
        | MissingDirectiveName
        | InvalidDirectiveName
        | DirectiveByteLimitExceeded { .. }
        | TooManyReservedDirectiveParams { .. }
        | YamlVersionTooLong
        | MissingYamlVersion => (
            "a line that begins with `%` speaks to YAML, which does not know what it says",
            "put the text in quotes, or remove the line",
        ),
        _ => return None,
    })
}
