//! Cloud Control API: what `aws cloudcontrol get-resource` and `list-resources` print.

use super::{Candidate, Form, Recognised};

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |_, _| false,
    recognise,
};

fn recognise(_candidate: Candidate<'_>) -> Option<Recognised> {
    None
}
