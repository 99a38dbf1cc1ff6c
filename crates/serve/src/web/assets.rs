//! `GET /static/{file}`: style, script and icon, compiled in.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use labtower_model::content_hash;

use super::style;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

/// The written style and the counted one.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    let written = include_str!("../../static/app.css");
    let pages = include_str!("../../static/pages.css");
    format!("{written}{pages}{}", style::counted())
});

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        Asset {
            name: "app.css",
            media_type: "text/css; charset=utf-8",
            bytes: STYLE.as_bytes(),
        },
        Asset {
            name: "app.js",
            media_type: "text/javascript; charset=utf-8",
            bytes: include_bytes!("../../static/app.js"),
        },
        Asset {
            name: "icon.svg",
            media_type: "image/svg+xml",
            bytes: include_bytes!("../../static/icon.svg"),
        },
    ]
});

/// Hash over all assets: moves when any of them does.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all: Vec<&[u8]> = ASSETS.iter().map(|asset| asset.bytes).collect();
    format!("{:016x}", content_hash(&all))
});

/// Value of `?v=` in links to assets, so that a new release is fetched anew.
pub(crate) fn version() -> &'static str {
    &VERSION
}

/// One asset. With the version in its address it never changes, so browsers keep it for good.
pub(crate) async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == file) else {
        return super::not_found(&format!("/static/{file}"));
    };
    let tag = format!("W/\"{}\"", version());
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|held| held.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.media_type)], asset.bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
