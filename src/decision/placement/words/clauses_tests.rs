use proptest::prelude::*;

use super::*;
use crate::decision::facts::{Container, ContainerRole, Resources};
use crate::decision::placement::words::tests::spec;
use crate::decision::reason::Reason as R;

/// Every refusal and every complaint of fargate-scheduler that was seen in public threads, and what it names.
const CATALOGUE: &[(&str, &[Reason])] = &[
    (
        "Pod not supported on Fargate: fields not supported: HostNetwork",
        &[R::HostNamespace],
    ),
    (
        "Pod not supported on Fargate: fields not supported: HostNetwork, HostPID, HostIPC",
        &[R::HostNamespace],
    ),
    (
        "Pod not supported on Fargate: port contains HostIP or HostPort",
        &[R::HostPort],
    ),
    (
        "Pod not supported on Fargate: invalid SecurityContext fields: Privileged",
        &[R::PrivilegedContainer],
    ),
    (
        "Pod not supported on Fargate: invalid SecurityContext fields: Privileged,Privileged",
        &[R::PrivilegedContainer],
    ),
    (
        "Pod not supported on Fargate: invalid SecurityContext fields: AllowPrivilegeEscalation",
        &[R::PrivilegeEscalation],
    ),
    (
        "Pod not supported on Fargate: invalid SecurityContext fields: AllowPrivilegeEscalation, Privileged,Capabilities added: NET_ADMIN",
        &[
            R::PrivilegeEscalation,
            R::PrivilegedContainer,
            R::AddedCapability,
        ],
    ),
    (
        "Pod not supported on Fargate: invalid SecurityContext fields: Capabilities added: NET_ADMIN",
        &[R::AddedCapability],
    ),
    (
        "Pod not supported on Fargate: invalid SecurityContext fields: Capabilities added: CAP_CHOWN, DAC_READ_SEARCH, Privileged",
        &[R::AddedCapability, R::PrivilegedContainer],
    ),
    (
        "Pod not supported on Fargate: volumes not supported: docker-sock",
        &[R::UnsupportedVolume],
    ),
    (
        "Pod not supported on Fargate: volumes not supported: tls is of an unsupported volume Type",
        &[R::UnsupportedVolume],
    ),
    (
        "Pod not supported on Fargate: volumes not supported: data not supported because: PVC data-0 not bound",
        &[R::VolumeNotBound],
    ),
    (
        "Pod not supported on Fargate: volumes not supported: data not supported because: persistentvolumeclaim \"data-0\" not found",
        &[R::VolumeNotBound],
    ),
    (
        "Pod not supported on Fargate: volumes not supported: data not supported because: PVC data-0 bound to invalid PV pvc-8a1f with CSI Driver: ebs.csi.aws.com",
        &[R::VolumeNotEfs],
    ),
    (
        "Pod not supported on Fargate: volumes not supported: data not supported because: PVC data-0 bound to invalid PV pvc-8a1f with nil CSI spec",
        &[R::VolumeNotEfs],
    ),
    (
        "Pod not supported on Fargate: fields not supported: HostNetwork, invalid SecurityContext fields: Privileged, port contains HostIP or HostPort",
        &[R::HostNamespace, R::PrivilegedContainer, R::HostPort],
    ),
    (
        "Pod not supported on Fargate: volumes not supported: tls is of an unsupported volume Type, data not supported because: PVC data-0 not bound, volumeDevices not supported",
        &[R::UnsupportedVolume, R::VolumeNotBound, R::RawBlockVolume],
    ),
    (
        "Your pod's cpu/memory requirements exceed the max Fargate configuration",
        &[R::TooBig],
    ),
    (
        "MatchNodeSelector failed: Fargate profile apps cannot satisfy pod's node selector/affinity requirements",
        &[R::NodeSelectorConflict],
    ),
    (
        "Misconfigured Fargate Profile: fargate profile apps blocked for new launches due to: Pod execution role is not found in auth config or does not have all required permissions for launching fargate pods.",
        &[R::ExecutionRoleNotAuthorized],
    ),
    (
        "Misconfigured Fargate Profile: fargate profile apps blocked for new launches due to: Failed to assume PodExecutionRole; Please make sure the role exists and trusts the eks-fargate-pods.amazonaws.com service principal",
        &[R::ExecutionRoleNotAssumable],
    ),
    (
        "Fargate is not supported in the requested availability zone: ca-central-1d",
        &[R::UnsupportedZone],
    ),
    (
        "Fargate capacity is unavailable at this time.",
        &[R::CapacityUnavailable],
    ),
    (
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        &[R::CapacityUnavailable],
    ),
    (
        "Your AWS account has reached the limit on the number of Fargate pods it can run concurrently",
        &[R::QuotaReached],
    ),
    (
        "Your AWS account is currently blocked and thus cannot launch any Fargate pods",
        &[R::AccountBlocked],
    ),
    (
        "Pod provisioning timed out (will retry)",
        &[R::NodeNeverRegistered],
    ),
    (
        "Pod provisioning timed out (will retry) for pod: shop/web-1",
        &[R::NodeNeverRegistered],
    ),
    (
        "Pod not supported: SchedulerName is not fargate-scheduler",
        &[R::ToleratesFargateTaint],
    ),
    (
        "Pod not supported: DaemonSet not supported",
        &[R::DaemonSetPod],
    ),
    // The kubelet's check lists volumes without a clause of their own.
    (
        "Pod not supported: tls is of an unsupported volume Type, port contains HostIP or HostPort",
        &[R::UnsupportedVolume, R::HostPort],
    ),
];

