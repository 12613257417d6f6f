//! What comes of templates: one row an expression, one test a rule.

use serde_json::json;

use super::*;
use crate::decision::facts::Selector;

/// Everything that a text holds.
fn recognised(text: &str) -> Recognised {
    struct Read(Option<Recognised>);
    impl Sink for Read {
        type Ready = std::convert::Infallible;

        fn item(&mut self, item: Item<'_>) {
            let value: Value = serde_json::from_str(item.json).expect("it arrives as JSON");
            self.0 = recognise(Candidate {
                api_version: item.api_version,
                kind: item.kind,
                value: &value,
                place: "stack.yaml",
            });
        }
        fn end(&mut self, _: Document<'_>) {}
        fn broken(&mut self, _: &str) {}
    }
    let mut read = Read(None);
    let outcome = read_documents(text.as_bytes(), &mut read);
    assert_eq!(outcome.problems, Vec::<String>::new(), "{text}");
    read.0.expect("it is a template")
}

/// The one profile of a template that has this in front of its resources, and these properties.
fn profile(before: &str, properties: &str) -> FargateProfile {
    let mut found = recognised(&stack(before, properties));
    assert_eq!(found.malformed, Vec::<String>::new(), "{properties}");
    found.profiles.remove(0).profile
}

fn stack(before: &str, properties: &str) -> String {
    let properties = properties.replace('\n', "\n      ");
    format!(
        "{before}\nResources:\n  Cluster:\n    Type: AWS::EKS::Cluster\n    Properties: {{Name: prod}}\n  \
         Apps:\n    Type: AWS::EKS::FargateProfile\n    Properties:\n      {properties}\n"
    )
}

/// `namespace{key=value} field: expression => assumed`.
fn selector_line(selector: &Selector) -> String {
    let pairs: Vec<_> = selector
        .labels
        .iter()
        .map(|pair| format!("{}={}", pair.key.as_str(), pair.value.as_str()))
        .collect();
    format!(
        "{}{{{}}}{}",
        selector.namespace.as_str(),
        pairs.join(","),
        gap_lines(&selector.gaps)
    )
}

fn gap_lines(gaps: &[Gap]) -> String {
    gaps.iter()
        .map(|gap| match &gap.assumed {
            Some(assumed) => format!(" {}: {} => {assumed}", gap.field, gap.expression),
            None => format!(" {}: {}", gap.field, gap.expression),
        })
        .collect()
}

fn selector_lines(profile: &FargateProfile) -> Vec<String> {
    let selectors = profile.selectors.as_ref().expect("selectors");
    selectors.iter().map(selector_line).collect()
}

const INPUTS: &str = "
Parameters:
  Env: {Type: String}
  Team: {Type: String, Default: orders}
  Wild: {Type: String, Default: 'shop-*'}
  Empty: {Type: String, Default: ''}
  Number: {Type: Number, Default: 7}
  Secret: {Type: String, NoEcho: true, Default: hunter2}
  FromSsm: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /path/to/it}
  Names: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Subnets: {Type: 'List<AWS::EC2::Subnet::Id>', Default: 'subnet-1,subnet-2'}
Mappings:
  Places:
    orders: {Namespace: shop-orders, Subnets: [subnet-1]}
    sure: {Namespace: shop-sure}
Conditions:
  Always: !Equals [a, a]
  Never: !Not [!Condition Always]
  IsOrders: !Equals [!Ref Team, orders]
  IsProd: !Equals [!Ref Env, prod]
  OrdersAndProd: !And [!Condition IsOrders, !Condition IsProd]
  NeverAndProd: !And [!Condition Never, !Condition IsProd]
  AlwaysOrProd: !Or [!Condition IsProd, !Condition Always]
  Round: !Not [!Condition About]
  About: !Not [!Condition Round]
  IsSecret: !Equals [!Ref Secret, hunter2]
";

