use super::*;
use crate::build_file::load;

fn environment(pairs: &[(&str, &str)]) -> Environment {
    Environment(
        pairs
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
    )
}

fn file() -> BuildFile {
    let folder = tempfile::tempdir().unwrap();
    let text = "env: {WHO: file, MODE: file, DIR: '${HOME}/x'}\n\
        input:\n  var:\n    - {name: WHO, required: true}\n    - {name: TIMES, type: integer, default: '3', required: true}\n\
        \x20 secret:\n    - {name: TOKEN, required: true}\n\
        functions:\n  - name: f\n    env: {MODE: function, WHO: function}\n    input: {var: [WHO, TIMES], secret: [TOKEN]}\n";
    std::fs::write(folder.path().join("build.yaml"), text).unwrap();
    load(folder.path()).unwrap()
}

fn seen(caller: &[(&str, &str)], name: &str) -> Option<String> {
    let file = file();
    let environment = environment(caller)
        .in_file(&file)
        .and_then(|environment| environment.enter(&file, &file.functions[0]))
        .unwrap();
    environment
        .get(name)
        .map(|value| value.to_str().unwrap().to_owned())
}

#[test]
fn inputs_that_were_given_win_and_settings_do_not() {
    assert_eq!(seen(&[("WHO", "caller")], "WHO").unwrap(), "caller");
    assert_eq!(seen(&[("MODE", "caller")], "MODE").unwrap(), "function");
    assert_eq!(seen(&[("TIMES", "")], "TIMES").unwrap(), "");
    assert_eq!(seen(&[], "TIMES").unwrap(), "3");
    assert_eq!(seen(&[], "ART_FX_NAME").unwrap(), "f");
}

#[test]
fn references_in_settings_are_read_once() {
    assert_eq!(seen(&[("HOME", "${TERM}")], "DIR").unwrap(), "${TERM}/x");
    assert_eq!(seen(&[], "DIR").unwrap(), "/x");
}

/// Unknown variables were replaced by nothing.
#[test]
fn a_default_stands_where_there_is_no_value() {
    let value = |text: &str| {
        let variables = BTreeMap::from([("X".to_owned(), text.to_owned())]);
        let set =
            environment(&[("SET", "set"), ("EMPTY", "")]).with(&BuildFile::default(), &variables);
        set.unwrap().get("X").unwrap().to_str().unwrap().to_owned()
    };
    for (text, expected) in [
        ("<${NOPE}>", "<>"),
        ("<${NOPE:-x y}>", "<x y>"),
        ("<${NOPE-x}>", "<x>"),
        ("<${EMPTY:-x}>", "<x>"),
        ("<${EMPTY-x}>", "<>"),
        ("<${SET:-x}${SET-y}>", "<setset>"),
        ("${X:-self}", "self"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn the_default_of_an_input_is_seen_where_none_is_given() {
    let mut file = file();
    file.env.insert("DIR".into(), "${TIMES}-${WHO}".into());
    let dir = |caller: &[(&str, &str)]| {
        let seen = environment(caller).in_file(&file).unwrap();
        seen.get("DIR").unwrap().to_str().unwrap().to_owned()
    };
    assert_eq!(dir(&[("WHO", "w")]), "3-w");
    assert_eq!(dir(&[("TIMES", ""), ("WHO", "w")]), "-w");
}

#[test]
fn a_value_that_needs_the_one_beside_it_is_refused() {
    let pair = |a: &str, b: &str| {
        BTreeMap::from([
            ("A".to_owned(), a.to_owned()),
            ("B".to_owned(), b.to_owned()),
        ])
    };
    let refusal = environment(&[])
        .with(&BuildFile::default(), &pair("x", "${A}/y"))
        .unwrap_err();
    assert!(
        refusal
            .to_string()
            .contains("B under `env:`: A is set beside it")
    );
    let seen =
        environment(&[("A", "outer")]).with(&BuildFile::default(), &pair("${A}:x", "${A}/y"));
    assert_eq!(seen.unwrap().get("B").unwrap(), "outer/y");
}

#[test]
fn abuse_a_variable_that_doubles_with_each_call() {
    let variables = |value: &str| BTreeMap::from([("A".to_owned(), value.to_owned())]);
    let doubled = variables("${A}${A}");
    let mut environment = environment(&[("A", "x")]);
    let error = loop {
        match environment.with(&BuildFile::default(), &doubled) {
            Ok(larger) => environment = larger,
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("A has more than"), "{error}");
}

#[test]
fn abuse_many_variables_of_a_long_one() {
    let names = (0..100).map(|n| (format!("A{n}"), "${LONG}".to_owned()));
    let long = "x".repeat(MAX_VARIABLE - 1);
    let error = environment(&[("LONG", &long)]).with(&BuildFile::default(), &names.collect());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("all variables together"), "{error}");
}

#[test]
fn all_missing_inputs_are_named() {
    let file = file();
    let none = environment(&[]).missing(&file, &file.functions[0]);
    assert_eq!(none, ["WHO", "TIMES", "TOKEN"]);
    let entered = environment(&[]).enter(&file, &file.functions[0]).unwrap();
    assert_eq!(entered.missing(&file, &file.functions[0]), ["TOKEN"]);
}

#[test]
fn an_empty_required_input_is_missing_and_a_value_has_to_be_of_its_type() {
    let file = file();
    let entered = |times| {
        let given = environment(&[("WHO", ""), ("TOKEN", "t"), ("TIMES", times)]);
        given.enter(&file, &file.functions[0]).unwrap()
    };
    let function = &file.functions[0];
    assert_eq!(entered("3").missing(&file, function), ["WHO"]);
    assert_eq!(entered("3").mismatch(&file, function), None);
    let wrong = entered("abc").mismatch(&file, function).unwrap();
    assert_eq!(wrong, ("TIMES".into(), "a whole number"));
}

#[test]
fn a_package_sees_nothing_that_is_for_art() {
    let environment = environment(&[
        ("ART_REG_PWD", "hunter2"),
        ("ART_VERIFY_KEYS", "/k"),
        ("ARTISAN_HOME", "/h"),
        ("PATH", "/bin"),
    ]);
    let names: Vec<_> = environment.for_package("p").0.into_keys().collect();
    assert_eq!(names, ["ART_PACKAGE_NAME", "PATH"]);
}