fn read(text: &str) -> Clauses {
    clauses_of(text, &spec())
}

#[track_caller]
fn reads(text: &str, reasons: &[Reason], has_unknown_words: bool) {
    let mut found = read(text);
    let mut wanted = reasons.to_vec();
    found.reasons.sort_unstable();
    wanted.sort_unstable();
    let wanted = Clauses {
        reasons: wanted,
        has_unknown_words,
    };
    assert_eq!(found, wanted, "{text}");
}

#[test]
fn the_catalogue_is_read() {
    for (text, reasons) in CATALOGUE {
        reads(text, reasons, false);
    }
}

#[test]
fn wrapped_texts_say_the_same() {
    for (text, reasons) in CATALOGUE {
        reads(
            &format!("Scheduling%!(EXTRA string={text})"),
            reasons,
            false,
        );
        reads(
            &format!("[POD_UNSUPPORTED_ON_FARGATE] {text}"),
            reasons,
            false,
        );
        reads(&format!("\"{text}\""), reasons, false);
        reads(&format!("'{text}'."), reasons, false);
        reads(&format!("{text})"), reasons, false);
        reads(&format!("  {text}\n"), reasons, false);
        reads(&format!("scheduling failed: {text}"), reasons, false);
    }
}

#[test]
fn repeated_texts_say_the_same() {
    for (text, reasons) in CATALOGUE {
        reads(&format!("{text}, {text}"), reasons, false);
        reads(
            &format!("Scheduling%!(EXTRA string={text}), Scheduling%!(EXTRA string={text})"),
            reasons,
            false,
        );
    }
}

