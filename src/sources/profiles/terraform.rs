//! Terraform and OpenTofu: `show -json` of a state or a plan, and state files.

use super::{Candidate, Form, Recognised};

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |_, _| false,
    recognise,
};

fn recognise(_candidate: Candidate<'_>) -> Option<Recognised> {
    None
}
