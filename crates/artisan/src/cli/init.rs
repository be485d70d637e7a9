//! `art init`.

use super::arguments::Init;
use crate::build_file::FILE_NAME;
use crate::failure::{Context, Failure};
use crate::files::{self, Access};
use serde_json::json;
use std::fs;

const FIRST: &str = include_str!("first.yaml");

pub(super) fn init(arguments: &Init) -> Result<(), Failure> {
    fs::create_dir_all(&arguments.path).context("cannot make the folder", &arguments.path)?;
    let path = arguments.path.join(FILE_NAME);
    files::create(&path, FIRST.as_bytes(), Access::Public)?;
    let folder = match arguments.path.display().to_string().as_str() {
        "." => String::new(),
        folder => format!(" {folder}"),
    };
    let path = path.display();
    arguments.format.done(
        &json!({ "file": path.to_string() }),
        &format!("{path} is written: try `art run hello{folder}`"),
    )
}