#[test]
fn what_a_namespace_comes_to() {
    for (written, wanted) in [
        ("shop", "shop{}"),
        ("'shop-*'", "shop-*{}"),
        ("7", "7{}"),
        ("true", "true{}"),
        ("1.5", "1.5{} namespace: 1.5 => 1.5"),
        ("010", "*{} namespace: 010"),
        ("!Ref Env", "*{} namespace: !Ref Env"),
        ("!Ref Team", "orders{} namespace: !Ref Team => orders"),
        ("!Ref Wild", "shop-*{} namespace: !Ref Wild => shop-*"),
        ("!Ref Number", "7{} namespace: !Ref Number => 7"),
        ("!Ref Empty", "*{} namespace: !Ref Empty"),
        ("!Ref Secret", "*{} namespace: !Ref Secret"),
        ("!Ref FromSsm", "*{} namespace: !Ref FromSsm"),
        ("!Ref Missing", "*{} namespace: !Ref Missing"),
        ("!Ref AWS::Region", "*{} namespace: !Ref AWS::Region"),
        ("!Ref Cluster", "prod{}"),
        ("!Sub 'shop'", "shop{}"),
        (
            "!Sub '${Env}-apps'",
            "*-apps{} namespace: !Sub \"${Env}-apps\"",
        ),
        (
            "!Sub '${Env}${AWS::Region}-apps-${Secret}'",
            "*-apps-*{} namespace: !Sub \"${Env}${AWS::Region}-apps-${Secret}\"",
        ),
        (
            "!Sub '${Team}-apps'",
            "orders-apps{} namespace: !Sub \"${Team}-apps\" => orders-apps",
        ),
        ("!Sub '${Cluster}-apps'", "prod-apps{}"),
        (
            "!Sub 'a-${!Team}-b'",
            "a-*-b{} namespace: !Sub \"a-${!Team}-b\"",
        ),
        (
            "'${self:provider.stage}-apps'",
            "*-apps{} namespace: ${self:provider.stage}-apps",
        ),
        ("'{{ stage }}-a'", "*-a{} namespace: {{ stage }}-a"),
        ("'a-${b'", "a-${b{}"),
        (
            "!Join ['', ['a-${', b, '}-c']]",
            "a-*-c{} namespace: !Join [\"\", [\"a-${\", b, \"}-c\"]]",
        ),
        ("!Sub ['${A}-x', {A: !Ref Cluster}]", "prod-x{}"),
        (
            "!Sub ['${A}-x', {A: !Ref Env}]",
            "*-x{} namespace: !Sub [\"${A}-x\", {A: !Ref Env}]",
        ),
        ("!Join ['-', [a, b]]", "a-b{}"),
        ("!Join ['-', [a, !Ref AWS::NoValue, b]]", "a-b{}"),
        (
            "!Join ['-', [!Ref Env, apps]]",
            "*-apps{} namespace: !Join [\"-\", [!Ref Env, apps]]",
        ),
        (
            "!Join ['-', !Ref Names]",
            "a-b-c{} namespace: !Join [\"-\", !Ref Names] => a-b-c",
        ),
        (
            "!Join ['-', [!If [IsProd, a, !Ref AWS::NoValue], b]]",
            "*{} namespace: !Join [\"-\", [!If [IsProd, a, !Ref AWS::NoValue], b]]",
        ),
        ("!Select [1, [a, b]]", "b{}"),
        ("!Select ['1', [a, b]]", "b{}"),
        (
            "!Select [2, !Ref Names]",
            "c{} namespace: !Select [2, !Ref Names] => c",
        ),
        ("!Select [9, [a]]", "*{} namespace: !Select [9, [a]]"),
        ("!Select [1, !Split ['/', 'a/b/c']]", "b{}"),
        (
            "!Select [0, !Split ['/', !Ref Env]]",
            "*{} namespace: !Select [0, !Split [\"/\", !Ref Env]]",
        ),
        ("!FindInMap [Places, sure, Namespace]", "shop-sure{}"),
        (
            "!FindInMap [Places, !Ref Team, Namespace]",
            "shop-orders{} namespace: !FindInMap [Places, !Ref Team, Namespace] => shop-orders",
        ),
        (
            "!FindInMap [Places, !Ref AWS::Region, Namespace]",
            "*{} namespace: !FindInMap [Places, !Ref AWS::Region, Namespace]",
        ),
        (
            "!FindInMap [Places, other, Namespace]",
            "*{} namespace: !FindInMap [Places, other, Namespace]",
        ),
        (
            "!FindInMap [Places, other, Namespace, {DefaultValue: spare}]",
            "spare{}",
        ),
        ("!If [Always, a, b]", "a{}"),
        ("!If [Never, a, b]", "b{}"),
        ("!If [AlwaysOrProd, a, b]", "a{}"),
        ("!If [NeverAndProd, a, b]", "b{}"),
        (
            "!If [IsOrders, a, b]",
            "a{} namespace: !If [IsOrders, a, b] => a",
        ),
        ("!If [IsProd, a, b]", "*{} namespace: !If [IsProd, a, b]"),
        (
            "!If [OrdersAndProd, a, b]",
            "*{} namespace: !If [OrdersAndProd, a, b]",
        ),
        ("!If [Round, a, b]", "*{} namespace: !If [Round, a, b]"),
        (
            "!If [IsSecret, a, b]",
            "*{} namespace: !If [IsSecret, a, b]",
        ),
        ("!ImportValue net-ns", "*{} namespace: !ImportValue net-ns"),
        (
            "Fn::ImportValue: !Sub '${Env}-ns'",
            "*{} namespace: Fn::ImportValue: !Sub \"${Env}-ns\"",
        ),
        (
            "'{{resolve:ssm:/ns}}'",
            "*{} namespace: {{resolve:ssm:/ns}}",
        ),
        (
            "'{{resolve:ssm:/ns}}-apps'",
            "*-apps{} namespace: {{resolve:ssm:/ns}}-apps",
        ),
        (
            "!Sub '{{resolve:secretsmanager:${Env}:SecretString:ns}}-x'",
            "*-x{} namespace: !Sub \"{{resolve:secretsmanager:${Env}:SecretString:ns}}-x\"",
        ),
        (
            "!Join ['', ['{{resolve:ssm:/', !Ref Team, '}}']]",
            "*{} namespace: !Join [\"\", [\"{{resolve:ssm:/\", !Ref Team, \"}}\"]]",
        ),
        (
            "!Transform {Name: Upper, Parameters: {In: a}}",
            "*{} namespace: !Transform {Name: Upper, Parameters: {In: a}}",
        ),
        ("!Base64 x", "*{} namespace: !Base64 x"),
    ] {
        let written = if written.starts_with("Fn::") {
            format!("\n        {written}")
        } else {
            format!(" {written}")
        };
        let found = profile(
            INPUTS,
            &format!("ClusterName: prod\nSelectors:\n  - Namespace:{written}"),
        );
        assert_eq!(selector_lines(&found), [wanted], "{written}");
    }
}

