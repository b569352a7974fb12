//! The token by which the module explains itself.

use clap::builder::TypedValueParser;
use clap::parser::ValueSource;
use clap::{Arg, Command};
use std::ffi::OsStr;

/// A token that nobody guesses; none where the variable of the environment is empty. It is never
/// printed.
#[derive(Clone)]
pub(super) struct Token(Option<String>);

impl Token {
    /// The token, where there is one.
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        // Whoever reads the configuration can try tokens against the hash.
        const LEAST: usize = 16;
        let is_sendable = text.bytes().all(|b| b.is_ascii_graphic());
        match text.len() >= LEAST && is_sendable {
            true => Ok(Self(Some(text.to_owned()))),
            false => Err("a token has 16 or more printable ASCII characters without spaces"),
        }
    }
}

/// Reads a token. An empty variable counts as none, an empty argument does not.
#[derive(Clone)]
pub(super) struct TokenParser;

impl TypedValueParser for TokenParser {
    type Value = Token;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Token, clap::Error> {
        Token::read.parse_ref(command, arg, value)
    }

    fn parse_ref_(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<Token, clap::Error> {
        match source == ValueSource::EnvVariable && value.is_empty() {
            true => Ok(Token(None)),
            false => self.parse_ref(command, arg, value),
        }
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}
