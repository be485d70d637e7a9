//! What is as large as both ends agree on, and larger.

use lab::Lab;
use serde_json::{Value, json};
use std::fs;
use wire::limits::MOST_VARIABLE;

/// A package whose function says how long its variables are.
const WIDE: &str = r#"
profiles:
  - name: tests
    default: true
    type: content/script
    license: MIT
    target: .
input:
  var:
    - {name: A, description: a, required: true, type: string}
    - {name: B, description: b, required: true, type: string}
    - {name: C, description: c, required: true, type: string}
    - {name: D, description: d, required: true, type: string}
    - {name: E, description: e, required: true, type: string}
functions:
  - name: wide
    description: says how long its variables are
    export: true
    input:
      var: [A, B, C, D, E]
    run:
      - printenv A B C D E | wc -c
"#;

fn wide(lab: &Lab, length: usize) -> Value {
    let vars = ["A", "B", "C", "D", "E"];
    let vars = vars.map(|name| json!({ "name": name, "value": "x".repeat(length) }));
    json!({
        "key": "wide", "package": lab.package("tests/wide:latest"), "function": "wide",
        "input": { "var": vars },
    })
}

#[test]
fn what_control_accepts_reaches_the_function_and_what_no_host_could_take_is_refused() {
    let lab = Lab::without_package();
    let source = lab.path("wide");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("build.yaml"), WIDE).unwrap();
    lab.publish(&source, "tests/wide:latest");
    let host = lab.running_host();
    let rest = lab.control.rest();

    let most = MOST_VARIABLE - "A=".len() - 1;
    let why = rest.put_in_vain("/cmd", &wide(&lab, most + 1));
    assert!(why.contains("A is too long"), "{why}");
    rest.put("/cmd", &wide(&lab, most));
    let job = lab.run_job("wide", &host);
    assert_eq!(job["status"], "succeeded", "{}", job["result"]["Err"]);
    let printed = 5 * (most + 1);
    assert_eq!(job["log"].as_str().unwrap().trim(), printed.to_string());
}