#[test]
fn what_labels_come_to() {
    for (written, wanted) in [
        ("Labels: []", "shop{}"),
        ("Labels: {}", "shop{}"),
        ("Labels: null", "shop{}"),
        ("Labels: !Ref AWS::NoValue", "shop{}"),
        ("Labels: [{Key: a, Value: b}]", "shop{a=b}"),
        (
            "Labels: [{Key: z, Value: 1}, {Key: a, Value: true}]",
            "shop{a=true,z=1}",
        ),
        ("Labels: {a: b, c: !Ref Cluster}", "shop{a=b,c=prod}"),
        (
            "Labels: [{Key: a, Value: !Ref Env}]",
            "shop{a=*} labels[a]: !Ref Env",
        ),
        (
            "Labels: [{Key: a, Value: !Ref Team}]",
            "shop{a=orders} labels[a]: !Ref Team => orders",
        ),
        (
            "Labels: [{Key: !Ref Env, Value: b}]",
            "shop{*=b} labels[*].key: !Ref Env",
        ),
        ("Labels: !Ref Env", "shop{} labels: !Ref Env"),
        (
            "Labels: !If [IsProd, [{Key: a, Value: b}], []]",
            "shop{} labels: !If [IsProd, [{Key: a, Value: b}], []]",
        ),
        (
            "Labels: !If [IsOrders, [{Key: a, Value: b}], []]",
            "shop{a=b} labels: !If [IsOrders, [{Key: a, Value: b}], []] => a=b",
        ),
        (
            "Labels: [!If [IsProd, {Key: a, Value: b}, !Ref AWS::NoValue], {Key: c, Value: d}]",
            "shop{c=d} labels: !If [IsProd, {Key: a, Value: b}, !Ref AWS::NoValue]",
        ),
        (
            "Labels: [{Key: a, Value: !Ref Secret}]",
            "shop{a=*} labels[a]: !Ref Secret",
        ),
    ] {
        let found = profile(
            INPUTS,
            &format!("ClusterName: prod\nSelectors:\n  - Namespace: shop\n    {written}"),
        );
        assert_eq!(selector_lines(&found), [wanted], "{written}");
    }
}

