//! The names of objects and nothing else of them: what is asked when TAB is pressed.
//!
//! The API server is asked for the rows that `kubectl get` would print, without the objects behind them; where it has none, for the
//! objects' metadata. Source: Kubernetes API Concepts, "Receiving resources as Tables".

use serde::Deserialize;
use serde::de::{IgnoredAny, SeqAccess, Visitor};

use super::failure::{Failure, FailureKind};
use super::paths::{path, with_query};
use super::server::{ApiServer, Manner};
use crate::decision::facts::Kind;
use crate::error::Result;
use crate::sources::kubeconfig::Access;

/// The forms that are taken, the shortest first.
pub const FORMS: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,\
     application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
/// How many pages are read at the most: nobody reads that many names, but one that was begun may be among the last.
const MOST_PAGES: usize = 40;

/// Tells the names of a kind's objects, page by page as they come, of one namespace where the kind has such. Further pages are asked
/// for only where a name was begun.
///
/// # Errors
/// Those of [`ApiServer::connect`]. A list that cannot be read, or breaks off, ends there.
pub async fn list_names(
    access: &Access,
    manner: Manner,
    kind: Kind,
    namespace: &str,
    begun: &str,
    mut tell: impl FnMut(Vec<String>),
) -> Result<()> {
    let server = ApiServer::connect(access, manner).await?;
    let limit = server.page_size().map(|size| size.to_string());
    let mut rest = String::new();
    for _ in 0..MOST_PAGES {
        let limit = limit.as_deref().unwrap_or_default();
        let Ok(page) = page(&server, kind, Some(namespace), limit, &rest).await else {
            break;
        };
        tell(page.names);
        match page.rest {
            Some(next) if !begun.is_empty() && next != rest => rest = next,
            _ => break,
        }
    }
    Ok(())
}

/// Reads one page of names; `rest` is what the page before said of the rest, empty for the first.
///
/// Errors: why there was no answer.
pub async fn page(
    server: &ApiServer<'_>,
    kind: Kind,
    namespace: Option<&str>,
    limit: &str,
    rest: &str,
) -> Result<Page, Failure> {
    let query = [
        ("limit", limit),
        ("continue", rest),
        ("includeObject", "None"),
    ];
    let path = with_query(&path(kind, namespace, None), &query);
    let body = server.get_as(&path, FORMS).await?;
    read(&body).map_err(|error| Failure::new(FailureKind::Malformed, error.to_string()))
}

/// One page of names.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// The names.
    pub names: Vec<String>,
    /// What the rest of the list is asked for with.
    rest: Option<String>,
}

fn read(body: &[u8]) -> serde_json::Result<Page> {
    let answer: Answer = serde_json::from_slice(body)?;
    let of_rows = answer.rows.into_iter().filter_map(|row| row.cells.0);
    let of_items = answer.items.into_iter().map(|item| item.metadata.name);
    Ok(Page {
        names: of_rows.chain(of_items).collect(),
        rest: answer.metadata.rest.filter(|rest| !rest.is_empty()),
    })
}

/// A `Table`, or a list in any other form.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    metadata: ListMeta,
    #[serde(default)]
    rows: Vec<Row>,
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Default, Deserialize)]
struct ListMeta {
    #[serde(rename = "continue")]
    rest: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    cells: FirstCell,
}

/// The name stands first in the rows of every kind that we ask about.
struct FirstCell(Option<String>);

impl<'de> Deserialize<'de> for FirstCell {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cells;
        impl<'de> Visitor<'de> for Cells {
            type Value = FirstCell;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the cells of a row, the first of which is a name")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<FirstCell, A::Error> {
                let first: Option<serde_json::Value> = cells.next_element()?;
                while cells.next_element::<IgnoredAny>()?.is_some() {}
                let name = first.as_ref().and_then(serde_json::Value::as_str);
                Ok(FirstCell(name.map(str::to_owned)))
            }
        }
        deserializer.deserialize_seq(Cells)
    }
}

#[derive(Deserialize)]
struct Item {
    metadata: ItemMeta,
}

#[derive(Deserialize)]
struct ItemMeta {
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_every_form() {
        let page = |names: &[&str], rest: Option<&str>| Page {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            rest: rest.map(str::to_owned),
        };
        for (body, wanted, why) in [
            (
                r#"{"kind":"Table","metadata":{"continue":"abc"},"columnDefinitions":[{"name":"Name"}],
                    "rows":[{"cells":["web-1","1/1",0,{"a":[]}],"object":null},{"cells":["web-2"]},{"cells":[]},{"cells":[7]}]}"#,
                page(&["web-1", "web-2"], Some("abc")),
                "rows",
            ),
            (
                r#"{"kind":"PodList","metadata":{"continue":""},"items":[{"metadata":{"name":"web-1"},"spec":{"x":1}}]}"#,
                page(&["web-1"], None),
                "whole objects",
            ),
            (r#"{"kind":"Table","rows":[]}"#, page(&[], None), "nothing"),
        ] {
            assert_eq!(read(body.as_bytes()).expect("a list"), wanted, "{why}");
        }
        for body in ["", "<html>", r#"{"rows":7}"#] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
