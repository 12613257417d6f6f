//! Where EC2 answers in a region.

use aws_sdk_eks::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_types::service_config::ServiceConfigKey;

use crate::sources::aws::connection::Connection;

/// The address: what the environment or the AWS profile says (`AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL`), else EC2's own.
pub async fn of(connection: &Connection) -> String {
    let config = &connection.config;
    let key = ServiceConfigKey::builder()
        .service_id("EC2")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .expect("all three parts are given");
    let by_user = config
        .service_config()
        .and_then(|services| services.load_config(key))
        .or_else(|| config.endpoint_url().map(str::to_owned))
        .filter(|url| !url.is_empty());
    match by_user {
        Some(url) => url,
        None => {
            let (fips, dual_stack) = (config.use_fips(), config.use_dual_stack());
            of_region(
                &connection.region,
                fips.unwrap_or_default(),
                dual_stack.unwrap_or_default(),
            )
            .await
        }
    }
}

/// EC2's own address in a region.
///
/// Which domain belongs to which region is known to the EKS client's rules, which are those of every AWS client; the first
/// word is EC2's own. Source: Amazon EC2 Developer Guide, "Service endpoints"; endpoint rules of the AWS SDKs for EC2.
async fn of_region(region: &str, fips: bool, dual_stack: bool) -> String {
    let suffix = suffix(region, dual_stack)
        .await
        .unwrap_or_else(|| "amazonaws.com".to_owned());
    // In GovCloud the ordinary address is validated for FIPS, and there is no other.
    let word = match fips && (dual_stack || !region.starts_with("us-gov-")) {
        true => "ec2-fips",
        false => "ec2",
    };
    format!("https://{word}.{region}.{suffix}")
}

async fn suffix(region: &str, dual_stack: bool) -> Option<String> {
    let params = Params::builder()
        .region(region)
        .use_fips(false)
        .use_dual_stack(dual_stack)
        .build()
        .ok()?;
    let endpoint = DefaultResolver::new()
        .resolve_endpoint(&params)
        .await
        .ok()?;
    let (_, suffix) = endpoint.url().split_once(&format!(".{region}."))?;
    Some(suffix.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_region_has_its_address() {
        for (region, fips, dual_stack, wanted) in [
            (
                "eu-west-1",
                false,
                false,
                "https://ec2.eu-west-1.amazonaws.com",
            ),
            (
                "cn-north-1",
                false,
                false,
                "https://ec2.cn-north-1.amazonaws.com.cn",
            ),
            (
                "us-gov-west-1",
                false,
                false,
                "https://ec2.us-gov-west-1.amazonaws.com",
            ),
            (
                "us-gov-west-1",
                true,
                false,
                "https://ec2.us-gov-west-1.amazonaws.com",
            ),
            (
                "us-iso-east-1",
                false,
                false,
                "https://ec2.us-iso-east-1.c2s.ic.gov",
            ),
            (
                "us-east-1",
                true,
                false,
                "https://ec2-fips.us-east-1.amazonaws.com",
            ),
            ("eu-west-1", false, true, "https://ec2.eu-west-1.api.aws"),
            (
                "us-east-1",
                true,
                true,
                "https://ec2-fips.us-east-1.api.aws",
            ),
        ] {
            assert_eq!(of_region(region, fips, dual_stack).await, wanted);
        }
    }
}
