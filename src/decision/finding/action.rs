//! Commands of a fix, and what of them the program can do itself. What is done is never read out of a command's text: the rule
//! that writes the command says it beside the text, as data.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::decision::facts::{Kind, Workload};

/// One command of a fix: a line to paste, and the same as data where the program can do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    line: String,
    /// Boxed, since most commands have none.
    action: Option<Box<Action>>,
}

impl Command {
    /// A command that stands for this action.
    pub fn of(line: impl Into<String>, action: Action) -> Self {
        Self {
            line: line.into(),
            action: Some(Box::new(action)),
        }
    }

    /// The line to paste, quoted for a shell.
    pub fn as_str(&self) -> &str {
        &self.line
    }

    /// What it does, where the program can do it itself.
    pub fn action(&self) -> Option<&Action> {
        self.action.as_deref()
    }

    /// The same for people alone: whether it is right hangs on something that only they know.
    pub fn by_hand(self) -> Self {
        Self {
            action: None,
            ..self
        }
    }
}

impl From<String> for Command {
    fn from(line: String) -> Self {
        Self { line, action: None }
    }
}

impl From<&str> for Command {
    fn from(line: &str) -> Self {
        Self::from(line.to_owned())
    }
}

impl Deref for Command {
    type Target = str;

    fn deref(&self) -> &str {
        &self.line
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.line)
    }
}

impl PartialEq<&str> for Command {
    fn eq(&self, line: &&str) -> bool {
        self.line == *line
    }
}

impl PartialEq<String> for Command {
    fn eq(&self, line: &String) -> bool {
        self.line == *line
    }
}

/// One change of one object of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The object's kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `metadata.uid` of the object that was judged; empty where the input has none.
    pub uid: String,
    /// What is done to it.
    pub deed: Deed,
}

/// What is done to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It is deleted.
    Delete,
    /// Its pods are made again, as `kubectl rollout restart` does it: by an annotation of the template that holds the moment.
    RolloutRestart,
    /// A JSON merge patch (RFC 7386).
    Patch(Value),
}

impl Action {
    /// A change of a workload.
    pub fn on_workload(workload: &Workload, deed: Deed) -> Self {
        Self {
            kind: workload.kind.into(),
            namespace: workload.namespace.clone(),
            name: workload.name.clone(),
            uid: workload.uid.to_string(),
            deed,
        }
    }

    /// `deployment/web`.
    pub fn object(&self) -> String {
        let plural = self.kind.plural();
        format!(
            "{}/{}",
            plural.strip_suffix('s').unwrap_or(plural),
            self.name
        )
    }
}

/// The merge patch that takes a field away, which a JSON pointer names (RFC 6901).
pub fn removal(pointer: &str) -> Value {
    let names = pointer.split('/').skip(1);
    let names: Vec<String> = names
        .map(|name| name.replace("~1", "/").replace("~0", "~"))
        .collect();
    let within = |inner: Value, name: &String| json!({ name.as_str(): inner });
    names.iter().rev().fold(Value::Null, within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removal_names_its_field_and_nothing_else() {
        assert_eq!(
            removal("/spec/template/metadata/labels/eks.amazonaws.com~1fargate-profile"),
            json!({"spec": {"template": {"metadata": {"labels": {"eks.amazonaws.com/fargate-profile": null}}}}})
        );
        assert_eq!(removal("/a~01"), json!({"a~1": null}));
    }

    #[test]
    fn a_command_is_its_line_to_everybody_who_reads() {
        let action = Action {
            kind: Kind::Pod,
            namespace: "shop".to_owned(),
            name: "web-0".to_owned(),
            uid: "u".to_owned(),
            deed: Deed::Delete,
        };
        let command = Command::of("kubectl -n shop delete pod/web-0", action.clone());
        assert_eq!(
            serde_json::to_value(&command).expect("a text"),
            json!("kubectl -n shop delete pod/web-0")
        );
        assert_eq!(command, "kubectl -n shop delete pod/web-0");
        assert_eq!(command.action(), Some(&action));
        assert_eq!(action.object(), "pod/web-0");
        assert_eq!(command.by_hand().action(), None);
    }
}