#[test]
fn unknown_words_are_told_beside_known_ones() {
    let rows: &[(&str, &[Reason])] = &[
        ("something never heard of", &[]),
        (
            "Pod not supported on Fargate: the moon is in the wrong house",
            &[],
        ),
        (
            "Pod not supported on Fargate: fields not supported: HostNetwork, the moon is full",
            &[R::HostNamespace],
        ),
        (
            "Pod not supported on Fargate: fields not supported: ShareProcessNamespace, HostPID",
            &[R::HostNamespace],
        ),
        (
            "Pod not supported on Fargate: invalid SecurityContext fields: ProcMount, Privileged",
            &[R::PrivilegedContainer],
        ),
        (
            "Pod not supported on Fargate: port contains HostIP or HostPort 53",
            &[R::HostPort],
        ),
        (
            "Pod not supported on Fargate: the moon and fields not supported: HostIPC",
            &[R::HostNamespace],
        ),
        (
            "Pod not supported on Fargate: volumes not supported: data not supported because: resource name may not be empty",
            &[],
        ),
        // Of a claim, a bare name does not tell what is wrong; and a volume that the pod lacks may be a name cut short.
        (
            "Pod not supported on Fargate: volumes not supported: data",
            &[],
        ),
        (
            "Pod not supported on Fargate: volumes not supported: cache",
            &[],
        ),
        (
            "The moon is full. Pod not supported on Fargate: fields not supported: HostNetwork",
            &[R::HostNamespace],
        ),
        (
            "Misconfigured Fargate Profile: fargate profile apps blocked for new launches due to: the moon",
            &[],
        ),
        // Kubernetes' own way of saying that a text was too long.
        (
            "Pod not supported on Fargate: fields not supported: HostNetwork ...",
            &[R::HostNamespace],
        ),
        (
            "Pod not supported on Fargate: invalid SecurityContext fields: Privil",
            &[],
        ),
        (
            "Pod not supported on Fargate: invalid SecurityContext fields: Capabilities added: NET_AD",
            &[R::AddedCapability],
        ),
    ];
    for (text, reasons) in rows {
        reads(text, reasons, true);
    }
}

#[test]
fn clauses_are_found_without_their_head() {
    reads(
        "fields not supported: HostNetwork",
        &[R::HostNamespace],
        false,
    );
    reads(
        "refused: port contains HostIP or HostPort, volumeDevices not supported",
        &[R::HostPort, R::RawBlockVolume],
        false,
    );
}

#[test]
fn a_capability_of_the_pods_own_making_is_known() {
    let mut spec = spec();
    let text = "Pod not supported on Fargate: invalid SecurityContext fields: Capabilities added: NET_ADMN";
    assert!(clauses_of(text, &spec).has_unknown_words);
    spec.containers.push(Container {
        name: "web".to_owned(),
        role: ContainerRole::Main,
        privileged: false,
        allow_privilege_escalation: None,
        added_capabilities: vec!["NET_ADMN".to_owned()],
        host_ports: Vec::new(),
        volume_devices: Vec::new(),
        requests: Resources::default(),
        limits: Resources::default(),
        credential_variables: Default::default(),
    });
    assert!(!clauses_of(text, &spec).has_unknown_words);
}

#[test]
fn what_a_cut_text_began_to_say_and_the_spec_shows_is_known() {
    let mut spec = PodSpec {
        host_pid: true,
        ..spec()
    };
    let head = "Pod not supported on Fargate:";
    let volume = "volumes not supported: docker";
    for text in [
        "Pod not supported on Far",
        head,
        "[POD_UNSUPPORTED_ON_FARGATE] Pod not supported on Fargate:",
        "POD_UNSUPPORTED_ON_FARGATE",
        &format!("{head} {volume}"),
        &format!("{head} fields not supported: Host"),
        &format!("{head} fields not supported: HostPID, vol"),
        &format!("{head} fields not supported: HostPID, {volume}... "),
    ] {
        assert!(!clauses_of(text, &spec).has_unknown_words, "{text}");
    }
    for text in [
        &format!("{head} invalid SecurityContext fields: Privil"),
        &format!("{head} Host, the moon is full"),
        &format!("{head} the moon is full, Host, Host"),
        "The moon is full",
    ] {
        assert!(clauses_of(text, &spec).has_unknown_words, "{text}");
    }
    spec = PodSpec::default();
    for text in [
        "Pod not supported on Far",
        head,
        "POD_UNSUPPORTED_ON_FARGATE",
    ] {
        assert!(clauses_of(text, &spec).has_unknown_words, "{text}");
    }
}

#[test]
fn broken_lines_are_read_as_one() {
    reads(
        "Pod not supported on\n   Fargate: fields not supported:\n  HostNetwork, invalid SecurityContext\n fields: Privileged",
        &[R::HostNamespace, R::PrivilegedContainer],
        false,
    );
}

