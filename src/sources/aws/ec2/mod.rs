//! The few questions that EC2 is asked: subnets, route tables, and two settings of a VPC. All of them only read.
//!
//! They are made by the runtime that the EKS client is made of (its HTTP client, credentials, signature, repetitions and time
//! limits), as EC2's Query protocol wants them, and not by `aws-sdk-ec2`: that crate holds hundreds of operations for
//! the three that are asked here, which is minutes of building. What this way adds is one small crate, which reads the XML.
//! The XML reader inside the SDK was not taken because it passes over a document that breaks off.
//!
//! Source: Amazon EC2 API Reference, "Query requests", "DescribeSubnets", "DescribeRouteTables", "DescribeVpcAttribute".

mod answer;
mod endpoint;

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_sdk_eks::error::SdkError;
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};

pub use answer::{Garbled, Page, Refusal, RouteTable};

use super::connection::Connection;
use crate::decision::facts::aws::Subnet;

/// The version of the API that the questions are worded for.
const VERSION: &str = "2016-11-15";
/// A list of subnets or route tables that still goes on after so many pages does not end.
const MOST_PAGES: usize = 50;

/// Why a question had no answer.
pub type Failure = SdkError<Refusal, Response>;

/// A client of EC2.
#[derive(Debug, Clone)]
pub struct Ec2 {
    connection: Connection,
    timeouts: TimeoutConfig,
    endpoint: String,
}

impl Ec2 {
    /// A client with the credentials, the HTTP client and the region of a connection, and time limits of its own.
    pub async fn new(connection: &Connection, timeouts: TimeoutConfig) -> Self {
        Self {
            connection: connection.clone(),
            timeouts,
            endpoint: endpoint::of(connection).await,
        }
    }

    /// The subnets of these ids; one that EC2 does not know is left out.
    pub async fn subnets(&self, ids: &[&str]) -> Result<Vec<Subnet>, Failure> {
        // A filter, because one unknown id among `SubnetId.N` makes EC2 refuse the whole question.
        let filter = filter("subnet-id", ids);
        self.pages("DescribeSubnets", &filter, answer::subnets)
            .await
    }

    /// All route tables of these VPCs: those of single subnets and the main ones.
    pub async fn route_tables(&self, vpcs: &[&str]) -> Result<Vec<RouteTable>, Failure> {
        let filter = filter("vpc-id", vpcs);
        self.pages("DescribeRouteTables", &filter, answer::route_tables)
            .await
    }

    /// A setting of a VPC that is on or off, for example `enableDnsSupport`; `None` where the answer does not hold it.
    pub async fn vpc_attribute(
        &self,
        vpc: &str,
        attribute: &'static str,
    ) -> Result<Option<bool>, Failure> {
        let parameters = [("VpcId", vpc), ("Attribute", attribute)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        self.ask("DescribeVpcAttribute", &parameters, move |text| {
            answer::vpc_attribute(text, attribute)
        })
        .await
    }

    async fn pages<Item>(
        &self,
        action: &'static str,
        parameters: &[(String, String)],
        read: fn(&str) -> Result<Page<Item>, Garbled>,
    ) -> Result<Vec<Item>, Failure>
    where
        Item: std::fmt::Debug + Send + Sync + 'static,
    {
        let mut items = Vec::new();
        let mut parameters = parameters.to_vec();
        let first = parameters.len();
        for _ in 0..MOST_PAGES {
            let page = self.ask(action, &parameters, read).await?;
            items.extend(page.items);
            let Some(token) = page.next else {
                return Ok(items);
            };
            parameters.truncate(first);
            parameters.push(("NextToken".to_owned(), token));
        }
        Err(SdkError::construction_failure(format!(
            "the list goes on after {MOST_PAGES} pages"
        )))
    }

    async fn ask<Answer>(
        &self,
        action: &'static str,
        parameters: &[(String, String)],
        read: impl Fn(&str) -> Result<Answer, Garbled> + Send + Sync + 'static,
    ) -> Result<Answer, Failure>
    where
        Answer: std::fmt::Debug + Send + Sync + 'static,
    {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", action)
            .append_pair("Version", VERSION)
            .extend_pairs(parameters)
            .finish();
        self.builder()
            .operation_name(action)
            .serializer(|body: String| Ok(request(body)))
            .deserializer(move |response| understand(response, &read))
            .build()
            .invoke(body)
            .await
    }

    fn builder(&self) -> OperationBuilder {
        let config = &self.connection.config;
        let mut builder = Operation::builder()
            .service_name("EC2")
            .endpoint_url(&self.endpoint)
            .standard_retry(
                &config
                    .retry_config()
                    .cloned()
                    .unwrap_or_else(RetryConfig::standard),
            )
            .timeout_config(self.timeouts.clone())
            .with_connection_poisoning()
            .retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
            .retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .runtime_plugin(plugin(&self.connection));
        if let Some(version) = config.behavior_version() {
            builder = builder.behavior_version(version);
        }
        if let Some(client) = config.http_client() {
            builder = builder.http_client(client);
        }
        if let Some(sleep) = config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        builder
    }
}

/// The signature (version 4, for the service `ec2`) and the client's name in the request's headers.
fn plugin(connection: &Connection) -> StaticRuntimePlugin {
    let region = Region::new(connection.region.clone());
    let mut layer = Layer::new("EC2");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(region.clone())),
        region_set: None,
        name: Some(SigningName::from_static("ec2")),
        signing_options: SigningOptions::default(),
    });
    layer.store_put(region);
    layer.store_put(ApiMetadata::new("ec2", env!("CARGO_PKG_VERSION")));
    if let Some(name) = connection.config.app_name() {
        layer.store_put(name.clone());
    }
    let mut components = RuntimeComponentsBuilder::new("EC2");
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    if let Some(credentials) = connection.config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
    }
    components.push_interceptor(SharedInterceptor::permanent(UserAgentInterceptor::new()));
    StaticRuntimePlugin::new()
        .with_config(layer.freeze())
        .with_runtime_components(components)
}

fn request(body: String) -> HttpRequest {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request
        .set_method("POST")
        .expect("POST is a method of HTTP");
    request.set_uri("/").expect("a slash is a path");
    request.headers_mut().insert(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    );
    request
}

fn understand<Answer>(
    response: &Response,
    read: &dyn Fn(&str) -> Result<Answer, Garbled>,
) -> Result<Answer, OrchestratorError<Refusal>> {
    let text = response
        .body()
        .bytes()
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .unwrap_or_default();
    if response.status().is_success() {
        read(text).map_err(OrchestratorError::other)
    } else {
        Err(OrchestratorError::operation(answer::refusal(text)))
    }
}

/// `Filter.1.Name=…`, `Filter.1.Value.N=…`.
fn filter(name: &str, values: &[&str]) -> Vec<(String, String)> {
    let values = values
        .iter()
        .enumerate()
        .map(|(index, value)| (format!("Filter.1.Value.{}", index + 1), (*value).to_owned()));
    std::iter::once(("Filter.1.Name".to_owned(), name.to_owned()))
        .chain(values)
        .collect()
}
