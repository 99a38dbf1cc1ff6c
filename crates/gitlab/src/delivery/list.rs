//! Lists of REST that are read whole.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use crate::{
    Endpoint, GitlabError,
    exchange::{Call, Request},
    groups::next_by_number,
    headers,
    projects::read,
};

/// How often a list is read because it shifted while it was read.
const READINGS: usize = 8;

/// So many equal readings are the list, whatever the total says.
const EQUAL_READINGS: usize = 3;

/// Pages of one listing after which something is wrong.
const MOST_PAGES: usize = 1_000;

/// A list to read.
pub(crate) struct List<'l> {
    pub(crate) endpoint: Endpoint,
    /// Path below the instance's address, without query.
    pub(crate) path: String,
    /// Query of the first page.
    pub(crate) query: &'l str,
    /// What is asked for, in the words of an error message.
    pub(crate) what: String,
}

/// One page of a list.
pub(crate) struct ListPage<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) total: Option<u64>,
    /// Query of the next page.
    pub(crate) next: Option<String>,
}

impl List<'_> {
    /// The whole list, by id; one request per 100.
    ///
    /// Offset pages shift when rows come and go, so a list of several pages is checked against `X-Total`, and read
    /// again until it is whole.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Malformed`] if the list never holds still.
    pub(crate) async fn whole<T: DeserializeOwned>(
        &self,
        call: &mut Call<'_>,
        id: impl Fn(&T) -> i64,
    ) -> Result<Vec<T>, GitlabError> {
        let mut last = BTreeSet::new();
        let mut equal = 0;
        for _ in 0..READINGS {
            let mut rows = BTreeMap::new();
            let (mut doubles, mut pages, mut totals) = (false, 0, BTreeSet::new());
            let mut query = Some(self.query.to_owned());
            while let Some(asked) = query {
                let page = self.page(call, &asked).await?;
                pages += 1;
                if pages > MOST_PAGES {
                    return Err(self.malformed("its pages do not end"));
                }
                totals.extend(page.total);
                for row in page.rows {
                    doubles |= rows.insert(id(&row), row).is_some();
                }
                query = page.next.filter(|next| *next != asked);
            }
            let counts = totals.is_empty() || totals == BTreeSet::from([rows.len() as u64]);
            let ids: BTreeSet<i64> = rows.keys().copied().collect();
            equal = if last == ids { equal + 1 } else { 1 };
            if pages == 1 || (!doubles && (counts || equal == EQUAL_READINGS)) {
                return Ok(rows.into_values().collect());
            }
            last = ids;
        }
        Err(self.malformed("it changed whenever it was read"))
    }

    /// One page.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        call: &mut Call<'_>,
        query: &str,
    ) -> Result<ListPage<T>, GitlabError> {
        let request = Request {
            endpoint: self.endpoint,
            path: format!("{}?{query}", self.path),
            body: None,
            what: self.what.clone(),
            shrinks: false,
        };
        call.send(&request, |reply| {
            let number = |name| headers::number(&reply.headers, name);
            Ok(ListPage {
                rows: read(reply, &request.what)?,
                total: number("x-total"),
                next: headers::next_link_query(&reply.headers)
                    .or_else(|| next_by_number(query, number("x-next-page"))),
            })
        })
        .await
    }

    fn malformed(&self, detail: &str) -> GitlabError {
        GitlabError::Malformed {
            what: self.what.clone(),
            detail: detail.to_owned(),
            site: Box::default(),
        }
    }
}

/// One object.
pub(crate) async fn one<T: DeserializeOwned>(
    call: &mut Call<'_>,
    endpoint: Endpoint,
    path: String,
    what: String,
) -> Result<T, GitlabError> {
    let request = Request {
        endpoint,
        path,
        body: None,
        what,
        shrinks: false,
    };
    call.send(&request, |reply| read(reply, &request.what))
        .await
}
