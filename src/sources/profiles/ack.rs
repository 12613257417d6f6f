//! AWS Controllers for Kubernetes: `FargateProfile` of `eks.services.k8s.aws`.

use super::{Candidate, Form, Recognised};

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |_, _| false,
    recognise,
};

fn recognise(_candidate: Candidate<'_>) -> Option<Recognised> {
    None
}