#[test]
fn a_map_of_labels_is_taken_with_a_remark() {
    let found = recognised(&stack(
        "",
        "ClusterName: prod\nSelectors: [{Namespace: shop, Labels: {tier: web}}]",
    ));
    assert!(found.remarks[0].contains("stack.yaml:Apps writes labels as a map"));
    assert!(found.remarks[0].contains("CloudFormation would refuse"));
    let found = recognised(&stack(
        "",
        "ClusterName: prod\nSelectors: [{Namespace: shop, Labels: [{Key: tier, Value: web}]}]",
    ));
    assert!(found.remarks.is_empty(), "{:?}", found.remarks);
}

#[test]
fn selectors_that_may_not_be_there_are_open() {
    for (written, wanted) in [
        (
            "[{Namespace: a}, !If [IsProd, {Namespace: b}, !Ref AWS::NoValue]]",
            &[
                "a{}",
                "b{} Condition: !If [IsProd, {Namespace: b}, !Ref AWS::NoValue]",
            ][..],
        ),
        (
            "[!If [IsProd, {Namespace: a}, {Namespace: b}]]",
            &[
                "a{} Condition: !If [IsProd, {Namespace: a}, {Namespace: b}]",
                "b{} Condition: !If [IsProd, {Namespace: a}, {Namespace: b}]",
            ],
        ),
        (
            "!If [IsProd, [{Namespace: a}], [{Namespace: b}]]",
            &[
                "a{} Condition: !If [IsProd, [{Namespace: a}], [{Namespace: b}]]",
                "b{} Condition: !If [IsProd, [{Namespace: a}], [{Namespace: b}]]",
            ],
        ),
        (
            "!If [IsOrders, [{Namespace: a}], [{Namespace: b}]]",
            &["a{} namespace: !If [IsOrders, [{Namespace: a}], [{Namespace: b}]] => a"],
        ),
        ("!If [Never, [{Namespace: a}], [{Namespace: b}]]", &["b{}"]),
        ("[!Ref Env]", &["*{} namespace: !Ref Env labels: !Ref Env"]),
    ] {
        let found = profile(INPUTS, &format!("ClusterName: prod\nSelectors: {written}"));
        assert_eq!(selector_lines(&found), wanted, "{written}");
    }
    let found = profile(
        INPUTS,
        "ClusterName: prod\nSelectors: [!If [IsOrders, !Ref AWS::NoValue, {Namespace: a}]]",
    );
    assert_eq!(found.selectors, None);
    let found = profile(INPUTS, "ClusterName: prod\nSelectors: !Ref Env");
    assert_eq!(found.selectors, None);
    assert_eq!(gap_lines(&found.gaps[1..]), " selectors: !Ref Env");
}

