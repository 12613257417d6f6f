//! A list, page by page, its objects handed on one by one while they arrive: no page is ever held.
//!
//! Where the next page begins stands before the objects of a page, so it is asked for while they still come; never more than one
//! page ahead. Whatever goes wrong with a page, its objects come again from the first one, and who takes them is told so.

use std::collections::HashSet;
use std::pin::pin;
use std::task::{Context, Poll};

use futures::future::{FutureExt as _, LocalBoxFuture, poll_fn};
use serde::Deserialize;

use super::failure::{Failure, FailureKind};
use super::paths::with_query;
use super::server::{Answer, ApiServer, Attempts, JSON};
use crate::sources::scan::{Broken, Element, Ended, Receiver, Scanner, Shape};
use crate::sources::wire::nullable;

/// The longest object that is read, with all that stands before it.
const LONGEST_OBJECT: u64 = 128 << 20;
/// More objects than this are in no list of a cluster: Kubernetes is built for 150,000 pods. A server that goes on has no end.
/// Source: Kubernetes documentation, "Considerations for large clusters".
const MOST_OBJECTS: u64 = 1_000_000;
/// So many pages without an object may follow each other. A server may send empty pages, but not for ever.
const MOST_EMPTY_PAGES: u32 = 100;
/// So many pages are read of a list whose pages have less than a tenth of what was asked for.
const MOST_SPARSE_PAGES: u64 = 10_000;

/// A list as it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// Its path.
    pub path: &'w str,
    /// `labelSelector`, empty for none.
    pub labels: &'w str,
    /// `fieldSelector`, empty for none.
    pub fields: &'w str,
    /// The first so many objects are enough.
    pub most: Option<u64>,
}

/// Takes the objects of a list.
pub trait Taker {
    /// The list begins: whatever was taken before is void.
    fn begin(&mut self);

    /// A page begins, perhaps once more. Objects may then come that were taken already.
    fn begin_page(&mut self) {}

    /// The list is of this `resourceVersion`. Pages of one list tell the same.
    fn version(&mut self, _version: &str) {}

    /// An object, as JSON; it may turn out to be none.
    fn take(&mut self, object: &[u8]);

    /// Whether a list of this `kind` may hold what is taken; other objects would be read as what they are not.
    fn is_list(&self, kind: &str) -> bool {
        kind.ends_with("List")
    }

    /// How many different objects were taken, good ones and others.
    fn taken(&self) -> u64;

    /// So many objects were read, out of about so many.
    fn progress(&self, _read: u64, _of: Option<u64>) {}
}

/// Reads a list to its end.
///
/// Errors: what kept it from being read; what was taken until then stays taken.
pub async fn read(
    server: &ApiServer<'_>,
    wanted: Wanted<'_>,
    taker: &mut impl Taker,
) -> Result<(), Failure> {
    let mut began_anew = false;
    loop {
        let mut list = Reading {
            server,
            wanted,
            ahead: None,
            expected: None,
        };
        match list.read(taker).await {
            // The server has forgotten the state that the pages are of: once more from the beginning.
            Err((failure, Whence::LaterPage))
                if failure.kind == FailureKind::Expired && !began_anew =>
            {
                began_anew = true;
            }
            result => return result.map_err(|(failure, _)| failure),
        }
    }
}

/// Where a list broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whence {
    FirstPage,
    LaterPage,
}

/// One run through a list.
struct Reading<'r, 's> {
    server: &'r ApiServer<'s>,
    wanted: Wanted<'r>,
    /// The page after the one that is read.
    ahead: Option<Ahead<'r>>,
    /// How many objects the list has, by what the server told last.
    expected: Option<u64>,
}

