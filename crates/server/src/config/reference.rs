//! The reference page of the configuration.

use super::{
    DEFAULT_FILE,
    keys::{KEYS, Key, Kind},
};
use std::fmt::Write as _;

/// The reference page, in Markdown.
pub(crate) fn reference() -> String {
    let mut page = format!(
        "# Configuration\n\n\
         Muster is configured by a TOML file, by environment variables and by flags. \
         A variable overrides the file, and a flag overrides both.\n\n\
         The file is the one that `--config` or the variable `MUSTER_CONFIG` names, else `{DEFAULT_FILE}` in the \
         working directory if it exists. All keys are optional and stand at the top level; \
         Muster does not start with a key that it does not know. \
         A variable that is set to nothing counts as not set. \
         Relative paths are relative to the working directory.\n\n\
         Flags that are on or off can be written without a value: `--tls-self-signed` is `--tls-self-signed=true`.\n\n\
         For example:\n\n```toml\n"
    );
    for name in ["database", "listen", "public_url", "trusted_proxies"] {
        if let Some(key) = Key::find(name) {
            page.extend([key.line(key.example), "\n".to_owned()]);
        }
    }
    page.push_str("```\n");
    for key in KEYS {
        let default = match key.default {
            "" => "none".to_owned(),
            text => format!("`{text}`"),
        };
        let (flag, placeholder) = (key.flag(), key.placeholder);
        let flag = match key.kind {
            Kind::Boolean => format!("`--{flag}[={placeholder}]`"),
            _ => format!("`--{flag} <{placeholder}>`"),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## `{}`\n\n{}\n\n\
             - Value: {}\n- Default: {default}\n- File: `{}`\n- Variable: `{}`\n- Flag: {flag}\n",
            key.name,
            key.doc,
            key.expected,
            key.line(key.example),
            key.variable(),
        );
    }
    page
}