#[test]
fn names_clusters_roles_and_subnets() {
    let found = profile(
        INPUTS,
        "ClusterName: !Ref Cluster\nFargateProfileName: !Ref Team\nPodExecutionRoleArn: !GetAtt Role.Arn\n\
         Subnets: !Ref Subnets\nSelectors: [{Namespace: shop}]",
    );
    assert_eq!((found.name.as_str(), found.name_is_known), ("orders", true));
    assert_eq!(found.cluster_name.as_deref(), Some("prod"));
    assert_eq!(found.pod_execution_role_arn, None);
    assert_eq!(found.subnets, ["subnet-1", "subnet-2"]);
    assert_eq!(
        gap_lines(&found.gaps),
        " fargateProfileName: !Ref Team => orders podExecutionRoleArn: !GetAtt Role.Arn \
         subnets: !Ref Subnets => subnet-1,subnet-2"
    );
    let found = profile(
        INPUTS,
        "ClusterName: !Ref Env\nFargateProfileName: !Sub '${Env}-apps'\nPodExecutionRoleArn: arn:aws:iam::1:role/a\n\
         Subnets: [subnet-1, !Ref Env, !ImportValue b]\nSelectors: [{Namespace: shop}]",
    );
    assert_eq!(
        (found.name.as_str(), found.name_is_known),
        ("stack.yaml:Apps", false)
    );
    assert_eq!(found.cluster_name, None);
    assert_eq!(
        found.pod_execution_role_arn.as_deref(),
        Some("arn:aws:iam::1:role/a")
    );
    assert!(found.subnets.is_empty());
    assert_eq!(
        gap_lines(&found.gaps),
        " fargateProfileName: !Sub \"${Env}-apps\" clusterName: !Ref Env subnets: !Ref Env, !ImportValue b"
    );
    let found = profile("", "ClusterName: prod\nSelectors: [{Namespace: shop}]");
    assert_eq!(
        gap_lines(&found.gaps),
        " fargateProfileName: known after deployment"
    );
}

#[test]
fn a_cluster_without_a_name_is_called_by_its_resource() {
    let found = recognised(
        "Resources:\n  Main: {Type: AWS::EKS::Cluster, Properties: {}}\n  Apps:\n    Type: AWS::EKS::FargateProfile\n    \
         Properties: {ClusterName: !Ref Main, Selectors: [{Namespace: a}]}\n",
    );
    let home = &found.profiles[0].home;
    assert_eq!(home.reference.as_deref(), Some("stack.yaml:Main"));
    assert_eq!(home.name, None);
    assert_eq!(found.home, None);
    let named = recognised(&stack(
        "",
        "ClusterName: !Ref Cluster\nSelectors: [{Namespace: a}]",
    ));
    assert_eq!(named.profiles[0].home.name.as_deref(), Some("prod"));
    assert_eq!(named.profiles[0].home.reference, None);
    assert_eq!(
        named.home.and_then(|home| home.name).as_deref(),
        Some("prod")
    );
}

#[test]
fn conditions_of_resources() {
    for (condition, wanted, remark) in [
        ("Always", Some("a{}"), ""),
        ("IsOrders", Some("a{} Condition: IsOrders => true"), ""),
        (
            "IsProd",
            Some("a{} Condition: IsProd"),
            "is made only if its condition IsProd holds",
        ),
        (
            "Missing",
            Some("a{} Condition: Missing"),
            "is made only if its condition Missing holds",
        ),
        (
            "Never",
            None,
            "stack.yaml:Apps is not made: its condition Never does not hold",
        ),
    ] {
        let found = recognised(&format!(
            "{INPUTS}\nResources:\n  Apps:\n    Type: AWS::EKS::FargateProfile\n    Condition: {condition}\n    \
             Properties: {{ClusterName: prod, Selectors: [{{Namespace: a}}]}}\n"
        ));
        let line = found
            .profiles
            .first()
            .map(|found| selector_lines(&found.profile).join(" "));
        assert_eq!(line.as_deref(), wanted, "{condition}");
        assert_eq!(found.remarks.is_empty(), remark.is_empty(), "{condition}");
        assert!(found.remarks.join(";").contains(remark), "{condition}");
    }
}