impl<'r> Reading<'r, '_> {
    async fn read(&mut self, taker: &mut impl Taker) -> Result<(), (Failure, Whence)> {
        let mut token = String::new();
        let mut bounds = Bounds::new(self.server.page_size());
        loop {
            let whence = match token.is_empty() {
                true => Whence::FirstPage,
                false => Whence::LaterPage,
            };
            // Where the list begins anew, what was taken before is void.
            let before = match whence {
                Whence::FirstPage => 0,
                Whence::LaterPage => taker.taken(),
            };
            let page = self
                .page(&token, before, taker)
                .await
                .map_err(|failure| (failure, whence))?;
            self.expected = page.remaining.map(|more| taker.taken() + more);
            if page.next.is_empty() || self.wanted.most.is_some() {
                return Ok(());
            }
            bounds
                .check(&page, taker.taken(), taker.taken() > before)
                .map_err(|failure| (failure, whence))?;
            token = page.next;
        }
    }

    /// Reads one page, again and again where that has any use.
    async fn page(
        &mut self,
        token: &str,
        before: u64,
        taker: &mut impl Taker,
    ) -> Result<Page, Failure> {
        let (mut attempts, mut opened) =
            match self.ahead.take().filter(|ahead| ahead.token == token) {
                Some(ahead) => {
                    let (attempts, opened) = ahead.opened().await;
                    (attempts, Some(opened))
                }
                None => (self.server.attempts(), None),
            };
        let path = self.path(token);
        loop {
            let answer = match opened.take() {
                Some(opened) => opened?,
                None => self.server.open(&path, JSON, &mut attempts).await?,
            };
            if token.is_empty() {
                taker.begin();
            }
            taker.begin_page();
            match self.scan(answer, before, taker).await {
                Ok(page) => return Ok(page),
                Err(failure) => self.server.again(&mut attempts, failure).await?,
            }
        }
    }

    fn path(&self, token: &str) -> String {
        let limit = self.wanted.most.or(self.server.page_size());
        let limit = limit.map(|limit| limit.to_string());
        let parameters = [
            ("limit", limit.as_deref().unwrap_or_default()),
            ("labelSelector", self.wanted.labels),
            ("fieldSelector", self.wanted.fields),
            ("continue", token),
        ];
        with_query(self.wanted.path, &parameters)
    }

    async fn scan(
        &mut self,
        mut answer: Answer,
        before: u64,
        taker: &mut impl Taker,
    ) -> Result<Page, Failure> {
        let mut scanner = Scanner::new(LONGEST_OBJECT);
        let mut page = PageReceiver {
            before,
            expected: self.expected,
            taker,
            page: Page::default(),
        };
        loop {
            let piece = {
                let mut piece = pin!(answer.piece());
                // The answer to the next request is waited for beside this one.
                poll_fn(|context| {
                    if let Some(ahead) = &mut self.ahead {
                        ahead.poll(context);
                    }
                    piece.as_mut().poll(context)
                })
                .await?
            };
            let Some(piece) = piece else { break };
            scanner.feed(piece.as_ref(), &mut page)?;
            let next = page.page.next.as_str();
            let is_asked = self.ahead.as_ref().is_some_and(|ahead| ahead.token == next);
            if !next.is_empty() && !is_asked && self.wanted.most.is_none() {
                self.ahead = Some(self.ask(next));
            }
        }
        scanner.finish(&mut page)?;
        match page.page.has_ended {
            true => Ok(page.page),
            false => Err(no_list("it is empty")),
        }
    }

    /// Asks for the page after the one that is read.
    fn ask(&self, token: &str) -> Ahead<'r> {
        let server = self.server;
        let path = self.path(token);
        let opening = async move {
            let mut attempts = server.attempts();
            let opened = server.open(&path, JSON, &mut attempts).await;
            (attempts, opened)
        };
        Ahead {
            token: token.to_owned(),
            opening: opening.boxed_local(),
            opened: None,
        }
    }
}

type Opened = (Attempts, Result<Answer, Failure>);

/// A page that was asked for before its turn.
struct Ahead<'r> {
    token: String,
    opening: LocalBoxFuture<'r, Opened>,
    opened: Option<Opened>,
}

impl Ahead<'_> {
    fn poll(&mut self, context: &mut Context<'_>) {
        if self.opened.is_none()
            && let Poll::Ready(opened) = self.opening.poll_unpin(context)
        {
            self.opened = Some(opened);
        }
    }

    async fn opened(self) -> Opened {
        match self.opened {
            Some(opened) => opened,
            None => self.opening.await,
        }
    }
}

