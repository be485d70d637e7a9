//! Whether a command gets to its host, and what it brings to its function. Control asks
//! before it accepts one, the agent before it runs one.

use crate::canonical;
use crate::command::{Command, Secret};
use crate::limits::{MOST_COMMAND, MOST_INPUTS, MOST_OUTPUT, MOST_VARIABLE};

impl Command {
    /// Checks that an answer has room for it.
    ///
    /// # Errors
    /// One sentence that says how large it is, and may be.
    pub fn check_size(&self) -> Result<usize, String> {
        let size = canonical::compact(self).map_or(usize::MAX, |json| json.len());
        if size <= MOST_COMMAND {
            return Ok(size);
        }
        Err(format!(
            "the command takes {size} bytes on its way to a host, and at most {MOST_COMMAND} fit: put large data into the package"
        ))
    }

    /// Checks what a host bounds.
    ///
    /// # Errors
    /// One sentence that names the value that is out of range, and the range.
    pub fn check_bounds(&self) -> Result<(), String> {
        if self.timeout == Some(0) {
            return Err("a timeout of 0 seconds would end every job at once".to_owned());
        }
        if let Some(most) = self.max_output.filter(|most| *most > MOST_OUTPUT) {
            return Err(format!(
                "max_output is {most}: it may be up to {MOST_OUTPUT} bytes"
            ));
        }
        self.limits.check()?;
        let variables: Vec<(&str, &str)> = self.variables().collect();
        if variables.len() > MOST_INPUTS {
            return Err(format!(
                "there are {} variables and secrets, and there may be up to {MOST_INPUTS}",
                variables.len()
            ));
        }
        // By these names the runner gets them.
        let registry = [
            ("ART_REG_USER", self.user.as_str()),
            ("ART_REG_PWD", self.pwd.expose()),
        ];
        let mut all = variables.into_iter().chain(registry);
        all.try_for_each(|(name, value)| check_variable(name, value))
    }

    fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let inputs = self.input.iter();
        let vars = inputs.clone().flat_map(|input| &input.var);
        let vars = vars.map(|var| (var.name.as_str(), var.effective().unwrap_or_default()));
        let secrets = inputs.flat_map(|input| &input.secret).map(|secret| {
            let value = secret.value.as_ref().map_or("", Secret::expose);
            (secret.name.as_str(), value)
        });
        vars.chain(secrets)
    }
}

/// It becomes `NAME=value` and a NUL.
fn check_variable(name: &str, value: &str) -> Result<(), String> {
    if name.len() + value.len() + 2 > MOST_VARIABLE {
        let name: String = name.chars().take(128).collect();
        return Err(format!(
            "the value of {name} is too long: it takes {} bytes with its name, and no environment can carry more than {MOST_VARIABLE}; put it into the package",
            name.len() + value.len() + 2
        ));
    }
    if value.contains('\0') {
        return Err(format!(
            "the value of {name} holds a NUL byte, which no environment can carry"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Input, SecretInput, VarInput};

    fn with_var(value: Option<String>, default: Option<String>) -> Command {
        let var = vec![VarInput {
            name: "NAME".into(),
            value,
            default,
            ..VarInput::default()
        }];
        let input = Some(Input {
            var,
            ..Input::default()
        });
        Command {
            input,
            ..Command::default()
        }
    }

    #[test]
    fn a_variable_is_as_long_as_an_environment_can_carry() {
        let of = |length: usize| Some("x".repeat(length));
        let most = MOST_VARIABLE - "NAME=".len() - 1;
        assert_eq!(with_var(of(most), None).check_bounds(), Ok(()));
        let why = with_var(of(most + 1), None).check_bounds().unwrap_err();
        assert!(why.contains("NAME is too long"), "{why}");
        assert!(with_var(None, of(most + 1)).check_bounds().is_err());
        assert!(with_var(None, Some("a\0".into())).check_bounds().is_err());
        let secret = |value: &str| SecretInput {
            name: "TOKEN".into(),
            value: Some(Secret::new(value)),
            ..SecretInput::default()
        };
        let with_secrets = |secret: Vec<SecretInput>| Command {
            input: Some(Input {
                secret,
                ..Input::default()
            }),
            ..Command::default()
        };
        let long = with_secrets(vec![secret(&"x".repeat(MOST_VARIABLE))]);
        let why = long.check_bounds().unwrap_err();
        assert!(why.contains("TOKEN") && !why.contains("xx"), "{why}");
        let many = with_secrets(vec![secret("x"); MOST_INPUTS + 1]);
        assert!(many.check_bounds().unwrap_err().contains("257"));
        let password = Command {
            pwd: Secret::new("x".repeat(MOST_VARIABLE)),
            ..Command::default()
        };
        assert!(password.check_bounds().unwrap_err().contains("ART_REG_PWD"));
    }

    #[test]
    fn what_a_host_would_cut_or_replace_is_refused() {
        let timeout = |timeout| Command {
            timeout,
            ..Command::default()
        };
        assert_eq!(timeout(Some(1)).check_bounds(), Ok(()));
        assert!(timeout(Some(0)).check_bounds().is_err());
        let output = |max_output| Command {
            max_output,
            ..Command::default()
        };
        assert_eq!(output(Some(MOST_OUTPUT)).check_bounds(), Ok(()));
        let why = output(Some(MOST_OUTPUT + 1)).check_bounds().unwrap_err();
        assert!(why.contains("max_output is 1048577"), "{why}");
    }

    #[test]
    fn a_command_is_measured_as_it_travels() {
        let plain = with_var(Some("x".repeat(MOST_COMMAND / 2)), None);
        assert!(plain.check_size().unwrap() > MOST_COMMAND / 2);
        // Each of these travels as six bytes.
        let escaped = with_var(Some("<".repeat(MOST_COMMAND / 2)), None);
        let why = escaped.check_size().unwrap_err();
        assert!(why.contains("at most 786432 fit"), "{why}");
    }
}