#[test]
fn what_is_wrong_is_named_and_costs_only_its_profile() {
    for (properties, words) in [
        ("ClusterName: prod", "Properties.Selectors: it is missing"),
        ("Selectors: []", "Properties.Selectors: it is empty"),
        (
            "Selectors: {a: b}",
            "Properties.Selectors: a list is expected",
        ),
        (
            "Selectors: shop",
            "Properties.Selectors: a list is expected",
        ),
        ("Selectors: [shop]", "Selectors[0]: a map is expected"),
        (
            "Selectors: [{Namespace: a}, {Labels: []}]",
            "Selectors[1].Namespace: it is missing; a text is expected",
        ),
        (
            "Selectors: [{Namespace: [a]}]",
            "Selectors[0].Namespace: a text is expected",
        ),
        (
            "Selectors: [{Namespace: ''}]",
            "Selectors[0].Namespace: it is empty",
        ),
        (
            "Selectors: [{Namespace: {x: y}}]",
            "Selectors[0].Namespace: a text is expected",
        ),
        (
            "Selectors: [{Namespace: a, Labels: web}]",
            "Selectors[0].Labels: a list of Key and Value is expected",
        ),
        (
            "Selectors: [{Namespace: a, Labels: [web]}]",
            "Selectors[0].Labels[0]: a map of Key and Value is expected",
        ),
        (
            "Selectors: [{Namespace: a, Labels: [{key: a, value: b}]}]",
            "Selectors[0].Labels[0].Key: it is missing",
        ),
        (
            "Selectors: [{Namespace: a, Labels: [{Key: a}]}]",
            "Selectors[0].Labels[0].Value: it is missing",
        ),
        (
            "Selectors: [{Namespace: a, Labels: [{Key: a, Value: [b]}]}]",
            "Selectors[0].Labels[0].Value: a text is expected",
        ),
        (
            "Selectors: [{Namespace: a, Labels: [{Key: a, Value: b}, {Key: a, Value: c}]}]",
            "Selectors[0].Labels[1].Key: a is there twice",
        ),
        (
            "Selectors: [{Namespace: a}]\nSubnets: subnet-1",
            "Properties.Subnets: a list is expected",
        ),
        (
            "Selectors: [{Namespace: a}]\nFargateProfileName: [a]",
            "Properties.FargateProfileName: a text is expected",
        ),
    ] {
        let text = format!(
            "{}  Other:\n    Type: AWS::EKS::FargateProfile\n    Properties: {{ClusterName: prod, Selectors: [{{Namespace: a}}]}}\n",
            stack("", properties)
        );
        let found = recognised(&text);
        assert_eq!(found.malformed.len(), 1, "{properties}: {found:?}");
        assert!(
            found.malformed[0].contains(words)
                && found.malformed[0].starts_with("Resources.Apps.Properties"),
            "{properties}: {:?}",
            found.malformed
        );
        assert_eq!(found.profiles.len(), 1, "{properties}");
    }
    for properties in ["null", "text", "[]"] {
        let found = recognised(&format!(
            "Resources:\n  Apps:\n    Type: AWS::EKS::FargateProfile\n    Properties: {properties}\n"
        ));
        assert!(found.malformed[0].contains("a map is expected"));
    }
}