/// What a page tells beside its objects.
#[derive(Debug, Default)]
struct Page {
    /// The token that asks for the next page; empty on the last one.
    next: String,
    /// How many objects come after this page, where the server tells.
    remaining: Option<u64>,
    elements: u64,
    has_ended: bool,
}

struct PageReceiver<'t, T> {
    taker: &'t mut T,
    page: Page,
    before: u64,
    expected: Option<u64>,
}

impl<T: Taker> Receiver for PageReceiver<'_, T> {
    type Error = Failure;

    fn field(&mut self, key: &str, value: &str) -> Result<(), Failure> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Metadata {
            #[serde(rename = "continue", deserialize_with = "nullable")]
            next: String,
            remaining_item_count: Option<i64>,
            #[serde(deserialize_with = "nullable")]
            resource_version: String,
        }
        if key == "metadata" {
            let metadata: Option<Metadata> =
                serde_json::from_str(value).map_err(|error| no_list(&error.to_string()))?;
            let metadata = metadata.unwrap_or_default();
            self.taker.version(&metadata.resource_version);
            self.page.next = metadata.next;
            self.page.remaining = metadata
                .remaining_item_count
                .and_then(|count| u64::try_from(count).ok());
        }
        Ok(())
    }

    fn element(&mut self, element: Element<'_>) -> Result<(), Failure> {
        if !element.is_item {
            return Err(no_list("it is an array"));
        }
        // Looked at once a page, before anything of it is taken.
        if self.page.elements == 0 && !element.kind.is_empty() && !self.taker.is_list(element.kind)
        {
            return Err(no_list(&format!("it is a {}", element.kind)));
        }
        self.page.elements += 1;
        self.taker.take(element.text);
        let read = self.before + self.page.elements;
        if read > MOST_OBJECTS {
            return Err(endless(&format!("it has more than {MOST_OBJECTS} objects")));
        }
        self.taker.progress(read, self.expected);
        Ok(())
    }

    fn end(&mut self, document: Ended<'_>) -> Result<(), Failure> {
        self.page.has_ended = true;
        match document.shape {
            Shape::List if document.kind.is_empty() => Ok(()),
            Shape::List | Shape::Object if self.taker.is_list(document.kind) => Ok(()),
            Shape::List => {
                // Its kind may come after its objects, which were taken for what they are not.
                self.taker.begin();
                Err(no_list(&format!("it is a {}", document.kind)))
            }
            _ => Err(no_list("it has no items")),
        }
    }
}

/// Sees to it that a list has an end.
#[derive(Debug)]
struct Bounds {
    page_size: u64,
    tokens: HashSet<String>,
    empty: u32,
    pages: u64,
}

impl Bounds {
    fn new(page_size: Option<u64>) -> Self {
        Self {
            page_size: page_size.unwrap_or(0),
            tokens: HashSet::new(),
            empty: 0,
            pages: 0,
        }
    }

    /// Looks at a page after which another is to come.
    fn check(&mut self, page: &Page, taken: u64, is_any_new: bool) -> Result<(), Failure> {
        self.pages += 1;
        if !self.tokens.insert(page.next.clone()) {
            return Err(endless("its next page was read already"));
        }
        if page.elements > 0 && !is_any_new {
            return Err(endless("a page holds nothing but what came before"));
        }
        self.empty = match page.elements {
            0 => self.empty + 1,
            _ => 0,
        };
        let are_sparse = taken / self.pages < self.page_size / 10;
        if self.empty >= MOST_EMPTY_PAGES || self.pages > MOST_SPARSE_PAGES && are_sparse {
            return Err(endless("its pages hold next to nothing"));
        }
        Ok(())
    }
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        no_list(&broken.to_string())
    }
}

fn no_list(why: &str) -> Failure {
    Failure::new(
        FailureKind::Malformed,
        format!("the list is not understood: {why}"),
    )
}

/// A server that goes on for ever would keep us for ever.
fn endless(why: &str) -> Failure {
    Failure::new(
        FailureKind::Malformed,
        format!("the list does not end: {why}"),
    )
}
