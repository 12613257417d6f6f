//! Places that a tool fills in before it uses a file: `${NAMESPACE}`, `$NAMESPACE`, `{{ .Values.namespace }}`.
//!
//! No name of Kubernetes or AWS has these characters, so whatever the form of a file, what stands there is not the value.

use super::Found;
use super::files::origin;
use crate::decision::facts::{FargateProfile, Gap, Pattern, Selector};

/// The widest pattern that a text with such places may be; `None` where it has none.
pub(super) fn widest(text: &str) -> Option<String> {
    let mut widest = String::new();
    let mut rest = text;
    let mut has_any = false;
    while let Some(start) = rest.find(['$', '{']) {
        let (before, from) = rest.split_at(start);
        widest.push_str(before);
        let Some(length) = length_of_place(from) else {
            let (letter, after) = from.split_at(1);
            widest.push_str(letter);
            rest = after;
            continue;
        };
        has_any = true;
        if !widest.ends_with('*') {
            widest.push('*');
        }
        rest = from.get(length..).unwrap_or_default();
    }
    widest.push_str(rest);
    has_any.then_some(widest)
}

/// How long the place is with which a text begins; `None` where it begins with none.
fn length_of_place(text: &str) -> Option<usize> {
    let up_to = |end: &str| text.find(end).map(|at| at + end.len());
    if text.starts_with("${") {
        return up_to("}");
    }
    if text.starts_with("{{") {
        return up_to("}}");
    }
    let name = text.strip_prefix('$')?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        .then(|| 1 + name.find(|letter| !is_name(letter)).unwrap_or(name.len()))
}

/// Turns each field of a profile that holds such a place into a gap.
pub(super) fn open(found: &mut Found) {
    let Found { profile, home } = found;
    if let Some(name) = home.name.take_if(|name| widest(name).is_some()) {
        profile.gaps.push(Gap::unknown("clusterName", &name));
        profile.cluster_name = None;
        home.reference = Some(name);
    }
    home.region.take_if(|region| widest(region).is_some());
    home.account.take_if(|account| widest(account).is_some());
    profile.arn.take_if(|arn| widest(arn).is_some());
    if profile.name_is_known && widest(&profile.name).is_some() {
        let place = format!("{}:{}", origin(profile), profile.name);
        let name = std::mem::replace(&mut profile.name, place);
        profile.name_is_known = false;
        profile.gaps.push(Gap::unknown("fargateProfileName", name));
    }
    open_fields(profile);
    for selector in profile.selectors.iter_mut().flatten() {
        open_selector(selector);
    }
}

fn open_fields(profile: &mut FargateProfile) {
    let role = &mut profile.pod_execution_role_arn;
    if let Some(role) = role.take_if(|role| widest(role).is_some()) {
        profile.gaps.push(Gap::unknown("podExecutionRoleArn", role));
    }
    let subnet = profile
        .subnets
        .iter()
        .find(|subnet| widest(subnet).is_some());
    if let Some(subnet) = subnet.cloned() {
        profile.subnets.clear();
        profile.gaps.push(Gap::unknown("subnets", subnet));
    }
}

fn open_selector(selector: &mut Selector) {
    let Selector {
        namespace,
        labels,
        gaps,
    } = selector;
    if let Some(wide) = widest(namespace.as_str()) {
        gaps.push(Gap::unknown("namespace", namespace.as_str()));
        *namespace = Pattern::new(wide);
    }
    labels.retain_mut(|pair| {
        if widest(pair.key.as_str()).is_some() {
            gaps.push(Gap::unknown("labels", pair.key.as_str()));
            return false;
        }
        if let Some(wide) = widest(pair.value.as_str()) {
            let field = format!("labels[{}]", pair.key);
            gaps.push(Gap::unknown(field, pair.value.as_str()));
            pair.value = Pattern::new(wide);
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::profiles::read_text;

    #[test]
    fn what_is_a_place_to_fill_in() {
        for (text, wanted) in [
            ("shop", None),
            ("", None),
            ("$", None),
            ("$1", None),
            ("{x}", None),
            ("${x", None),
            ("{{x", None),
            ("${NS}", Some("*")),
            ("$NS", Some("*")),
            ("$NS-apps", Some("*-apps")),
            ("a-${NS}-b", Some("a-*-b")),
            ("{{ .Values.ns }}", Some("*")),
            ("${A}${B:-x}", Some("*")),
            ("é{{é}}é", Some("é*é")),
        ] {
            assert_eq!(widest(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn they_are_gaps_in_any_form() {
        let config = r#"
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: $CLUSTER, region: "${REGION}"}
fargateProfiles:
- name: "{{ .Values.name }}"
  podExecutionRoleARN: $ROLE
  subnets: [subnet-1, $SUBNET]
  selectors:
  - {namespace: "${NS}-apps", labels: {tier: $TIER, "$KEY": x, a: b}}
"#;
        let read =
            read_text("eks.yaml", config.as_bytes(), &Default::default()).expect("it is YAML");
        let profile = &read.profiles.list[0];
        let fields = |gaps: &[Gap]| -> Vec<String> {
            let words = gaps
                .iter()
                .map(|gap| format!("{}: {}", gap.field, gap.expression));
            words.collect()
        };
        assert_eq!(
            fields(&profile.gaps),
            [
                "clusterName: $CLUSTER",
                "fargateProfileName: {{ .Values.name }}",
                "podExecutionRoleArn: $ROLE",
                "subnets: $SUBNET"
            ]
        );
        assert!(!profile.name_is_known && profile.cluster_name.is_none());
        assert_eq!(read.cluster.region, None);
        let selector = &profile.selectors.as_ref().expect("selectors")[0];
        assert_eq!(selector.namespace.as_str(), "*-apps");
        assert_eq!(
            fields(&selector.gaps),
            [
                "namespace: ${NS}-apps",
                "labels: $KEY",
                "labels[tier]: $TIER"
            ]
        );
        assert_eq!(selector.labels.len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn no_text_does_harm(text in "[${}aé_*1]{0,30}") {
            if let Some(wide) = widest(&text) {
                proptest::prop_assert!(Pattern::new(wide).matches(&text));
            }
        }
    }
}
