//! The operator's side: plain HTTP calls, each shown as the curl line that
//! does the same.

use super::folder;
use lab::Lab;
use lab::rest::Rest;
use release::failure::Result;
use serde_json::Value;
use std::path::PathBuf;

/// The file that tells curl about CA, user and password.
const CURL_SETTINGS: &str = "curl.conf";

/// Who posts jobs, and how control is reached.
pub(super) struct Operator {
    rest: Rest,
    url: String,
    folder: PathBuf,
}

impl Operator {
    /// The laboratory's operator. Leaves a file in its folder that tells curl who that is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn new(lab: &Lab) -> Result<Self> {
        let password = lab.control.password("admin");
        let settings = format!("cacert = \"tls/ca.pem\"\nuser = \"admin:{password}\"\n");
        folder::write(&lab.path(CURL_SETTINGS), &settings)?;
        Ok(Self {
            rest: lab.control.rest(),
            url: lab.control.url().to_owned(),
            folder: lab.path(""),
        })
    }

    /// Puts a JSON document, which is left in `file` for curl.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn put(&self, path: &str, file: &str, body: &Value) -> Result<()> {
        self.show("PUT", path, file, body)?;
        self.rest.put(path, body);
        Ok(())
    }

    /// Posts a JSON document, which is left in `file` for curl.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn post(&self, path: &str, file: &str, body: &Value) -> Result<String> {
        self.show("POST", path, file, body)?;
        Ok(self.rest.post(path, body))
    }

    /// Gets a JSON document.
    pub(super) fn get(&self, path: &str) -> Value {
        println!("       $ curl -K {CURL_SETTINGS} '{}{path}'", self.url);
        self.rest.get(path)
    }

    /// Writes the body, which may hold secrets, and prints the curl line that sends it.
    fn show(&self, method: &str, path: &str, file: &str, body: &Value) -> Result<()> {
        let url = &self.url;
        println!("       $ curl -K {CURL_SETTINGS} -X {method} -d @{file} '{url}{path}'");
        folder::write(&self.folder.join(file), &body.to_string())
    }
}