/// What is left of a text that was cut off names nothing that the whole text does not, and says that something is missing
/// unless all that it still names is whole.
#[test]
fn texts_cut_off_at_any_byte_name_nothing_new() {
    for (text, _) in CATALOGUE {
        let whole = read(text);
        for end in 0..text.len() {
            let cut = String::from_utf8_lossy(&text.as_bytes()[..end]);
            // A spec that proves nothing completes nothing.
            let found = clauses_of(&cut, &PodSpec::default());
            for reason in &found.reasons {
                assert!(whole.reasons.contains(reason), "{reason} from {cut:?}");
            }
            let is_said = !found.reasons.is_empty() || found.has_unknown_words;
            assert!(is_said, "nothing told of {cut:?}");
            let last = cut.rsplit([',', ':']).next().unwrap_or_default().trim();
            let is_part_of_word =
                ["Privil", "HostNet", "AllowPriv", "NET_A", "volumeDev"].contains(&last);
            assert!(!is_part_of_word || found.has_unknown_words, "{cut:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        let found = read(&text);
        prop_assert!(found.has_unknown_words || !found.reasons.is_empty());
    }

    #[test]
    fn joined_in_any_order_all_is_told(
        rows in proptest::sample::subsequence(CATALOGUE, 1..6).prop_shuffle(),
        stranger in proptest::option::of("[a-z]{3,8}( [a-z]{3,8}){1,3}"),
        at in 0_usize..6,
    ) {
        let mut texts: Vec<String> = rows.iter().map(|(text, _)| (*text).to_owned()).collect();
        let mut wanted: Vec<Reason> = rows.iter().flat_map(|(_, reasons)| reasons.iter().copied()).collect();
        let is_refusal = texts.iter().any(|text| is_refusal_of_spec(text));
        let has_stranger = stranger.is_some();
        if let Some(stranger) = stranger {
            texts.insert(at.min(texts.len()), stranger);
        }
        let mut found = read(&texts.join(", "));
        found.reasons.sort_unstable();
        wanted.sort_unstable();
        wanted.dedup();
        prop_assert_eq!(found.reasons, wanted);
        // Beside whole messages alone the text is shown as the evidence of what it names.
        if is_refusal && at > 0 {
            prop_assert_eq!(found.has_unknown_words, has_stranger, "{}", texts.join(", "));
        }
    }

    #[test]
    fn joined_and_cut_off_names_nothing_new(
        rows in proptest::sample::subsequence(CATALOGUE, 1..4).prop_shuffle(),
        end in any::<proptest::sample::Index>(),
    ) {
        let text = rows.iter().map(|(text, _)| *text).collect::<Vec<_>>().join(", ");
        let cut = String::from_utf8_lossy(&text.as_bytes()[..end.index(text.len() + 1)]).into_owned();
        let whole = read(&text);
        for reason in read(&cut).reasons {
            prop_assert!(whole.reasons.contains(&reason), "{reason} from {cut:?}");
        }
    }
}

#[test]
fn codes_around_a_message_are_taken_off() {
    let rows = [
        ("[POD_UNSUPPORTED_ON_FARGATE] no", " no", "a code"),
        ("no [POD_A1]", "no ", "at the end"),
        ("[POD_A] [POD_B] no", "  no", "several"),
        ("[POD_lower] no", "[POD_lower] no", "not in capitals"),
        ("[POD-X] no", "[POD-X] no", "not of that form"),
        ("[OTHER_CODE] no", "[OTHER_CODE] no", "not one of these"),
        ("[POD_A", "[POD_A", "not closed"),
        ("[] no", "[] no", "nothing in it"),
    ];
    for (text, bared, why) in rows {
        assert_eq!(without_wrapping(text), bared, "{text}: {why}");
    }
}

#[test]
fn capitals_digits_and_lines_are_shouted() {
    for (text, wanted) in [
        ("POD_A1", true),
        ("", false),
        ("pod", false),
        ("POD A", false),
        ("POD-A", false),
    ] {
        assert_eq!(is_shouted(text), wanted, "{text}");
    }
}

#[test]
fn three_dots_at_the_end_tell_of_a_cut() {
    for (text, wanted) in [
        ("fields not supp...", true),
        ("fields not supp…\"", true),
        ("fields not supp...' ", true),
        ("fields not supported.", false),
        ("...", true),
        ("", false),
    ] {
        assert_eq!(says_it_was_cut(text), wanted, "{text}");
    }
}