#[test]
fn templates_without_profiles_and_what_is_none() {
    for value in [
        json!({"AWSTemplateFormatVersion": "2010-09-09"}),
        json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}),
        json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}),
        json!({"Resources": {"N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x"}}}}),
    ] {
        let found = from_json(&value).expect("a template");
        assert!(found.profiles.is_empty() && found.malformed.is_empty() && !found.says_none);
        assert!(found.remarks.is_empty());
    }
    for value in [
        json!({}),
        json!([]),
        json!({"Resources": []}),
        json!({"Resources": {"a": {"Type": "b"}}}),
        json!({"TemplateBody": 5}),
        json!({"name": "a"}),
    ] {
        assert!(from_json(&value).is_none(), "{value}");
    }
    let broken = from_json(&json!({"AWSTemplateFormatVersion": "x", "Resources": []}));
    assert_eq!(
        broken.expect("it means to be one").malformed,
        ["Resources: a map of resources is expected"]
    );
}

fn from_json(value: &Value) -> Option<Recognised> {
    recognise(Candidate {
        api_version: "",
        kind: "",
        value,
        place: "stack.json",
    })
}

#[test]
fn templates_as_the_api_gives_them() {
    let yaml = stack(
        "",
        "ClusterName: !Ref Cluster\nFargateProfileName: apps\nSelectors: [{Namespace: shop}]",
    );
    let plain = recognised(&yaml);
    let in_text = from_json(&json!({"TemplateBody": yaml, "StagesAvailable": ["Original"]}));
    let in_text = in_text.expect("a template");
    assert_eq!(in_text.profiles.len(), 1);
    assert_eq!(
        in_text.profiles[0].profile.selectors,
        plain.profiles[0].profile.selectors
    );
    let body = json!({"Resources": {"Apps": {"Type": "AWS::EKS::FargateProfile", "Properties": {
        "ClusterName": "prod", "FargateProfileName": "apps", "Selectors": [{"Namespace": "shop"}]}}}});
    for wrapped in [
        json!({"TemplateBody": body, "StagesAvailable": []}),
        json!({"TemplateBody": body.to_string()}),
        body["Resources"].clone(),
        json!({"service": "shop", "provider": {"name": "aws"}, "resources": body}),
    ] {
        let found = from_json(&wrapped).expect("a template");
        assert_eq!(found.profiles[0].profile.name, "apps", "{wrapped}");
    }
    let broken = from_json(&json!({"TemplateBody": "Resources: [\n"})).expect("it is one");
    assert!(broken.malformed[0].starts_with("TemplateBody: not valid YAML"));
}

#[test]
fn the_custom_resource_of_the_cdk() {
    let found = from_json(&json!({"Resources": {
        "ClusterA": {"Type": "Custom::AWSCDK-EKS-Cluster", "Properties": {"Config": {"name": "prod"}}},
        "P": {"Type": "Custom::AWSCDK-EKS-FargateProfile", "Properties": {"Config": {
            "clusterName": {"Ref": "ClusterA"}, "fargateProfileName": "apps",
            "podExecutionRoleArn": {"Fn::GetAtt": ["R", "Arn"]}, "subnets": ["s-1"],
            "selectors": [{"namespace": "shop", "labels": {"tier": "web"}}]}}},
        "Q": {"Type": "Custom::AWSCDK-EKS-FargateProfile", "Properties": {"ServiceToken": "x"}},
    }}))
    .expect("a template");
    let profile = &found.profiles[0].profile;
    assert_eq!(profile.name, "apps");
    assert_eq!(profile.cluster_name.as_deref(), Some("prod"));
    assert_eq!(profile.subnets, ["s-1"]);
    assert_eq!(selector_lines(profile), ["shop{tier=web}"]);
    assert!(found.remarks.is_empty(), "{:?}", found.remarks);
    assert_eq!(
        found.malformed,
        ["Resources.Q.Properties.Config: it is missing; a map is expected"]
    );
}

