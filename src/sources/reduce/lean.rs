//! Objects without what servers note of who wrote which field: of an object as the API sends it that is a third, and parsing it
//! takes its time.

use std::cell::RefCell;

use memchr::memmem;

use crate::sources::scan;

/// An object of more bytes is read as it is: a copy takes as much memory again.
const LONGEST: usize = 1 << 20;

thread_local! {
    /// Objects come by the ten thousand, and a text of its own for each would be given back at once.
    static LEAN: RefCell<String> = RefCell::default();
}

/// Reads the object without its `managedFields`, where they cannot tell anything: whether the writer of a pod set its node is all
/// that is asked of them. They are not parsed then, so that brackets without their like are all that would be noticed about them.
pub(super) fn lean<T>(json: &str, read: impl FnOnce(&str) -> T) -> T {
    let managed_fields = match json.len() <= LONGEST {
        true => telling_nothing(json.as_bytes()),
        false => None,
    };
    let Some((start, end)) = managed_fields else {
        return read(json);
    };
    LEAN.with_borrow_mut(|lean| {
        lean.clear();
        lean.extend([&json[..start], "[]", &json[end..]]);
        read(lean)
    })
}

/// Where the list of managed fields begins and ends.
fn telling_nothing(json: &[u8]) -> Option<(usize, usize)> {
    // Within a text the quotes would stand behind backslashes.
    const KEY: &[u8] = b"\"managedFields\":";
    let after_key = memmem::find(json, KEY)? + KEY.len();
    let blanks = json[after_key..].iter().position(|byte| *byte != b' ')?;
    let start = after_key + blanks;
    let list = json.get(start..).filter(|list| list.starts_with(b"["))?;
    let list = &list[..scan::end_of(list)?];
    // A letter of the name could be written as its number.
    let may_tell = [&b"f:nodeName"[..], b"\\u"]
        .iter()
        .any(|word| memmem::find(list, word).is_some());
    (!may_tell).then_some((start, start + list.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_nothing_is_left_out() {
        for (json, wanted) in [
            (
                r#"{"metadata":{"managedFields":[{"fieldsV1":{"f:metadata":{"k:{\"]\"}":{}}}}],"name":"a"}}"#,
                r#"{"metadata":{"managedFields":[],"name":"a"}}"#,
            ),
            (
                r#"{"metadata": {"managedFields":  [], "name": "a"}}"#,
                r#"{"metadata": {"managedFields":  [], "name": "a"}}"#,
            ),
        ] {
            assert_eq!(lean(json, str::to_owned), wanted);
        }
    }

    #[test]
    fn what_may_tell_something_stays() {
        for json in [
            "{}",
            r#"{"metadata":{"name":"a"}}"#,
            r#"{"metadata":{"managedFields":null}}"#,
            r#"{"metadata":{"managedFields":"#,
            r#"{"metadata":{"managedFields":[{"a":["#,
            r#"{"metadata":{"managedFields":[{"fieldsV1":{"f:spec":{"f:nodeName":{}}}}]}}"#,
            r#"{"metadata":{"managedFields":[{"fieldsV1":{"f:spec":{"f:nodeN\u0061me":{}}}}]}}"#,
            r#"{"metadata":{"annotations":{"a":"{\"managedFields\":[1]}"}}}"#,
        ] {
            assert_eq!(lean(json, str::to_owned), json);
        }
        let long = format!(
            r#"{{"metadata":{{"managedFields":[1],"name":"{}"}}}}"#,
            "a".repeat(LONGEST)
        );
        assert_eq!(lean(&long, str::to_owned), long);
    }
}
