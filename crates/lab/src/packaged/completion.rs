//! The files with which shells ask a program what may follow. They are the same for all programs
//! but for the name.

/// The files, by the endings of their names.
const FILES: [(&str, &str); 3] = [
    ("bash", include_str!("completion.bash")),
    ("zsh", include_str!("completion.zsh")),
    ("fish", include_str!("completion.fish")),
];

/// The files of a program: the endings of their names, and their contents.
pub(super) fn files(program: &str) -> impl Iterator<Item = (&'static str, String)> {
    let variable = format!("{}_COMPLETE", program.to_ascii_uppercase());
    FILES.into_iter().map(move |(ending, text)| {
        let text = text.replace("VARIABLE", &variable);
        (ending, text.replace("NAME", program))
    })
}