#[test]
fn loops_and_macros_are_not_followed_and_said() {
    let found = recognised(
        "Transform: [AWS::LanguageExtensions, Company::Naming]\nResources:\n  'Fn::ForEach::Teams':\n    - Team\n    - [a, b]\n    \
         - 'Profile${Team}':\n        Type: AWS::EKS::FargateProfile\n        Properties: {Selectors: [{Namespace: !Ref Team}]}\n  \
         'Fn::ForEach::Queues': [X, [a], {'Q${X}': {Type: AWS::SQS::Queue}}]\n  \
         'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://a/b}}\n",
    );
    let profile = &found.profiles[0].profile;
    assert_eq!(found.profiles.len(), 1);
    assert_eq!(profile.name, "stack.yaml:Fn::ForEach::Teams");
    assert!(!profile.name_is_known && profile.selectors.is_none());
    let remarks = found.remarks.join("; ");
    for words in [
        "makes profiles in a loop",
        "stack.yaml:Fn::Transform brings in resources",
        "the macro Company::Naming",
    ] {
        assert!(remarks.contains(words), "{remarks}");
    }
    assert!(!remarks.contains("LanguageExtensions"), "{remarks}");
    let included = profile_of_include();
    assert_eq!(included.selectors, None);
    assert!(gap_lines(&included.gaps).contains("selectors: !Transform {Name: AWS::Include}"));
}

fn profile_of_include() -> FargateProfile {
    profile("", "ClusterName: prod\nFn::Transform: {Name: AWS::Include}")
}

#[test]
fn a_secret_is_neither_used_nor_shown() {
    let text = stack(
        INPUTS,
        "ClusterName: !Ref Secret\nFargateProfileName: !Sub '${Secret}-x'\nSubnets: [!Ref Secret]\n\
         Selectors: [{Namespace: !Join ['', [!Ref Secret]], Labels: [{Key: a, Value: !Ref Secret}]}]",
    );
    assert!(!format!("{:?}", recognised(&text)).contains("hunter2"));
}

#[test]
fn circles_and_growth_come_to_an_end() {
    let nested = (0..40).fold(
        json!("x"),
        |inner, _| json!({"Fn::Sub": ["${a}${a}${a}", {"a": inner}]}),
    );
    let wide: Map<String, Value> = (0..60)
        .map(|n| {
            let next = json!({"Condition": format!("C{}", n + 1)});
            (
                format!("C{n}"),
                json!({"Fn::And": [next, next, next, next]}),
            )
        })
        .collect();
    let resources: Map<String, Value> = (0..50)
        .map(|n| {
            let resource = json!({"Type": "AWS::EKS::FargateProfile", "Condition": "C0", "Properties": {
                "ClusterName": {"Ref": "Self"}, "Selectors": [{"Namespace": nested}]}});
            (format!("P{n}"), resource)
        })
        .chain([(
            "Self".to_owned(),
            json!({"Type": "AWS::EKS::Cluster", "Properties": {"Name": {"Fn::Sub": "${Self}${Self}"}}}),
        )])
        .collect();
    let found = from_json(&json!({"Conditions": wide, "Resources": resources}));
    let found = found.expect("a template");
    assert_eq!(found.profiles.len(), 50);
    assert!(found.profiles.iter().all(|found| {
        let selectors = found.profile.selectors.as_ref();
        selectors.is_none_or(|selectors| selectors.iter().all(Selector::is_open))
    }));
}

proptest::proptest! {
    #[test]
    fn no_template_does_harm(text in "(Selectors|Namespace|Labels|Ref|Fn::If|Fn::Sub|Key|Value|\\$\\{|[\\[\\]{}:,a!'\n -]){0,40}") {
        let value = json!({"Resources": {"A": {"Type": "AWS::EKS::FargateProfile", "Properties": {"Selectors": [{"Namespace": {"Fn::Sub": text}}]}}}});
        from_json(&value);
        from_json(&json!({"TemplateBody": text}));
    }
}
