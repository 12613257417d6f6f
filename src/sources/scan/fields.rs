//! The fields of an object whose text is at hand, without parsing their values.

use std::borrow::Cow;

use super::token::Token;

/// The fields of an object, as far as its text is one: key and text of the value.
#[derive(Debug, Clone)]
pub struct Fields<'t> {
    rest: &'t str,
}

impl<'t> Fields<'t> {
    /// Those of this text; none where it is no object.
    pub fn of(object: &'t str) -> Self {
        let rest = object.trim_ascii_start();
        Self {
            rest: rest.strip_prefix('{').unwrap_or_default(),
        }
    }

    /// Takes a value off the text.
    fn value(&mut self) -> Option<&'t str> {
        let rest = self.rest.trim_ascii_start();
        let mut token = Token::beginning_with(*rest.as_bytes().first()?)?;
        let end = token.end_in(rest.as_bytes())?;
        let (value, rest) = rest.split_at_checked(end)?;
        self.rest = rest;
        Some(value)
    }

    fn byte(&mut self, byte: char) -> Option<()> {
        self.rest = self.rest.trim_ascii_start().strip_prefix(byte)?;
        Some(())
    }
}

impl<'t> Iterator for Fields<'t> {
    type Item = (Cow<'t, str>, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let _ = self.byte(',');
        let key = text(self.value()?)?;
        self.byte(':')?;
        Some((key, self.value()?))
    }
}

/// What a text in quotes says; `None` where it is no text.
pub fn text(quoted: &str) -> Option<Cow<'_, str>> {
    let inside = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        return serde_json::from_str(quoted).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_their_order() {
        let object =
            r#" {"apiVersion" : "v1","a\u0062":{"kind":"}"}, "c":[1,{}],"d":null ,"e":-1.5e3} "#;
        let wanted = [
            ("apiVersion", "\"v1\""),
            ("ab", "{\"kind\":\"}\"}"),
            ("c", "[1,{}]"),
            ("d", "null"),
            ("e", "-1.5e3"),
        ];
        let found: Vec<_> = Fields::of(object).collect();
        let found: Vec<_> = found.iter().map(|(key, value)| (&**key, *value)).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_is_no_object_has_none() {
        for text in [
            "", "{}", "[]", "5", "\"a\"", "{\"a\"", "{\"a\":", "{5:6}", "{\"a\":{",
        ] {
            assert_eq!(Fields::of(text).count(), 0, "{text}");
        }
        assert_eq!(Fields::of("{\"a\":1,\"b\":[").count(), 1);
    }

    #[test]
    fn texts_in_quotes() {
        assert_eq!(text("\"a\"").as_deref(), Some("a"));
        assert_eq!(text("\"a\\n\\\"\"").as_deref(), Some("a\n\""));
        assert_eq!(text("\"\\x\""), None);
        for other in ["null", "5", "\"", ""] {
            assert_eq!(text(other), None, "{other}");
        }
    }
}
